"""A user's columns as the writers take them: numbers, counts from 1960-01-01, or texts as codes into levels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle.exceptions import DataError
from mscsle.io.dataset import SAS_DAYS, SAS_SECONDS

__all__ = ["FileColumn", "file_column"]

Kind = Literal["number", "integer", "flag", "date", "datetime", "time", "text"]


@dataclass(frozen=True)
class FileColumn:
    """A column to write: numbers (flags 0 and 1; days or seconds from 1960-01-01) with NaN, or texts."""

    kind: Kind
    values: NDArray[np.float64] | _frame.Texts

    def raw(self) -> Any:
        """As the core takes it."""
        return (self.values.codes, self.values.levels) if isinstance(self.values, _frame.Texts) else self.values


def file_column(frame: _frame.Frame, name: str) -> FileColumn:
    """The column of a frame; numbers that are a misread zero of SAS and infinities are refused."""
    column = _of_series(frame.series(name), name)
    if column is None:
        native = frame.native
        values = native[name] if frame.library == "numpy" else frame.raw(name)  # type: ignore[index]
        column = _of_values(values, name)
    if column.kind == "number" and isinstance(column.values, np.ndarray):
        _frame.as_numbers(column.values, name)
    return column


def _of_series(series: Any, name: str) -> FileColumn | None:
    """A column of a typed series without a loop over its rows; None when its type says too little."""
    if series is None:
        return None
    word = str(series.dtype)
    if word in ("String", "Categorical") or word.startswith("Enum"):
        return FileColumn("text", _frame.texts_of(series))
    if word.startswith("Datetime") or word == "Date":
        zone = getattr(series.dtype, "time_zone", None)
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else series
        return _of_stamps(np.asarray(series.to_numpy(), dtype="datetime64[us]"), days_only=word == "Date")
    if series.dtype.is_numeric() and not series.dtype.is_decimal():
        kind: Kind = "integer" if series.dtype.is_integer() else "number"
        values = np.asarray(series.to_numpy(), dtype=np.float64)
        return FileColumn(kind, np.ascontiguousarray(values))
    return None


def _of_values(values: Any, name: str) -> FileColumn:
    if isinstance(values, _frame.Texts):
        return FileColumn("text", values)
    if isinstance(values, np.ma.MaskedArray):
        kind: Kind = "flag" if values.dtype.kind == "b" else "integer" if values.dtype.kind in "iu" else "number"
        return FileColumn(kind, np.ascontiguousarray(np.ma.filled(values.astype(np.float64), np.nan)))
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise DataError(f"`{name}` must be one-dimensional, but has shape {values.shape}")
        if values.dtype.kind in "fiub":
            by_type: dict[str, Kind] = {"f": "number", "b": "flag"}
            return FileColumn(by_type.get(values.dtype.kind, "integer"), np.ascontiguousarray(values, dtype=np.float64))
        if values.dtype.kind == "M":
            return _of_stamps(values.astype("datetime64[us]"), days_only=values.dtype == "datetime64[D]")
    cells = list(_frame._as_sequence(values))
    present = [v for v in cells if not _frame.is_missing(v)]
    if present and all(isinstance(v, (date, np.datetime64)) for v in present):
        days_only = not any(isinstance(v, (datetime, np.datetime64)) for v in present)
        stamps = [np.datetime64("NaT") if _frame.is_missing(v) else np.datetime64(_naive(v)) for v in cells]
        return _of_stamps(np.asarray(stamps, dtype="datetime64[us]"), days_only=days_only)
    if present and all(isinstance(v, time) for v in present):
        return FileColumn("time", np.asarray([_seconds(v) for v in cells], dtype=np.float64))
    if present and all(isinstance(v, str) for v in present):
        return FileColumn("text", _texts([None if _frame.is_missing(v) else str(v) for v in cells]))
    plain = _frame.as_cells(cells, name)
    if isinstance(plain, tuple):
        return FileColumn("text", _frame.Texts(*plain))
    if plain.dtype == np.int8:
        return FileColumn("flag", np.where(plain < 0, np.nan, plain).astype(np.float64))
    whole = bool(present) and all(isinstance(v, (int, np.integer)) for v in present)
    return FileColumn("integer" if whole else "number", np.ascontiguousarray(plain, dtype=np.float64))


def _texts(cells: list[str | None]) -> _frame.Texts:
    """Codes in the order of first appearance; "" is a text."""
    position: dict[str, int] = {}
    codes = [-1 if v is None else position.setdefault(v, len(position)) for v in cells]
    return _frame.Texts(np.asarray(codes, dtype=np.int32), list(position))


def _of_stamps(stamps: NDArray[Any], *, days_only: bool) -> FileColumn:
    known = ~np.isnat(stamps)
    seconds = np.where(known, stamps.astype(np.int64) / 1e6, np.nan)
    if days_only or not np.any(seconds[known] % 86_400):
        return FileColumn("date", np.ascontiguousarray(seconds / 86_400 + SAS_DAYS))
    return FileColumn("datetime", np.ascontiguousarray(seconds + SAS_SECONDS))


def _naive(value: Any) -> Any:
    """A time with a zone in UTC, without the zone."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _seconds(value: Any) -> float:
    if _frame.is_missing(value):
        return float("nan")
    return float(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6)
