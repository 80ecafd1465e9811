"""All knowledge of pandas, polars and pyarrow: reading a user's columns and giving results back in the same library.

Columns cross to the core as one-dimensional C-contiguous numpy arrays: ``float64`` with NaN for missing, ``int8`` flags
and ``int32`` codes with -1 for missing. narwhals is imported at the first frame, never at ``import mscsle``.
"""

from __future__ import annotations

import difflib
import functools
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._native import plain_strings, text_names
from mscsle.exceptions import DataError, OptionError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

Library = Literal["pandas", "polars", "pyarrow", "numpy"]
#: A column that the core types itself: flags (-1 missing), numbers (NaN missing), or codes (-1 missing) into texts.
Cells = NDArray[np.int8] | NDArray[np.float64] | tuple[NDArray[np.int32], list[str]]
Kind = Literal["number", "event", "cnsr", "flag", "codes"]

#: Smallest magnitude a clinical number can have; below it stands a SAS zero misread as 5.4e-79.
SMALLEST_MAGNITUDE = 1e-70

#: Largest whole number up to which ``float64`` holds every one.
LARGEST_WHOLE = 2**53

#: Whole-number levels within this range are counted instead of sorted.
MOST_SMALL_CODES = 4096


def is_frame(data: object) -> bool:
    """Whether ``data`` is a frame (or one of our results), not an array."""
    return any(_has(data, name) for name in ("to_frame", "columns", "column_names")) or isinstance(data, Mapping)


def _has(data: object, name: str) -> bool:
    """Whether the class has the attribute; the instance is not asked, since a lazy frame warns when it is."""
    return hasattr(type(data), name)


def default_library() -> Library:
    """The library of frames when the user gave none: one already imported, else one installed, else numpy."""
    names: tuple[Library, ...] = ("pandas", "polars", "pyarrow")
    for name in names:
        if name in sys.modules:
            return name
    return _installed_library(names)


def library_of(given: str | None) -> Library:
    """The library a user asked for, by default the one in use; another word is refused."""
    if given is None:
        return default_library()
    known: tuple[Library, ...] = ("pandas", "polars", "pyarrow", "numpy")
    for library in known:
        if given == library:
            return library
    raise OptionError(f"unknown library `{given}`; use {', '.join(f'`{name}`' for name in known)}")


@functools.cache
def _installed_library(names: tuple[Library, ...]) -> Library:
    # looking for a package on the path takes longer than a small Kaplan-Meier curve
    for name in names:
        if _is_installed(name):
            return name
    return "numpy"


@functools.cache
def _is_installed(name: str) -> bool:
    """Looked up once: searching the path costs more than a small fit."""
    return importlib.util.find_spec(name) is not None


#: How pandas columns get names that are text: of several levels or of one.
_RENAMED = {True: '["_".join(map(str, c)) for c in df.columns]', False: "df.columns.map(str)"}


class Frame:
    """A user's frame, read by column name. Accepts pandas, polars, pyarrow, our results and mappings of arrays."""

    def __init__(self, data: object, *, what: str = "`data`") -> None:
        if _has(data, "to_ard"):
            data = data.to_frame()  # type: ignore[attr-defined]  # one of our results
        self.what = what
        self._frame: nw.DataFrame[Any] | None = None
        self._columns: Mapping[str, object] | None = None
        self._unnamed: dict[str, object] = {}  # columns whose name is no text
        if isinstance(data, Mapping):
            self.library: Library = "numpy"
            self._columns = {str(k): v for k, v in data.items()}
            lengths = {name: len(_as_sequence(v)) for name, v in self._columns.items()}
            if len(set(lengths.values())) > 1:
                raise DataError(f"{what}: columns differ in length: {lengths}")
            return
        import narwhals.stable.v2 as nw

        if not _has(data, "columns") and not _has(data, "column_names"):
            raise TypeError(
                f"{what} must be a pandas, polars or pyarrow frame, a mapping of arrays or a result of mscsle, but is {type(data).__name__}"
            )
        data = text_names(data)
        from narwhals.exceptions import DuplicateError

        try:
            frame = nw.from_native(plain_strings(data), eager_only=True)  # type: ignore[call-overload]
        except DuplicateError:
            names = [str(c) for c in getattr(data, "column_names", None) or data.columns]  # type: ignore[attr-defined]
            twice = next(c for i, c in enumerate(names) if c in names[:i])
            raise DataError(f"{what}: column `{twice}` appears more than once") from None
        except TypeError:
            if "Lazy" in type(data).__name__ or _has(data, "collect"):
                raise TypeError(f"{what} is a lazy frame ({type(data).__name__}); call `.collect()` first") from None
            raise TypeError(
                f"{what} must be a pandas, polars or pyarrow frame, a mapping of arrays or a result of mscsle, but is {type(data).__name__}"
            ) from None
        implementation = str(
            frame.implementation.value if hasattr(frame.implementation, "value") else frame.implementation
        ).lower()
        known: tuple[Library, ...] = ("pandas", "polars", "pyarrow")
        for library in known:
            if library in implementation:
                self.library = library
                break
        else:
            raise TypeError(f"frames of `{implementation}` are not read; convert to pandas, polars or pyarrow")
        self._unnamed = {str(c): c for c in frame.columns if not isinstance(c, str)}
        self._frame = frame

    @property
    def names(self) -> list[str]:
        """Column names."""
        if self._columns is not None:
            return list(self._columns)
        assert self._frame is not None
        return [str(c) for c in self._frame.columns]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        if self._columns is not None:
            return len(_as_sequence(next(iter(self._columns.values())))) if self._columns else 0
        assert self._frame is not None
        return int(self._frame.shape[0])

    @property
    def index(self) -> object | None:
        """The pandas index, None for other libraries."""
        if self._frame is not None and self.library == "pandas":
            return self._frame.to_native().index  # type: ignore[no-any-return]
        return None

    @property
    def native(self) -> object:
        """The user's own frame."""
        return self._columns if self._frame is None else self._frame.to_native()

    def require(self, name: str) -> str:
        """The name, if there is such a column.

        Raises
        ------
        DataError
            Names the nearest columns.
        """
        if not isinstance(name, str):
            raise TypeError(f"with `data=`, columns are given by name (str), but this is {type(name).__name__}")
        if name in self._unnamed:
            label = self._unnamed[name]
            raise DataError(
                f"{self.what}: names of columns must be text, but one is {label!r} ({type(label).__name__}); rename the columns, "
                f"such as `df.columns = {_RENAMED[isinstance(label, tuple)]}`"
            )
        if name in self.names:
            return name
        near = difflib.get_close_matches(name, self.names, n=3, cutoff=0.5)
        hint = (
            f"; did you mean {' or '.join(f'`{n}`' for n in near)}?"
            if near
            else f"; the columns are {', '.join(f'`{n}`' for n in self.names[:12])}"
        )
        raise DataError(f"column `{name}` not found{hint}")

    def raw(self, name: str) -> Sequence[object] | NDArray[Any]:
        """Values as a numpy array (numbers, flags without missing) or a list of Python objects with None for missing."""
        self.require(name)
        if self._columns is not None:
            return _as_sequence(self._columns[name])
        assert self._frame is not None
        series = self._frame[name]
        dtype = series.dtype
        if dtype.is_boolean() and series.null_count() == 0:
            return np.asarray(series.to_numpy(), dtype=np.bool_)
        if dtype.is_numeric() and not dtype.is_decimal():
            if series.null_count() == 0:
                return np.asarray(series.to_numpy())
            values = series.to_list()
            if dtype.is_integer() and any(not is_missing(v) and abs(v) > LARGEST_WHOLE for v in values):
                return [None if is_missing(v) else int(v) for v in values]  # ids that a float would confuse
            return np.asarray([np.nan if is_missing(v) else v for v in values], dtype=np.float64)
        return series.to_list()

    def series(self, name: str) -> Any:
        """The column as a narwhals series; None for one of a mapping that is no series."""
        self.require(name)
        return _series_in(self._columns[name]) if self._frame is None else self._frame[name]  # type: ignore[index]

    def plain(self, name: str) -> NDArray[Any] | None:
        """The column as a numpy array if it is one of numbers or flags without missing values; nothing is converted."""
        self.require(name)
        if self._columns is not None:
            values = self._columns[name]
            return values if isinstance(values, np.ndarray) else None
        assert self._frame is not None
        dtype = self._frame[name].dtype
        if not dtype.is_boolean() and (not dtype.is_numeric() or dtype.is_decimal()):
            return None
        series = self._frame[name]
        return None if series.null_count() else np.asarray(series.to_numpy())

    def numbers(self, name: str) -> NDArray[np.float64]:
        """``float64``, NaN where missing."""
        return as_numbers(self.raw(name), name)

    def flags(self, name: str) -> NDArray[np.int8]:
        """``int8``: 1 true, 0 false, -1 missing."""
        if self._frame is not None and name in self.names:
            import narwhals.stable.v2 as nw

            series = self._frame[name]
            if series.dtype == nw.Boolean:  # without a loop over Python objects
                series = series.cast(nw.Int8)
                return np.ascontiguousarray(series.fill_null(-1).to_numpy(), dtype=np.int8)
        return as_flags(self.raw(name), name)

    def codes(self, name: str) -> tuple[NDArray[np.int32], list[str]]:
        """Codes into sorted levels (categories in their own order), -1 where missing, and the levels as text."""
        return as_codes(self.raw(name), self.categories(name))

    def categories(self, name: str) -> list[object] | None:
        """The categories of a categorical column in their order, None for any other column."""
        self.require(name)
        if self._columns is not None:
            return categories_of(self._columns[name])
        assert self._frame is not None
        return _series_categories(self._frame[name])

    def texts(self, name: str) -> list[str | None]:
        """Text, None where missing; dates as ISO."""
        return as_texts(self.raw(name))

    def cells(self, name: str) -> Cells:
        """The column as it is, for columns that are typed by the core: see :func:`as_cells`."""
        return as_cells(self.raw(name), name)

    def is_text(self, name: str) -> bool:
        """Whether the column holds text (or categories)."""
        values = self.raw(name)
        if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
            return False
        return any(isinstance(v, str) for v in values)


def _series_in(values: object) -> Any:
    """A series of one of the libraries as narwhals has it; None for anything else."""
    if isinstance(values, (np.ndarray, Sequence)) or not (_has(values, "to_list") or _has(values, "to_pylist")):
        return None
    import narwhals.stable.v2 as nw

    try:
        return nw.from_native(values, series_only=True)
    except TypeError:
        return None


def _as_sequence(values: object) -> Sequence[object] | NDArray[Any]:
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "to_list"):
        return values.to_list()  # type: ignore[no-any-return]
    if hasattr(values, "to_pylist"):
        return values.to_pylist()  # type: ignore[no-any-return]
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f"a one-dimensional array is needed, but this is {type(values).__name__}")
    return list(values)


@dataclass(frozen=True)
class Coded:
    """A categorical array of our own: codes (-1 missing) into categories, whose order is the order of the levels."""

    codes: NDArray[Any]
    categories: Sequence[str]

    def to_list(self) -> list[str | None]:
        """The category of each row, None where missing."""
        return [self.categories[code] if code >= 0 else None for code in self.codes.tolist()]


class Texts(Sequence[str | None]):
    """A column of texts as codes (-1 missing) into distinct texts, as files are read; it behaves as a list of them."""

    __slots__ = ("codes", "levels")

    def __init__(self, codes: NDArray[np.int32], levels: list[str]) -> None:
        self.codes = codes
        self.levels = levels

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, (int, np.integer)):
            code = self.codes[row]
            return self.levels[code] if code >= 0 else None
        return Texts(self.codes[row], self.levels)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.to_list())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Texts, list, tuple)) and self.to_list() == list(other)

    def __hash__(self) -> int:
        raise TypeError("a column has no hash")

    def __repr__(self) -> str:
        shown = ", ".join(repr(v) for v in self[:6])
        return f"<{len(self)} texts: {shown}{', ...' if len(self) > 6 else ''}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray([*self.levels, None], dtype=object)[self.codes]

    def to_list(self) -> list[str | None]:
        """The text of each row, None where missing."""
        texts = [*self.levels, None]  # code -1 is the last
        return [texts[code] for code in self.codes.tolist()]


def texts_of(series: Any) -> Texts:
    """The texts of a narwhals series of strings or categories: codes by first appearance; "" is a text, not missing."""
    import narwhals.stable.v2 as nw

    if series.dtype != nw.String:
        series = series.cast(nw.String)
    library = str(series.implementation).lower()
    native_series = series.to_native()
    if "pandas" in library:
        codes, levels = native_series.factorize()
        return Texts(np.ascontiguousarray(codes, dtype=np.int32), [str(v) for v in levels])
    distinct = series.drop_nulls().unique(maintain_order=True).to_list()
    if "polars" in library:
        physical = series.cast(nw.Enum(distinct)).to_native().to_physical()
        series = nw.from_native(physical, series_only=True).cast(nw.Int64).fill_null(-1)
        return Texts(np.ascontiguousarray(series.to_numpy(), dtype=np.int32), distinct)
    encoded = native_series.combine_chunks().dictionary_encode()
    indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Texts(np.ascontiguousarray(indices, dtype=np.int32), encoded.dictionary.to_pylist())


def stamps_of(series: Any) -> NDArray[np.datetime64]:
    """The dates or times of a narwhals series to the microsecond, NaT where missing."""
    import narwhals.stable.v2 as nw

    if series.dtype == nw.Date:  # an Arrow date of pandas with a missing cell is no numpy date
        series = series.cast(nw.Datetime("us"))
    return np.asarray(series.to_numpy(), dtype="datetime64[us]")


def categories_of(values: object) -> list[object] | None:
    """The categories of a categorical array or series in their order, None for anything else."""
    if isinstance(values, (np.ndarray, list, tuple)):
        return None
    if isinstance(values, Coded):
        return list(values.categories)
    if _has(values, "categories") and _has(values, "codes"):  # pandas.Categorical
        return list(values.categories)  # type: ignore[attr-defined]
    if _has(values, "dictionary") and _has(values, "indices"):  # pyarrow.DictionaryArray
        return values.dictionary.to_pylist()  # type: ignore[attr-defined, no-any-return]
    series = _series_in(values)
    return None if series is None else _series_categories(series)


def _series_categories(series: nw.Series[Any]) -> list[object] | None:
    import narwhals.stable.v2 as nw

    if not isinstance(series.dtype, (nw.Categorical, nw.Enum)):
        return None
    if "polars" in str(series.implementation).lower() and isinstance(series.dtype, nw.Categorical):
        return None  # ordered by text; its categories are shared by all columns of the session
    return series.cat.get_categories().to_list()


def is_missing(value: object) -> bool:
    """None, NaN, NaT and pandas.NA are missing."""
    if value is None:
        return True
    if isinstance(value, (float, np.floating)):
        return bool(np.isnan(value))
    return type(value).__name__ in ("NAType", "NaTType") or (
        isinstance(value, (np.datetime64, np.timedelta64)) and bool(np.isnat(value))
    )


def as_numbers(values: Sequence[object] | NDArray[Any], name: str) -> NDArray[np.float64]:
    """``float64`` C-contiguous, NaN where missing; text, dates and infinities are refused with row and value."""
    if isinstance(values, np.ndarray):
        _check_one_dimensional(values, name)
        if values.dtype.kind in "fiub":
            out = np.ascontiguousarray(values, dtype=np.float64)
            return _check_numbers(out, name)
        if values.dtype.kind == "M":
            raise DataError(f"column `{name}` holds dates; give a duration as a number (event date minus start date)")
    out = np.empty(len(values), dtype=np.float64)
    for row, value in enumerate(values):
        if is_missing(value):
            out[row] = np.nan
        elif isinstance(value, (timedelta, np.timedelta64)):
            days = value / (timedelta(days=1) if isinstance(value, timedelta) else np.timedelta64(1, "D"))
            raise DataError(
                f"column `{name}` holds spans of time (row {row}: {days:g} days); give a duration as a number "
                "(divide the column by one day)"
            )
        elif isinstance(value, (bool, int, float, np.number, np.bool_)):
            out[row] = float(value)
        elif isinstance(value, (date, datetime, np.datetime64)):
            raise DataError(
                f"column `{name}` holds dates (row {row}: {value}); give a duration as a number (event date minus start date)"
            )
        elif type(value).__name__ == "Decimal":
            out[row] = float(str(value))
        else:
            raise DataError(f"column `{name}` must hold numbers, but row {row} is {value!r}")
    return _check_numbers(out, name)


def _check_one_dimensional(values: NDArray[Any], name: str) -> None:
    if values.ndim != 1:
        raise DataError(f"`{name}` must be one-dimensional, but has shape {values.shape}")


def _check_numbers(values: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    _, any_infinite, any_tiny = _core.scan_numbers(values)
    if any_infinite:
        row = int(np.argmax(np.isinf(values)))
        raise DataError(f"column `{name}` must hold finite numbers, but row {row} is {values[row]}")
    if any_tiny:
        row = int(np.argmax((np.abs(values) < SMALLEST_MAGNITUDE) & (values != 0)))
        raise DataError(
            f"column `{name}`, row {row} is {values[row]:.3g}: a SAS zero misread by another reader (pandas.read_sas gives 5.4e-79); "
            "read the transport file again with a reader that keeps zeros"
        )
    return values


def as_flags(values: Sequence[object] | NDArray[Any], name: str) -> NDArray[np.int8]:
    """``int8``: 1 true, 0 false, -1 missing; accepts booleans and 0/1, refuses anything else with row and value."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "b":
        _check_one_dimensional(values, name)
        return np.ascontiguousarray(values).view(np.int8)
    if (
        isinstance(values, np.ndarray)
        and values.ndim == 1
        and values.dtype.kind in "iu"
        and values.size
        and values.min() >= 0
        and values.max() <= 1
    ):
        return np.ascontiguousarray(values, dtype=np.int8)
    try:
        numbers = as_numbers(values, name)
    except DataError:
        for row, value in enumerate(values):
            if not is_missing(value) and not isinstance(value, (bool, int, float, np.number, np.bool_)):
                raise DataError(
                    f"column `{name}` must hold booleans or 0/1, but row {row} is {value!r}{_recipe(values, name)}"
                ) from None
        raise
    missing = np.isnan(numbers)
    wrong = ~missing & (numbers != 0) & (numbers != 1)
    if wrong.any():
        row = int(np.argmax(wrong))
        hint = ""
        if np.isin(numbers[~missing], (1, 2)).all():
            hint = "; 1/2 coding is not guessed: compare the column with the code of the event (`status == 2`)"
        raise DataError(f"column `{name}` must hold booleans or 0/1, but row {row} is {numbers[row]:g}{hint}")
    out = np.where(missing, -1, numbers).astype(np.int8)
    return np.ascontiguousarray(out)


#: Words that say yes; the first that a column holds stands in the recipe of the message.
YES = ("y", "yes", "true", "t", "event", "dead", "died", "death")


def _recipe(values: Sequence[object] | NDArray[Any], name: str) -> str:
    """How a column of words becomes booleans; nothing when it holds no words."""
    words = sorted({v for v in values if isinstance(v, str) and v.strip()})
    if not words:
        return ""
    word = next((w for yes in YES for w in words if w.strip().lower() == yes), None)
    said = f'`df["{name}"] == "{word}"`' if word else f'`df["{name}"] == ...`, one of {", ".join(map(repr, words[:5]))}'
    return f"; compare the column with the word that means yes: {said}"


def as_codes(
    values: Sequence[object] | NDArray[Any], categories: Sequence[object] | None = None
) -> tuple[NDArray[np.int32], list[str]]:
    """Codes into sorted distinct values (numbers by value, text by character), -1 where missing.

    ``categories`` gives another order; those without a row are no levels. Blanks around a text do not count, and a text
    of blanks only is missing.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "iub" and values.ndim == 1 and values.size:
        found = _core.small_codes(np.ascontiguousarray(values, dtype=np.int64), MOST_SMALL_CODES)
        if found is not None:
            small, distinct_values = found
            kind = bool if values.dtype.kind == "b" else int
            return small.view(np.int32), [_level_text(kind(v)) for v in distinct_values]
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
        levels, inverse = np.unique(values[~missing], return_inverse=True)
        codes = np.full(len(values), -1, dtype=np.int32)
        codes[~missing] = inverse
        return codes, [_level_text(v) for v in levels.tolist()]
    trimmed = {v: _trimmed(v) for v in set(values)}
    present = {v for v in trimmed.values() if v is not None}
    ordered: list[object]
    if categories is not None:
        ordered = [v for v in dict.fromkeys(map(_trimmed, categories)) if v in present]
    else:
        try:
            ordered = sorted(present)  # type: ignore[type-var]
        except TypeError:
            ordered = sorted(present, key=str)
    position = {v: i for i, v in enumerate(ordered)}
    code_of = {v: -1 if t is None else position[t] for v, t in trimmed.items()}
    codes = np.fromiter((code_of.get(v, -1) for v in values), dtype=np.int32, count=len(values))
    return codes, [_level_text(v) for v in ordered]


def _trimmed(value: object) -> object | None:
    """A value as a level: text without surrounding blanks, None when missing."""
    if isinstance(value, str):
        return value.strip() or None
    return None if is_missing(value) else value


def _level_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def as_texts(values: Sequence[object] | NDArray[Any]) -> list[str | None]:
    """Text, None where missing; dates as ISO 8601, whole numbers without `.0`."""
    out: list[str | None] = []
    for value in values.tolist() if isinstance(values, np.ndarray) and values.dtype.kind in "fiub" else values:
        if is_missing(value):
            out.append(None)
        elif isinstance(value, datetime):
            out.append(value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat())
        elif isinstance(value, date):
            out.append(value.isoformat())
        elif isinstance(value, np.datetime64):
            out.append(str(value.astype("datetime64[D]")))
        else:
            out.append(_level_text(value))
    return out


def as_cells(values: Sequence[object] | NDArray[Any], name: str) -> Cells:
    """Booleans as ``int8``, numbers as ``float64``, everything else as codes into sorted texts; nothing is refused.

    Mixed columns (numbers and ``<0.15``) become text, dates ISO text, so that the same cells give the same text in every
    library.
    """
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise DataError(f"`{name}` must be one-dimensional, but has shape {values.shape}")
        if values.dtype.kind == "b":
            return np.ascontiguousarray(values, dtype=np.int8)
        if values.dtype.kind in "fiu":
            return np.ascontiguousarray(values, dtype=np.float64)
        values = values.tolist() if values.dtype.kind in "OUS" else list(values)
    kinds = {kind for kind in {type(v) for v in values} if not _only_missing(kind, values)}
    if kinds and all(issubclass(kind, (bool, np.bool_)) for kind in kinds):
        return np.fromiter((-1 if is_missing(v) else int(bool(v)) for v in values), dtype=np.int8, count=len(values))
    if kinds and all(issubclass(kind, (bool, int, float, np.number, np.bool_, Decimal)) for kind in kinds):
        return np.fromiter((np.nan if is_missing(v) else float(v) for v in values), dtype=np.float64, count=len(values))  # type: ignore[arg-type]
    try:
        distinct = set(values)
    except TypeError:
        row, value = next((r, v) for r, v in enumerate(values) if type(v).__hash__ is None)
        raise DataError(f"column `{name}` must hold single values, but row {row} is {value!r}") from None
    present = [v for v in distinct if not is_missing(v)]
    texts = dict(zip(present, as_texts(present), strict=True))
    levels = sorted({t for t in texts.values() if t})
    position = {t: i for i, t in enumerate(levels)}
    code_of = {v: position.get(t or "", -1) for v, t in texts.items()}
    codes = np.fromiter((code_of.get(v, -1) for v in values), dtype=np.int32, count=len(values))
    return codes, levels


def _only_missing(kind: type, values: Sequence[object]) -> bool:
    """Whether values of this type are all missing (pandas marks a missing boolean by NaN, a missing text by NaN or NA)."""
    if issubclass(kind, (float, np.floating)):
        return all(is_missing(v) for v in values if isinstance(v, kind))
    return kind is type(None) or kind.__name__ in ("NAType", "NaTType")


@dataclass(frozen=True)
class Selected:
    """Columns of one call after missing values were refused or dropped."""

    arrays: dict[str, NDArray[Any]]
    levels: dict[str, list[str]]
    names: dict[str, str]
    kept_rows: NDArray[np.int64] | None
    n_rows: int
    n_dropped: int
    library: Library
    index: object | None

    @property
    def kept(self) -> NDArray[np.int64]:
        """Rows of the input that are used."""
        return np.arange(self.n_rows) if self.kept_rows is None else self.kept_rows


def select(
    data: object | None,
    roles: Mapping[str, tuple[object, Kind]],
    *,
    missing: str = "error",
) -> Selected:
    """Read the columns of a call, by name from ``data`` or as arrays without it.

    Parameters
    ----------
    data : frame, result or None
        With a frame, every role is a column name; without, an array.
    roles : mapping of role to (name or array, kind)
        Kinds: ``number``, ``event`` (true = happened), ``cnsr`` (0 = event, > 0 = censored; returned as event), ``flag``,
        ``codes``. A role whose value is None is left out.
    missing : ``error`` or ``drop``
        What happens to rows with a missing value in any role.

    Raises
    ------
    DataError
        Missing column, wrong type, missing values (column, count and first row are named), unequal lengths.
    TypeError
        Names and arrays mixed.
    """
    if missing not in ("error", "drop"):
        raise OptionError(f"unknown missing `{missing}`; use `error` or `drop`")
    given = {role: spec for role, spec in roles.items() if spec[0] is not None}
    frame = Frame(data) if data is not None else None
    arrays: dict[str, NDArray[Any]] = {}
    levels: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for role, (value, kind) in given.items():
        if frame is not None:
            if not isinstance(value, str):
                raise TypeError(f"with `data=`, `{role}` is a column name (str), but this is {type(value).__name__}")
            name = frame.require(value)
            raw = frame.raw(name)
            categories = frame.categories(name) if kind == "codes" else None
        else:
            if isinstance(value, str):
                raise TypeError(f"`{role}` is the name `{value}` but no `data=` was given; give a frame, or an array")
            name = role
            raw = _as_sequence(value)
            categories = categories_of(value) if kind == "codes" else None
        names[role] = name
        if kind == "number":
            arrays[role] = as_numbers(raw, name)
        elif kind == "codes":
            arrays[role], levels[role] = as_codes(raw, categories)
        elif kind == "cnsr":
            arrays[role] = _event_from_cnsr(as_numbers(raw, name), name)
        else:
            arrays[role] = as_flags(raw, name)
    lengths = {role: len(a) for role, a in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise DataError("columns differ in length: " + ", ".join(f"`{r}` has {n}" for r, n in lengths.items()))
    n_rows = next(iter(lengths.values()), 0)
    gone: NDArray[np.bool_] | None = None
    for role, array in arrays.items():
        if array.dtype.kind == "f":
            if not _core.scan_numbers(array)[0]:
                continue
            absent = np.isnan(array)
        elif array.size == 0 or array.min() >= 0:
            continue
        else:
            absent = array == -1
        if missing == "error":
            count = int(absent.sum())
            raise DataError(
                f"column `{names[role]}` holds {count} missing value{'s' if count > 1 else ''} (first in row {int(np.argmax(absent))}); "
                'drop them or pass `missing="drop"`'
            )
        gone = absent if gone is None else gone | absent
    kept = None if gone is None else np.flatnonzero(~gone)
    if kept is not None:
        arrays = {role: np.ascontiguousarray(array[kept]) for role, array in arrays.items()}
    return Selected(
        arrays=arrays,
        levels=levels,
        names=names,
        kept_rows=kept,
        n_rows=n_rows,
        n_dropped=0 if kept is None else n_rows - len(kept),
        library=frame.library if frame is not None else default_library(),
        index=frame.index if frame is not None else None,
    )


def _event_from_cnsr(values: NDArray[np.float64], name: str) -> NDArray[np.int8]:
    known = ~np.isnan(values)
    wrong = known & ((values < 0) | (values != np.round(values)))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"column `{name}` is CDISC CNSR: 0 = event, a whole number > 0 = censored, but row {row} is {values[row]:g}"
        )
    out = np.where(known, (values == 0).astype(np.int8), np.int8(-1)).astype(np.int8)
    return np.ascontiguousarray(out)


def native(columns: Mapping[str, object], library: Library, *, index: object | None = None) -> Any:
    """A frame in the user's library from arrays and lists (None = missing text); numpy gives a dict of arrays.

    A masked array becomes a column with nulls in polars and pyarrow (whole numbers stay whole), floats with NaN elsewhere.
    """
    masked = {k: v for k, v in columns.items() if isinstance(v, np.ma.MaskedArray)}
    columns = {**columns, **{k: np.ma.filled(v.astype(np.float64), np.nan) for k, v in masked.items()}}
    if library == "numpy":
        return {k: np.asarray(v) if not isinstance(v, np.ndarray) else v for k, v in columns.items()}
    import narwhals.stable.v2 as nw

    columns = {k: text_series(v, k, library) if isinstance(v, Texts) else v for k, v in columns.items()}
    if library == "polars":  # which has no whole seconds
        columns = {k: v.astype("M8[us]") if _is_in_seconds(v) else v for k, v in columns.items()}  # type: ignore[attr-defined]
    ready = {k: (v if _is_ready(v) else list(v)) for k, v in columns.items()}  # type: ignore[call-overload]
    if library == "pandas" and index is not None:
        import importlib

        pandas = importlib.import_module("pandas")
        return pandas.DataFrame(ready, index=index)
    frame = nw.from_dict(ready, backend=library)
    if masked and library in ("polars", "pyarrow"):
        kinds: dict[str, Any] = {"f": nw.Float64, "b": nw.Boolean, "i": nw.Int32}
        of_kind = {k: nw.Int64 if v.dtype == np.int64 else kinds[v.dtype.kind] for k, v in masked.items()}
        frame = frame.with_columns(nw.col(k).fill_nan(None).cast(dtype) for k, dtype in of_kind.items())
    return frame.to_native()


def with_column(frame: Frame, name: str, values: NDArray[np.float64]) -> object:
    """The user's frame with one more column of numbers (NaN = missing)."""
    native_frame = frame.native
    if isinstance(native_frame, Mapping):
        return {**native_frame, name: values}
    import narwhals.stable.v2 as nw

    own: nw.DataFrame[Any] = nw.from_native(native_frame, eager_only=True)
    return own.with_columns(nw.new_series(name, values, backend=own.implementation)).to_native()


def take_rows(frame: Any, rows: NDArray[np.int64]) -> Any:
    """Some rows of a frame in its own library."""
    import narwhals.stable.v2 as nw

    own: nw.DataFrame[Any] = nw.from_native(frame, eager_only=True)
    return own[rows.tolist()].to_native()


def pandas_frame(columns: Mapping[str, NDArray[Any] | Coded]) -> Any:
    """A pandas frame for libraries that take no other; coded columns become categories in their order."""
    import importlib

    pandas = importlib.import_module("pandas")
    return pandas.DataFrame(
        {
            name: pandas.Categorical.from_codes(values.codes, categories=list(values.categories))
            if isinstance(values, Coded)
            else values
            for name, values in columns.items()
        }
    )


def _is_in_seconds(values: object) -> bool:
    return isinstance(values, np.ndarray) and str(values.dtype) == "datetime64[s]"


def _is_ready(values: object) -> bool:
    if isinstance(values, np.ndarray):
        return bool(values.dtype.kind != "O")
    return _has(values, "to_native")


def text_series(texts: Texts, name: str, library: Library) -> Any:
    """A series of strings: of pandas itself, of narwhals for the other libraries."""
    if library == "pandas":
        return _pandas_texts(texts)
    import narwhals.stable.v2 as nw

    values = _arrow_texts(texts, name, library)
    if values is not None:
        return nw.from_native(values, series_only=True)
    levels = nw.new_series(name, [*texts.levels, None], nw.String, backend=library)  # type: ignore[arg-type]  # not numpy
    return levels[np.where(texts.codes < 0, len(texts.levels), texts.codes)]


def _arrow_texts(texts: Texts, name: str, library: Library) -> Any:
    """Texts that polars or pyarrow takes over without a copy; None when one column holds more than 2 GiB."""
    layout = "string_view" if library == "polars" else "string"
    values = _core.arrow_texts(np.ascontiguousarray(texts.codes, dtype=np.int32), texts.levels, layout)
    if values is None:
        return None
    import importlib

    if library == "polars":
        return importlib.import_module("polars").Series(name, values)
    pa = importlib.import_module("pyarrow")
    return pa.chunked_array([pa.array(values)])


def _pandas_texts(texts: Texts) -> Any:
    import importlib

    pandas = importlib.import_module("pandas")
    kind = pandas.Series(["", None]).dtype
    if getattr(kind, "storage", "") == "pyarrow":
        pa = importlib.import_module("pyarrow")
        codes = np.ascontiguousarray(texts.codes, dtype=np.int32)
        values = _core.arrow_texts(codes, texts.levels, "large_string")
        return pandas.Series(pa.array(values), dtype=kind)
    levels = pandas.Series(["", *texts.levels, None])  # "" makes it a series of strings whatever follows
    return levels.take(np.where(texts.codes < 0, len(levels) - 1, texts.codes + 1)).reset_index(drop=True)


def file_frame(columns: dict[str, Any], library: Library, *, share: bool) -> Any:
    """A frame from the columns of a file, NaN = missing; with ``share`` numbers are not copied where the library can take
    them over, and the columns are taken out of the dict one by one, so that few are in memory twice."""
    if library == "numpy":
        return native(columns, library)
    import importlib

    module = importlib.import_module(library)
    ready: dict[str, Any] = {}
    for name in list(columns):
        values = columns.pop(name) if share else columns[name]
        if library == "pandas":
            ready[name] = _pandas_column(values, module)
        elif isinstance(values, np.ndarray) and values.dtype.kind == "f" and not isinstance(values, np.ma.MaskedArray):
            values = values if share else values.copy()
            if library == "polars":
                ready[name] = module.Series(name, values, nan_to_null=True)
            else:
                ready[name] = module.array(values, from_pandas=True)
        else:
            texts = _arrow_texts(values, name, library) if isinstance(values, Texts) else None
            ready[name] = native({name: values}, library)[name] if texts is None else texts
        del values
    if library == "pandas":
        return module.DataFrame(ready, copy=not share)
    return module.DataFrame(ready) if library == "polars" else module.table(ready)


def _pandas_column(values: Any, pandas: Any) -> Any:
    if isinstance(values, Texts):
        return _pandas_texts(values)
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(np.float64), np.nan)
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return pandas.Series(values)  # whose days are seconds
    return values
