"""One row a patient: the typed tables of a trial read as days since the first infusion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from mscsle.trial import Trial

__all__ = ["MONTH_DAYS", "Patients"]

#: Days in a month: 365.25 / 12.
MONTH_DAYS = 30.4375


def _day(text: str | None) -> float:
    """An ISO date, perhaps partial, as a day number; the middle of what is not known, NaN without a date."""
    if not text:
        return np.nan
    parts = [int(p) for p in text[:10].split("-")]
    match parts:
        case [year]:
            return float(date(year, 7, 1).toordinal())
        case [year, month]:
            return float(date(year, month, 15).toordinal())
        case [year, month, day, *_]:
            return float(date(year, month, day).toordinal())
    return np.nan


class Patients:
    """The patients of a trial in the order of its table `subjects`."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.subjects: list[str] = list(trial.subjects)
        self._place = {s: i for i, s in enumerate(self.subjects)}

    def __len__(self) -> int:
        return len(self.subjects)

    def has(self, table: str) -> bool:
        """Whether the table was given."""
        return table in self.trial._core.table_names

    def texts(self, table: str, column: str) -> list[str | None]:
        """A typed column as texts, row by row; all missing without the column."""
        found = self.trial._core.texts(table, column)
        if found is None:
            return [None] * (self.trial._core.n_rows(table) or 0)
        codes, levels = found
        return [levels[c] if c >= 0 else None for c in codes]

    def numbers(self, table: str, column: str) -> NDArray[np.float64]:
        """A typed column as numbers; all missing without the column."""
        found = self.trial._core.numbers(table, column)
        return found if found is not None else np.full(self.trial._core.n_rows(table) or 0, np.nan)

    def owners(self, table: str) -> list[int | None]:
        """The patient of each row of a table; None for a row of nobody known."""
        return [self._place.get(s) if s else None for s in self.texts(table, "usubjid")]

    def _dates(self, table: str, column: str) -> Sequence[float]:
        return [_day(t) for t in self.texts(table, column)]

    def _by_patient(self, table: str, values: Sequence[float], *, first: bool) -> NDArray[np.float64]:
        out = np.full(len(self), np.nan)
        for who, value in zip(self.owners(table), values, strict=True):
            if who is not None and not np.isnan(value) and (np.isnan(out[who]) or (value < out[who]) == first):
                out[who] = value
        return out

    @cached_property
    def time_zero(self) -> NDArray[np.float64]:
        """Day number of the first infusion; NaN for those never treated."""
        return self._by_patient("infusions", self._dates("infusions", "date"), first=True)

    @cached_property
    def treated(self) -> NDArray[np.bool_]:
        """Whether any infusion is recorded."""
        out = np.zeros(len(self), dtype=bool)
        for who in self.owners("infusions"):
            if who is not None:
                out[who] = True
        return out

    def _since_zero(self, table: str, column: str) -> NDArray[np.float64]:
        return self._by_patient(table, self._dates(table, column), first=False) - self.time_zero

    @cached_property
    def death_day(self) -> NDArray[np.float64]:
        """Days from time zero to death; NaN for those not known dead."""
        return self._since_zero("status", "death_date")

    @cached_property
    def dead(self) -> NDArray[np.bool_]:
        """Whether a date of death is recorded."""
        out = np.zeros(len(self), dtype=bool)
        for who, day in zip(self.owners("status"), self._dates("status", "death_date"), strict=True):
            out[who] |= who is not None and not np.isnan(day)
        return out

    @cached_property
    def withdrawal_day(self) -> NDArray[np.float64]:
        """Days from time zero to withdrawal."""
        return self._since_zero("status", "withdrawal_date")

    @cached_property
    def last_contact_day(self) -> NDArray[np.float64]:
        """Days from time zero to the last contact, or to death if that is later."""
        contact = self._since_zero("status", "last_contact_date")
        return np.fmax(contact, self.death_day)

    def alive_at(self, month: float) -> NDArray[np.bool_]:
        """Not known dead by ``month`` x 30.4375 days; the lost count as alive."""
        return ~(self.death_day <= month * MONTH_DAYS + 1e-9)

    def seen_at(self, visit: str) -> NDArray[np.bool_]:
        """Whether the visit took place (a row with a date in `visits`)."""
        out = np.zeros(len(self), dtype=bool)
        labels, dates = self.texts("visits", "visit"), self._dates("visits", "date")
        for who, label, day in zip(self.owners("visits"), labels, dates, strict=True):
            if who is not None and label == visit and not np.isnan(day):
                out[who] = True
        return out

    @cached_property
    def source(self) -> list[str | None]:
        """Source of the cells of the first infusion."""
        out: list[str | None] = [None] * len(self)
        days = self._dates("infusions", "date")
        sources = self.texts("infusions", "source")
        for row, who in enumerate(self.owners("infusions")):
            if who is not None and out[who] is None and (days[row] == self.time_zero[who] or np.isnan(days[row])):
                out[who] = sources[row]
        return out

    @cached_property
    def age(self) -> NDArray[np.float64]:
        """Age at time zero in years: from the date of birth, or the recorded one."""
        born = self._by_patient("subjects", self._dates("subjects", "birth_date"), first=True)
        return np.where(np.isnan(born), self.numbers("subjects", "age"), (self.time_zero - born) / 365.25)
