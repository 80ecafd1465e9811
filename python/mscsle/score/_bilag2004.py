"""BILAG-2004 from its 97 items."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import ard_row
from mscsle._why import Why, from_core
from mscsle.exceptions import DataError, DataWarning, OptionError
from mscsle.score import _rows
from mscsle.score._bilag_total import GRADES, Coding

#: How an item may be written in a text column.
CODES = {str(code): code for code in range(5)} | {"nd": -1, "not done": -1, "": -1}
YES_NO = {"y": 1, "yes": 1, "1": 1, "true": 1, "n": 0, "no": 0, "0": 0, "false": 0, "nd": -1, "not done": -1}


@dataclass(frozen=True, kw_only=True)
class BilagGrades(_rows.RowResult):
    """Nine grades for each visit, in the order of the input.

    Attributes
    ----------
    systems : tuple of str
        The nine organ systems.
    missing_policy, first_visit, white_cells : str
        The words chosen.
    absent_columns : tuple of str
        Items without a column; they count as not done in every row.
    notes : mapping of str to str
        The notes that occur in any row, with their sentence.
    citation : str
        Publication of the index.
    """

    systems: tuple[str, ...]
    missing_policy: str
    first_visit: str
    white_cells: str
    absent_columns: tuple[str, ...]
    notes: Mapping[str, str]
    citation: str = "Isenberg DA et al. Rheumatology 2005;44:902-906, doi:10.1093/rheumatology/keh624"
    _grades: Mapping[str, Any] = field(repr=False)
    _arrays: Mapping[str, Any] = field(repr=False)
    _roles: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._grades["notes"])

    def _key_roles(self) -> Mapping[str, str]:
        return self._roles

    def grade(self, system: str) -> NDArray[np.object_]:
        """Letters of one system; None where items not done leave the grade open."""
        return _rows.named(self._grades["grade"][self._system(system)], "ABCDE")

    def _system(self, system: str) -> int:
        if system not in self.systems:
            raise OptionError(f"unknown system `{system}`; use one of {', '.join(f'`{s}`' for s in self.systems)}")
        return self.systems.index(system)

    def columns(self) -> Mapping[str, Any]:
        """Key columns, one letter for each system, the number of open grades, the open ones with their bounds, the note."""
        g = self._grades
        open_count = np.zeros(len(self), dtype=np.int32)
        bounds = np.full(len(self), "", dtype=object)
        for system, grade, mildest, severest in zip(self.systems, g["grade"], g["mildest"], g["severest"], strict=True):
            differs = mildest != severest
            open_count += grade < 0
            for row in np.flatnonzero(differs):
                text = f"{system} {'ABCDE'[mildest[row]]} to {'ABCDE'[severest[row]]}"
                bounds[row] = f"{bounds[row]}; {text}" if bounds[row] else text
        letters = {system: _rows.named(grade, "ABCDE") for system, grade in zip(self.systems, g["grade"], strict=True)}
        return {
            **self.keys,
            **letters,
            "n_open": open_count,
            "bounds": bounds,
            "note": _rows.note_texts(g["notes"], [w for w, _ in _core.scoring_words("bilag2004_note")]),
        }

    def long(self) -> Any:
        """One row for each visit and system: keys, version, system, grade and its bounds; as the table ``bilag`` of a trial."""
        n = len(self.systems)
        rows = np.repeat(np.arange(len(self)), n)
        stack = {name: np.stack(self._grades[name], axis=1).ravel() for name in ("grade", "mildest", "severest")}
        return _frame.native(
            {
                **{name: column[rows] for name, column in self.keys.items()},
                "version": np.full(len(rows), "bilag-2004", dtype=object),
                "system": np.tile(np.array(self.systems, dtype=object), len(self)),
                **{name: _rows.named(codes, "ABCDE") for name, codes in stack.items()},
            },
            self.library,
        )

    def totals(self, coding: Coding | str) -> Any:
        """Numeric totals over the nine systems with bounds, as a frame; the coding is required."""
        g = self._grades
        totals = _core.bilag2004_totals(g["grade"], g["mildest"], g["severest"], coding)
        return _frame.native(
            {
                **self.keys,
                "total": _rows.known(totals["total"]),
                "lower": totals["lower"].astype(np.int32),
                "upper": totals["upper"].astype(np.int32),
            },
            self.library,
            index=self.index,
        )

    def flares(
        self,
        *,
        basis: Literal["items", "grade-change"] | str = "items",
        rule: Literal["isenberg-2011", "gordon-2003"] | str = "isenberg-2011",
    ) -> Any:
        """Flares as a frame: none, mild, moderate or severe with bounds, one row a visit.

        Parameters
        ----------
        basis : str
            ``items`` (default): the grade must be due to items coded worse or new; the renal and haematological systems,
            which hold values, go by change of grade. ``grade-change``: all systems by change of grade; a first visit is not
            evaluable.
        rule : str
            ``isenberg-2011``: an A severe, two B moderate, one B or three C mild. ``gordon-2003``: any new A or B.
        """
        if basis not in ("items", "grade-change"):
            raise OptionError(f"unknown basis `{basis}`; use `items` or `grade-change`")
        found = _core.bilag2004_flares(
            dict(self._arrays), self.missing_policy, self.first_visit, self.white_cells, basis == "items", rule
        )
        words = ("none", "mild", "moderate", "severe")
        columns = {name: _rows.named(found[name], words) for name in ("flare", "lower", "upper")}
        return _frame.native({**self.keys, **columns}, self.library, index=self.index)

    def why(self, row: int | None = None, *, subject: object = None, visit: object = None) -> Why:
        """Why the systems of a row have their grades: items, renal criteria with their values, counts."""
        at = self._row_of(row, subject, visit)
        steps = _core.bilag2004_why(dict(self._arrays), at, self.missing_policy, self.first_visit, self.white_cells)
        return from_core(steps, about=f"BILAG-2004, row {at}")

    def title(self) -> str:
        """Number of visits and of open grades."""
        n = sum(int((grade < 0).sum()) for grade in self._grades["grade"])
        return f"BILAG-2004: {len(self)} visits, {n} grades left open (items not done: {self.missing_policy}; {self.citation})"

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Number of visits by system and grade."""
        return [
            ard_row(
                group1="system",
                group1_level=system,
                variable="grade",
                variable_level=letter,
                context="score",
                stat_name="n",
                stat=float((grade == code).sum()),
                method="BILAG-2004",
            )
            for system, grade in zip(self.systems, self._grades["grade"], strict=True)
            for code, letter in [*enumerate("ABCDE"), (-1, "open")]
        ]


@_rows.names_subjects
def bilag2004(
    data: object,
    *,
    subject: str = "usubjid",
    visit: str | None = "visit",
    date: str = "date",
    missing: Literal["strict", "absent"] = "strict",
    first_visit: Literal["written", "legacy_jsle"] = "written",
    white_cells: Literal["w2-unverified", "w1", "w2"] = "w2-unverified",
    grades: Mapping[str, str] | None = None,
    involved: Mapping[str, str] | None = None,
) -> BilagGrades:
    """BILAG-2004 grades A to E of nine organ systems from 97 items.

    Items are columns named as in the table ``bilag_items`` (``pyrexia`` ... ``coombs_positive``). Clinical items are 0 not
    present, 1 improving, 2 same, 3 worse, 4 new; yes/no items 0/1 or Y/N; missing or ``ND`` is not done. A measured item counts
    unless a column ``<item>_due_to_sle`` says no. The renal system looks at the subject's previous visit by date; D and E are
    told apart over the visits.

    Parameters
    ----------
    data : frame, or mapping of names to arrays
        One visit a row, in any order.
    subject, visit : column name
        Kept in the result.
    date : column name
        Dates, or days as numbers; without such a column ``visit`` gives the order.
    missing : str
        ``strict`` (default): the grade is given when "not present" and "worst case" agree, its bounds otherwise. ``absent``:
        not done counts as not present, noted.
    first_visit : str
        Renal criteria without a previous visit: ``written`` (default) or ``legacy_jsle``.
    white_cells : str
        White cell cut-offs, unverified: ``w2-unverified`` (default; W2, with bounds and the note
        ``bilag_wcc_cutoffs_unverified`` where W1 gives another grade), ``w1`` or ``w2``.
    grades : mapping of system to column name, optional
        Grades supplied (A to E); they stand over the items.
    involved : mapping of system to column name, optional
        Whether the system is stated as involved before.

    Returns
    -------
    BilagGrades

    Raises
    ------
    DataError
        No item column at all; a value outside its scale (item, row and value are named); no dates.

    Warns
    -----
    DataWarning
        Items without a column: they count as not done.

    References
    ----------
    Isenberg DA et al. Rheumatology 2005;44:902-906. Yee CS et al. Arthritis Rheum 2007;56:4113-4119,
    doi:10.1002/art.23130, and Rheumatology 2010;49:1665-1669, doi:10.1093/rheumatology/keq026.

    Examples
    --------
    >>> import mscsle as ms
    >>> catalogue = ms.score._bilag2004._core.bilag2004_items()
    >>> items = {item: [None, None] if kind == "value" else [0, 0] for _, item, _, kind, _ in catalogue}
    >>> items |= {"protein_24h_g": [2.1, 2.0], "active_urinary_sediment": [0, 1], "arthritis_severe": [4, 1]}
    >>> items |= {"haemoglobin_g_dl": [13, 13], "white_cells": [5, 5], "neutrophils": [3, 3], "lymphocytes": [2, 2], "platelets": [200, 200]}
    >>> visits = items | {"usubjid": ["1", "1"], "date": ["2010-01-01", "2010-04-01"]}
    >>> grades = ms.score.bilag2004(visits)
    >>> grades.grade("renal").tolist(), grades.grade("musculoskeletal").tolist()
    (['B', 'A'], ['A', 'B'])
    >>> print(grades.why(row=1).sentences[2])
    Renal criterion 1: 24-h protein 2 g (previous 2.1) (24-h protein > 1 g, UPCR or ACR > 100 mg/mmol, not fallen by 25 %; or dipstick risen by 2 levels).
    """
    inputs = _rows.Inputs(data)
    assert inputs.frame is not None
    catalogue = _core.bilag2004_items()
    ids = [item for _, item, _, _, _ in catalogue]
    present = [item for item in ids if inputs.has(item)]
    if not present:
        inputs.frame.require(ids[0])
    systems = tuple(dict.fromkeys(system for _, _, system, _, _ in catalogue))
    who, _ = inputs.texts("subject", subject)
    if (who < 0).any():
        raise DataError(f"column `{subject}` is missing in row {int(np.argmax(who < 0))}")
    order = date if inputs.has(date) else visit
    if order is None or not inputs.has(order):
        raise DataError(
            f"column `{date}` not found; the order of a subject's visits is needed (dates, or days as numbers)"
        )
    arrays: dict[str, Any] = {
        "subject": who,
        "day": _days(inputs, order),
        "items": [_item(inputs, item, kind) if inputs.has(item) else None for _, item, _, kind, _ in catalogue],
        "due_to_sle": [
            inputs.flags(item, f"{item}_due_to_sle") if inputs.has(f"{item}_due_to_sle") else None for item in ids
        ],
        "grades": _by_system(grades, systems, "grades", lambda name: _letters(inputs, name)),
        "involved": _by_system(involved, systems, "involved", lambda name: inputs.flags("involved", name)),
    }
    absent = tuple(item for item in ids if item not in present)
    if absent:
        _warn_of_absent(inputs.frame.names, absent, ids)
    graded = dict(_core.bilag2004_grades(arrays, missing, first_visit, white_cells))
    keys, roles = _rows.key_columns(inputs, {"subject": subject, "visit": visit, "date": date})
    return BilagGrades(
        systems=systems,
        missing_policy=missing,
        first_visit=first_visit,
        white_cells=white_cells,
        absent_columns=absent,
        notes=_rows.note_sentences(graded["notes"], "bilag2004"),
        _grades=graded,
        _arrays=arrays,
        _roles=roles,
        keys=keys,
        index=inputs.index,
        library=inputs.library,
    )


def _item(inputs: _rows.Inputs, item: str, kind: str) -> NDArray[Any]:
    assert inputs.frame is not None
    if kind == "value":
        return inputs.numbers(item, item)
    raw = inputs.frame.raw(item)
    numeric = isinstance(raw, np.ndarray) and raw.dtype.kind in "fiub"
    if not numeric and inputs.frame.is_text(item):
        words, allowed = (YES_NO, "Y, N or ND") if kind == "yes_no" else (CODES, "0, 1, 2, 3, 4 or ND")
        return _rows.word_codes(inputs.texts(item, item), item, words, allowed)
    if kind == "yes_no":
        return inputs.flags(item, item)
    values = inputs.numbers(item, item)
    codes = np.where(np.isnan(values), -1.0, values)
    wrong = (codes != np.round(codes)) | (codes > 4) | ((values < 0) & ~np.isnan(values))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(f"column `{item}` must be 0, 1, 2, 3 or 4, but row {row} is {values[row]:g}")
    return np.ascontiguousarray(codes.astype(np.int8))


def _letters(inputs: _rows.Inputs, name: str) -> NDArray[np.int8]:
    return _rows.word_codes(inputs.texts("grades", name), name, GRADES, "A, B, C, D or E")


def _by_system(given: Mapping[str, str] | None, systems: tuple[str, ...], option: str, read: Any) -> list[Any]:
    unknown = sorted(set(given or {}) - set(systems))
    if unknown:
        raise OptionError(f"`{option}` names `{unknown[0]}`, which is no system; they are {', '.join(systems)}")
    return [read(given[system]) if given and system in given else None for system in systems]


def _days(inputs: _rows.Inputs, name: str) -> NDArray[np.float64]:
    assert inputs.frame is not None
    raw = inputs.frame.raw(name)
    typed = isinstance(raw, np.ndarray) and raw.dtype.kind in "fiu"
    if typed or all(cell is None or (isinstance(cell, (int, float)) and not isinstance(cell, bool)) for cell in raw):
        return inputs.numbers(name, name)
    codes, levels = inputs.texts(name, name)
    days = np.full(len(levels) + 1, np.nan)
    for i, level in enumerate(levels):
        try:
            days[i] = Date.fromisoformat(level[:10]).toordinal()
        except ValueError:
            row = int(np.argmax(codes == i))
            raise DataError(
                f"column `{name}` must hold dates such as `2009-03-14` or days as numbers, but row {row} is {level!r}"
            ) from None
    return np.ascontiguousarray(days[codes])


def _warn_of_absent(names: list[str], absent: tuple[str, ...], ids: list[str]) -> None:
    hints = []
    for name in names:
        if name not in ids and not name.endswith("_due_to_sle"):
            hints += [
                f"`{name}` is no item, did you mean `{n}`?" for n in difflib.get_close_matches(name, absent, 1, 0.8)
            ]
    listed = ", ".join(f"`{a}`" for a in absent[:5]) + (" ..." if len(absent) > 5 else "")
    warnings.warn(
        f"{len(absent)} of 97 items have no column and count as not done: {listed}" + "".join(f"; {h}" for h in hints),
        DataWarning,
        stacklevel=3,
    )
