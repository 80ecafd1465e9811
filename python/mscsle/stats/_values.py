"""Values of one measure by subject and visit, from a trial or from a user's frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle.exceptions import DataError, OptionError

if TYPE_CHECKING:
    from mscsle.trial import Trial

#: Measures that are not laboratory tests.
MEASURES = ("sledai", "pga", "bilag_total", "bilag_<system>")


@dataclass(frozen=True)
class Values:
    """One value a subject and visit; ``visits`` is in the order of time, the baseline first."""

    label: str
    unit: str | None
    source: str
    subjects: list[str]
    visits: list[str]
    months: dict[str, float]
    table: dict[tuple[str, str], float]
    baseline: str
    library: _frame.Library
    notes: tuple[str, ...]

    def at(self, visit: str) -> NDArray[np.float64]:
        """Values of all subjects at a visit, NaN where missing."""
        return np.asarray([self.table.get((s, visit), math.nan) for s in self.subjects], dtype=np.float64)


def _n(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _texts(trial: Trial, table: str, column: str) -> list[str | None] | None:
    found = trial._core.texts(table, column)
    if found is None:
        return None
    codes, levels = found
    return [None if code < 0 else levels[code] for code in codes.tolist()]


def _numbers(trial: Trial, table: str, column: str) -> NDArray[np.float64] | None:
    return trial._core.numbers(table, column)


def _needed(trial: Trial, table: str, measure: str) -> None:
    if table not in trial._core.table_names:
        raise DataError(f"measure `{measure}` needs table `{table}`, which this trial does not have")


def of_trial(
    trial: Trial, measure: str, *, unit: str | None, coding: str | None, version: str | None, baseline: str | None
) -> Values:
    """The values of a measure of a trial; see :func:`mscsle.stats.change_from_baseline`."""
    notes: list[str] = []
    label, table = measure, measure
    unit_used: str | None = None
    if measure == "sledai":
        _needed(trial, "sledai", measure)
        numbers, source = _sledai(trial, version, notes)
        label = "SLEDAI"
    elif measure == "pga":
        _needed(trial, "pga", measure)
        numbers, source = _pga(trial), "recorded"
        label = "PGA"
    elif measure == "bilag" or measure.startswith("bilag_"):
        _needed(trial, "bilag", measure)
        return _bilag(trial, measure, coding=coding, baseline=baseline)
    else:
        _needed(trial, "labs", measure)
        numbers, rows, unit_used = _lab(trial, measure, unit, notes)
        subjects = _texts(trial, "labs", "usubjid") or []
        visits = _texts(trial, "labs", "visit") or [None] * len(subjects)
        return _assemble(
            trial,
            label,
            unit_used,
            "recorded",
            [subjects[i] for i in rows],
            [visits[i] for i in rows],
            numbers,
            baseline,
            notes,
        )
    subjects = _texts(trial, table, "usubjid") or []
    visits = _texts(trial, table, "visit") or [None] * len(subjects)
    return _assemble(trial, label, unit_used, source, subjects, visits, numbers, baseline, notes)


def _sledai(trial: Trial, version: str | None, notes: list[str]) -> tuple[NDArray[np.float64], str]:
    recorded = _numbers(trial, "sledai", "total")
    n_rows = trial._core.n_rows("sledai") or 0
    numbers = np.full(n_rows, np.nan) if recorded is None else recorded.copy()
    from mscsle import _core, score

    # the items as the trial typed them; one that is not recorded is missing in every row
    items = {item: _numbers(trial, "sledai", item) for item, _, _ in _core.sledai_items()}
    if all(column is None for column in items.values()):
        return numbers, "recorded total"
    unknown = np.full(n_rows, np.nan)
    columns = {item: unknown if column is None else column for item, column in items.items()}

    words = {v for v in _texts(trial, "sledai", "version") or [] if v is not None}
    if version is None and len(words) > 1 and np.isnan(numbers).any():
        raise DataError(
            f"table `sledai` mixes versions {', '.join(f'`{w}`' for w in sorted(words))}; totals of different versions are not compared: give `version=`"
        )
    chosen = version or (next(iter(words)) if len(words) == 1 else "sledai-2k")  # the weights are those of all versions
    given = columns if recorded is None else {**columns, "total": recorded}
    scores = score.sledai(given, version=cast("Any", chosen))
    scored = np.asarray(scores.total, dtype=np.float64)
    said = np.asarray(scores.columns()["note"], dtype=object)
    complete = np.asarray(scores.missing) == ""
    n_scored = int(np.count_nonzero(np.isnan(numbers) & complete))
    if n_scored:
        notes.append(f"{_n(n_scored, 'total')} summed from the items ({chosen})")
    against = np.array(["total_mismatch" in note for note in said], dtype=bool)
    n_differ = int(np.count_nonzero(against & complete))
    if n_differ:
        differ = "differs" if n_differ == 1 else "differ"
        notes.append(f"{_n(n_differ, 'recorded total')} {differ} from the items: the items are used")
    n_neither = int(np.count_nonzero(against & ~complete))
    if n_neither:
        lie = "lies" if n_neither == 1 else "lie"
        notes.append(f"{_n(n_neither, 'recorded total')} {lie} outside the bounds of incomplete items: neither is used")
    if recorded is None:
        return scored, f"sum of the items ({chosen})"
    return (
        scored,
        "sum of the items where all are recorded, else the recorded total that they allow"
        if complete.any()
        else "recorded total",
    )


def _pga(trial: Trial) -> NDArray[np.float64]:
    numbers = _numbers(trial, "pga", "value")
    if numbers is None:
        raise DataError("table `pga` has no column `value`")
    scale = _numbers(trial, "pga", "scale_max")
    if scale is not None:
        known = sorted({float(v) for v in scale[~np.isnan(scale)]})
        if len(known) > 1:
            raise DataError(
                f"table `pga` mixes scales (`scale_max` {', '.join(f'{v:g}' for v in known)}); convert to one scale first"
            )
    return numbers


def _lab(
    trial: Trial, test: str, unit: str | None, notes: list[str]
) -> tuple[NDArray[np.float64], list[int], str | None]:
    tests = _texts(trial, "labs", "test") or []
    rows = [i for i, name in enumerate(tests) if name == test]
    if not rows:
        known = sorted({t for t in tests if t is not None})
        raise OptionError(
            f"unknown measure `{test}`; use {', '.join(f'`{m}`' for m in MEASURES)} or a laboratory test of this trial "
            f"({', '.join(f'`{t}`' for t in known)})"
        )
    numbers = _numbers(trial, "labs", "value")
    if numbers is None:
        raise DataError("table `labs` has no column `value` of results")
    values = numbers[rows].copy()
    written = _texts(trial, "labs", "value") or []
    limited = sum(1 for i in rows if i < len(written) and (written[i] or "").lstrip()[:1] in "<>≤≥" and written[i])
    if limited:
        notes.append(f"{_n(limited, 'result')} beyond a limit of detection taken as the limit")
    units = _texts(trial, "labs", "unit") or [None] * len(tests)
    spelled = {units[i] for i in rows}
    if spelled == {None} or (len(spelled) == 1 and (unit is None or unit in spelled)):
        return values, rows, next(iter(spelled))
    from mscsle import score

    target = unit or _most_common([units[i] for i in rows])
    for spelling in sorted({u for u in spelled if u is not None and u != target}):
        where = np.asarray([units[i] == spelling for i in rows])
        try:
            values[where] = score.convert(values[where], test=test, from_unit=spelling, to_unit=target)
        except OptionError as e:  # the row is a finding of the trial; the others still count
            notes.append(f"{_n(int(where.sum()), 'result')} left out: {e}")
            values[where] = np.nan
    missing_unit = np.asarray([units[i] is None for i in rows])
    if missing_unit.any():
        notes.append(f"{_n(int(missing_unit.sum()), 'result')} without a unit left out")
        values[missing_unit] = np.nan
    return values, rows, target


def _most_common(words: list[str | None]) -> str:
    known = [w for w in words if w is not None]
    return max(sorted(set(known)), key=known.count)


def _bilag(trial: Trial, measure: str, *, coding: str | None, baseline: str | None) -> Values:
    if coding is None:
        raise OptionError(
            f"measure `{measure}` needs `coding=` (such as `classic-9-3-1`): three numeric codings of the letters are in use and their means are not comparable"
        )
    from mscsle import score

    system = "total" if measure == "bilag" else measure.removeprefix("bilag_")
    systems = None if system == "total" else [system]
    totals = score.bilag_total(trial.tables["bilag"], coding=cast("Any", coding), systems=systems)
    columns = totals.columns()
    frame = _frame.Frame({name: columns[name] for name in ("usubjid", "visit", "total")})
    return _assemble(
        trial,
        f"BILAG {system}",
        None,
        f"letters coded {coding}",
        frame.texts("usubjid"),
        frame.texts("visit"),
        frame.numbers("total"),
        baseline,
        [],
    )


def _assemble(
    trial: Trial,
    label: str,
    unit: str | None,
    source: str,
    subjects: list[str | None] | list[str],
    visits: list[str | None] | list[str],
    numbers: NDArray[np.float64],
    baseline: str | None,
    notes: list[str],
) -> Values:
    months, planned = _planned(trial)
    known = set(trial.subjects)
    kept: list[tuple[str, str, float]] = []
    unscheduled = unlabelled = 0
    for subject, visit, value in zip(subjects, visits, numbers.tolist(), strict=True):
        if subject is None or subject not in known or math.isnan(value):
            continue
        if visit is None:
            unlabelled += 1
        elif planned and visit not in planned:
            unscheduled += 1
        else:
            kept.append((subject, visit, value))
    if unscheduled:
        notes = [*notes, f"{_n(unscheduled, 'value')} at unscheduled visits left out"]
    if unlabelled:
        notes = [*notes, f"{_n(unlabelled, 'value')} without a visit left out"]
    return from_rows(
        label=label,
        unit=unit,
        source=source,
        subjects=list(trial.subjects),
        rows=kept,
        months=months,
        baseline=baseline,
        library=trial.library,
        notes=notes,
    )


def _planned(trial: Trial) -> tuple[dict[str, float], set[str]]:
    """Planned month of each visit label, and the labels that are planned."""
    labels, months = _texts(trial, "visits", "visit"), _numbers(trial, "visits", "planned_month")
    if labels is None or months is None:
        return {}, set()
    pairs = {(label, float(m)) for label, m in zip(labels, months, strict=True) if label is not None and m == m}
    out = dict(sorted(pairs, key=lambda pair: pair[1]))
    return out, set(out)


def from_rows(
    *,
    label: str,
    unit: str | None,
    source: str,
    subjects: list[str],
    rows: list[tuple[str, str, float]],
    months: dict[str, float],
    baseline: str | None,
    library: _frame.Library,
    notes: list[str],
) -> Values:
    """One value a subject and visit; several values of one visit are averaged and noted."""
    cells: dict[tuple[str, str], list[float]] = {}
    for subject, visit, value in rows:
        cells.setdefault((subject, visit), []).append(value)
    differing = sum(1 for values in cells.values() if len(set(values)) > 1)
    if differing:
        notes = [*notes, f"{_n(differing, 'visit')} with different values: their mean is used"]
    seen = list(dict.fromkeys(visit for _, visit in cells))
    order = sorted(seen, key=lambda v: months.get(v, math.inf)) if months else seen
    if not order:
        raise DataError(f"there is no value of `{label}` at a visit")
    if baseline is None:
        first = next((v for v in order if months.get(v) == 0), None)
        baseline = first or next((v for v in order if v.lower() in ("m0", "baseline", "screening")), None)
        if baseline is None:
            raise DataError(
                f"no baseline visit was found among {', '.join(f'`{v}`' for v in order)}; give `baseline=` with its label"
            )
    elif baseline not in order:
        raise DataError(
            f"there is no value of `{label}` at the baseline visit `{baseline}`; the visits are {', '.join(f'`{v}`' for v in order)}"
        )
    ordered = [baseline, *(v for v in order if v != baseline)]
    return Values(
        label=label,
        unit=unit,
        source=source,
        subjects=subjects,
        visits=ordered,
        months=months,
        table={key: math.fsum(values) / len(values) for key, values in cells.items()},
        baseline=baseline,
        library=library,
        notes=tuple(notes),
    )
