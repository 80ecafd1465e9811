"""Instruments filled in as forms: damage index, CLASI, PGA, SLE-DAS states, flare indices, reactions to cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import ard_row
from mscsle._why import Why, from_core
from mscsle.exceptions import OptionError
from mscsle.score import _rows

#: Instruments by the name of their function: id of the core, name of the score, option.
FORMS: dict[str, tuple[str, str, str]] = {
    "sdi": ("sdi", "damage", "full-41"),
    "clasi_activity": ("clasi_activity", "activity", ""),
    "clasi_damage": ("clasi_damage", "damage", ""),
    "pga": ("pga", "pga", ""),
    "sle_das_state": ("sle_das", "total", ""),
    "flare_index": ("sfi", "flare", "any-increase"),
    "revised_flare_index": ("sfi_revised", "flare", ""),
    "crs": ("crs", "grade", ""),
    "icans": ("icans", "grade", ""),
    "infusion_reaction": ("infusion_reaction", "grade", "24"),
}


@dataclass(frozen=True, kw_only=True)
class FormScores(_rows.RowResult):
    """Scores of an instrument, one a row of the input.

    Attributes
    ----------
    instrument, citation : str
        The instrument and its publication.
    value : array of float
        The score; NaN where missing answers leave it open.
    lower, upper : array of float
        Its bounds.
    absent_columns : tuple of str
        Fields without a column; missing in every row.
    notes : mapping of str to str
        The notes that occur in any row, with their sentence.
    """

    instrument: str
    citation: str
    score_name: str
    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    labels: tuple[str, ...]
    absent_columns: tuple[str, ...]
    notes: Mapping[str, str]
    _codes: Mapping[str, NDArray[Any]] = field(repr=False)
    _call: tuple[str, str, list[NDArray[np.float64] | None]] = field(repr=False)
    _roles: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.value)

    def _key_roles(self) -> Mapping[str, str]:
        return self._roles

    @property
    def label(self) -> NDArray[np.object_]:
        """Name of the state, band or grade; None where open or where the instrument has none."""
        return _rows.named(self._codes["label"], self.labels)

    def columns(self) -> Mapping[str, Any]:
        """Key columns, the score with its bounds, its name, the note."""
        words = [w for w, _ in _core.form_info(self._call[0], self._call[1])[3]]
        named: dict[str, Any] = {"label": self.label} if self.labels else {}
        return {
            **self.keys,
            self.score_name: _rows.known(self.value),
            "lower": self.lower,
            "upper": self.upper,
            **named,
            "note": _rows.note_texts(self._codes["notes"], words),
        }

    def why(self, row: int | None = None, *, subject: object = None, visit: object = None) -> Why:
        """Why a row scored as it did."""
        at = self._row_of(row, subject, visit)
        steps = _core.form_why(self._call[0], self._call[1], self._call[2], at)
        return from_core(steps, about=f"{self.instrument}, row {at}")

    def title(self) -> str:
        """Instrument, number of scores and publication."""
        n = int((~np.isnan(self.value)).sum())
        return f"{self.instrument}: {n} scores of {len(self)} rows ({self.citation})"

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Summary of the score, counts by name."""
        rows = _rows.describe(self.value, variable=self.instrument, context="score", method=self.instrument)
        for code, label in enumerate(self.labels):
            rows.append(
                ard_row(
                    variable=self.instrument,
                    variable_level=label,
                    context="score",
                    stat_name="n",
                    stat=float((self._codes["label"] == code).sum()),
                    method=self.instrument,
                )
            )
        return rows


def fields(instrument: str) -> dict[str, list[object]]:
    """The fields of an instrument: column name, scale, most points and meaning.

    Parameters
    ----------
    instrument : str
        Name of its function: ``sdi``, ``clasi_activity``, ``clasi_damage``, ``pga``, ``sle_das_state``, ``flare_index``,
        ``revised_flare_index``, ``crs``, ``icans`` or ``infusion_reaction``.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.score.fields("sle_das_state")
    {'field': ['total'], 'scale': ['amount'], 'most': [0], 'meaning': ['SLE-DAS total']}
    """
    if instrument not in FORMS:
        raise OptionError(f"unknown instrument `{instrument}`; use one of {', '.join(f'`{f}`' for f in FORMS)}")
    form, _, option = FORMS[instrument]
    rows = _core.form_info(form, option)[1]
    return {
        "field": [row[0] for row in rows],
        "scale": [row[1] for row in rows],
        "most": [row[2] for row in rows],
        "meaning": [row[3] for row in rows],
    }


@_rows.names_subjects
def _score(
    instrument: str,
    data: object,
    *,
    form: str | None = None,
    option: str | None = None,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    default_form, score_name, default_option = FORMS[instrument]
    form, option = form or default_form, default_option if option is None else option
    citation, rows, labels, notes = _core.form_info(form, option)
    inputs = _rows.Inputs(data)
    assert inputs.frame is not None
    ids = [row[0] for row in rows]
    unknown = sorted(set(columns or {}) - set(ids))
    if unknown:
        raise OptionError(f"`columns` names `{unknown[0]}`, which is no field; they are {', '.join(ids)}")
    names = {i: (columns or {}).get(i, i) for i in ids}
    for i, name in names.items():
        if columns and i in columns:
            inputs.frame.require(name)
    present = [i for i in ids if inputs.has(names[i])]
    if not present:
        inputs.frame.require(names[ids[0]])
    arrays: list[NDArray[np.float64] | None] = []
    for i, scale, _, _ in rows:
        if i not in present:
            arrays.append(None)
        elif scale == "flag":
            flags = inputs.flags(i, names[i])
            arrays.append(np.ascontiguousarray(_rows.floats(flags)))
        else:
            arrays.append(inputs.numbers(i, names[i]))
    scores = _core.form_scores(form, option, arrays)
    keys, roles = _rows.key_columns(inputs, {"subject": subject, "visit": visit})
    occurring = {w: s for bit, (w, s) in enumerate(notes) if bool(((scores["notes"] >> bit) & 1).any())}
    return FormScores(
        instrument=instrument,
        citation=citation,
        score_name=score_name,
        value=scores["value"],
        lower=scores["lower"],
        upper=scores["upper"],
        labels=tuple(labels),
        absent_columns=tuple(i for i in ids if i not in present),
        notes=occurring,
        _codes={"label": scores["label"], "notes": scores["notes"]},
        _call=(form, option, arrays),
        _roles=roles,
        keys=keys,
        index=inputs.index,
        library=inputs.library,
    )


def sdi(
    data: object,
    *,
    version: Literal["full-41", "original-39"] | str = "full-41",
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """SLICC/ACR damage index from its items (:func:`fields`), one assessment a row.

    End-stage renal disease counts 3 and replaces GFR and proteinuria. Damage never falls; :func:`sdi_falls` finds the rows
    where it does.

    Parameters
    ----------
    data : frame, or mapping of names to arrays
    version : ``full-41`` (41 items, 0 to 47) or ``original-39`` (0 to 45)
    columns : mapping of field to column name, optional
    subject, visit : column name, optional
        Kept in the result where they exist.

    References
    ----------
    Gladman D et al. Arthritis Rheum 1996;39:363-369.

    Examples
    --------
    >>> import mscsle as ms
    >>> items = {name: [0] for name in ms.score.fields("sdi")["field"]}
    >>> ms.score.sdi(items | {"cataract": [1], "avascular_necrosis": [2], "diabetes": [1]}).value
    array([4.])
    """
    return _score("sdi", data, option=version, columns=columns, subject=subject, visit=visit)


def sdi_falls(subject: Any, day: Any, value: Any) -> NDArray[np.bool_]:
    """Rows where a subject's damage index is below an earlier one: damage does not heal, so one of the two is wrong.

    Parameters
    ----------
    subject : array
    day : array of numbers
    value : array of numbers

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.score.sdi_falls(["1", "1", "2"], [0, 90, 0], [3, 2, 0])
    array([False,  True, False])
    """
    inputs = _rows.Inputs(None)
    who, _ = inputs.texts("subject", subject)
    falling = _core.sdi_falling(who, inputs.numbers("day", day), inputs.numbers("value", value))
    return np.array(falling, dtype=bool)


def clasi_activity(
    data: object,
    *,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """CLASI activity 0 to 70 with bands (0-9 mild, 10-20 moderate, 21-70 severe; M).

    References
    ----------
    Albrecht J et al. J Invest Dermatol 2005;125:889-894.

    Examples
    --------
    >>> import mscsle as ms
    >>> items = {name: [0] for name in ms.score.fields("clasi_activity")["field"]}
    >>> found = ms.score.clasi_activity(items | {"erythema_nose": [2], "scale_nose": [1], "alopecia": [2], "mucous_membrane": [1]})
    >>> found.value, found.label
    (array([6.]), array(['mild'], dtype=object))
    """
    return _score("clasi_activity", data, columns=columns, subject=subject, visit=visit)


def clasi_damage(
    data: object,
    *,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """CLASI damage 0 to 56; dyspigmentation counts double when it usually lasts 12 months.

    References
    ----------
    Albrecht J et al. J Invest Dermatol 2005;125:889-894.
    """
    return _score("clasi_damage", data, columns=columns, subject=subject, visit=visit)


def pga(
    data: object,
    *,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """Physician global assessment brought to the scale of 0 to 3 from ``value`` and ``scale_max`` (3, 10, 100 or mm).

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.score.pga({"value": [1.5, 35.0], "scale_max": [3, 100]}).value.round(3)
    array([1.5 , 1.05])
    """
    return _score("pga", data, columns=columns, subject=subject, visit=visit)


def sle_das_state(
    data: object,
    *,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """State of the SLE-DAS from its ``total``: remission up to 2.08, mild up to 7.64. The formula itself is not computed.

    References
    ----------
    Jesus D et al. Ann Rheum Dis 2019;78:365-371 and 2021;80:1568-1574.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.score.sle_das_state({"total": [2.08, 2.09, 7.65]}).label.tolist()
    ['remission', 'mild', 'moderate or severe']
    """
    return _score("sle_das_state", data, columns=columns, subject=subject, visit=visit)


def flare_index(
    data: object,
    *,
    modified: bool = False,
    severe_sledai: Literal["any-increase", "crossing-12", "increase-3"] | str = "any-increase",
    mycophenolate_severe: bool = False,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """SELENA-SLEDAI flare index: none, mild/moderate or severe against the previous assessment.

    Each row holds the present and the previous values (``sledai``, ``sledai_previous``, ``pga`` ...; see :func:`fields`).
    Criteria without data count as not met and are noted.

    Parameters
    ----------
    data : frame, or mapping of names to arrays
    modified : bool
        The form of the belimumab trials (M): SLEDAI above 12 alone is not severe.
    severe_sledai : str
        When SLEDAI above 12 is severe: ``any-increase`` (default), ``crossing-12`` or ``increase-3``.
    mycophenolate_severe : bool
        Whether a new mycophenolate is a severe criterion.
    columns : mapping of field to column name, optional
    subject, visit : column name, optional
        Kept in the result where they exist.

    References
    ----------
    Buyon JP et al. Ann Intern Med 2005;142:953-962. Petri M et al. N Engl J Med 2005;353:2550-2558.

    Examples
    --------
    >>> import mscsle as ms
    >>> visits = {"sledai": [9, 13, 13], "sledai_previous": [6, 10, 14]}
    >>> ms.score.flare_index(visits).label.tolist()
    ['mild/moderate', 'severe', 'none']
    """
    option = severe_sledai + ("+mycophenolate" if mycophenolate_severe else "")
    form = "sfi_modified" if modified else "sfi"
    return _score("flare_index", data, form=form, option=option, columns=columns, subject=subject, visit=visit)


def revised_flare_index(
    data: object,
    *,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """Revised SELENA flare index from grades by organ (0 none to 3 severe): the highest of them.

    Examples
    --------
    >>> import mscsle as ms
    >>> organs = {name: [0] for name in ms.score.fields("revised_flare_index")["field"]}
    >>> ms.score.revised_flare_index(organs | {"renal": [2]}).label.tolist()
    ['moderate']
    """
    return _score("revised_flare_index", data, columns=columns, subject=subject, visit=visit)


def crs(
    data: object,
    *,
    fever_required: bool = True,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """Cytokine release syndrome by the ASTCT consensus, grade 0 to 5.

    Parameters
    ----------
    data : frame, or mapping of names to arrays
    fever_required : bool
        False where steroids or antipyretics may mask fever, as in most lupus patients.
    columns : mapping of field to column name, optional
    subject, visit : column name, optional
        Kept in the result where they exist.

    References
    ----------
    Lee DW et al. Biol Blood Marrow Transplant 2019;25:625-638.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.score.crs({"temperature": [38.5], "hypotension": [1], "vasopressors": [1], "oxygen": [1]}).label.tolist()
    ['grade 3']
    """
    option = "" if fever_required else "fever_not_required"
    return _score("crs", data, option=option, columns=columns, subject=subject, visit=visit)


def icans(
    data: object,
    *,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """Immune effector cell-associated neurotoxicity by the ASTCT consensus, grade 0 to 5; the worst sign decides.

    References
    ----------
    Lee DW et al. Biol Blood Marrow Transplant 2019;25:625-638.
    """
    return _score("icans", data, columns=columns, subject=subject, visit=visit)


def infusion_reaction(
    data: object,
    *,
    window_hours: float = 24.0,
    columns: Mapping[str, str] | None = None,
    subject: str | None = "usubjid",
    visit: str | None = "visit",
) -> FormScores:
    """Infusion-related reaction by CTCAE version 5, one infusion a row; onset within ``window_hours`` of its start.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.score.infusion_reaction({"interrupted": [1, 1], "hours_after_start": [2, 30]}).label.tolist()
    ['grade 2', 'none']
    """
    if not window_hours > 0:
        raise OptionError(f"`window_hours` must be > 0, but is {window_hours}")
    return _score(
        "infusion_reaction", data, option=repr(float(window_hours)), columns=columns, subject=subject, visit=visit
    )
