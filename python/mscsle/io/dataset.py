"""A table as a file holds it: values with labels, formats, units and the letters of special missing values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._result import Result, completeness_rows
from mscsle.exceptions import DataError

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
        Of each number the tags of its missing values as bytes: 0 of a value, ``ord(".")``, ``ord("A")`` ...; see
        :meth:`special_missing`.
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

    def _hand_over(self) -> Any:
        """The frame of a data set that nobody holds: its numbers are not copied."""
        if self._make_frame is not None and self.library != "numpy":
            return self._make_frame(self.library)
        object.__setattr__(self, "missing", {})
        values = self.values if isinstance(self.values, dict) else dict(self.values)
        return frame_of(values, self.library, share=True)

    def to_frame(self) -> Any:
        """The values as a frame in the library asked for; missing numbers are null where the library has nulls."""
        if self._make_frame is not None and self.library != "numpy":
            return self._make_frame(self.library)
        return frame_of(dict(self.values), self.library)

    def special_missing(self, name: str) -> list[str | None]:
        """Of each row of a number the tag of its missing value (``"."``, ``"_"``, ``"A"`` to ``"Z"``), None of a value.

        Raises
        ------
        DataError
            There is no such number; those there are are named.
        """
        if name not in self.missing:
            raise DataError(f"`{name}` is not a number of `{self.name}`; the numbers are {', '.join(self.missing)}")
        return [chr(tag) if tag else None for tag in self.missing[name].tolist()]

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Number of rows, of values and of missing values of each column; the data are ``to_frame()``."""
        return completeness_rows(self.values, method=self.title())

    def title(self) -> str:
        """Name and label."""
        return f"{self.name}: {self.label}" if self.label else self.name


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
