"""Columns of a frame by kind, under names in any case: what ADaM and SDTM read."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._result import values_list
from mscsle.exceptions import DataError

if TYPE_CHECKING:
    from mscsle.trial import Trial

__all__ = ["NAT", "Columns", "Days", "as_day", "is_sas_day", "typed"]

Days = NDArray[np.datetime64]
NAT = np.datetime64("NaT", "D")


def as_day(value: Any) -> np.datetime64:
    """The day of a date, a datetime or a numpy date."""
    return np.datetime64(value.date() if isinstance(value, datetime) else value, "D")


#: 9999-12-31 as SAS counts; a larger number is no day (a datetime is seconds).
_LAST_SAS_DAY = 2_936_547


def is_sas_day(value: object) -> bool:
    """Whether a value is a number that may be a day of SAS: whole, counted from 1960-01-01."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return False
    return float(value).is_integer() and abs(float(value)) <= _LAST_SAS_DAY


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
                if is_sas_day(value):
                    raise DataError(
                        f"{self.what}: column `{name}` must hold dates, but holds numbers (row {row} is {value:g}): days from "
                        "1960-01-01, which pandas.read_sas leaves as they are; read the file with `ms.read`"
                    ) from None
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
