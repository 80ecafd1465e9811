"""What the derivations share: columns of a frame by kind, an ADaM data set with labels, and how it is written."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._result import values_list
from mscsle.exceptions import DataError
from mscsle.io.dataset import Dataset

if TYPE_CHECKING:
    from datetime import datetime as Stamp

    from mscsle.trial import Findings, Trial

__all__ = ["AdamDataset", "Columns", "make", "variables"]

Days = NDArray[np.datetime64]
NAT = np.datetime64("NaT", "D")


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


def as_day(value: Any) -> np.datetime64:
    """The day of a date, a datetime or a numpy date."""
    return np.datetime64(value.date() if isinstance(value, datetime) else value, "D")


def _is_days(values: object) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind == "M"


class Columns:
    """A frame (or data set) read by name as texts, numbers or days; names in any case."""

    def __init__(self, data: Any, what: str) -> None:
        self.frame = _frame.Frame(data, what=what)
        self.what = what
        self.n = self.frame.n_rows
        self.library = self.frame.library
        self._names = {name.upper(): name for name in self.frame.names}

    def __contains__(self, name: str) -> bool:
        return name.upper() in self._names

    @property
    def names(self) -> list[str]:
        """Names in upper case."""
        return list(self._names)

    def _own(self, name: str) -> str:
        found = self._names.get(name.upper())
        if found is not None:
            return found
        try:
            return self.frame.require(name)
        except DataError as e:
            raise DataError(f"{self.what}: {e}") from None

    def raw(self, name: str) -> list[Any]:
        """Values as Python objects."""
        return values_list(self.frame.raw(self._own(name)))

    def texts(self, name: str) -> list[str | None]:
        """Texts without blanks around them; None where missing or empty."""
        if name.upper() not in self._names and name.upper() not in ("STUDYID", "USUBJID"):
            return [None] * self.n
        out = []
        for value in _frame.as_texts(self.raw(name)):
            text = value.strip() if value is not None else None
            out.append(text or None)
        return out

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Numbers, NaN where missing."""
        own = self._own(name)
        if self.frame.is_text(own):
            texts = [None if t is None else t.strip() or None for t in self.frame.texts(own)]
            try:
                return np.asarray([np.nan if t is None else float(t) for t in texts], dtype=np.float64)
            except ValueError:
                return _frame.as_numbers(texts, own)  # raises, naming row and value
        return self.frame.numbers(own)

    def optional_numbers(self, name: str) -> NDArray[np.float64]:
        """Numbers, all NaN where there is no such column."""
        return self.numbers(name) if name in self else np.full(self.n, np.nan)

    def days(self, name: str) -> Days:
        """Whole dates; a partial date is refused with its row, since it needs a named rule."""
        out = np.full(self.n, NAT, dtype="datetime64[D]")
        for row, value in enumerate(self.raw(name)):
            if _frame.is_missing(value) or value == "":
                continue
            if isinstance(value, (date, datetime, np.datetime64)):
                out[row] = as_day(value)
                continue
            try:
                out[row] = np.datetime64(date.fromisoformat(str(value)[:10]), "D")
            except ValueError:
                raise DataError(
                    f"{self.what}: column `{name}` must hold dates, but row {row} is {value!r}; "
                    "impute partial dates by a named rule with `ms.adam.impute_dates`"
                ) from None
        return out


def typed(trial: Trial, table: str) -> Columns:
    """A table of a trial as its checks typed it: cells with an error are missing, rows of nobody have no subject."""
    columns: dict[str, Any] = {}
    for name in _frame.Frame(trial.tables[table]).names:
        found = trial._core.texts(table, name)
        if found is not None:
            codes, levels = found
            texts = [*levels, None]
            columns[name] = [texts[c] for c in codes.tolist()]
    return Columns(columns, f"table `{table}`")
