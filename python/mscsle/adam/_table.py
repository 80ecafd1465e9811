"""What the derivations share: columns of a frame by kind, an ADaM data set with labels, and how it is written."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mscsle import _frame
from mscsle.exceptions import DataError
from mscsle.io.dataset import Dataset

if TYPE_CHECKING:
    from datetime import datetime as Stamp

    from mscsle.trial import Findings

__all__ = ["AdamDataset", "make", "variables"]


@functools.cache
def _data() -> Mapping[str, Any]:
    text = (resources.files("mscsle") / "adam" / "variables.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def variables() -> Mapping[str, Mapping[str, str]]:
    """Label and kind of the variables by name."""
    found: Mapping[str, Mapping[str, str]] = _data()["variables"]
    return found


def required(structure: str) -> Sequence[str]:
    """Variables that a data set of this structure must have."""
    found: Sequence[str] = _data()["required"][structure]
    return found


@dataclass(frozen=True, kw_only=True)
class AdamDataset(Dataset):
    """A derived ADaM data set: values with labels and formats, checked, and written as a version 5 transport file.

    Attributes
    ----------
    structure : str
        ``ADSL`` (one row a subject), ``BDS`` (one row a subject, parameter and time) or ``TTE`` (time to event).
    method : str
        How it was derived, in words.
    """

    structure: str = "BDS"
    method: str = ""

    def check(self) -> Findings:
        """What contradicts the conventions of ADaM and of transport files; see :func:`mscsle.adam.check`."""
        from mscsle.adam._checks import check

        return check(self, structure=self.structure, library=self.library)

    def write(
        self,
        path: str | Path,
        *,
        digits: int = 4,
        title: str | None = None,
        footnotes: Iterable[str] = (),
        landscape: bool = True,
        paper: str = "a4",
        footer: str = "",
        created: Stamp | None = None,
    ) -> Path:
        """Write the data set: ``.xpt`` (version 5, after its checks) or, as any table, RTF, DOCX, HTML or CSV.

        Raises
        ------
        DataError
            The checks find an error; the first is named and nothing is written.
        """
        target = Path(path)
        if target.suffix.lower() != ".xpt":
            return super().write(
                target,
                digits=digits,
                title=title,
                footnotes=footnotes,
                landscape=landscape,
                paper=paper,
                footer=footer,
            )
        findings = self.check()
        if findings.counts["error"]:
            first = findings.severity.index("error")
            n = findings.counts["error"]
            raise DataError(
                f"`{self.name}` is not written: {n} error{'s' if n > 1 else ''} in its checks; the first: {findings.message[first]}"
            )
        from mscsle.io.xport import write_xport

        return write_xport(self, target, version=5, created=created)

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Number of rows, of values and of missing values of each variable, with the derivation as method."""
        for row in super().ard_rows():
            yield {**row, "method": self.method or row["method"]}

    def __repr__(self) -> str:
        return f"<AdamDataset {self.name} ({self.structure}): {self.n_rows} rows, {len(self.values)} variables>"


def make(
    name: str,
    label: str,
    columns: Mapping[str, Any],
    *,
    structure: str,
    method: str,
    library: _frame.Library,
    labels: Mapping[str, str] | None = None,
) -> AdamDataset:
    """A data set from columns: numbers, days (``datetime64[D]``) or lists of texts; labels by name."""
    known = variables()
    given = labels or {}
    return AdamDataset(
        name=name,
        label=label,
        values=dict(columns),
        labels={c: given.get(c, known.get(c, {}).get("label", c)) for c in columns},
        formats={c: "DATE9." if _is_days(v) else "" for c, v in columns.items()},
        types={c: "number" if isinstance(v, np.ndarray) else "text" for c, v in columns.items()},
        structure=structure,
        method=method,
        library=library,
    )


def _is_days(values: object) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind == "M"
