"""Estimated glomerular filtration rate."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import ard_row
from mscsle._why import Why, from_core
from mscsle.exceptions import DataWarning
from mscsle.score import _rows

Equation = Literal["ckd-epi-2021", "ckd-epi-2009", "mdrd-175", "mdrd-186", "c-agfr", "cockcroft-gault", "schwartz"]

SEXES = {"f": 0, "female": 0, "w": 0, "woman": 0, "女": 0, "m": 1, "male": 1, "man": 1, "男": 1}


@dataclass(frozen=True, kw_only=True)
class EgfrEstimates(_rows.RowResult):
    """Filtration rates, one a row of the input.

    Attributes
    ----------
    value : array of float
        The rate in ``unit``; NaN where it was not computed (the note says why).
    equation, label, citation, unit : str
        The equation chosen and the unit of its result.
    creatinine_unit, under_18 : str
        The words chosen.
    notes : mapping of str to str
        The notes that occur in any row, with their sentence.
    """

    value: NDArray[np.float64]
    equation: str
    label: str
    unit: str
    citation: str
    creatinine_unit: str
    under_18: str
    notes: Mapping[str, str]
    _codes: Mapping[str, NDArray[Any]] = field(repr=False)
    _arrays: Mapping[str, Any] = field(repr=False)
    _roles: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.value)

    def _key_roles(self) -> Mapping[str, str]:
        return self._roles

    def columns(self) -> Mapping[str, Any]:
        """Key columns, the rate, its unit, the equation used in the row, the note."""
        equations = [w for w, _ in _core.scoring_words("egfr_equation")]
        units = [_core.egfr_equation(w)[1] for w in equations]
        return {
            **self.keys,
            "egfr": _rows.known(self.value),
            "unit": _rows.named(self._codes["equation"], units),
            "equation": _rows.named(self._codes["equation"], equations),
            "note": _rows.note_texts(self._codes["notes"], [w for w, _ in _core.scoring_words("egfr_note")]),
        }

    def why(self, row: int | None = None, *, subject: object = None, visit: object = None) -> Why:
        """Why a row has this rate: the inputs, the equation and what stood against computing it."""
        at = self._row_of(row, subject, visit)
        steps = _core.egfr_why(dict(self._arrays), at, self.equation, self.creatinine_unit, self.under_18)
        return from_core(steps, about=f"eGFR, row {at}")

    def title(self) -> str:
        """Equation, unit and number of rates."""
        n = int((~np.isnan(self.value)).sum())
        return f"{self.label}: {n} rates of {len(self)} rows, {self.unit} ({self.citation})"

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Summary of the rates, and the number of rows for each note."""
        rows = _rows.describe(self.value, variable="egfr", context="score", method=self.label)
        for bit, (word, _) in enumerate(_core.scoring_words("egfr_note")):
            count = int(((self._codes["notes"] >> bit) & 1).sum())
            if count:
                rows.append(
                    ard_row(
                        variable="egfr",
                        variable_level=word,
                        context="note",
                        stat_name="n",
                        stat=float(count),
                        method=self.label,
                    )
                )
        return rows


@_rows.names_subjects
def egfr(
    *,
    creatinine: Any,
    creatinine_unit: Literal["umol/L", "mg/dL"] | str,
    age: Any,
    sex: Any,
    data: object | None = None,
    equation: Equation | str = "ckd-epi-2021",
    weight: Any = None,
    height: Any = None,
    race_coefficient: Any = None,
    dialysis: Any = None,
    subject: Any = None,
    visit: str | None = "visit",
    under_18: Literal["refuse", "schwartz"] | str = "refuse",
) -> EgfrEstimates:
    """Glomerular filtration rate estimated from creatinine.

    A row that cannot be computed (missing input, creatinine impossible in the stated unit, age outside the equation,
    dialysis) is missing with a note; it never stops the others.

    Parameters
    ----------
    data : frame, optional
        With it, the other arguments are column names.
    creatinine : column name or array
    creatinine_unit : ``umol/L`` or ``mg/dL``
        Required; never guessed from the values.
    age : column name or array
        Years, decimal or completed.
    sex : column name or array
        ``F``/``M``, ``female``/``male``.
    equation : str
        ``ckd-epi-2021`` (default), ``ckd-epi-2009``, ``mdrd-175``, ``mdrd-186``, ``c-agfr`` (Ma 2006, Chinese patients),
        ``cockcroft-gault`` (mL/min; needs ``weight``), ``schwartz`` (age 1 to < 18; needs ``height``).
    weight : column name or array, optional
        kg.
    height : column name or array, optional
        cm.
    race_coefficient, dialysis : column name or array of booleans, optional
        Rows to which the race coefficient of the original equation applies (none by default); rows on dialysis, which are
        not computed.
    subject : column name or array, optional
        With it, a subject keeps the equation of the youngest row (no switch at the 18th birthday; noted).
    visit : column name, optional
        Kept in the result where it exists.
    under_18 : ``refuse`` or ``schwartz``
        Below 18 years: not computed, or by the bedside Schwartz equation.

    Returns
    -------
    EgfrEstimates

    Raises
    ------
    DataError
        A column is absent, holds text, or a sex is neither female nor male.
    OptionError
        A word that does not exist; ``weight`` or ``height`` missing where the equation needs it.

    Warns
    -----
    DataWarning
        Most creatinine values cannot be creatinine in the stated unit.

    References
    ----------
    Inker LA et al. N Engl J Med 2021;385:1737-1749. Levey AS et al. Ann Intern Med 2009;150:604-612 and 2006;145:247-254. Ma YC
    et al. J Am Soc Nephrol 2006;17:2937-2944. Cockcroft DW, Gault MH. Nephron 1976;16:31-41. Schwartz GJ et al. J Am Soc Nephrol
    2009;20:629-637.

    Examples
    --------
    >>> import mscsle as ms
    >>> estimates = ms.score.egfr(creatinine=[88.4, 150.0], creatinine_unit="umol/L", age=[30, 45], sex=["F", "F"])
    >>> estimates.value.round(4)
    array([77.7242, 37.5383])
    >>> print(estimates.why(row=1))
    Creatinine is 150 umol/L = 1.696833 mg/dL (divided by 88.4).
    That is not below 0.7 mg/dL, the bend of the equation for this sex.
    The age is 45 years.
    The patient is female.
    CKD-EPI 2021 gives 37.54 mL/min/1.73 m2 (Inker LA et al. N Engl J Med 2021;385:1737-1749, doi:10.1056/NEJMoa2102953).
    """
    label, unit, citation = _core.egfr_equation(equation)
    inputs = _rows.Inputs(data)
    arrays: dict[str, Any] = {
        "creatinine": inputs.numbers("creatinine", creatinine),
        "age": inputs.numbers("age", age),
        "sex": _rows.word_codes(
            inputs.texts("sex", sex), sex if isinstance(sex, str) else "sex", SEXES, "`F` or `M` (female, male)"
        ),
    }
    for role, given in (("weight", weight), ("height", height)):
        arrays[role] = None if given is None else inputs.numbers(role, given)
    for role, given in (("race_coefficient", race_coefficient), ("dialysis", dialysis)):
        arrays[role] = None if given is None else inputs.flags(role, given)
    arrays["subject"] = None if subject is None else inputs.texts("subject", subject)[0]
    columns = _core.egfr_columns(arrays, equation, creatinine_unit, under_18)
    _warn_of_unit(arrays["creatinine"], columns["notes"], creatinine, creatinine_unit)
    names = {"subject": subject if isinstance(subject, str) else "usubjid", "visit": visit}
    keys, roles = _rows.key_columns(inputs, names)
    return EgfrEstimates(
        value=columns["value"],
        equation=equation,
        label=label,
        unit=unit,
        citation=citation,
        creatinine_unit=creatinine_unit,
        under_18=under_18,
        notes=_rows.note_sentences(columns["notes"], "egfr"),
        _codes={"equation": columns["equation"], "notes": columns["notes"]},
        _arrays=arrays,
        _roles=roles,
        keys=keys,
        index=inputs.index,
        library=inputs.library,
    )


def _warn_of_unit(values: NDArray[np.float64], notes: NDArray[Any], given: object, unit: str) -> None:
    bit = [w for w, _ in _core.scoring_words("egfr_note")].index("implausible_creatinine")
    wrong = (notes >> bit) & 1 == 1
    present = int((~np.isnan(values)).sum())
    if present and int(wrong.sum()) * 2 > present:
        name = given if isinstance(given, str) else "creatinine"
        row = int(np.argmax(wrong))
        other = "umol/L" if unit == "mg/dL" else "mg/dL"
        warnings.warn(
            f"column `{name}`: {int(wrong.sum())} of {present} values cannot be creatinine in {unit} (first in row {row}: "
            f'{values[row]:g}); if they are {other}, pass creatinine_unit="{other}"',
            DataWarning,
            stacklevel=3,
        )


def body_surface_area(weight: Any, height: Any) -> Any:
    """Body surface area by Du Bois and Du Bois (1916) in m2: ``0.007184 weight^0.425 height^0.725``.

    A rate in mL/min/1.73 m2 becomes mL/min when multiplied by this and divided by 1.73.

    Parameters
    ----------
    weight : number or array
        kg.
    height : number or array
        cm.

    Examples
    --------
    >>> import mscsle as ms
    >>> round(ms.score.body_surface_area(70, 175), 4)
    1.8481
    """
    inputs = _rows.Inputs(None)
    if isinstance(weight, (int, float, np.number)) and isinstance(height, (int, float, np.number)):
        return float(_core.body_surface_area(np.array([float(weight)]), np.array([float(height)]))[0])
    return _core.body_surface_area(inputs.numbers("weight", weight), inputs.numbers("height", height))
