"""A table as a file holds it: values with labels, formats, units and the letters of special missing values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._result import Result, completeness_rows
from mscsle.exceptions import DataError
from mscsle.io.tags import SUFFIX, check_length, letters, special_letters

__all__ = ["Dataset"]

#: Days and seconds from 1960-01-01, where SAS counts from, to 1970-01-01.
SAS_DAYS = 3653
SAS_SECONDS = SAS_DAYS * 86_400


def _none() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Dataset(Result):
    """A table read from a file with its metadata: what :func:`mscsle.read` returns with ``metadata=True``.

    Attributes
    ----------
    name, label : str
        Name and label of the data set.
    values : mapping of column to values
        Numbers, dates (``datetime64``) or texts, which behave as a list with None where missing.
    labels, formats, units : mapping of column to text
        Label, format (``DATE9.``, ``8.2``) and unit of each column; the units are in Parquet and Arrow files only.
    types : mapping of column to text
        Type of each column in the words of the file: ``number`` and ``text``; of Dataset-JSON ``string``, ``integer``,
        ``decimal``, ``float``, ``double``, ``boolean``, ``date``, ``datetime``, ``time``, ``URI``.
    missing : mapping of column to array
        Of each number the tags of its missing values as bytes: 0 of a value, ``ord(".")``, ``ord("A")`` ...; as letters
        they are :meth:`special_missing`. Rows are left out by :meth:`filter`, so that the tags go with them.
    encoding : str
        Encoding the texts were read with.
    rows_ambiguous : bool
        Whether blank rows at the end may have been rows; a version 5 transport file cannot tell them from padding.
    misread_zeros : mapping of column to int
        Rows of each column of a transport file that hold a number between 0 and 1e-70: zeros that another program miswrote.
        They are read as they stand, with a warning.
    attributes : mapping
        The other attributes of the file, by their names there (``studyOID`` ...).
    column_attributes : mapping of column to mapping
        The other attributes of a column (``itemOID``, ``keySequence``, ``targetDataType``, ``length`` ...).
    """

    name: str
    label: str = ""
    values: Mapping[str, Any] = field(repr=False)
    labels: Mapping[str, str] = field(repr=False, default_factory=_none)
    formats: Mapping[str, str] = field(repr=False, default_factory=_none)
    units: Mapping[str, str] = field(repr=False, default_factory=_none)
    types: Mapping[str, str] = field(repr=False, default_factory=_none)
    missing: Mapping[str, NDArray[np.uint8]] = field(repr=False, default_factory=_none)
    encoding: str = "UTF-8"
    rows_ambiguous: bool = False
    misread_zeros: Mapping[str, int] = field(repr=False, default_factory=_none)
    attributes: Mapping[str, Any] = field(repr=False, default_factory=_none)
    column_attributes: Mapping[str, Mapping[str, Any]] = field(repr=False, default_factory=_none)
    _make_frame: Callable[[_frame.Library], Any] | None = field(repr=False, compare=False, default=None)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.values.values()), ()))

    def columns(self) -> Mapping[str, Any]:
        """Column name to array or texts with None."""
        return self.values

    def _hand_over(self, *, special_missing: bool = False) -> Any:
        """The frame of a data set that nobody holds: its numbers are not copied."""
        if special_missing:
            return self.to_frame(special_missing=True)
        if self._make_frame is not None and self.library != "numpy":
            return self._make_frame(self.library)
        object.__setattr__(self, "missing", {})
        values = self.values if isinstance(self.values, dict) else dict(self.values)
        return frame_of(values, self.library, share=True)

    def to_frame(self, *, special_missing: bool = False) -> Any:
        """The values as a frame in the library asked for; missing numbers are null where the library has nulls.

        With ``special_missing`` a column that holds special missing values is followed by one named after it with
        ``__sasmiss``, which has their letters (``A`` to ``Z``, ``_``), and is missing elsewhere. :func:`mscsle.write` takes
        it back as the tags of a transport file.
        """
        if special_missing:
            return frame_of(self._with_letters(), self.library)
        if self._make_frame is not None and self.library != "numpy":
            return self._make_frame(self.library)
        return frame_of(dict(self.values), self.library)

    def _with_letters(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, values in self.values.items():
            out[name] = values
            tags = self.missing.get(name)
            if tags is None or not special_letters(tags):
                continue
            check_length(tags, len(values), name)
            found, codes = np.unique(tags, return_inverse=True)
            special = [int(t) for t in found if t not in (0, ord("."))]
            position = np.asarray([special.index(int(t)) if int(t) in special else -1 for t in found], dtype=np.int32)
            out[name + SUFFIX] = _frame.Texts(position[codes], [chr(t) for t in special])
        return out

    def filter(self, rows: Any) -> Dataset:
        """The data set of some of its rows: values and tags of missing values together, metadata as they are.

        Parameters
        ----------
        rows : array of bool or of int
            Which rows, or their numbers (counted from 0) in the order wanted.

        Raises
        ------
        DataError
            An array of another length, a row that is not there.

        Examples
        --------
        >>> import mscsle as ms
        >>> path = ms.write({"X": [1.0, None, None]}, "a.xpt", missing={"X": [None, "A", "B"]})
        >>> part = ms.read(path, metadata=True).filter([False, False, True])
        >>> part.n_rows, part.special_missing("X")
        (1, ['B'])
        """
        kept = self._row_numbers(rows)
        values = {name: _rows_of(column, kept) for name, column in self.values.items()}
        for name, tags in self.missing.items():
            check_length(tags, self.n_rows, name)
        missing = {name: tags[kept] for name, tags in self.missing.items()}
        make = self._make_frame
        return replace(
            self,
            values=values,
            missing=missing,
            _make_frame=None if make is None else lambda library: _frame.take_rows(make(library), kept),
        )

    def _row_numbers(self, rows: Any) -> NDArray[np.int64]:
        chosen = np.asarray(rows)
        if chosen.dtype.kind == "b" and chosen.shape == (self.n_rows,):
            return np.flatnonzero(chosen)
        if chosen.size == 0 and chosen.dtype.kind != "b":
            return np.zeros(0, dtype=np.int64)
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
            raise DataError(
                f"`rows` must be {self.n_rows} flags, or numbers of rows, but is an array of {chosen.dtype} of shape {chosen.shape}"
            )
        outside = (chosen < 0) | (chosen >= self.n_rows)
        if outside.any():
            raise DataError(f"there is no row {chosen[outside][0]}; the rows are 0 to {self.n_rows - 1}")
        return chosen.astype(np.int64)

    def special_missing(self, name: str) -> list[str | None]:
        """Of each row of a number the tag of its missing value (``"."``, ``"_"``, ``"A"`` to ``"Z"``), None of a value.

        Raises
        ------
        DataError
            There is no such number; those there are are named.
        """
        if name not in self.missing:
            raise DataError(f"`{name}` is not a number of `{self.name}`; the numbers are {', '.join(self.missing)}")
        return letters(self.missing[name])

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Number of rows, of values and of missing values of each column; the data are ``to_frame()``."""
        return completeness_rows(self.values, method=self.title())

    def title(self) -> str:
        """Name and label."""
        return f"{self.name}: {self.label}" if self.label else self.name


def _rows_of(column: Any, rows: NDArray[np.int64]) -> Any:
    if isinstance(column, (np.ndarray, _frame.Texts)):
        return column[rows]
    cells = list(_frame._as_sequence(column))
    return [cells[row] for row in rows.tolist()]


def frame_of(values: dict[str, Any], library: _frame.Library, *, share: bool = False) -> Any:
    """A frame from the values of a file; with ``share`` it takes the memory of numbers over."""
    return _frame.file_frame(values, library, share=share)


def column_values(variable: Mapping[str, Any]) -> Any:
    """Values of a column of the core for a user: texts, numbers, dates; flags and whole numbers by their type."""
    values = variable["values"]
    if isinstance(values, tuple):
        return _frame.Texts(*values)
    kind = variable.get("kind", "number")
    if kind in ("date", "datetime"):
        return _dates(values, kind)
    word = variable.get("type")
    if word in ("flag", "boolean", "integer"):
        absent = np.isnan(values)
        whole = np.where(absent, 0, values).astype(np.int64 if word == "integer" else np.bool_)
        return np.ma.MaskedArray(whole, absent) if absent.any() else whole
    return values


def _dates(values: NDArray[np.float64], kind: str) -> NDArray[Any]:
    """``datetime64`` of a count from 1960-01-01: days, or seconds (microseconds where there are fractions)."""
    known = ~np.isnan(values)
    if kind == "date":
        out = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[D]")
        out[known] = np.floor(values[known] - SAS_DAYS).astype(np.int64).astype("datetime64[D]")
        return out
    seconds = values[known] - SAS_SECONDS
    fine = bool(np.any(seconds != np.floor(seconds)))
    unit = "us" if fine else "s"
    out = np.full(len(values), np.datetime64("NaT"), dtype=f"datetime64[{unit}]")
    out[known] = np.round(seconds * (1_000_000 if fine else 1)).astype(np.int64).astype(out.dtype)
    return out
