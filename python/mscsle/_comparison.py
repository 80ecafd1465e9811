"""Two frames held against each other, as SAS PROC COMPARE and R's diffdf do: the check of double programming."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._result import Result, ard_row, format_cell, html_table, values_list
from mscsle.exceptions import DataError, OptionError
from mscsle.io.tags import check_length

__all__ = ["FrameComparison", "compare"]

#: Differences that the printed report lists; ``to_frame()`` has them all.
PRINTED = 20


@dataclass(frozen=True, kw_only=True)
class FrameComparison(Result):
    """What differs between two frames; ``to_frame()`` has one row a differing value.

    Attributes
    ----------
    equal : bool
        Same rows, columns, types and values within the tolerance. Order of rows and columns, labels, formats and units do
        not count.
    n_a, n_b, n_matched : int
        Rows of each frame, and rows found in both.
    keys : tuple of str
        Columns the rows were matched by; none: by position.
    columns_compared, columns_only_a, columns_only_b : tuple of str
        Columns.
    rows_only_a, rows_only_b : mapping
        Keys (and ``row``, counted from 0) of the rows that only one frame has.
    types : mapping
        Columns whose type differs: ``column``, ``a``, ``b``, and whether their values were ``compared``.
    differences : mapping
        The keys, ``row_a``, ``row_b``, ``column``, ``kind`` (``value``, ``missing``, ``special missing``), ``a``, ``b``,
        ``difference`` (b - a) and ``relative`` (|b - a| / max(|a|, |b|)).
    by_column : mapping
        ``column``, ``n_different``, ``max_difference``, ``max_relative``.
    attributes : mapping
        Labels, formats and units that differ, of data sets that have them: ``column``, ``attribute``, ``a``, ``b``.
    tol, rtol : float
        Values within ``tol`` absolutely, or within ``rtol`` relatively, are equal.
    blanks : str
        How texts were compared.
    names : tuple of str
        What the two frames are called.
    """

    equal: bool
    n_a: int
    n_b: int
    n_matched: int
    keys: tuple[str, ...]
    columns_compared: tuple[str, ...]
    columns_only_a: tuple[str, ...]
    columns_only_b: tuple[str, ...]
    rows_only_a: Mapping[str, Sequence[object]] = field(repr=False)
    rows_only_b: Mapping[str, Sequence[object]] = field(repr=False)
    types: Mapping[str, Sequence[object]] = field(repr=False)
    differences: Mapping[str, Any] = field(repr=False)
    by_column: Mapping[str, Any] = field(repr=False)
    attributes: Mapping[str, Sequence[object]] = field(repr=False)
    tol: float
    rtol: float
    blanks: str
    names: tuple[str, str]

    @property
    def n_different(self) -> int:
        """Number of differing values."""
        return len(self.differences["column"])

    def columns(self) -> Mapping[str, Any]:
        """The differing values."""
        return self.differences

    @property
    def method(self) -> str:
        """Keys, tolerances and rule of blanks in words."""
        matched = f"rows matched by {', '.join(self.keys)}" if self.keys else "rows matched by position"
        return (
            f"{matched}; values equal within an absolute difference of {self.tol:g} or a relative one of {self.rtol:g} "
            f"(|b - a| / max(|a|, |b|)); blanks {'trimmed' if self.blanks == 'trim' else 'kept'}"
        )

    def title(self) -> str:
        """Equal or not, and how it was compared."""
        a, b = self.names
        return f"{a} and {b} {'are equal' if self.equal else 'differ'}: {self.method}"

    def _counts(self) -> list[tuple[str, str, int]]:
        a, b = self.names
        return [
            ("n_a", f"Rows of {a}", self.n_a),
            ("n_b", f"Rows of {b}", self.n_b),
            ("n_matched", "Rows in both", self.n_matched),
            ("n_rows_only_a", f"Rows only in {a}", self.n_a - self.n_matched),
            ("n_rows_only_b", f"Rows only in {b}", self.n_b - self.n_matched),
            ("n_columns_compared", "Columns compared", len(self.columns_compared)),
            ("n_columns_only_a", f"Columns only in {a}", len(self.columns_only_a)),
            ("n_columns_only_b", f"Columns only in {b}", len(self.columns_only_b)),
            ("n_types", "Columns of another type", len(self.types["column"])),
            ("n_different", "Values that differ", self.n_different),
            ("n_attributes", "Labels, formats or units that differ", len(self.attributes["column"])),
        ]

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Counts, and of each column the number of differing values and the greatest difference."""
        common: dict[str, Any] = {"context": "compare", "method": self.method}
        for name, label, n in self._counts():
            yield ard_row(variable="frames", stat_name=name, stat_label=label, stat=float(n), **common)
        for i, column in enumerate(self.by_column["column"]):
            for name in ("n_different", "max_difference", "max_relative"):
                value = self.by_column[name][i]
                stat = None if _frame.is_missing(value) else float(value)
                yield ard_row(variable=str(column), stat_name=name, stat=stat, **common)

    def report(self) -> str:
        """The comparison for reading: counts, then what differs; at most twenty rows of each kind."""
        lines = [self.title(), *(f"  {label}: {n}" for _, label, n in self._counts())]
        a, b = self.names
        for name, columns in ((a, self.columns_only_a), (b, self.columns_only_b)):
            if columns:
                lines.append(f"Columns only in {name}: {', '.join(columns)}")
        for heading, table in self._tables():
            lines += [heading, *_text_table(table)]
        return "\n".join(lines)

    def _tables(self) -> list[tuple[str, Mapping[str, Any]]]:
        a, b = self.names
        tables: list[tuple[str, Mapping[str, Any]]] = [
            (f"Rows only in {a}", self.rows_only_a),
            (f"Rows only in {b}", self.rows_only_b),
            ("Columns of another type", self.types),
            ("Columns with differing values", self.by_column),
            ("Values that differ", self.differences),
            ("Labels, formats and units that differ (they do not count)", self.attributes),
        ]
        return [(heading, table) for heading, table in tables if len(next(iter(table.values())))]

    def __repr__(self) -> str:
        return self.report()

    def _repr_html_(self) -> str:
        counts = html_table(
            {"": [label for _, label, _ in self._counts()], "n": [n for _, _, n in self._counts()]},
            caption=self.title(),
        )
        only = "".join(
            f"<p>Columns only in {html.escape(name)}: {html.escape(', '.join(columns))}</p>"
            for name, columns in zip(self.names, (self.columns_only_a, self.columns_only_b), strict=True)
            if columns
        )
        return counts + only + "".join(html_table(table, caption=heading) for heading, table in self._tables())


def compare(
    a: Any,
    b: Any,
    *,
    keys: str | Sequence[str] | None = None,
    tol: float = 0.0,
    rtol: float = 0.0,
    columns: Sequence[str] | None = None,
    blanks: Literal["keep", "trim"] = "keep",
    ignore_case: bool = False,
    names: tuple[str, str] = ("a", "b"),
) -> FrameComparison:
    """Compare two frames of any libraries: rows by their keys, columns by their names, values within a tolerance.

    Parameters
    ----------
    a, b : frame, mapping of arrays, or Dataset
        Data sets of :func:`mscsle.read` with ``metadata=True`` keep their special missing values (``.A``), which are
        compared when both have them, and labels, formats and units, which are listed.
    keys : str or list of str, optional
        Columns that identify a row; without them rows are matched by position.
    tol : float
        Greatest absolute difference of equal numbers.
    rtol : float
        Greatest relative difference, \\|b - a\\| / max(\\|a\\|, \\|b\\|); within either the numbers are equal.
    columns : list of str, optional
        Compare only these (and the keys).
    blanks : {"keep", "trim"}
        ``trim``: blanks at the end of a text do not count, and an empty text is missing, as in SAS.
    ignore_case : bool
        Match ``USUBJID`` with ``usubjid``; the names are those of ``a``.
    names : (str, str)
        What the frames are called in the report.

    Returns
    -------
    FrameComparison
        ``.equal``, ``.report()``, ``.to_frame()`` (one row a differing value, in the library of ``a``).

    Raises
    ------
    DataError
        A key that a frame does not have or that does not identify its rows (the first repeated one is named).
    OptionError
        A negative tolerance, an unknown word.

    Examples
    --------
    >>> import mscsle as ms
    >>> ours = {"usubjid": ["S-01", "S-02"], "aval": [12.0, 7.5]}
    >>> theirs = {"usubjid": ["S-02", "S-01"], "aval": [7.5000001, 12.25]}
    >>> result = ms.compare(ours, theirs, keys="usubjid", tol=1e-6)
    >>> result.equal, result.differences["usubjid"], result.differences["difference"].tolist()
    (False, ['S-01'], [0.25])
    """
    for name, value in (("tol", tol), ("rtol", rtol)):
        if not value >= 0:
            raise OptionError(f"`{name}` must be a number >= 0, but is {value}")
    if blanks not in ("keep", "trim"):
        raise OptionError(f"unknown blanks `{blanks}`; use `keep` or `trim`")
    left, right = _Side(a, names[0], ignore_case), _Side(b, names[1], ignore_case)
    key_names = [keys] if isinstance(keys, str) else list(keys or ())
    key_columns = [left.require(k) for k in key_names]
    for k in key_columns:
        right.require(k)
    wanted = (
        None
        if columns is None
        else {left.folded(left.require(c) if left.has(c) else right.require(c)) for c in columns}
    )
    rows_a, rows_b, only_a, only_b = _match(left, right, key_columns, blanks)
    listed = [c for c in left.names if wanted is None or left.folded(c) in wanted or c in key_columns]
    shared = [c for c in listed if right.has(c)]
    compared = [c for c in shared if c not in key_columns]
    extra_a = tuple(c for c in listed if not right.has(c))
    extra_b = tuple(c for c in right.names if not left.has(c) and (wanted is None or right.folded(c) in wanted))
    found = _Found()
    types: dict[str, list[object]] = {"column": [], "a": [], "b": [], "compared": []}
    summary: dict[str, list[object]] = {"column": [], "n_different": [], "max_difference": [], "max_relative": []}
    for column in shared:
        one, other = left.column(column, blanks), right.column(column, blanks)
        both = {one.kind, other.kind}
        if len(both - {"empty"}) > 1:
            comparable = one.comparable_with(other)
            for name, said in zip(types, (column, one.kind, other.kind, comparable), strict=True):
                types[name].append(said)
            if not comparable:
                continue
        if column in compared:
            before = len(found.column)
            found.add(column, one, other, rows_a, rows_b, tol, rtol)
            if len(found.column) > before:
                summary["column"].append(column)
                summary["n_different"].append(len(found.column) - before)
                for name, values in (("max_difference", found.difference), ("max_relative", found.relative)):
                    known = [abs(v) for v in values[before:] if not np.isnan(v)]
                    summary[name].append(max(known) if known else float("nan"))
    attributes = _attributes(left, right, shared)
    key_texts = {k: left.texts(k) for k in key_columns}
    differences: dict[str, Any] = {k: [key_texts[k][r] for r in found.row_a] for k in key_columns}
    differences |= {
        "row_a": np.asarray(found.row_a, dtype=np.int64),
        "row_b": np.asarray(found.row_b, dtype=np.int64),
        "column": found.column,
        "kind": found.kind,
        "a": found.a,
        "b": found.b,
        "difference": np.asarray(found.difference, dtype=np.float64),
        "relative": np.asarray(found.relative, dtype=np.float64),
    }
    equal = not (len(only_a) or len(only_b) or extra_a or extra_b or types["column"] or found.column)
    return FrameComparison(
        equal=equal,
        n_a=left.n_rows,
        n_b=right.n_rows,
        n_matched=len(rows_a),
        keys=tuple(key_columns),
        columns_compared=tuple(compared),
        columns_only_a=extra_a,
        columns_only_b=extra_b,
        rows_only_a=_rows_of(left, key_columns, only_a),
        rows_only_b=_rows_of(right, key_columns, only_b),
        types=types,
        differences=differences,
        by_column=summary,
        attributes=attributes,
        tol=float(tol),
        rtol=float(rtol),
        blanks=blanks,
        names=(str(names[0]), str(names[1])),
        library=left.library,
    )


@dataclass(frozen=True)
class _Column:
    """A column ready to be compared: numbers, or texts; ``tags`` are the letters of its missing numbers."""

    kind: str
    numbers: NDArray[np.float64] | None
    texts: list[str | None]
    tags: NDArray[np.uint8] | None
    #: The numbers as they were given, where one of them is a whole number that float64 does not hold.
    exact: list[Any] | None = None

    def value(self, row: int) -> Any:
        """A number as it was given."""
        if self.exact is not None:
            return self.exact[row]
        return None if self.numbers is None else float(self.numbers[row])

    def comparable_with(self, other: _Column) -> bool:
        """Numbers with flags, dates with their ISO texts; anything with an empty column."""
        kinds = {self.kind, other.kind}
        return "empty" in kinds or kinds in ({"number", "flag"}, {"date", "text"}, {"mixed", "text"})


class _Side:
    """One of the two frames."""

    def __init__(self, data: Any, name: str, ignore_case: bool) -> None:
        self.frame = _frame.Frame(data, what=f"`{name}`")
        self.name = name
        self.ignore_case = ignore_case
        self.names = self.frame.names
        self.n_rows = self.frame.n_rows
        self.library = self.frame.library
        self.tags: Mapping[str, Any] = getattr(data, "missing", None) or {}
        self.metadata = {w: getattr(data, f"{w}s", None) or {} for w in ("label", "format", "unit")}
        self._by_folded = {self.folded(n): n for n in self.names}
        if len(self._by_folded) < len(self.names):
            raise DataError(f"`{name}` has columns that differ only in case; use `ignore_case=False`")

    def folded(self, name: str) -> str:
        return name.casefold() if self.ignore_case else name

    def has(self, name: str) -> bool:
        return self.folded(name) in self._by_folded

    def require(self, name: str) -> str:
        found = self._by_folded.get(self.folded(name)) if isinstance(name, str) else None
        if found is not None:
            return found
        try:
            return self.frame.require(name)
        except DataError as e:
            raise DataError(f"`{self.name}`: {e}") from None

    def texts(self, name: str) -> list[str | None]:
        return [_text(v) for v in values_list(self.frame.raw(self.require(name)))]

    def column(self, name: str, blanks: str) -> _Column:
        own = self.require(name)
        raw = self.frame.raw(own)
        tags = self.tags.get(own)
        if tags is not None:
            check_length(tags, self.n_rows, own)
        if isinstance(raw, np.ndarray) and raw.dtype.kind in "fiub" and not isinstance(raw, np.ma.MaskedArray):
            numbers = raw.astype(np.float64)
            kind = "flag" if raw.dtype.kind == "b" else "number"
            if kind == "number" and np.isnan(numbers).all() and tags is None:
                kind = "empty"
            large = raw.dtype.kind in "iu" and len(raw) and np.abs(numbers).max() >= _frame.LARGEST_WHOLE
            return _Column(kind, numbers, [], tags, raw.tolist() if large else None)
        cells = values_list(raw)
        kinds = {_kind(v) for v in cells if not _frame.is_missing(v)}
        if kinds <= {"number", "flag"} and kinds:
            numbers = np.asarray([np.nan if _frame.is_missing(v) else float(v) for v in cells], dtype=np.float64)
            large = any(not isinstance(v, float) and abs(v) > _frame.LARGEST_WHOLE for v in _known(cells))
            return _Column("flag" if kinds == {"flag"} else "number", numbers, [], tags, cells if large else None)
        texts = [_text(v) for v in cells]
        if blanks == "trim":
            texts = [None if t is None else t.rstrip(" ") or None for t in texts]
        kind = "empty" if not kinds else next(iter(kinds)) if len(kinds) == 1 else "mixed"
        return _Column(kind, None, texts, tags)


def _known(cells: Iterable[Any]) -> Iterable[Any]:
    return (v for v in cells if not _frame.is_missing(v))


def _kind(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "flag"
    if isinstance(value, (complex, np.complexfloating)) and not isinstance(value, float):
        return "complex"
    if isinstance(value, (timedelta, np.timedelta64)):
        return "duration"
    if isinstance(value, (int, float, np.number)) or type(value).__name__ == "Decimal":
        return "number"
    if isinstance(value, (date, np.datetime64)):
        return "date"
    return "text"


def _text(value: object) -> str | None:
    """A value as text; times of day are kept, spans of time are seconds."""
    if isinstance(value, np.timedelta64):
        value = value.astype("timedelta64[us]").item()
    if isinstance(value, timedelta) and not _frame.is_missing(value):
        return f"{value.total_seconds():.15g} s"
    if isinstance(value, (complex, np.complexfloating)) and not isinstance(value, float):
        return str(complex(value))
    if isinstance(value, np.datetime64) and not np.isnat(value):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, datetime) and not _frame.is_missing(value):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return _frame.as_texts([value])[0]


class _Found:
    """The differing values."""

    def __init__(self) -> None:
        self.row_a: list[int] = []
        self.row_b: list[int] = []
        self.column: list[str] = []
        self.kind: list[str] = []
        self.a: list[str | None] = []
        self.b: list[str | None] = []
        self.difference: list[float] = []
        self.relative: list[float] = []

    def add(
        self,
        column: str,
        one: _Column,
        other: _Column,
        rows_a: NDArray[np.int64],
        rows_b: NDArray[np.int64],
        tol: float,
        rtol: float,
    ) -> None:
        x, y = _numbers(one, rows_a), _numbers(other, rows_b)
        if x is not None and y is not None:
            self._add_numbers(column, one, other, rows_a, rows_b, x, y, tol, rtol)
            return
        s, t = _texts(one, rows_a), _texts(other, rows_b)
        for i, (p, q) in enumerate(zip(s, t, strict=True)):
            if p != q:
                kind = "missing" if p is None or q is None else "value"
                self._one(column, kind, int(rows_a[i]), int(rows_b[i]), p, q, np.nan, np.nan)

    def _add_numbers(
        self,
        column: str,
        one: _Column,
        other: _Column,
        rows_a: NDArray[np.int64],
        rows_b: NDArray[np.int64],
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        tol: float,
        rtol: float,
    ) -> None:
        no_x, no_y = np.isnan(x), np.isnan(y)
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            difference = np.where(x == y, 0.0, y - x)  # equal infinities differ by nothing
            larger = np.maximum(np.abs(x), np.abs(y))
            relative = np.where(larger > 0, np.abs(difference) / larger, 0.0)
        if one.exact is not None or other.exact is not None:
            for i in np.flatnonzero((larger >= _frame.LARGEST_WHOLE) & np.isfinite(larger)):
                p, q = Fraction(one.value(int(rows_a[i]))), Fraction(other.value(int(rows_b[i])))
                difference[i], relative[i] = float(q - p), float(abs(q - p) / max(abs(p), abs(q)))
        near = (np.abs(difference) <= tol) | (relative <= rtol)
        for i in np.flatnonzero(no_x != no_y):
            self._number(column, "missing", one, other, rows_a, rows_b, int(i), np.nan, np.nan)
        if one.tags is not None and other.tags is not None:
            tags_differ = no_x & no_y & (one.tags[rows_a] != other.tags[rows_b])
            for i in np.flatnonzero(tags_differ):
                self._number(column, "special missing", one, other, rows_a, rows_b, int(i), np.nan, np.nan)
        for i in np.flatnonzero(~no_x & ~no_y & ~near):
            self._number(column, "value", one, other, rows_a, rows_b, int(i), float(difference[i]), float(relative[i]))

    def _number(
        self,
        column: str,
        kind: str,
        one: _Column,
        other: _Column,
        rows_a: NDArray[np.int64],
        rows_b: NDArray[np.int64],
        i: int,
        difference: float,
        relative: float,
    ) -> None:
        row_a, row_b = int(rows_a[i]), int(rows_b[i])
        shown = (_shown(one, row_a), _shown(other, row_b))
        self._one(column, kind, row_a, row_b, *shown, difference, relative)

    def _one(
        self,
        column: str,
        kind: str,
        row_a: int,
        row_b: int,
        a: str | None,
        b: str | None,
        difference: float,
        relative: float,
    ) -> None:
        self.column.append(column)
        self.kind.append(kind)
        self.row_a.append(row_a)
        self.row_b.append(row_b)
        self.a.append(a)
        self.b.append(b)
        self.difference.append(difference)
        self.relative.append(relative)


def _numbers(column: _Column, rows: NDArray[np.int64]) -> NDArray[np.float64] | None:
    if column.numbers is not None:
        return column.numbers[rows]
    return np.full(len(rows), np.nan) if column.kind == "empty" else None


def _texts(column: _Column, rows: NDArray[np.int64]) -> list[str | None]:
    if column.numbers is None:
        return [column.texts[r] for r in rows.tolist()]
    return [_shown(column, r) for r in rows.tolist()]


def _shown(column: _Column, row: int) -> str | None:
    """A number as it can be read again; a missing one by its letter."""
    if column.numbers is None:
        return column.texts[row]
    value = float(column.numbers[row]) + 0.0  # -0 is 0
    if np.isnan(value):
        tag = 0 if column.tags is None else int(column.tags[row])
        return None if not tag else "." if tag == ord(".") else f".{chr(tag)}"
    if column.exact is not None and column.exact[row] == int(column.exact[row]):
        return str(int(column.exact[row]))
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e22 else repr(value)


def _match(
    left: _Side, right: _Side, keys: Sequence[str], blanks: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Rows of both that belong together, and rows of one only."""
    if not keys:
        n = min(left.n_rows, right.n_rows)
        rows = np.arange(n)
        return rows, rows, np.arange(n, left.n_rows), np.arange(n, right.n_rows)
    position_a, position_b = _positions(left, keys, blanks), _positions(right, keys, blanks)
    pairs = [(row, position_b[key]) for key, row in position_a.items() if key in position_b]
    rows_a = np.asarray([p[0] for p in pairs], dtype=np.int64)
    rows_b = np.asarray([p[1] for p in pairs], dtype=np.int64)
    only_a = np.asarray([row for key, row in position_a.items() if key not in position_b], dtype=np.int64)
    only_b = np.asarray([row for key, row in position_b.items() if key not in position_a], dtype=np.int64)
    return rows_a, rows_b, only_a, only_b


def _positions(side: _Side, keys: Sequence[str], blanks: str) -> dict[tuple[object, ...], int]:
    columns: list[Sequence[object]] = []
    for key in keys:
        column = side.column(key, blanks)
        columns.append(_texts(column, np.arange(side.n_rows)))
    out: dict[tuple[object, ...], int] = {}
    for row, values in enumerate(zip(*columns, strict=True)):
        if values in out:
            named = ", ".join(f"{k} = {v}" for k, v in zip(keys, values, strict=True))
            raise DataError(
                f"the keys do not identify the rows of `{side.name}`: {named} is in rows {out[values]} and {row}; add a key"
            )
        out[values] = row
    return out


def _rows_of(side: _Side, keys: Sequence[str], rows: NDArray[np.int64]) -> dict[str, list[object]]:
    out: dict[str, list[object]] = {}
    for key in keys:
        texts = side.texts(key)
        out[key] = [texts[r] for r in rows.tolist()]
    out["row"] = rows.tolist()
    return out


def _attributes(left: _Side, right: _Side, shared: Sequence[str]) -> dict[str, list[object]]:
    out: dict[str, list[object]] = {"column": [], "attribute": [], "a": [], "b": []}
    for attribute in ("label", "format", "unit"):
        of_a, of_b = left.metadata[attribute], right.metadata[attribute]
        if not of_a or not of_b:
            continue
        for column in shared:
            x, y = of_a.get(left.require(column), ""), of_b.get(right.require(column), "")
            if x != y:
                for name, value in zip(out, (column, attribute, x, y), strict=True):
                    out[name].append(value)
    return out


def _text_table(table: Mapping[str, Any]) -> list[str]:
    names = list(table)
    n = len(table[names[0]])
    cells = [names] + [[format_cell(table[c][i]) for c in names] for i in range(min(n, PRINTED))]
    width = [max(len(row[j]) for row in cells) for j in range(len(names))]
    lines = ["  " + "  ".join(cell.ljust(width[j]) for j, cell in enumerate(row)).rstrip() for row in cells]
    return lines + ([f"  ... {n - PRINTED} more; see `.to_frame()`"] if n > PRINTED else [])
