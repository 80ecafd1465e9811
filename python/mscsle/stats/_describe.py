"""Description of columns, by group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError

_NUMBER = ("n", "n_missing", "mean", "sd", "minimum", "q1", "median", "q3", "maximum")
_COUNT = ("n", "denominator", "percent", "percent_of_all")


@dataclass(frozen=True, kw_only=True)
class Description(Result):
    """Columns described, one row a variable (or level) and group.

    Attributes
    ----------
    rows : tuple of dict
        ``variable``, ``level`` (None for numbers), ``group``, ``kind`` (``number`` or ``category``), ``n``, ``n_missing``,
        ``mean``, ``sd``, ``minimum``, ``q1``, ``median``, ``q3``, ``maximum`` for numbers; ``n``, ``denominator`` (values
        that are there), ``percent``, ``percent_of_all`` (missing counted) for levels. A column with missing values has a
        level row ``(missing)``.
    smd : mapping
        Standardised difference of the second group against the first by (variable, level); empty unless there are two
        groups.
    quantile_type : str
    """

    rows: tuple[dict[str, Any], ...]
    smd: Mapping[tuple[str, str | None], float | None]
    by: str | None
    quantile_type: str
    method: str

    def __len__(self) -> int:
        return len(self.rows)

    def columns(self) -> Mapping[str, Any]:
        """One row a variable or level and group; numbers are NaN where they do not apply."""
        texts = ("variable", "level", *(("group",) if self.by is not None else ()), "kind")
        out: dict[str, Any] = {name: [row[name] for row in self.rows] for name in texts}
        for name in dict.fromkeys((*_NUMBER, *_COUNT)):
            out[name] = np.asarray([_nan(row.get(name)) for row in self.rows], dtype=np.float64)
        if self.smd:
            smd = [self.smd.get((row["variable"], row["level"])) for row in self.rows]
            out["smd"] = np.asarray([_nan(v) for v in smd], dtype=np.float64)
        return out

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """One row a statistic."""
        return [
            ard_row(
                variable=row["variable"],
                variable_level=row["level"],
                group1=self.by,
                group1_level=row["group"],
                context="continuous" if row["kind"] == "number" else "categorical",
                stat_name=name,
                stat=None if row.get(name) is None else float(row[name]),
                method=self.method,
            )
            for row in self.rows
            for name in (_NUMBER if row["kind"] == "number" else _COUNT)
        ]

    def title(self) -> str:
        """Definition of the quantiles."""
        return f"Description{f' by {self.by}' if self.by else ''}; {self.method}"


def _nan(value: object) -> float:
    return float("nan") if value is None else float(value)  # type: ignore[arg-type]


def describe(
    data: Any, columns: str | Sequence[str], *, by: str | None = None, quantile_type: str = "sas"
) -> Description:
    """Describes columns: numbers by n, mean, SD and quartiles, text and flags by counts; missing values are counted.

    Parameters
    ----------
    data : frame
    columns : str or sequence of str
    by : str, optional
        Column of groups; with two groups, standardised differences are given (second against first in sorted order).
    quantile_type : {"sas", "spss", "r"}
        Types 2, 6 and 7 of Hyndman and Fan.

    Raises
    ------
    DataError
        A column that is missing; missing values in ``by``.

    References
    ----------
    Hyndman RJ, Fan Y. Am Stat 1996;50:361, doi 10.2307/2684934. Austin PC. Stat Med 2009;28:3083, doi 10.1002/sim.3697.

    Examples
    --------
    >>> import mscsle as ms
    >>> data = {"age": [20, 30, 40, None], "sex": ["F", "F", "M", "F"]}
    >>> found = ms.stats.describe(data, ["age", "sex"])
    >>> [(r["variable"], r["level"], r["n"]) for r in found.rows]
    [('age', None, 3), ('sex', 'F', 3), ('sex', 'M', 1)]
    >>> found.rows[0]["mean"], found.rows[0]["n_missing"]
    (30.0, 1)
    """
    frame = _frame.Frame(data)
    names = [columns] if isinstance(columns, str) else list(columns)
    groups = _groups(frame, by)
    rows: list[dict[str, Any]] = []
    smd: dict[tuple[str, str | None], float | None] = {}
    for name in names:
        part = (
            _category(frame, name, groups) if _is_category(frame, name) else _number(frame, name, groups, quantile_type)
        )
        rows += part
        if len(groups) == 2:
            smd |= _differences(part)
    _core.quantile(np.zeros(1), 0.5, quantile_type)  # an unknown word is refused even without numbers
    return Description(
        rows=tuple(rows),
        smd=smd,
        by=by,
        quantile_type=quantile_type,
        method=f"SD with n - 1, quartiles as in {quantile_type}",
        library=frame.library,
    )


Groups = list[tuple[str | None, NDArray[np.int64]]]


def _groups(frame: _frame.Frame, by: str | None) -> Groups:
    if by is None:
        return [(None, np.arange(frame.n_rows))]
    codes, levels = frame.codes(frame.require(by))
    if (codes < 0).any():
        count = int((codes < 0).sum())
        raise DataError(
            f"column `{by}` holds {count} missing value{'s' if count > 1 else ''} (first in row {int(np.argmax(codes < 0))})"
        )
    return [(level, np.flatnonzero(codes == i)) for i, level in enumerate(levels)]


def _is_category(frame: _frame.Frame, name: str) -> bool:
    raw = frame.raw(name)
    if isinstance(raw, np.ndarray):
        return raw.dtype.kind == "b"
    present = [v for v in raw if not _frame.is_missing(v)]
    return bool(present) and all(isinstance(v, (str, bool, np.bool_)) for v in present)


def _number(frame: _frame.Frame, name: str, groups: Groups, quantile_type: str) -> list[dict[str, Any]]:
    values = frame.numbers(name)
    return [
        {
            "variable": name,
            "level": None,
            "group": group,
            "kind": "number",
            **_core.describe(np.ascontiguousarray(values[members]), quantile_type),
        }
        for group, members in groups
    ]


def _category(frame: _frame.Frame, name: str, groups: Groups) -> list[dict[str, Any]]:
    codes, levels = frame.codes(name)
    shown = [*enumerate(levels), *([(-1, "(missing)")] if (codes < 0).any() else [])]
    rows = []
    for code, level in shown:
        for group, members in groups:
            mine = codes[members]
            n, there, everyone = int((mine == code).sum()), int((mine >= 0).sum()), len(mine)
            rows.append(
                {
                    "variable": name,
                    "level": level,
                    "group": group,
                    "kind": "category",
                    "n": n,
                    "n_missing": everyone - there,
                    "denominator": there,
                    "percent": 100.0 * n / there if there and code >= 0 else None,
                    "percent_of_all": 100.0 * n / everyone if everyone else None,
                }
            )
    return rows


def _differences(rows: list[dict[str, Any]]) -> dict[tuple[str, str | None], float | None]:
    out: dict[tuple[str, str | None], float | None] = {}
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        key = (first["variable"], first["level"])
        if first["kind"] == "number":
            moments = (second["mean"], second["sd"], first["mean"], first["sd"])
            out[key] = None if None in moments else _core.standardized_mean_difference(*moments)
        elif first["denominator"] and second["denominator"] and first["level"] != "(missing)":
            out[key] = _core.standardized_proportion_difference(
                second["n"], second["denominator"], first["n"], first["denominator"]
            )
    return out


def quantile(values: Any, p: float, *, quantile_type: str = "sas") -> float | None:
    """A sample quantile of an array; missing values are left out; None without values.

    Parameters
    ----------
    values : array of numbers
    p : float between 0 and 1
    quantile_type : {"sas", "spss", "r"}

    Examples
    --------
    >>> import mscsle as ms
    >>> x = [1, 2, 3, 4, 10]
    >>> ms.stats.quantile(x, 0.25), ms.stats.quantile(x, 0.25, quantile_type="spss")
    (2.0, 1.5)
    """
    return _core.quantile(_frame.as_numbers(_frame._as_sequence(values), "values"), p, quantile_type)
