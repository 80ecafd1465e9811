"""What the scores share: reading columns of which cells may be missing, finding rows, notes and summaries."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError

Texts = tuple[NDArray[np.int32], list[str]]
P = ParamSpec("P")
R = TypeVar("R")


def names_subjects(scorer: Callable[P, R]) -> Callable[P, R]:
    """A scorer whose errors about a row also name its subject and visit, where the input has these columns."""

    @functools.wraps(scorer)
    def named(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return scorer(*args, **kwargs)
        except DataError as error:
            bound = inspect.signature(scorer).bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            data = next((given[name] for name in ("data", "labs") if name in given), None)
            who = _who(str(error), data, {role: given.get(role) for role in ("subject", "visit")})
            if not who:
                raise
            raise DataError(f"{error} ({who})") from error.__cause__

    return named


def _who(message: str, data: object, roles: Mapping[str, object]) -> str:
    """`subject 1, visit M3` of the row that a message is about; empty where it is about none or has no such columns."""
    found = re.search(r"\brow (\d+)", message)
    if data is None or found is None:
        return ""
    frame, row = _frame.Frame(data), int(found.group(1))
    words = []
    for role, name in roles.items():
        name = name or {"subject": "usubjid", "visit": "visit"}.get(role)
        if isinstance(name, str) and name in frame.names and row < frame.n_rows:
            value = frame.texts(name)[row]
            words += [f"{role} {value}"] if value is not None else []
    return ", ".join(words)


class Inputs:
    """Columns of one call, by name from ``data`` or as arrays without it; missing cells are kept."""

    def __init__(self, data: object | None) -> None:
        self.frame = None if data is None else _frame.Frame(data)
        self.n_rows: int | None = None if self.frame is None else self.frame.n_rows

    @property
    def library(self) -> _frame.Library:
        """The library in which results go back."""
        return self.frame.library if self.frame is not None else _frame.default_library()

    @property
    def index(self) -> object | None:
        """The pandas index, None for other libraries."""
        return self.frame.index if self.frame is not None else None

    def _raw(self, role: str, given: object) -> tuple[str, Any]:
        if self.frame is not None:
            if not isinstance(given, str):
                raise TypeError(f"with `data=`, `{role}` is a column name (str), but this is {type(given).__name__}")
            return given, self.frame.raw(self.frame.require(given))
        if isinstance(given, str):
            raise TypeError(f"`{role}` is the name `{given}` but no `data=` was given; give a frame, or an array")
        return role, _frame._as_sequence(given)

    def _counted(self, role: str, array: NDArray[Any]) -> None:
        if self.n_rows is None:
            self.n_rows = len(array)
        elif len(array) != self.n_rows:
            raise DataError(f"columns differ in length: `{role}` has {len(array)}, the others have {self.n_rows}")

    def has(self, name: object) -> bool:
        """Whether the frame has a column of this name."""
        return self.frame is not None and isinstance(name, str) and name in self.frame.names

    def numbers(self, role: str, given: object) -> NDArray[np.float64]:
        """``float64``, NaN where missing."""
        name, raw = self._raw(role, given)
        array = _typed_texts(raw, name, _core.number_words, np.nan, "numbers")
        if array is None:
            array = _frame.as_numbers(raw, name)
        array = _frame.as_numbers(array, name)
        self._counted(role, array)
        return array

    def flags(self, role: str, given: object) -> NDArray[np.int8]:
        """``int8``, -1 where missing."""
        if self.frame is not None and isinstance(given, str):
            name = self.frame.require(given)
            array = None if not self.frame.is_text(name) else _flag_texts(self.frame.raw(name), name)
            if array is None:
                array = self.frame.flags(name)
        else:
            name, raw = self._raw(role, given)
            array = _flag_texts(raw, name)
            if array is None:
                array = _frame.as_flags(raw, name)
        self._counted(role, array)
        return array

    def texts(self, role: str, given: object) -> Texts:
        """Codes into texts, -1 where missing."""
        _, raw = self._raw(role, given)
        if isinstance(raw, np.ndarray) and raw.dtype.kind in "fiub":
            codes, levels = _frame.as_codes(raw)
        else:
            codes, levels = _text_codes(raw)
        self._counted(role, codes)
        return codes, levels


def _flag_texts(raw: Any, name: str) -> NDArray[np.int8] | None:
    values = _typed_texts(raw, name, _core.flag_words, -1, "booleans, 0/1, true/false or Y/N")
    return None if values is None else values.astype(np.int8)


def _typed_texts(
    raw: Any, name: str, read: Callable[[list[str]], Sequence[float | None]], missing: float, allowed: str
) -> NDArray[np.float64] | None:
    """A column with text, read as the tables of a trial are; None where there is no text."""
    if isinstance(raw, np.ndarray) and raw.dtype.kind not in "OUS":
        return None
    if not any(isinstance(v, str) for v in raw):
        return None
    cells = _frame.as_cells(raw, name)
    if not isinstance(cells, tuple):
        return None
    codes, levels = cells
    values = read(levels)
    for code, value in enumerate(values):
        if value is None:
            row = int(np.argmax(codes == code))
            raise DataError(f"column `{name}` must hold {allowed}, but row {row} is {levels[code]!r}")
    return np.asarray([*values, missing], dtype=np.float64)[codes]


def _text_codes(raw: Sequence[object]) -> Texts:
    position: dict[object, int] = {}
    levels: list[str] = []
    by_text: dict[str, int] = {}
    codes = np.empty(len(raw), dtype=np.int32)
    for row, value in enumerate(raw):
        code = position.get(value)
        if code is None:
            text = _frame.as_texts([value])[0]
            text = text.strip() if text is not None else None
            if not text:
                code = -1
            elif text in by_text:
                code = by_text[text]
            else:
                code = by_text[text] = len(levels)
                levels.append(text)
            position[value] = code
        codes[row] = code
    return codes, levels


def word_codes(texts: Texts, name: str, words: Mapping[str, int], allowed: str) -> NDArray[np.int8]:
    """Codes of words (case and blanks do not matter), -1 where missing; another word is refused with its row."""
    codes, levels = texts
    table = np.empty(len(levels) + 1, dtype=np.int8)
    table[-1] = -1
    for i, level in enumerate(levels):
        code = words.get(level.strip().casefold())
        if code is None:
            row = int(np.argmax(codes == i))
            raise DataError(f"column `{name}` must be {allowed}, but row {row} is {level!r}")
        table[i] = code
    return np.ascontiguousarray(table[codes])


def known(values: NDArray[Any]) -> np.ma.MaskedArray[Any, Any]:
    """Codes with -1 (or NaN) masked as missing."""
    missing = np.isnan(values) if values.dtype.kind == "f" else values < 0
    return np.ma.MaskedArray(values, mask=missing)


def floats(values: NDArray[Any]) -> NDArray[np.float64]:
    """Codes as floats, NaN where -1."""
    out = values.astype(np.float64)
    out[values < 0] = np.nan
    return out


def named(codes: NDArray[Any], names: Sequence[str]) -> NDArray[np.object_]:
    """Names of codes, None where -1."""
    table = np.array([*names, None], dtype=object)
    return table[codes.astype(np.intp)]


def note_texts(notes: NDArray[Any], words: Sequence[str]) -> NDArray[np.object_]:
    """The words whose bits are set, joined by `; `."""
    distinct, inverse = np.unique(notes, return_inverse=True)
    joined = ["; ".join(w for bit, w in enumerate(words) if int(mask) >> bit & 1) for mask in distinct]
    return np.array(joined, dtype=object)[inverse] if len(joined) else np.empty(0, dtype=object)


def note_sentences(notes: NDArray[Any], instrument: str) -> dict[str, str]:
    """The notes that occur, each with its sentence."""
    words = _core.scoring_words(f"{instrument}_note")
    return {w: s for bit, (w, s) in enumerate(words) if bool(((notes >> bit) & 1).any())}


@dataclass(frozen=True, kw_only=True)
class RowResult(Result):
    """A result with one row for each row of the input, whose key columns it keeps."""

    keys: Mapping[str, NDArray[np.object_]] = field(default_factory=dict, repr=False)
    index: object | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return 0

    def to_frame(self) -> Any:
        """One row for each row of the input, in the library (and with the index) of the input."""
        return _frame.native(self.columns(), self.library, index=self.index)

    def _row_of(self, row: int | None, subject: object | None, visit: object | None) -> int:
        if row is not None:
            if subject is not None or visit is not None:
                raise TypeError("give either `row=` or `subject=` and `visit=`")
            if not -len(self) <= row < len(self):
                raise DataError(f"row {row} does not exist; the rows are 0 to {len(self) - 1}")
            return int(row) % len(self)
        if subject is None:
            raise TypeError("`why` needs `row=`, or `subject=` (and `visit=`)")
        match = np.ones(len(self), dtype=bool)
        for role, wanted in (("subject", subject), ("visit", visit)):
            if wanted is None:
                continue
            column = next((c for name, c in self.keys.items() if self._role(name) == role), None)
            if column is None:
                raise DataError(f"the input has no {role} column, so `{role}=` cannot be looked up; use `row=`")
            match &= column == (wanted if isinstance(wanted, str) else str(wanted))
        rows = np.flatnonzero(match)
        what = f"subject {subject!r}" + (f" at visit {visit!r}" if visit is not None else "")
        if len(rows) == 0:
            raise DataError(f"no row of {what}")
        if len(rows) > 1:
            raise DataError(f"{what} has {len(rows)} rows ({', '.join(map(str, rows[:5]))}); choose one by `row=`")
        return int(rows[0])

    def _role(self, name: str) -> str:
        return next((role for role, column in self._key_roles().items() if column == name), "")

    def _key_roles(self) -> Mapping[str, str]:
        return {}


def key_columns(inputs: Inputs, roles: Mapping[str, str | None]) -> tuple[dict[str, Any], dict[str, str]]:
    """The key columns that exist (texts), and role to name."""
    found = {role: name for role, name in roles.items() if name is not None and inputs.has(name)}
    keys = {}
    for name in found.values():
        codes, levels = inputs.texts(name, name)
        keys[name] = named(codes, levels)
    return keys, found


def describe(values: NDArray[Any], *, variable: str, context: str, method: str) -> list[dict[str, object]]:
    """n, missing, mean, SD, median, minimum and maximum as analysis results."""
    present = values[~np.isnan(values)]
    n = len(present)
    stats: list[tuple[str, str, float | None]] = [
        ("n", "n", float(n)),
        ("n_missing", "missing", float(len(values) - n)),
    ]
    if n:
        stats += [
            ("mean", "mean", float(present.mean())),
            ("sd", "SD", float(present.std(ddof=1)) if n > 1 else None),
            ("median", "median", float(np.median(present))),
            ("min", "minimum", float(present.min())),
            ("max", "maximum", float(present.max())),
        ]
    return [
        ard_row(variable=variable, context=context, stat_name=s, stat_label=label, stat=value, method=method)
        for s, label, value in stats
    ]
