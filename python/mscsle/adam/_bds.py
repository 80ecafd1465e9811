"""BDS data sets: baseline and change, visit windows, carried values, criteria; ADLB from a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mscsle import _core
from mscsle._columns import NAT, Columns, typed
from mscsle.adam._dates import RULES, Rule, impute_dates
from mscsle.adam._table import AdamDataset, make
from mscsle.exceptions import DataError, OptionError
from mscsle.trial import Trial

__all__ = ["Criterion", "Subjects", "Window", "adlb", "bds", "criterion"]

_COMPARE = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "="}
_TEXTS = ("AVALC", "VISIT", "AVISIT", "ADTF", "SRCDOM", "SRCVAR", "PARCAT1")
_NUMBERS = ("AVAL", "AVISITN", "ANRLO", "ANRHI", "SRCSEQ", "VISITNUM")


@dataclass(frozen=True)
class Window:
    """A visit window: label, number, and target, first and last day, counted from the start of treatment (day 0)."""

    avisit: str
    avisitn: float
    target: int
    low: int
    high: int


@dataclass(frozen=True)
class Criterion:
    """A criterion of a BDS data set, made by :func:`criterion`."""

    variable: str
    compare: str
    value: float
    text: str


def criterion(
    variable: Literal["AVAL", "CHG", "PCHG", "BASE"],
    compare: Literal["lt", "le", "gt", "ge", "eq"],
    value: float,
    *,
    text: str | None = None,
) -> Criterion:
    """A criterion CRITy with its flag CRITyFL: ``Y``, ``N``, or missing where the variable is.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.adam.criterion("PCHG", "le", -50).text
    'PCHG <= -50'
    """
    if variable not in ("AVAL", "CHG", "PCHG", "BASE") or compare not in _COMPARE:
        raise OptionError(
            f"a criterion compares AVAL, CHG, PCHG or BASE by {', '.join(f'`{c}`' for c in _COMPARE)}, but is `{variable} {compare}`"
        )
    return Criterion(variable, compare, float(value), text or f"{variable} {_COMPARE[compare]} {value:g}")


def bds(
    rows: Any,
    *,
    adsl: Any,
    name: str = "ADBDS",
    label: str = "Basic Data Structure Dataset",
    start: str = "TRTSDT",
    windows: Sequence[Window] = (),
    carry: Literal["LOCF", "WOCF", "BOCF"] | None = None,
    worst: Literal["high", "low"] = "high",
    criteria: Sequence[Criterion] = (),
    keep: Sequence[str] = ("TRT01P", "TRT01A", "SAFFL", "ITTFL"),
) -> AdamDataset:
    """Derive a BDS data set: ADY, AVISIT, ABLFL, BASE, CHG, PCHG, ANL01FL, DTYPE and criteria.

    Parameters
    ----------
    rows : frame
        USUBJID, PARAMCD, PARAM, ADT and AVAL or AVALC; AVISIT, AVISITN, ANRLO, ANRHI, ADTF, SRCDOM, SRCVAR, SRCSEQ are
        kept where there are.
    adsl : data set or frame
        One row a subject with the start date and the variables to keep.
    name, label : str
        Of the data set.
    start : str
        Column of ADSL: the baseline record (ABLFL) is the last one with a value on or before this day.
    windows : list of Window
        AVISIT by the days from ``start`` (day 0); the record nearest to the target (of two equally near the later one) has
        ANL01FL. Without windows AVISIT is that of the rows and the last record of each has ANL01FL.
    carry : {"LOCF", "WOCF", "BOCF"}, optional
        Adds a record with DTYPE for each window after baseline without one: the last value before it (baseline included),
        the worst value after baseline and before it (none, none is added), the baseline value. Nothing is carried to a
        target after death (DTHDT of ADSL).
    worst : {"high", "low"}
        Which end is worse, for ``WOCF``.
    criteria : list of Criterion
        CRIT1, CRIT1FL, CRIT2 ...
    keep : list of str
        Variables of ADSL to keep; TRT01P and TRT01A become TRTP and TRTA.

    Returns
    -------
    AdamDataset
        Ordered by subject, parameter and date. BASE stands in every record of a parameter with a baseline; CHG and PCHG
        in the records after it; PCHG is missing where BASE is 0. Subjects who are not in ADSL are left out; their number
        stands in ``.method``.

    Raises
    ------
    DataError
        A column is missing, a date is partial.
    OptionError
        ``carry`` without windows, an unknown word.

    Examples
    --------
    >>> import mscsle as ms
    >>> rows = {"USUBJID": ["1"] * 3, "PARAMCD": ["UPCR"] * 3, "PARAM": ["UPCR (g/g)"] * 3, "AVAL": [4.0, 2.0, 1.0],
    ...         "ADT": ["2020-01-01", "2020-04-02", "2020-07-01"]}
    >>> adsl = {"STUDYID": ["X"], "USUBJID": ["1"], "TRTSDT": ["2020-01-01"]}
    >>> out = ms.adam.bds(rows, adsl=adsl, windows=ms.adam.WINDOWS, carry="LOCF",
    ...                   criteria=[ms.adam.criterion("PCHG", "le", -50)])
    >>> list(zip(out.values["AVISIT"], out.values["AVAL"].tolist(), out.values["CHG"].tolist(), out.values["DTYPE"]))[:3]
    [('Baseline', 4.0, nan, None), ('Month 1', 4.0, 0.0, 'LOCF'), ('Month 3', 2.0, -2.0, None)]
    >>> out.values["CRIT1FL"]
    [None, 'N', 'Y', 'Y', 'Y', 'Y']
    """
    if carry not in (None, "LOCF", "WOCF", "BOCF"):
        raise OptionError(f"unknown carry `{carry}`; use `LOCF`, `WOCF` or `BOCF`")
    if worst not in ("high", "low"):
        raise OptionError(f"unknown worst `{worst}`; use `high` or `low`")
    if carry and not windows:
        raise OptionError("`carry` needs `windows`, which say at which visits a value is due")
    subjects = Subjects(adsl, start)
    records, left_out = _records(rows, subjects)
    for record in records:
        if windows:
            window = next((w for w in windows if record.day is not None and w.low <= record.day <= w.high), None)
            record.window = window
            record.texts["AVISIT"] = window.avisit if window else None
            record.numbers["AVISITN"] = window.avisitn if window else np.nan
    groups: dict[tuple[str, str], list[_Record]] = {}
    for record in records:
        groups.setdefault((record.subject, record.code), []).append(record)
    done: list[_Record] = []
    for (subject, _code), group in groups.items():
        group.sort(key=lambda r: (np.isnat(r.date), r.date if not np.isnat(r.date) else np.datetime64(0, "D"), r.order))
        base = _baseline(group)
        _choose(group, bool(windows))
        if carry:
            group = _carried(group, windows, carry, worst, base, subjects, subject)
        _change(group, base)
        done += group
    return _assembled(done, subjects, name, label, windows, carry, criteria, keep, left_out, start)


#: Windows around the planned months 0, 1, 3, 6, 9, 12 in days from the first infusion.
WINDOWS = (
    Window("Baseline", 0, 0, -60, 0),
    Window("Month 1", 1, 30, 8, 60),
    Window("Month 3", 3, 91, 61, 136),
    Window("Month 6", 6, 183, 137, 228),
    Window("Month 9", 9, 274, 229, 319),
    Window("Month 12", 12, 365, 320, 410),
)


class Subjects:
    """ADSL by subject."""

    def __init__(self, adsl: Any, start: str) -> None:
        self.table = Columns(adsl, "`adsl`")
        self.start = self.table.days(start)
        self.death = self.table.days("DTHDT") if "DTHDT" in self.table else np.full(self.table.n, NAT)
        self.place: dict[str, int] = {}
        for row, subject in enumerate(self.table.texts("USUBJID")):
            if subject is None:
                continue
            if subject in self.place:
                raise DataError(
                    f"`adsl` must have one row a subject, but rows {self.place[subject]} and {row} are of one"
                )
            self.place[subject] = row


class _Record:
    """One record on its way."""

    __slots__ = (
        "ablfl", "anl01fl", "base", "chg", "code", "date", "day", "dtype", "numbers", "order", "param", "pchg", "subject",
        "texts", "window",
    )  # fmt: skip

    def __init__(self, subject: str, code: str, param: str | None, date: np.datetime64, day: int | None, order: int):
        self.subject, self.code, self.param, self.date, self.day, self.order = subject, code, param, date, day, order
        self.texts: dict[str, str | None] = {}
        self.numbers: dict[str, float] = {}
        self.window: Window | None = None
        self.ablfl = self.anl01fl = self.dtype = None  # type: str | None
        self.base = self.chg = self.pchg = float("nan")

    @property
    def aval(self) -> float:
        return self.numbers["AVAL"]

    def copied(self, window: Window, value: float, dtype: str) -> _Record:
        new = _Record(self.subject, self.code, self.param, self.date, self.day, self.order)
        new.texts, new.numbers = dict(self.texts), dict(self.numbers)
        new.texts["AVISIT"], new.numbers["AVISITN"], new.numbers["AVAL"] = window.avisit, window.avisitn, value
        new.window, new.dtype, new.anl01fl = window, dtype, "Y"
        return new


def _records(rows: Any, subjects: Subjects) -> tuple[list[_Record], int]:
    table = Columns(rows, "`rows`")
    if "AVAL" not in table and "AVALC" not in table:
        table.numbers("AVAL")  # raises, naming the nearest column
    dates = table.days("ADT")
    codes = table.raw("PARAMCD")
    params = table.raw("PARAM")
    texts = {n: table.texts(n) for n in _TEXTS if n in table}
    numbers = {n: table.numbers(n) for n in _NUMBERS if n in table}
    out: list[_Record] = []
    left_out: set[str] = set()
    for row, subject in enumerate(table.texts("USUBJID")):
        i = subjects.place.get(subject or "")
        if subject is None or i is None:
            left_out.add(subject or "")
            continue
        start = subjects.start[i]
        known = not (np.isnat(start) or np.isnat(dates[row]))
        day = int((dates[row] - start).astype(int)) if known else None
        record = _Record(subject, str(codes[row]), str(params[row]), dates[row], day, row)
        record.texts = {n: values[row] for n, values in texts.items()}
        record.numbers = {n: float(values[row]) for n, values in numbers.items()}
        record.numbers.setdefault("AVAL", float("nan"))
        out.append(record)
    return out, len(left_out)


def _has_value(record: _Record) -> bool:
    return not np.isnan(record.aval) or record.texts.get("AVALC") is not None


def _baseline(group: Sequence[_Record]) -> _Record | None:
    before = [r for r in group if r.day is not None and r.day <= 0 and _has_value(r)]
    if not before:
        return None
    before[-1].ablfl = "Y"
    return before[-1]


def _choose(group: Sequence[_Record], by_window: bool) -> None:
    """ANL01FL: one record of each visit."""
    best: dict[str, _Record] = {}
    for record in group:
        visit = record.texts.get("AVISIT")
        if visit is None or not _has_value(record):
            continue
        known = best.get(visit)
        if known is None or not by_window or record.window is None or record.day is None or known.day is None:
            best[visit] = record
        elif record.window.target == 0:
            best[visit] = record  # the last before treatment, as ABLFL
        elif abs(record.day - record.window.target) <= abs(known.day - record.window.target):
            best[visit] = record
    for record in best.values():
        record.anl01fl = "Y"


def _carried(
    group: list[_Record],
    windows: Sequence[Window],
    carry: str,
    worst: str,
    base: _Record | None,
    subjects: Subjects,
    subject: str,
) -> list[_Record]:
    i = subjects.place[subject]
    start, death = subjects.start[i], subjects.death[i]
    out: list[_Record] = list(group)
    seen = {r.texts.get("AVISIT") for r in group if r.anl01fl}
    after = [r for r in group if r.day is not None and r.day > 0 and not np.isnan(r.aval)]
    for window in sorted(windows, key=lambda w: w.target):
        if window.target <= 0 or window.avisit in seen:
            continue
        if not np.isnat(death) and not np.isnat(start) and start + np.timedelta64(window.target, "D") > death:
            continue
        earlier = [r for r in after if r.day is not None and r.day < window.low]
        known = base if base is not None and not np.isnan(base.aval) else None
        source: _Record | None
        if carry == "BOCF":
            source = known
        elif carry == "LOCF":
            source = earlier[-1] if earlier else known
        else:
            pick = max if worst == "high" else min
            source = pick(earlier, key=lambda r: r.aval) if earlier else None
        if source is not None:
            out.append(source.copied(window, source.aval, carry))
    return sorted(
        out,
        key=lambda r: (
            r.window.target if r.window else (r.day if r.day is not None else 10**6),
            r.day if r.day is not None else 10**6,
            r.order,
        ),
    )


def _change(group: Sequence[_Record], base: _Record | None) -> None:
    if base is None or np.isnan(base.aval):
        return
    for record in group:
        record.base = base.aval
        later = record.dtype is not None or (record.day is not None and base.day is not None and record.day > base.day)
        if later and not np.isnan(record.aval):
            record.chg = record.aval - base.aval
            record.pchg = 100.0 * record.chg / base.aval if base.aval != 0 else float("nan")


def _assembled(
    records: Sequence[_Record],
    subjects: Subjects,
    name: str,
    label: str,
    windows: Sequence[Window],
    carry: str | None,
    criteria: Sequence[Criterion],
    keep: Sequence[str],
    left_out: int,
    start: str,
) -> AdamDataset:
    table = subjects.table
    at = [subjects.place[r.subject] for r in records]

    def numbers(values: Sequence[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.asarray(values, dtype=np.float64)

    columns: dict[str, Any] = {
        "STUDYID": [table.texts("STUDYID")[i] for i in at] if "STUDYID" in table else [None] * len(at),
        "USUBJID": [r.subject for r in records],
    }
    for kept in keep:
        if kept in table:
            texts = table.texts(kept)
            columns[{"TRT01P": "TRTP", "TRT01A": "TRTA"}.get(kept, kept)] = [texts[i] for i in at]
    columns |= {
        "TRTSDT": subjects.start[at] if at else np.empty(0, dtype="datetime64[D]"),
        "PARAMCD": [r.code for r in records],
        "PARAM": [r.param for r in records],
        "AVAL": numbers([r.aval for r in records]),
    }
    if any("AVALC" in r.texts for r in records):
        columns["AVALC"] = [r.texts.get("AVALC") for r in records]
    columns |= {
        "BASE": numbers([r.base for r in records]),
        "CHG": numbers([r.chg for r in records]),
        "PCHG": numbers([r.pchg for r in records]),
        "ABLFL": [r.ablfl for r in records],
        "ADT": np.asarray([r.date for r in records], dtype="datetime64[D]"),
        "ADTF": [r.texts.get("ADTF") for r in records],
        "ADY": numbers([np.nan if r.day is None else r.day + (r.day >= 0) for r in records]),
        "VISIT": [r.texts.get("VISIT") for r in records],
        "AVISIT": [r.texts.get("AVISIT") for r in records],
        "AVISITN": numbers([r.numbers.get("AVISITN", np.nan) for r in records]),
    }
    if windows:
        columns |= {
            "AWTARGET": numbers([np.nan if r.window is None else r.window.target for r in records]),
            "AWTDIFF": numbers(
                [
                    np.nan if r.window is None or r.day is None or r.dtype else abs(r.day - r.window.target)
                    for r in records
                ]
            ),
            "AWLO": numbers([np.nan if r.window is None else r.window.low for r in records]),
            "AWHI": numbers([np.nan if r.window is None else r.window.high for r in records]),
            "AWU": [None if r.window is None else f"DAYS FROM {start}" for r in records],
        }
    columns["ANL01FL"] = [r.anl01fl for r in records]
    if carry:
        columns["DTYPE"] = [r.dtype for r in records]
    labels: dict[str, str] = {}
    for number, rule in enumerate(criteria, 1):
        values = columns[rule.variable]
        flags = [None if np.isnan(v) else "Y" if _holds(v, rule) else "N" for v in values.tolist()]
        columns[f"CRIT{number}"] = [None if f is None else rule.text for f in flags]
        columns[f"CRIT{number}FL"] = flags
        labels |= {
            f"CRIT{number}": f"Analysis Criterion {number}",
            f"CRIT{number}FL": f"Criterion {number} Evaluation Result Flag",
        }
    for text in ("SRCDOM", "SRCVAR"):
        if any(text in r.texts for r in records):
            columns[text] = [r.texts.get(text) for r in records]
    for value in ("ANRLO", "ANRHI", "SRCSEQ"):
        if any(value in r.numbers for r in records):
            columns[value] = numbers([r.numbers.get(value, np.nan) for r in records])
    columns = {n: v for n, v in columns.items() if n not in ("ADTF", "VISIT") or any(x is not None for x in v)}
    said = f"baseline: last value on or before {start}"
    said += "; windows by days from " + start if windows else ""
    said += f"; {carry} to visits without a value, not past death" if carry else ""
    said += f"; {left_out} subject{'s' if left_out > 1 else ''} not in ADSL left out" if left_out else ""
    return make(name, label, columns, structure="BDS", method=said, library=table.library, labels=labels)


def _holds(value: float, rule: Criterion) -> bool:
    off = value - rule.value
    near = abs(off) <= 1e-9 * max(1.0, abs(rule.value))
    match rule.compare:
        case "lt":
            return off < 0 and not near
        case "le":
            return off < 0 or near
        case "gt":
            return off > 0 and not near
        case "ge":
            return off > 0 or near
        case _:
            return near


def adlb(
    trial: Trial,
    *,
    adsl: Any,
    date_imputation: Rule = "first",
    windows: Sequence[Window] = (),
    carry: Literal["LOCF", "WOCF", "BOCF"] | None = None,
    worst: Literal["high", "low"] = "high",
    criteria: Sequence[Criterion] = (),
) -> AdamDataset:
    """Derive ADLB from the laboratory results of a trial, in the canonical unit of each test.

    Parameters
    ----------
    trial : Trial
        With ``labs``; dates of rows without one are those of their visit.
    adsl : data set or frame
        As in :func:`bds`; :func:`adsl` makes it.
    date_imputation : {"first", "middle", "last"}
        Rule of partial dates; ADTF says which part was imputed.
    windows, carry, worst, criteria
        As in :func:`bds`. Without windows AVISIT is the visit of the trial and AVISITN its planned month.

    Returns
    -------
    AdamDataset
        PARAMCD is the laboratory code of SDTM, or a convention of this package where a code has two meanings (docs/cdisc.md).
        A result such as ``<0.15`` stands in AVALC; its AVAL is missing. SRCDOM, SRCVAR, SRCSEQ point to the record that
        :func:`mscsle.io.to_sdtm` writes.

    Raises
    ------
    DataError
        The trial has no laboratory results.

    Examples
    --------
    >>> import mscsle as ms
    >>> trial = ms.load("gu2014", library="numpy")
    >>> labs = ms.adam.adlb(trial, adsl=ms.adam.adsl(trial, study="GU2014"))
    >>> [labs.values[c][0] for c in ("PARAMCD", "PARAM", "AVISIT", "ABLFL")], labs.check().counts["error"]
    (['ALB', 'Albumin (g/L)', 'M0', 'Y'], 0)
    """
    from mscsle.io.sdtm_mapping import lab_codes, mapping

    if "labs" not in trial.tables:
        raise DataError("the trial has no table `labs`")
    table = typed(trial, "labs")
    subjects, visits, tests = table.texts("usubjid"), table.texts("visit"), table.texts("test")
    units, values = table.texts("unit"), table.texts("value")
    at_visit, month = _visit_dates(trial)
    given = [
        day or at_visit.get((s or "", v or "")) for day, s, v in zip(table.texts("date"), subjects, visits, strict=True)
    ]
    imputed = impute_dates(given, rule=date_imputation)
    canonical = dict(zip(_core.lab_test_columns()["test"], _core.lab_test_columns()["unit"], strict=True))
    codes, own = lab_codes(), mapping()["paramcd"]
    aval, low, high = np.full(table.n, np.nan), *(table.optional_numbers(c) for c in ("lln", "uln"))
    avalc: list[str | None] = list(values)
    for row, text in enumerate(values):
        try:
            aval[row] = np.nan if text is None else float(text)
        except ValueError:
            continue
    usable = np.zeros(table.n, dtype=np.bool_)
    for test, unit in sorted({(t, u) for t, u in zip(tests, units, strict=True) if t in canonical and t and u}):
        rows = np.asarray([t == test and u == unit for t, u in zip(tests, units, strict=True)])
        try:
            for column in (aval, low, high):
                column[rows] = _core.convert_values(test, np.ascontiguousarray(column[rows]), unit, canonical[test])
        except OptionError:
            continue  # an unknown unit is a finding of the trial
        usable |= rows
    sequence = np.zeros(table.n)
    counted: dict[str, int] = {}
    for row, subject in enumerate(subjects):
        counted[subject or ""] = counted.get(subject or "", 0) + 1
        sequence[row] = counted[subject or ""]
    kept = np.flatnonzero(usable).tolist()
    rows_of: dict[str, Any] = {
        "USUBJID": [subjects[r] for r in kept],
        "PARAMCD": [
            own.get(tests[r], codes[tests[r] or ""]["code"] if tests[r] in codes else _code(tests[r])) for r in kept
        ],
        "PARAM": [_param(tests[r] or "", codes, canonical) for r in kept],
        "AVAL": aval[kept],
        "AVALC": [avalc[r] if np.isnan(aval[r]) else None for r in kept],
        "ADT": imputed.dates[kept],
        "ADTF": [imputed.flags[r] for r in kept],
        "AVISIT": [visits[r] for r in kept],
        "AVISITN": np.asarray(
            [month.get((subjects[r] or "", visits[r] or ""), np.nan) for r in kept], dtype=np.float64
        ),
        "ANRLO": low[kept],
        "ANRHI": high[kept],
        "SRCDOM": ["IS" if codes.get(tests[r] or "", {}).get("domain") == "IS" else "LB" for r in kept],
        "SRCVAR": ["ISSTRESN" if codes.get(tests[r] or "", {}).get("domain") == "IS" else "LBSTRESN" for r in kept],
        "SRCSEQ": sequence[kept],
    }
    order = sorted(range(len(kept)), key=lambda i: (rows_of["PARAMCD"][i], rows_of["USUBJID"][i] or ""))
    rows_of = {n: v[order] if isinstance(v, np.ndarray) else [v[i] for i in order] for n, v in rows_of.items()}
    out = bds(
        rows_of,
        adsl=adsl,
        name="ADLB",
        label="Laboratory Analysis Dataset",
        windows=windows,
        carry=carry,
        worst=worst,
        criteria=criteria,
    )
    return make(
        out.name,
        out.label,
        out.values,
        structure="BDS",
        method=f"{out.method}; values in canonical units; partial dates: {date_imputation} ({RULES[date_imputation]})",
        library=trial.library,
        labels=out.labels,
    )


def _code(test: str | None) -> str:
    return "".join(c for c in (test or "").upper() if c.isalnum())[:8]


def _param(test: str, codes: Mapping[str, Mapping[str, Any]], canonical: Mapping[str, str]) -> str:
    name = codes[test]["name"] if test in codes else test.replace("_", " ").capitalize()
    if test in ("urine_wbc", "urine_rbc", "protein_dipstick"):
        name = f"Urine {name}"
    if test == "anti_dsdna":
        name = "Anti-Double Stranded DNA"
    return f"{name} ({canonical[test]})"


def _visit_dates(trial: Trial) -> tuple[dict[tuple[str, str], str | None], dict[tuple[str, str], float]]:
    if "visits" not in trial.tables:
        return {}, {}
    table = typed(trial, "visits")
    keys = [(s or "", v or "") for s, v in zip(table.texts("usubjid"), table.texts("visit"), strict=True)]
    months = table.optional_numbers("planned_month").tolist()
    return dict(zip(keys, table.texts("date"), strict=True)), dict(zip(keys, months, strict=True))
