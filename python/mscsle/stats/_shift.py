"""Shift tables: the level at baseline against the level after it, as counts of patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, OptionError
from mscsle.stats import _values
from mscsle.stats._change import _groups_of_trial, _is_trial, _label, _split

if TYPE_CHECKING:
    from mscsle.trial import Trial

#: The level of a patient who has none.
MISSING = "missing"
#: The column of a shift to the worst grade after baseline.
WORST = "worst after baseline"


@dataclass(frozen=True, kw_only=True)
class ShiftTable(Result):
    """Counts of patients by level at baseline and level after it; one row a visit, group and baseline level.

    Attributes
    ----------
    measure, source : str
        What was classified, and where the levels come from.
    baseline : str
        Label of the baseline visit.
    levels : tuple of str
        Levels in their order, without ``missing``.
    visits : tuple of str
        Labels of the visits, or ``worst after baseline``.
    by : str or None
        Column of the groups.
    groups : tuple of str or None
        Groups in their order; one None without ``by``.
    notes : tuple of str
    """

    measure: str
    source: str
    baseline: str
    levels: tuple[str, ...]
    visits: tuple[str, ...]
    by: str | None
    groups: tuple[str | None, ...]
    notes: tuple[str, ...]
    _counts: Mapping[tuple[str, str | None, str, str], int]

    def count(self, before: str, after: str, *, visit: str | None = None, group: str | None = None) -> int:
        """Patients with a level before and a level after; the level of those without one is ``missing``.

        Raises
        ------
        OptionError
            No such level, visit or group.
        """
        if visit is None and len(self.visits) == 1:
            visit = self.visits[0]
        known = (*self.levels, MISSING)
        for option, given, allowed in (
            ("level", before, known),
            ("level", after, known),
            ("visit", visit, self.visits),
            ("group", group, self.groups),
        ):
            if given not in allowed:
                words = ", ".join(f"`{a}`" for a in allowed)
                raise OptionError(f"unknown {option} `{given}` of this shift table; use {words}")
        return self._counts.get((str(visit), group, before, after), 0)

    def denominator(self, visit: str, group: str | None = None) -> int:
        """Patients with a level at baseline and one after it."""
        return sum(self._counts.get((visit, group, a, b), 0) for a in self.levels for b in self.levels)

    def _lines(self) -> Iterable[tuple[str, str | None, str]]:
        return ((v, g, b) for v in self.visits for g in self.groups for b in (*self.levels, MISSING))

    def columns(self) -> Mapping[str, Any]:
        """Visit, group, level at baseline, then the number of patients at each level after it, without one, and in all."""
        lines = list(self._lines())
        after = (*self.levels, MISSING)
        cells = {a: [self._counts.get((v, g, b, a), 0) for v, g, b in lines] for a in after}
        return {
            "visit": [v for v, _, _ in lines],
            **({self.by: [g for _, g, _ in lines]} if self.by is not None else {}),
            "baseline": [b for _, _, b in lines],
            **{a: np.asarray(counts, dtype=np.int64) for a, counts in cells.items()},
            "total": np.asarray([sum(row) for row in zip(*cells.values(), strict=True)], dtype=np.int64),
        }

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Number and percent of each cell; percent of the patients of the group with both levels."""
        rows = []
        for visit in self.visits:
            for group in self.groups:
                n_both = self.denominator(visit, group)
                for before in (*self.levels, MISSING):
                    for after in (*self.levels, MISSING):
                        n = self._counts.get((visit, group, before, after), 0)
                        common: dict[str, Any] = {
                            "variable": self.measure,
                            "variable_level": f"{before} -> {after}",
                            "group1": self.by or "visit",
                            "group1_level": group if self.by else visit,
                            "context": f"shift, {visit}",
                            "method": f"level at {self.baseline} against {visit}; percent of patients with both",
                        }
                        rows.append(ard_row(stat_name="n", stat=float(n), **common))
                        if MISSING not in (before, after) and n_both:
                            rows.append(ard_row(stat_name="p", stat_label="%", stat=n / n_both * 100, **common))
        return rows

    def title(self) -> str:
        """Measure, baseline, source."""
        return f"Shift of {self.measure} from {self.baseline}: numbers of patients ({self.source})"


def shift_table(
    data: Any,
    measure: str,
    *,
    visits: Sequence[str | float] | None = None,
    baseline: str | float | None = None,
    levels: Sequence[str | float] | None = None,
    by: str | None = None,
    subject: str = "usubjid",
    visit: str = "visit",
) -> ShiftTable:
    """Level at baseline against level after it: how many patients moved where.

    Parameters
    ----------
    data : Trial or frame
        A frame has one row a patient and visit, with ``measure`` as a column of levels.
    measure : str
        Of a trial: ``bilag_renal`` (or another system), letters at each visit; ``ctcae_creatinine_increased`` (or another
        laboratory term), grades by CTCAE version 5, the highest after baseline. Of a frame: a column.
    visits : sequence of str, optional
        Visits to show, each against baseline; by default all (planned) visits after baseline. Not for CTCAE.
    baseline : str or number, optional
        Label of the baseline visit; by default the visit planned at month 0, ``M0`` for CTCAE.
    levels : sequence, optional
        Levels of a frame in their order; by default the column's own order, else sorted.
    by : str, optional
        Column of table ``subjects`` (or of the frame): one table a group.
    subject, visit : str
        Columns of a frame.

    Returns
    -------
    ShiftTable
        Every patient of the data is counted; one without a level is counted as ``missing``.

    Raises
    ------
    DataError
        No baseline visit, a level that is none of ``levels``, or two levels of one patient at one visit of a frame.
    OptionError
        An unknown measure or visit.

    Examples
    --------
    >>> import mscsle as ms
    >>> data = {
    ...     "usubjid": ["1", "1", "2", "2", "3"],
    ...     "visit": ["M0", "M6", "M0", "M6", "M0"],
    ...     "grade": ["A", "C", "B", "B", "A"],
    ... }
    >>> shift = ms.stats.shift_table(data, "grade", levels=["A", "B", "C"])
    >>> shift.count("A", "C"), shift.count("B", "B"), shift.count("A", "missing")
    (1, 1, 1)
    >>> shift.columns()["C"].tolist()
    [1, 0, 0, 0]
    """
    first = None if baseline is None else _label(baseline)
    shown = None if visits is None or isinstance(visits, str) else [_label(v) for v in visits]
    if isinstance(visits, str):
        raise TypeError("`visits` must be a sequence of labels, but is one text")
    if not _is_trial(data):
        return _of_frame(data, measure, shown, first, levels, by, subject, visit)
    if levels is not None:
        raise OptionError("`levels` belongs to a frame; the levels of a measure of a trial are known")
    if measure.startswith("bilag_"):
        return _of_letters(data, measure, shown, first, by)
    if measure.startswith("ctcae_"):
        if shown is not None:
            raise OptionError("`visits` does not apply to CTCAE: the highest grade after baseline is taken")
        return _of_grades(data, measure, first or "M0", by)
    terms = ", ".join(f"`ctcae_{term}`" for term, _ in _core.scoring_words("ctcae_term"))
    raise OptionError(f"unknown measure `{measure}` of a shift table; use `bilag_<system>`, {terms}")


def _table(
    measure: str,
    source: str,
    baseline: str,
    levels: Sequence[str],
    visits: Sequence[str],
    by: str | None,
    groups: list[tuple[str | None, list[str]]],
    at: Mapping[tuple[str, str], str],
    notes: list[str],
    library: _frame.Library,
) -> ShiftTable:
    """Counts of what ``at`` says for each patient and visit."""
    counts: dict[tuple[str, str | None, str, str], int] = {}
    for group, members in groups:
        for label in visits:
            for who in members:
                key = (label, group, at.get((who, baseline), MISSING), at.get((who, label), MISSING))
                counts[key] = counts.get(key, 0) + 1
    return ShiftTable(
        measure=measure,
        source=source,
        baseline=baseline,
        levels=tuple(levels),
        visits=tuple(visits),
        by=by,
        groups=tuple(group for group, _ in groups),
        notes=tuple(notes),
        _counts=counts,
        library=library,
    )


def _visits_of(
    seen: Sequence[str], shown: list[str] | None, baseline: str | None, months: Mapping[str, float]
) -> tuple[str, list[str]]:
    """The baseline visit and the visits held against it."""
    order = sorted(seen, key=lambda v: months.get(v, np.inf)) if months else list(seen)
    words = ", ".join(f"`{v}`" for v in order)
    if baseline is None:
        baseline = next((v for v in order if months.get(v) == 0), None)
        baseline = baseline or next((v for v in order if v.lower() in ("m0", "baseline", "screening")), None)
        if baseline is None:
            raise DataError(f"no baseline visit was found among {words}; give `baseline=` with its label")
    elif baseline not in order:
        raise DataError(f"there is no level at the baseline visit `{baseline}`; the visits are {words}")
    wanted = [v for v in order if v != baseline] if shown is None else [v for v in shown if v != baseline]
    unknown = next((v for v in wanted if v not in order), None)
    if unknown is not None:
        raise OptionError(f"unknown visit `{unknown}`; visits with levels are {words}")
    if not wanted:
        raise DataError(f"there is no level at a visit after `{baseline}`")
    return baseline, wanted


def _members(trial: Trial, by: str | None) -> list[tuple[str | None, list[str]]]:
    people = list(trial.subjects)
    return [(group, [people[i] for i in rows.tolist()]) for group, rows in _groups_of_trial(trial, by)]


def _of_letters(
    trial: Trial, measure: str, shown: list[str] | None, baseline: str | None, by: str | None
) -> ShiftTable:
    _values._needed(trial, "bilag", measure)
    system = measure.removeprefix("bilag_")
    columns = {name: _values._texts(trial, "bilag", name) or [] for name in ("usubjid", "visit", "system", "grade")}
    if system not in columns["system"]:
        known = ", ".join(f"`bilag_{s}`" for s in sorted({s for s in columns["system"] if s}))
        raise OptionError(f"unknown measure `{measure}`; the table `bilag` has {known}")
    months, planned = _values._planned(trial)
    at: dict[tuple[str, str], str] = {}
    two = unscheduled = 0
    for who, label, organ, letter in zip(*columns.values(), strict=True):
        if organ != system or who is None or label is None or letter is None:
            continue
        if planned and label not in planned:
            unscheduled += 1
            continue
        before = at.setdefault((who, label), letter)
        if before != letter:
            two += 1
            at[who, label] = min(before, letter)
    notes = [f"{_values._n(two, 'letter')} beside another of the same visit: the more severe counts"] if two else []
    if unscheduled:
        notes.append(f"{_values._n(unscheduled, 'letter')} at unscheduled visits left out")
    first, wanted = _visits_of(list(dict.fromkeys(v for _, v in at)), shown, baseline, months)
    return _table(
        f"BILAG {system}",
        "letters as recorded",
        first,
        "ABCDE",
        wanted,
        by,
        _members(trial, by),
        at,
        notes,
        trial.library,
    )


def _of_grades(trial: Trial, measure: str, baseline: str, by: str | None) -> ShiftTable:
    from mscsle import score

    _values._needed(trial, "labs", measure)
    term = measure.removeprefix("ctcae_")
    terms = [word for word, _ in _core.scoring_words("ctcae_term")]
    if term not in terms:
        raise OptionError(f"unknown measure `{measure}`; use {', '.join(f'`ctcae_{t}`' for t in terms)}")
    graded = score.ctcae(trial.tables["labs"], baseline_visit=baseline)
    codes, names = graded._subjects
    found, code = graded._graded, terms.index(term)
    at: dict[tuple[str, str], str] = {}
    rows = np.flatnonzero((found["term"] == code) & (found["is_baseline"] == 1) & (found["grade"] >= 0))
    for row in rows.tolist():
        at[names[codes[row]], baseline] = str(int(found["grade"][row]))
    for who, which, _, worst, _, _ in found["worst"]:
        if which == code:
            at[names[who], WORST] = str(worst)
    if not at:
        raise DataError(f"there is no grade of `{term}` in the table `labs`")
    open_rows = int(((found["term"] == code) & (found["grade"] < 0)).sum())
    notes = [f"{_values._n(open_rows, 'result')} without a grade (a limit of normal is missing)"] if open_rows else []
    return _table(
        f"CTCAE {term}", "grades of laboratory values, CTCAE version 5.0", baseline, "01234", [WORST], by, _members(trial, by), at, notes, trial.library
    )  # fmt: skip


def _of_frame(
    data: Any,
    measure: str,
    shown: list[str] | None,
    baseline: str | None,
    levels: Sequence[str | float] | None,
    by: str | None,
    subject: str,
    visit: str,
) -> ShiftTable:
    frame = _frame.Frame(data)
    words, people, labels = frame.texts(measure), frame.texts(subject), frame.texts(visit)
    for name, column in ((subject, people), (visit, labels)):
        if None in column:
            raise DataError(f"column `{name}` holds missing values (first in row {column.index(None)})")
    known = [_label(level) for level in levels] if levels is not None else list(frame.codes(measure)[1])
    at: dict[tuple[str, str], str] = {}
    for row, (who, label, word) in enumerate(zip(people, labels, words, strict=True)):
        if word is None or who is None or label is None:
            continue
        if word not in known:
            raise DataError(
                f"column `{measure}` must be {', '.join(f'`{k}`' for k in known)}, but row {row} is `{word}`"
            )
        if at.setdefault((who, label), word) != word:
            raise DataError(
                f"column `{measure}` holds `{at[who, label]}` and `{word}` for `{who}` at `{label}` (row {row})"
            )
    first, wanted = _visits_of(list(dict.fromkeys(v for v in labels if v is not None)), shown, baseline, {})
    everyone = [p for p in dict.fromkeys(people) if p is not None]
    groups: list[tuple[str | None, list[str]]] = [(None, everyone)]
    if by is not None:
        group_of: dict[str, str | None] = {}
        for who, word in zip(people, frame.texts(by), strict=True):
            if who is not None and group_of.setdefault(who, word) != word:
                raise DataError(f"column `{by}` holds two values for `{who}`: `{group_of[who]}` and `{word}`")
        groups = [
            (g, [everyone[i] for i in rows.tolist()])
            for g, rows in _split([group_of[p] for p in everyone], frame.codes(by)[1])
        ]
    return _table(measure, f"column `{measure}`", first, known, wanted, by, groups, at, [], frame.library)
