"""Change from baseline by visit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, NotEstimableError, OptionError
from mscsle.stats import _values
from mscsle.stats._checks import digits, p_text
from mscsle.stats._paired import TESTS, run_test

#: Stands beside every before/after comparison without a control group.
CAVEAT = (
    "Change within one group, without a control: patients are treated when their disease is most active, so values fall by "
    "regression to the mean alone, and the natural course and other treatment add to it. The p-value tests whether there is "
    "a change, not whether the treatment caused it."
)

MISSING_RULES = ("observed", "locf")

_STATISTICS = (
    ("n", "n"),
    ("mean", "Mean"),
    ("sd", "SD"),
    ("n_pairs", "Complete pairs"),
    ("n_carried", "Carried forward"),
    ("baseline_mean", "Baseline mean of the pairs"),
    ("change_mean", "Mean change"),
    ("change_sd", "SD of the change"),
    ("estimate", "Estimate of the change"),
    ("lower", "Lower limit"),
    ("upper", "Upper limit"),
    ("statistic", "Statistic"),
    ("df", "Degrees of freedom"),
    ("p_value", "p-value"),
)


@dataclass(frozen=True, kw_only=True)
class ChangeFromBaseline(Result):
    """Values and changes by visit, one row a visit (and group); the baseline is the first row of a group.

    Attributes
    ----------
    measure, unit, source : str
        What was measured, its unit, where the values come from.
    baseline : str
        Label of the baseline visit.
    test, missing_rule : str
    caveat : str
        What a change without a control group cannot show; printed with every table.
    notes : tuple of str
        What was averaged, left out or carried forward.
    rows : tuple of dict
        ``visit``, ``group``, ``n``, ``n_missing``, ``mean``, ``sd`` (all values at the visit), ``n_pairs``, ``n_carried``,
        ``baseline_mean``, ``baseline_sd``, ``change_mean``, ``change_sd`` (complete pairs), ``estimate``, ``lower``,
        ``upper``, ``statistic``, ``df``, ``p_value``, ``method``, ``note`` (why limits or the test are missing). The
        estimate is the mean change for ``t``, the
        Hodges-Lehmann estimate for ``wilcoxon``.
    """

    measure: str
    unit: str | None
    source: str
    baseline: str
    test: str
    missing_rule: str
    conf_level: float
    caveat: str
    notes: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    by: str | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def columns(self) -> Mapping[str, Any]:
        """One row a visit."""
        names = [n for n in self.rows[0] if n != "group" or self.by is not None]
        return {name: _column([row[name] for row in self.rows]) for name in names}

    def row(self, visit: str, *, group: str | None = None) -> Mapping[str, Any]:
        """The statistics of one visit.

        Raises
        ------
        OptionError
            There is no such visit.
        """
        for row in self.rows:
            if row["visit"] == visit and row["group"] == group:
                return row
        known = ", ".join(f"`{v}`" for v in dict.fromkeys(r["visit"] for r in self.rows))
        raise OptionError(f"unknown visit `{visit}`; the visits are {known}")

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """One row a statistic and visit."""
        return [
            ard_row(
                variable=self.measure,
                variable_level=row["visit"],
                group1=self.by,
                group1_level=row["group"],
                context="change-from-baseline",
                stat_name=name,
                stat_label=label,
                stat=None if row[name] is None else float(row[name]),
                method=row["method"] or "descriptive",
                warning=self.caveat if name == "p_value" else row["note"] if name in ("lower", "upper") else None,
            )
            for row in self.rows
            for name, label in _STATISTICS
            if row[name] is not None or (name in ("lower", "upper") and row["estimate"] is not None)
        ]

    def title(self) -> str:
        """Measure, unit, rule for missing values, caveat."""
        unit = f" ({self.unit})" if self.unit else ""
        rule = "complete pairs" if self.missing_rule == "observed" else "last observation carried forward"
        missing = "".join(f" {_place(row)}: {row['note']}." for row in self.rows if row["note"])
        return f"{self.measure}{unit}, change from {self.baseline}: {self.test} test, {rule}.{missing} {self.caveat}"

    def __repr__(self) -> str:
        lines = [f"{self.measure}{f' ({self.unit})' if self.unit else ''}, change from {self.baseline}"]
        for row in self.rows:
            group = f"{row['group']} " if row["group"] is not None else ""
            text = f"  {group}{row['visit']}: n {row['n']}, {digits(row['mean'], 2)} ± {digits(row['sd'], 2)}"
            if row["change_mean"] is not None:
                text += (
                    f"; change {digits(row['change_mean'], 2)} ± {digits(row['change_sd'], 2)} "
                    f"({row['n_pairs']} pair{'' if row['n_pairs'] == 1 else 's'}), {p_text(row['p_value'])}"
                )
            if row["note"]:
                text += f"; {row['note']}"
            lines.append(text)
        return "\n".join([*lines, *(f"  Note: {n}." for n in self.notes), f"  {self.caveat}"])


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['group']} {row['visit']}" if row["group"] is not None else str(row["visit"])


def _column(values: list[Any]) -> Any:
    if all(v is None or isinstance(v, (int, float)) for v in values):
        if all(isinstance(v, int) for v in values):
            return np.asarray(values, dtype=np.int64)
        return np.asarray([math.nan if v is None else float(v) for v in values], dtype=np.float64)
    return values


def change_from_baseline(
    data: Any,
    measure: str,
    *,
    test: str = "wilcoxon",
    visits: Sequence[str | float] | None = None,
    baseline: str | float | None = None,
    missing: str = "observed",
    by: str | None = None,
    unit: str | None = None,
    coding: str | None = None,
    version: str | None = None,
    subject: str = "usubjid",
    visit: str = "visit",
    zeros: str = "wilcoxon",
    distribution: str = "auto",
    conf_level: float = 0.95,
) -> ChangeFromBaseline:
    """Values of a measure by visit and their change from baseline, with a paired test at each visit.

    Parameters
    ----------
    data : Trial or frame
        A frame has one row a patient and visit, with ``measure`` as a column of numbers.
    measure : str
        Of a trial: ``sledai`` (sum of the items where all are recorded, else the recorded total that they allow), ``pga``, ``bilag_renal`` (or another system,
        ``bilag_total``; with ``coding``), or the id of a laboratory test such as ``protein_24h``. Of a frame: a column.
    test : {"wilcoxon", "t"}
        Wilcoxon signed rank test (exact up to 200 pairs, ties included) with the Hodges-Lehmann estimate, or paired t test.
    visits : sequence of str, optional
        Labels of the visits to show; by default all planned visits with values.
    baseline : str or number, optional
        Label of the baseline visit; by default the visit planned at month 0.
    missing : {"observed", "locf"}
        Complete pairs at each visit, or the last observation carried forward, the dead included: for reproducing reports.
    by : str, optional
        Column of table ``subjects`` (or of the frame): one block of rows a group.
    unit : str, optional
        Unit for a laboratory test; by default the one most used in the data.
    coding : str, optional
        Numeric coding of BILAG letters, required for BILAG.
    version : str, optional
        Version of SLEDAI where totals are summed from items.
    subject, visit : str
        Columns of a frame.
    zeros, distribution : str
        As in :func:`paired_test`.
    conf_level : float

    Raises
    ------
    DataError
        No baseline visit, a column that is missing.
    OptionError
        An unknown measure, test or rule.

    Examples
    --------
    >>> import mscsle as ms
    >>> data = {
    ...     "usubjid": ["1", "1", "2", "2", "3", "3", "4"],
    ...     "visit": ["M0", "M6", "M0", "M6", "M0", "M6", "M0"],
    ...     "sledai": [12, 6, 11, 5, 14, 10, 20],
    ... }
    >>> change = ms.stats.change_from_baseline(data, "sledai", test="t")
    >>> six = change.row("M6")
    >>> six["n"], six["n_pairs"], round(six["change_mean"], 3), round(six["p_value"], 4)
    (3, 3, -5.333, 0.0153)
    """
    if test not in TESTS:
        raise OptionError(f"unknown test `{test}`; use `t` or `wilcoxon`")
    if missing not in MISSING_RULES:
        raise OptionError(f"unknown missing `{missing}`; use `observed` (complete pairs) or `locf`")
    if not 0 < conf_level < 1:
        raise OptionError(f"`conf_level` must be between 0 and 1, such as 0.95, but is {conf_level:g}")
    baseline = None if baseline is None else _label(baseline)
    shown = visits if visits is None or isinstance(visits, str) else [_label(v) for v in visits]
    if _is_trial(data):
        values = _values.of_trial(data, measure, unit=unit, coding=coding, version=version, baseline=baseline)
        groups = _groups_of_trial(data, by)
    else:
        values, groups = _of_frame(data, measure, subject=subject, visit=visit, baseline=baseline, by=by, unit=unit)
    wanted = _wanted(values, shown)
    notes = list(values.notes)
    carried_total = 0
    rows: list[dict[str, Any]] = []
    for group, members in groups:
        first = values.at(values.baseline)[members]
        last = first.copy()
        for label in values.visits:
            observed = values.at(label)[members]
            carried = 0
            if missing == "locf" and label != values.baseline:
                gaps = np.isnan(observed) & ~np.isnan(last)
                carried = int(gaps.sum())
                observed = np.where(gaps, last, observed)
                last = np.where(np.isnan(observed), last, observed)
            if label not in wanted:
                continue
            carried_total += carried
            rows.append(
                _row(
                    label,
                    group,
                    first,
                    observed,
                    carried,
                    label == values.baseline,
                    test=test,
                    zeros=zeros,
                    distribution=distribution,
                    conf_level=conf_level,
                )
            )
    if carried_total:
        notes.append(f"{_values._n(carried_total, 'value')} carried forward from an earlier visit")
    return ChangeFromBaseline(
        measure=values.label,
        unit=values.unit,
        source=values.source,
        baseline=values.baseline,
        test=test,
        missing_rule=missing,
        conf_level=conf_level,
        caveat=CAVEAT,
        notes=tuple(notes),
        rows=tuple(rows),
        by=by,
        library=values.library,
    )


def _is_trial(data: object) -> bool:
    return hasattr(data, "_core") and hasattr(data, "tables")


def _label(visit: str | float) -> str:
    """The label of a visit that may be given as a number, as :meth:`_frame.Frame.texts` writes it."""
    return visit if isinstance(visit, str) else _frame.as_texts([visit])[0] or ""


def _wanted(values: _values.Values, visits: Sequence[str] | None) -> set[str]:
    if visits is None:
        return set(values.visits)
    if isinstance(visits, str):
        raise TypeError("`visits` must be a sequence of labels, but is one text")
    unknown = [v for v in visits if v not in values.visits]
    if unknown:
        known = ", ".join(f"`{v}`" for v in values.visits)
        raise OptionError(f"unknown visit `{unknown[0]}`; visits with values of `{values.label}` are {known}")
    return {*visits, values.baseline}


def _row(
    label: str,
    group: str | None,
    first: NDArray[np.float64],
    observed: NDArray[np.float64],
    carried: int,
    is_baseline: bool,
    *,
    test: str,
    zeros: str,
    distribution: str,
    conf_level: float,
) -> dict[str, Any]:
    at_visit = _core.describe(np.ascontiguousarray(observed), "sas")
    row: dict[str, Any] = {
        "visit": label,
        "group": group,
        "n": at_visit["n"],
        "n_missing": at_visit["n_missing"],
        "mean": at_visit["mean"],
        "sd": at_visit["sd"],
    }
    names = ("n_pairs", "n_carried", "baseline_mean", "baseline_sd", "change_mean", "change_sd", "estimate", "lower")
    row |= dict.fromkeys((*names, "upper", "statistic", "df", "p_value", "method", "note"))
    if is_baseline:
        return row
    pairs = ~np.isnan(first) & ~np.isnan(observed)
    before = _core.describe(np.ascontiguousarray(first[pairs]), "sas")
    change = np.ascontiguousarray(observed[pairs] - first[pairs])
    moments = _core.describe(change, "sas")
    row |= {
        "n_pairs": int(pairs.sum()),
        "n_carried": carried,
        "baseline_mean": before["mean"],
        "baseline_sd": before["sd"],
        "change_mean": moments["mean"],
        "change_sd": moments["sd"],
    }
    try:
        fields = run_test(
            change, test=test, zeros=zeros, distribution=distribution, alternative="two-sided", conf_level=conf_level
        )
    except NotEstimableError as error:
        row["note"] = str(error)
        return row
    fields.pop("n_zero")
    return row | fields


def _groups_of_trial(trial: Any, by: str | None) -> list[tuple[str | None, NDArray[np.int64]]]:
    everyone = np.arange(trial.n_subjects)
    if by is None:
        return [(None, everyone)]
    found = trial._core.texts("subjects", by)
    order = _values._texts(trial, "subjects", "usubjid") or []
    if found is None:
        names = _frame.Frame(trial.tables["subjects"]).names
        raise DataError(
            f"column `{by}` not found in table `subjects`; its columns are {', '.join(f'`{n}`' for n in names)}"
        )
    words = _values._texts(trial, "subjects", by) or []
    group_of = {s: w for s, w in zip(order, words, strict=True) if s is not None}
    return _split([group_of.get(s) for s in trial.subjects], _frame.Frame(trial.tables["subjects"]).codes(by)[1])


def _split(words: list[str | None], levels: Sequence[str]) -> list[tuple[str | None, NDArray[np.int64]]]:
    """Positions of each group, in the order of the levels (categories in their own order, other levels sorted)."""
    found = {w for w in words if w is not None}
    order = [*(level for level in levels if level in found), *sorted(found.difference(levels))]
    return [(level, np.flatnonzero([w == level for w in words])) for level in order]


def _of_frame(
    data: Any, measure: str, *, subject: str, visit: str, baseline: str | None, by: str | None, unit: str | None
) -> tuple[_values.Values, list[tuple[str | None, NDArray[np.int64]]]]:
    frame = _frame.Frame(data)
    numbers, subjects, labels = frame.numbers(measure), frame.texts(subject), frame.texts(visit)
    for name, column in ((subject, subjects), (visit, labels)):
        if None in column:
            raise DataError(f"column `{name}` holds missing values (first in row {column.index(None)})")
    people = [s for s in dict.fromkeys(subjects) if s is not None]
    rows = [
        (s, v, x)
        for s, v, x in zip(subjects, labels, numbers.tolist(), strict=True)
        if s is not None and v is not None and not math.isnan(x)
    ]
    values = _values.from_rows(
        label=measure,
        unit=unit,
        source=f"column `{measure}`",
        subjects=people,
        rows=rows,
        months={},
        baseline=baseline,
        library=frame.library,
        notes=[],
    )
    if by is None:
        return values, [(None, np.arange(len(people)))]
    group_of: dict[str, str | None] = {}
    for s, word in zip(subjects, frame.texts(by), strict=True):
        if s is not None and group_of.setdefault(s, word) != word:
            raise DataError(f"column `{by}` holds two values for `{s}`: `{group_of[s]}` and `{word}`")
    return values, _split([group_of[s] for s in people], frame.codes(by)[1])
