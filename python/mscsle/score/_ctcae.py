"""Laboratory grades by CTCAE version 5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import ard_row
from mscsle._why import Why, from_core
from mscsle.exceptions import DataError
from mscsle.score import _rows
from mscsle.score._bilag2004 import _days


@dataclass(frozen=True, kw_only=True)
class CtcaeGrades(_rows.RowResult):
    """Grades, one a row of the input.

    Attributes
    ----------
    version : str
        Version of the criteria.
    baseline : str
        How baselines were chosen.
    notes : mapping of str to str
        The notes that occur in any row, with their sentence.
    """

    version: str
    baseline: str
    notes: Mapping[str, str]
    _graded: Mapping[str, Any] = field(repr=False)
    _subjects: tuple[NDArray[np.int32], list[str]] = field(repr=False)
    _subject_name: str = field(repr=False)
    _roles: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._graded["grade"])

    def _key_roles(self) -> Mapping[str, str]:
        return self._roles

    @property
    def grade(self) -> NDArray[np.float64]:
        """Grade, NaN when limits of normal are missing or the test has no term."""
        return _rows.floats(self._graded["grade"])

    @property
    def term(self) -> NDArray[np.object_]:
        """Term, None for tests without one."""
        return _rows.named(self._graded["term"], [w for w, _ in _core.scoring_words("ctcae_term")])

    def columns(self) -> Mapping[str, Any]:
        """Key columns, term, grade with bounds, grade at baseline, whether it rose above it, the note."""
        g = self._graded
        emergent = np.where(
            (g["grade"] < 0) | (g["is_baseline"] == 1), -1, g["grade"] > np.maximum(g["baseline_grade"], 0)
        )
        return {
            **self.keys,
            "term": self.term,
            "grade": _rows.known(g["grade"]),
            "lower": _rows.known(g["lower"]),
            "upper": _rows.known(g["upper"]),
            "baseline_grade": _rows.known(g["baseline_grade"]),
            "is_baseline": g["is_baseline"] == 1,
            "emergent": _rows.known(emergent.astype(np.int8)),
            "note": _rows.note_texts(g["notes"], [w for w, _ in _core.scoring_words("ctcae_note")]),
        }

    def worst(self) -> Any:
        """The worst grade after baseline of each subject and term, with the grade at baseline, as a frame."""
        terms = [w for w, _ in _core.scoring_words("ctcae_term")]
        rows = self._graded["worst"]
        baseline = np.array([-1 if b is None else b for _, _, b, _, _, _ in rows], dtype=np.int8)
        return _frame.native(
            {
                self._subject_name: [self._subjects[1][s] for s, *_ in rows],
                "term": [terms[t] for _, t, *_ in rows],
                "baseline_grade": _rows.known(baseline),
                "worst_grade": np.array([w for _, _, _, w, _, _ in rows], dtype=np.int32),
                "emergent": np.array([e for *_, e in rows], dtype=bool),
                "row": np.array([r for _, _, _, _, r, _ in rows], dtype=np.int64),
            },
            self.library,
        )

    def why(self, row: int | None = None, *, subject: object = None, visit: object = None) -> Why:
        """Why a row has its grade: value, limits, multiples of ULN and of baseline."""
        at = self._row_of(row, subject, visit)
        term = self.term[at]
        if term is None:
            return Why(about=f"CTCAE, row {at}: the test has no laboratory term here")
        return from_core(_core.ctcae_why(term, self._graded["measured"][at]), about=f"CTCAE, row {at}")

    def title(self) -> str:
        """Version, number of grades, how baselines were chosen."""
        n = int((self._graded["grade"] >= 0).sum())
        return f"CTCAE {self.version} laboratory grades: {n} of {len(self)} rows (baseline: {self.baseline})"

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Number of subjects by term and worst grade after baseline."""
        terms = [w for w, _ in _core.scoring_words("ctcae_term")]
        worst = [(terms[t], w) for _, t, _, w, _, _ in self._graded["worst"]]
        return [
            ard_row(
                group1="term",
                group1_level=term,
                variable="worst_grade",
                variable_level=str(grade),
                context="safety",
                stat_name="n",
                stat=float(worst.count((term, grade))),
                method=f"CTCAE {self.version}",
            )
            for term, grade in sorted(set(worst))
        ]


@_rows.names_subjects
def ctcae(
    labs: object,
    *,
    baseline_visit: str | None = "M0",
    baseline: str | None = None,
    subject: str = "usubjid",
    visit: str = "visit",
    date: str = "date",
    test: str = "test",
    value: str = "value",
    unit: str = "unit",
    lln: str = "lln",
    uln: str = "uln",
) -> CtcaeGrades:
    """Laboratory grades 0 to 4 by CTCAE version 5, with the grade at baseline and the worst shift.

    Haemoglobin, platelets, neutrophils, leucocytes, lymphocytes, creatinine, ALT, AST, bilirubin and CPK are graded; rows of
    other tests have no grade. Without a lower limit of normal grade 1 cannot be told from 0 and is missing, while grades 2 to
    4 of a falling count stand by their absolute value.

    Parameters
    ----------
    labs : frame, or mapping of names to arrays
        One result a row, as the table ``labs`` of a trial: values as numbers or texts (``<0.15``), units, limits of normal.
    baseline_visit : str, optional
        Rows of this visit are baseline (``M0``).
    baseline : column name, optional
        Flags of the baseline rows instead; of several for one subject and test, the last in time counts.
    subject, visit, date, test, value, unit, lln, uln : column name
        ``visit``, ``date``, ``unit``, ``lln`` and ``uln`` may be absent; without units the canonical ones are taken.

    Returns
    -------
    CtcaeGrades

    Raises
    ------
    DataError
        A column is absent, or a subject missing.

    References
    ----------
    US National Cancer Institute, CTCAE version 5.0, 27 November 2017.

    Examples
    --------
    >>> import mscsle as ms
    >>> labs = {"usubjid": ["1", "1"], "visit": ["M0", "M3"], "test": ["creatinine"] * 2, "value": [60, 100],
    ...         "unit": ["umol/L"] * 2, "uln": [84, 84]}
    >>> grades = ms.score.ctcae(labs)
    >>> grades.grade
    array([0., 2.])
    >>> print(grades.why(row=1))
    The value is 100 (ULN 84).
    That is 1.19 x ULN.
    That is 1.67 x baseline (60).
    `creatinine_increased` is grade 2.
    """
    inputs = _rows.Inputs(labs)
    assert inputs.frame is not None
    who = inputs.texts("subject", subject)
    if (who[0] < 0).any():
        raise DataError(f"column `{subject}` is missing in row {int(np.argmax(who[0] < 0))}")
    raw = inputs.frame.raw(inputs.frame.require(value))
    numeric = isinstance(raw, np.ndarray) and raw.dtype.kind in "fiub"
    as_text = not numeric and inputs.frame.is_text(value)
    flags, how = None, "none"
    if baseline is not None:
        flags, how = inputs.flags("baseline", baseline), f"column `{baseline}`"
    elif baseline_visit is not None and inputs.has(visit):
        codes, levels = inputs.texts("visit", visit)
        wanted = levels.index(baseline_visit) if baseline_visit in levels else -2
        flags, how = (codes == wanted).astype(np.int8), f"visit `{baseline_visit}`"
    arrays: dict[str, Any] = {
        "subject": who[0],
        "test": inputs.texts("test", test),
        "value": inputs.texts("value", value) if as_text else inputs.numbers("value", value),
        "unit": inputs.texts("unit", unit) if inputs.has(unit) else None,
        "lln": inputs.numbers("lln", lln) if inputs.has(lln) else None,
        "uln": inputs.numbers("uln", uln) if inputs.has(uln) else None,
        "baseline": flags,
        "day": _days(inputs, date) if inputs.has(date) else None,
    }
    graded = dict(_core.ctcae_grades(arrays))
    keys, roles = _rows.key_columns(inputs, {"subject": subject, "visit": visit, "date": date, "test": test})
    return CtcaeGrades(
        version="5.0",
        baseline=how,
        notes=_rows.note_sentences(graded["notes"], "ctcae"),
        _graded=graded,
        _subjects=who,
        _subject_name=subject,
        _roles={k: v for k, v in roles.items() if k in ("subject", "visit")},
        keys=keys,
        index=inputs.index,
        library=inputs.library,
    )
