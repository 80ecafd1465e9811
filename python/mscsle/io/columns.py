"""A user's columns as the writers take them: numbers, counts from 1960-01-01, or texts as codes into levels."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle.exceptions import DataError, DataWarning, OptionError
from mscsle.io.dataset import SAS_DAYS, SAS_SECONDS

__all__ = ["FileColumn", "Kind", "Zones", "check_index", "file_column", "in_format", "of_kind"]

Kind = Literal["number", "integer", "flag", "date", "datetime", "time", "text"]
#: What becomes of a time zone: its clock is kept, or it is converted to UTC.
Zones = Literal["local", "utc"]

DAY = 86_400


@dataclass(frozen=True)
class FileColumn:
    """A column to write: numbers (flags 0 and 1; days or seconds from 1960-01-01) with NaN, or texts.

    ``untyped``: every cell is missing and the column has no type of its own.
    """

    kind: Kind
    values: NDArray[np.float64] | _frame.Texts
    untyped: bool = False

    def raw(self) -> Any:
        """As the core takes it."""
        return (self.values.codes, self.values.levels) if isinstance(self.values, _frame.Texts) else self.values

    def all_missing(self) -> bool:
        """Whether no cell has a value."""
        codes = self.values.codes if isinstance(self.values, _frame.Texts) else None
        return bool(np.all(np.isnan(self.values) if codes is None else codes < 0))


def check_index(frame: _frame.Frame) -> None:
    """Refuses a pandas frame whose index has a name: it holds a column, which a file would lose."""
    names = [str(n) for n in getattr(frame.index, "names", ()) if n is not None]
    if names:
        shown = ", ".join(f"`{n}`" for n in names)
        raise DataError(
            f"{shown} {'is' if len(names) == 1 else 'are'} in the index of the frame, which files do not have; "
            "write `frame.reset_index()` (or `frame.reset_index(drop=True)` to leave the index out)"
        )


def file_column(
    frame: _frame.Frame, name: str, *, zones: Zones | None = None, guess_days: bool | None = None
) -> FileColumn:
    """The column of a frame.

    ``datetime64`` of pandas, which has no other type for days, are dates when every one of them is midnight; with
    ``guess_days`` those of any library, or of none.

    Raises
    ------
    DataError
        Values that no file has a type for, infinities, numbers that are a misread zero of SAS, whole numbers beyond 2^53,
        times with a zone unless ``zones`` says what becomes of it.
    """
    if zones not in (None, "local", "utc"):
        raise OptionError(f"unknown zones `{zones}`; use `local` or `utc`")
    series = frame.series(name)
    values: Any = None
    if series is None:
        values = frame.native[name]  # type: ignore[index]
    own = series is not None and "pandas" in str(series.implementation).lower()
    days = own if guess_days is None else guess_days
    column = None if series is None else _of_series(series, name, zones, days)
    if column is None:
        column = _of_values(frame.raw(name) if values is None else values, name, zones, days)
    if column.kind == "number" and isinstance(column.values, np.ndarray):
        _frame.as_numbers(column.values, name)
    return column


def _of_series(series: Any, name: str, zones: Zones | None, days: bool) -> FileColumn | None:
    """A column of a typed series without a loop over its rows; None when its type says too little."""
    word = str(series.dtype)
    if word in ("String", "Categorical") or word.startswith("Enum"):
        if word == "Categorical" and str(series.cat.get_categories().dtype) != "String":
            return _of_values(series.to_list(), name, zones, days)
        untyped = series.null_count() == len(series) and str(getattr(series.to_native(), "dtype", "")) == "object"
        return FileColumn("text", _frame.texts_of(series), untyped=untyped)
    if word.startswith("Datetime") or word == "Date":
        zone = getattr(series.dtype, "time_zone", None)
        if zone is not None and len(series) > series.null_count():
            if zones is None:
                raise _zoned(name, f"are in the time zone {zone}")
            series = (series.dt.convert_time_zone("UTC") if zones == "utc" else series).dt.replace_time_zone(None)
        elif zone is not None:
            series = series.dt.replace_time_zone(None)
        return _of_stamps(_frame.stamps_of(series), is_day=word == "Date", guess=days)
    if word.startswith("Duration") or word == "Binary":
        row = int(np.argmax(~series.is_null().to_numpy())) if len(series) else 0
        raise _no_type(name, row, series[row] if len(series) else None, b"" if word == "Binary" else timedelta())
    if word == "Time" and len(series) == series.null_count():
        return FileColumn("time", np.full(len(series), np.nan))
    if series.dtype.is_numeric() and not series.dtype.is_decimal():
        if not series.dtype.is_integer():
            return FileColumn("number", np.ascontiguousarray(series.to_numpy(), dtype=np.float64))
        if series.null_count():
            largest = max((abs(int(v)) for v in (series.min(), series.max()) if not _frame.is_missing(v)), default=0)
            if largest > _frame.LARGEST_WHOLE:
                _check_whole(series.to_list(), name)
            return FileColumn("integer", np.ascontiguousarray(series.to_numpy(), dtype=np.float64))
        return FileColumn("integer", _whole(np.asarray(series.to_numpy()), name))
    return None


def _of_values(values: Any, name: str, zones: Zones | None, days: bool) -> FileColumn:
    if isinstance(values, _frame.Texts):
        return FileColumn("text", values)
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise DataError(f"`{name}` must be one-dimensional, but has shape {values.shape}")
    if isinstance(values, np.ma.MaskedArray):
        kind: Kind = "flag" if values.dtype.kind == "b" else "integer" if values.dtype.kind in "iu" else "number"
        if kind == "integer":
            _whole(values.filled(0), name)
        return FileColumn(kind, np.ascontiguousarray(np.ma.filled(values.astype(np.float64), np.nan)))
    if isinstance(values, np.ndarray):
        if values.dtype.kind in "fb":
            return FileColumn(
                "flag" if values.dtype.kind == "b" else "number", np.ascontiguousarray(values, dtype=np.float64)
            )
        if values.dtype.kind in "iu":
            return FileColumn("integer", _whole(values, name))
        if values.dtype.kind == "M":
            is_day = values.dtype == "datetime64[D]"
            return _of_stamps(values.astype("datetime64[us]"), is_day=is_day, guess=days)
        if values.dtype.kind == "m":
            raise _no_type(name, 0, str(values[0]) if len(values) else None, timedelta())
    cells = list(_frame._as_sequence(values))
    present = [v for v in cells if not _frame.is_missing(v)]
    if not present:
        return FileColumn("text", _texts([None] * len(cells)), untyped=True)
    _check_types(cells, name)
    if all(isinstance(v, (date, np.datetime64)) for v in present):
        is_day = not any(isinstance(v, (datetime, np.datetime64)) for v in present)
        stamps = [_stamp(v, row, name, zones) for row, v in enumerate(cells)]
        return _of_stamps(np.asarray(stamps, dtype="datetime64[us]"), is_day=is_day, guess=days)
    if all(isinstance(v, time) for v in present):
        return FileColumn(
            "time", np.asarray([_seconds(v, row, name, zones) for row, v in enumerate(cells)], dtype=np.float64)
        )
    if all(isinstance(v, str) for v in present):
        return FileColumn("text", _texts([None if _frame.is_missing(v) else str(v) for v in cells]))
    _check_whole(cells, name)
    plain = _frame.as_cells(cells, name)
    if isinstance(plain, tuple):
        _warn_mixed(cells, name)
        return FileColumn("text", _frame.Texts(*plain))
    if plain.dtype == np.int8:
        return FileColumn("flag", np.where(plain < 0, np.nan, plain).astype(np.float64))
    whole = all(isinstance(v, (int, np.integer)) for v in present)
    return FileColumn("integer" if whole else "number", np.ascontiguousarray(plain, dtype=np.float64))


#: Types of cells that files have.
_CELLS = (str, bool, np.bool_, int, float, np.integer, np.floating, Decimal, date, np.datetime64, time)


def _check_types(cells: Sequence[object], name: str) -> None:
    for row, value in enumerate(cells):
        if not isinstance(value, _CELLS) and not _frame.is_missing(value):
            raise _no_type(name, row, value, value)


def _no_type(name: str, row: int, value: object, like: object) -> DataError:
    if type(like).__hash__ is None:
        return DataError(f"column `{name}` must hold single values, but row {row} is {value!r}")
    if isinstance(like, (timedelta, np.timedelta64)):
        what, remedy = "a span of time", "divide the column by one day (or hour) to make it a number"
    elif isinstance(like, bytes):
        what, remedy = "bytes", "decode them to text"
    elif isinstance(like, complex):
        what, remedy = "a complex number", "write the real and the imaginary part as two columns"
    else:
        what, remedy = f"of the type {type(like).__name__}", "make it texts, numbers or dates"
    return DataError(f"column `{name}`, row {row} is {value!r}, {what}, for which files have no type; {remedy}")


def _warn_mixed(cells: Sequence[object], name: str) -> None:
    """Says that numbers become texts because they stand among texts."""
    first: dict[str, int] = {}
    for row, value in enumerate(cells):
        if not _frame.is_missing(value):
            kind = "text" if isinstance(value, str) else "dates" if isinstance(value, (date, np.datetime64)) else ""
            first.setdefault(kind or ("times" if isinstance(value, time) else "numbers"), row)
    shown = ", ".join(f"{kind} (row {row})" for kind, row in first.items())
    warnings.warn(f"column `{name}` holds {shown}; all of it is written as text", DataWarning, stacklevel=2)


def _whole(values: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Whole numbers as numbers of 8 bytes, which hold them exactly up to 2^53."""
    if (
        values.dtype.itemsize == 8
        and values.size
        and (values.max() > _frame.LARGEST_WHOLE or values.min() < -_frame.LARGEST_WHOLE)
    ):
        _check_whole(values.tolist(), name)
    return np.ascontiguousarray(values, dtype=np.float64)


def _check_whole(cells: Sequence[Any], name: str) -> None:
    for row, value in enumerate(cells):
        whole = isinstance(value, (int, np.integer)) or (isinstance(value, Decimal) and value.is_finite())
        if whole and abs(value) > _frame.LARGEST_WHOLE:
            raise DataError(
                f"column `{name}`, row {row} is {value}; beyond 2^53 (9007199254740992) a number of 8 bytes does not hold "
                "every whole number: write the column as text"
            )


def _texts(cells: list[str | None]) -> _frame.Texts:
    """Codes in the order of first appearance; "" is a text."""
    position: dict[str, int] = {}
    codes = [-1 if v is None else position.setdefault(v, len(position)) for v in cells]
    return _frame.Texts(np.asarray(codes, dtype=np.int32), list(position))


def _of_stamps(stamps: NDArray[Any], *, is_day: bool, guess: bool) -> FileColumn:
    known = ~np.isnat(stamps)
    seconds = np.where(known, stamps.astype(np.int64) / 1e6, np.nan)
    if is_day or (guess and not np.any(seconds[known] % DAY)):
        return FileColumn("date", np.ascontiguousarray(seconds / DAY + SAS_DAYS))
    return FileColumn("datetime", np.ascontiguousarray(seconds + SAS_SECONDS))


def _zoned(name: str, what: str) -> DataError:
    return DataError(
        f"the times of column `{name}` {what}, which files do not keep, and the day can change with it; "
        'pass `zones="local"` to write the clock of the zone, or `zones="utc"` to convert'
    )


def _stamp(value: Any, row: int, name: str, zones: Zones | None) -> Any:
    if _frame.is_missing(value):
        return np.datetime64("NaT")
    if isinstance(value, datetime) and value.tzinfo is not None:
        if zones is None:
            raise _zoned(name, f"have a time zone (row {row}: {value.isoformat()})")
        value = (value.astimezone(UTC) if zones == "utc" else value).replace(tzinfo=None)
    return np.datetime64(value)


def _seconds(value: Any, row: int, name: str, zones: Zones | None) -> float:
    if _frame.is_missing(value):
        return float("nan")
    if value.tzinfo is not None and zones != "local":
        raise _zoned(name, f"have a time zone (row {row}: {value.isoformat()})")
    return float(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6)


#: Names of formats that are for numbers and nothing else.
_OF_NUMBERS = ("", "BEST", "F", "COMMA", "COMMAX", "E", "PERCENT", "Z", "DOLLAR")


def in_format(column: FileColumn, name: str, format: str) -> FileColumn:
    """The column in the unit of its format: seconds under ``DATETIME20.``, days under ``DATE9.``.

    Raises
    ------
    DataError
        The format contradicts the values: a time under a format of days, dates under one of times or of numbers.
    """
    if not format or (column.kind not in ("date", "datetime", "time") and not column.untyped):
        return column
    kind = _core.format_kind(format)
    if kind in ("date", "datetime", "time"):
        return of_kind(column, kind, name, f"the format `{format}`")  # type: ignore[arg-type]
    if column.kind != "text" and format.split(".")[0].rstrip("0123456789").upper() in _OF_NUMBERS:
        raise DataError(
            f"column `{name}` holds {_CALLED[column.kind]}, but the format `{format}` is for numbers; "
            f"give a format such as `{FORMATS[column.kind]}`"
        )
    return column


#: Formats that dates need to be read as dates again.
FORMATS = {"date": "DATE9.", "datetime": "DATETIME20.", "time": "TIME8."}
_CALLED = {"date": "dates", "datetime": "dates with times", "time": "times of day", "text": "texts"}


def of_kind(column: FileColumn, kind: Kind, name: str, because: str) -> FileColumn:
    """The column as one of another kind, if it says the same there; ``because`` is what asks for it.

    Raises
    ------
    DataError
        It does not.
    """
    if column.kind == kind:
        return column
    if column.all_missing():
        n = len(column.values)
        nothing = _frame.Texts(np.full(n, -1, dtype=np.int32), []) if kind == "text" else np.full(n, np.nan)
        return FileColumn(kind, nothing)
    values = column.values
    if column.kind == "date" and kind == "datetime" and isinstance(values, np.ndarray):
        return FileColumn(kind, values * DAY)
    if column.kind == "datetime" and kind == "date" and isinstance(values, np.ndarray):
        within = np.nan_to_num(values % DAY) != 0
        if within.any():
            row = int(np.argmax(within))
            shown = str(np.datetime64(round((values[row] - SAS_SECONDS) * 1e6), "us")).removesuffix(".000000")
            raise DataError(
                f"column `{name}`, row {row} is {shown}, but {because} is for days without a time; "
                "give a format such as `DATETIME20.`, or the days alone"
            )
        return FileColumn(kind, values / DAY)
    if {column.kind, kind} <= {"number", "integer", "flag"}:
        return FileColumn(kind, values)
    wanted, held = _CALLED.get(kind, "numbers"), _CALLED.get(column.kind, "numbers")
    raise DataError(f"column `{name}` holds {held}, but {because} is for {wanted}")
