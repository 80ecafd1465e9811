"""Glucocorticoid doses as prednisone equivalents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._why import Why, from_core
from mscsle.exceptions import DataError, OptionError
from mscsle.score import _rows


@dataclass(frozen=True, kw_only=True)
class PrednisoneEquivalents(_rows.RowResult):
    """Prednisone equivalents, one a row of the input.

    Attributes
    ----------
    per_day : array of float
        mg of prednisone a day without intravenous pulses; NaN when it cannot be known.
    per_dose : array of float
        mg of prednisone of one administration, pulses included.
    doses_per_day : array of float
        Administrations a day as read from the frequency.
    pulse : array of bool
        Whether the row is an intravenous pulse.
    pulse_from_mg, betamethasone_mg : float
        The parameters.
    notes : mapping of str to str
        The notes that occur in any row, with their sentence.
    """

    per_day: NDArray[np.float64]
    per_dose: NDArray[np.float64]
    doses_per_day: NDArray[np.float64]
    pulse: NDArray[np.bool_]
    pulse_from_mg: float
    betamethasone_mg: float
    notes: Mapping[str, str]
    _codes: Mapping[str, NDArray[Any]] = field(repr=False)
    _arrays: Mapping[str, Any] = field(repr=False)
    _roles: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.per_day)

    def _key_roles(self) -> Mapping[str, str]:
        return self._roles

    def columns(self) -> Mapping[str, Any]:
        """Key columns, the glucocorticoid, doses as prednisone, whether a pulse, the note."""
        drugs = [w for w, _ in _core.scoring_words("glucocorticoid")]
        return {
            **self.keys,
            "glucocorticoid": _rows.named(self._codes["drug"], drugs),
            "prednisone_mg_per_day": _rows.known(self.per_day),
            "prednisone_mg_per_dose": _rows.known(self.per_dose),
            "doses_per_day": _rows.known(self.doses_per_day),
            "pulse": self.pulse,
            "note": _rows.note_texts(self._codes["notes"], [w for w, _ in _core.scoring_words("prednisone_note")]),
        }

    def why(self, row: int | None = None, *, subject: object = None, visit: object = None) -> Why:
        """Why a row has its equivalent."""
        at = self._row_of(row, subject, visit)
        steps = _core.prednisone_why(dict(self._arrays), at, self.pulse_from_mg, self.betamethasone_mg)
        return from_core(steps, about=f"prednisone equivalent, row {at}")

    def title(self) -> str:
        """Number of rows and of known doses."""
        n = int((~np.isnan(self.per_day)).sum())
        return f"Prednisone equivalents: {n} daily doses of {len(self)} rows (prednisone 5 mg = methylprednisolone 4 mg = dexamethasone 0.75 mg)"

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Summary of the daily doses."""
        return _rows.describe(
            self.per_day, variable="prednisone_mg_per_day", context="score", method="prednisone equivalent"
        )


@dataclass(frozen=True, kw_only=True)
class PrednisoneDoses(_rows.RowResult):
    """Prednisone doses in force at dates.

    Attributes
    ----------
    per_day : array of float
        mg of prednisone a day without pulses: in force on the date, or the mean over ``days`` days that end with it; NaN when
        a prescription in force cannot be read.
    lower : array of float
        The part of it that is known.
    pulse_mg : array of float
        mg of prednisone given as intravenous pulses on these days.
    days : int
        Number of days.
    """

    per_day: NDArray[np.float64]
    lower: NDArray[np.float64]
    pulse_mg: NDArray[np.float64]
    days: int

    def __len__(self) -> int:
        return len(self.per_day)

    def columns(self) -> Mapping[str, Any]:
        """Key columns, dose, its known part, pulses."""
        return {
            **self.keys,
            "prednisone_mg_per_day": _rows.known(self.per_day),
            "lower": _rows.known(self.lower),
            "pulse_mg": _rows.known(self.pulse_mg),
        }

    def title(self) -> str:
        """What the dose is."""
        return "Prednisone dose in force" if self.days == 1 else f"Prednisone dose, mean over {self.days} days"

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Summary of the doses."""
        return _rows.describe(self.per_day, variable="prednisone_mg_per_day", context="score", method=self.title())


def _prescriptions(inputs: _rows.Inputs, given: Mapping[str, Any]) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "drug": inputs.texts("drug", given["drug"]),
        "dose": inputs.numbers("dose", given["dose"]),
    }
    for role in ("unit", "route", "frequency"):
        column = given[role]
        absent = column is None or (inputs.frame is not None and column == role and not inputs.has(role))
        arrays[role] = None if absent else inputs.texts(role, column)
    return arrays


def _notes(bits: NDArray[Any], drug: _rows.Texts) -> dict[str, str]:
    """The notes that occur; an unclear drug name with the one that was probably meant."""
    notes = dict(_rows.note_sentences(bits, "prednisone"))
    if "unclear_drug" in notes:
        near = zip(drug[1], _core.glucocorticoid_perhaps(drug[1]), strict=True)
        asked = [f"`{name}`: did you mean `{meant}`?" for name, meant in near if meant is not None]
        notes["unclear_drug"] += f" ({' '.join(asked)})"
    return notes


def _check(pulse_from_mg: float, betamethasone_mg: float) -> None:
    for name, value in (("pulse_from_mg", pulse_from_mg), ("betamethasone_mg", betamethasone_mg)):
        if not value > 0:
            raise OptionError(f"`{name}` must be > 0, but is {value}")


@_rows.names_subjects
def prednisone_equivalent(
    data: object | None = None,
    *,
    drug: Any = "drug",
    dose: Any = "dose",
    unit: Any = "unit",
    route: Any = "route",
    frequency: Any = "frequency",
    subject: str = "usubjid",
    visit: str | None = "visit",
    pulse_from_mg: float = 250.0,
    betamethasone_mg: float = 0.75,
) -> PrednisoneEquivalents:
    """Doses of glucocorticoids as mg of prednisone.

    Prednisone 5 mg = prednisolone 5 = methylprednisolone 4 = triamcinolone 4 = hydrocortisone 20 = cortisone 25 = dexamethasone
    0.75 = betamethasone 0.75 = deflazacort 6 (confidence M). Alternate-day doses are halved. Local use counts 0, other drugs
    count 0, and what cannot be read is missing, each with a note.

    Parameters
    ----------
    data : frame, optional
        A medication table; then the arguments are column names, and unit, route and frequency may be absent.
    drug, dose, unit, route, frequency : column name, or array, or one value for all
        Without ``data``. ``dose`` is one administration; ``unit`` is mg, g or ug; ``frequency`` such as ``daily``, ``bid``,
        ``alternate days``, ``weekly`` or a number a day (a missing one is taken as daily, noted).
    subject, visit : column name
        Kept in the result where they exist.
    pulse_from_mg : float
        An intravenous dose a day of at least this (mg of prednisone) is a pulse and kept out of the daily dose.
    betamethasone_mg : float
        mg of betamethasone equal to 5 mg of prednisone; some tables have 0.6.

    Returns
    -------
    PrednisoneEquivalents

    References
    ----------
    Buttgereit F et al. Ann Rheum Dis 2002;61:718-722.

    Examples
    --------
    >>> import mscsle as ms
    >>> drugs = ["methylprednisolone", "dexamethasone", "prednisone"]
    >>> doses = ms.score.prednisone_equivalent(drug=drugs, dose=[16, 3, 10], unit="mg", frequency=["daily", "daily", "qod"])
    >>> doses.per_day
    array([20., 20.,  5.])
    """
    _check(pulse_from_mg, betamethasone_mg)
    inputs = _rows.Inputs(data)
    given = {"drug": drug, "dose": dose, "unit": unit, "route": route, "frequency": frequency}
    if data is None:
        defaults = {role for role in ("unit", "route", "frequency") if given[role] == role}
        given |= dict.fromkeys(defaults)
        lists = [v for v in given.values() if v is not None and not isinstance(v, (str, int, float))]
        n = len(lists[0]) if lists else 1
        given = {k: ([v] * n if isinstance(v, (str, int, float)) else v) for k, v in given.items()}
    arrays = _prescriptions(inputs, given)
    columns = _core.prednisone_equivalents(arrays, float(pulse_from_mg), float(betamethasone_mg))
    keys, roles = _rows.key_columns(inputs, {"subject": subject, "visit": visit})
    if data is not None and isinstance(drug, str):
        keys[drug] = _rows.named(*arrays["drug"])
    return PrednisoneEquivalents(
        per_day=columns["per_day"],
        per_dose=columns["per_dose"],
        doses_per_day=columns["doses_per_day"],
        pulse=columns["pulse"] == 1,
        pulse_from_mg=float(pulse_from_mg),
        betamethasone_mg=float(betamethasone_mg),
        notes=_notes(columns["notes"], arrays["drug"]),
        _codes={"drug": columns["drug"], "notes": columns["notes"]},
        _arrays=arrays,
        _roles=roles,
        keys=keys,
        index=inputs.index,
        library=inputs.library,
    )


def prednisone_dose(
    medications: object,
    *,
    at: object,
    days: int = 1,
    subject: str = "usubjid",
    visit: str | None = "visit",
    date: str = "date",
    drug: str = "drug",
    dose: str = "dose",
    unit: str = "unit",
    route: str = "route",
    frequency: str = "frequency",
    start: str = "start_date",
    end: str = "end_date",
    pulse_from_mg: float = 250.0,
    betamethasone_mg: float = 0.75,
) -> PrednisoneDoses:
    """The prednisone dose in force at visits, or its mean over the days that end with them.

    A prescription is in force from its first to its last day; where one ends on the day another of the same drug begins, the
    new one counts. A missing last day means still going on. A subject without a glucocorticoid takes 0.

    Parameters
    ----------
    medications : frame
        A medication table (drug, dose, unit, route, frequency, start and end).
    at : frame
        Subjects and dates at which the dose is wanted.
    days : int
        1 for the dose on the day; 3 and 7 are customary for means.
    subject, visit, date : column name
        Columns of ``at`` (``subject`` of both).
    drug, dose, unit, route, frequency, start, end : column name
        Columns of ``medications``; unit, route, frequency and end may be absent.
    pulse_from_mg, betamethasone_mg : float
        As in :func:`prednisone_equivalent`.

    Returns
    -------
    PrednisoneDoses

    Examples
    --------
    >>> import mscsle as ms
    >>> medications = {"usubjid": ["1", "1"], "drug": ["prednisone"] * 2, "dose": [20, 10], "unit": ["mg"] * 2,
    ...                "start_date": ["2010-01-01", "2010-01-14"], "end_date": ["2010-01-14", None]}
    >>> visits = {"usubjid": ["1", "1"], "visit": ["M0", "M1"], "date": ["2010-01-05", "2010-01-14"]}
    >>> ms.score.prednisone_dose(medications, at=visits).per_day
    array([20., 10.])
    """
    _check(pulse_from_mg, betamethasone_mg)
    if not 1 <= days <= 366:
        raise OptionError(f"`days` must be 1 to 366, but is {days}")
    given, wanted = _rows.Inputs(medications), _rows.Inputs(at)
    arrays = _prescriptions(given, {"drug": drug, "dose": dose, "unit": unit, "route": route, "frequency": frequency})
    who, names = given.texts("subject", subject)
    who_at, names_at = wanted.texts("subject", subject)
    for column, codes in (("medications", who), ("at", who_at)):
        if (codes < 0).any():
            raise DataError(f"column `{subject}` of `{column}` is missing in row {int(np.argmax(codes < 0))}")
    position = {name: i for i, name in enumerate(names)}
    table = np.array([position.get(name, -2) for name in names_at] + [-2], dtype=np.int32)
    ends = given.texts("end", end) if given.has(end) or end != "end_date" else None
    doses = _core.prednisone_doses(
        arrays,
        who,
        given.texts("start", start),
        ends,
        np.ascontiguousarray(table[who_at]),
        wanted.texts("date", date),
        int(days),
        float(pulse_from_mg),
        float(betamethasone_mg),
    )
    keys, _ = _rows.key_columns(wanted, {"subject": subject, "visit": visit, "date": date})
    return PrednisoneDoses(
        per_day=doses["per_day"],
        lower=doses["lower"],
        pulse_mg=doses["pulse_mg"],
        days=int(days),
        keys=keys,
        index=wanted.index,
        library=wanted.library,
    )
