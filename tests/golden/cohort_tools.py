"""An independent reading of the cohort files: exact decimals, numpy and the standard library, nothing of mscsle."""

from __future__ import annotations

import csv
import importlib.util
import math
from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_SPEC = importlib.util.find_spec("mscsle")
assert _SPEC is not None and _SPEC.origin is not None
DATASETS = Path(_SPEC.origin).parent / "datasets"

#: SLEDAI-2K descriptors and weights as printed in Gladman 2002 (J Rheumatol 29:288-291).
WEIGHTS = {
    **dict.fromkeys(
        [
            "seizure",
            "psychosis",
            "organic_brain_syndrome",
            "visual_disturbance",
            "cranial_nerve",
            "lupus_headache",
            "cva",
            "vasculitis",
        ],
        8,
    ),
    **dict.fromkeys(["arthritis", "myositis", "urinary_casts", "haematuria", "proteinuria", "pyuria"], 4),
    **dict.fromkeys(
        ["rash", "alopecia", "mucosal_ulcers", "pleurisy", "pericarditis", "low_complement", "increased_dna_binding"], 2
    ),
    **dict.fromkeys(["fever", "thrombocytopenia", "leukopenia"], 1),
}

Row = dict[str, str]


def table(cohort: str, name: str) -> list[Row]:
    """Rows of a file as text."""
    with (DATASETS / cohort / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def by_subject(rows: list[Row]) -> dict[str, list[Row]]:
    """Rows of each subject."""
    out: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        out[row["usubjid"]].append(row)
    return out


def days(cohort: str) -> dict[str, date]:
    """Time zero of each subject: the first infusion."""
    out: dict[str, date] = {}
    for row in table(cohort, "infusions"):
        day = date.fromisoformat(row["date"])
        out[row["usubjid"]] = min(day, out.get(row["usubjid"], day))
    return out


def half_up(x: Fraction, digits: int) -> str:
    """A non-negative number printed with halves away from zero."""
    units = math.floor(x * 10**digits + Fraction(1, 2))
    return f"{units // 10**digits}.{units % 10**digits:0{digits}d}"


def mean_sd(values: list[Fraction], digits: int = 2) -> str:
    """Mean and sample SD as printed; the SD's last digit is decided in exact arithmetic."""
    n = len(values)
    mean = sum(values, Fraction(0)) / n
    variance = sum(((v - mean) ** 2 for v in values), Fraction(0)) / (n - 1)
    units = math.isqrt(int(variance * 100**digits))
    while Fraction(2 * units + 1, 2) ** 2 <= variance * 100**digits:
        units += 1
    return f"{half_up(mean, digits)} {units // 10**digits}.{units % 10**digits:0{digits}d}"


def cox(time: NDArray[np.float64], event: NDArray[np.bool_], x: NDArray[np.float64]) -> tuple[float, float]:
    """Coefficient and standard error of a Cox model with one covariate, Efron's ties, by Newton's method."""
    beta, information = 0.0, 1.0
    for _ in range(60):
        score, information = 0.0, 0.0
        risk = np.exp(beta * x)
        for t in np.unique(time[event]):
            at_risk, died = time >= t, event & (time == t)
            d = int(died.sum())
            for k in range(d):
                w = risk * (at_risk - k / d * died)
                mean = float((w * x).sum() / w.sum())
                score += float(x[died].sum()) / d - mean
                information += float((w * x * x).sum() / w.sum()) - mean**2
        step = score / information
        beta += step
        if abs(step) < 1e-12:
            break
    return beta, 1 / math.sqrt(information)


def wald(beta: float, se: float) -> tuple[str, str, str, float]:
    """Printed limits and p-value of a hazard ratio, and the p-value itself."""
    z = 1.959963984540054
    p = math.erfc(abs(beta / se) / math.sqrt(2))
    return f"{math.exp(beta - z * se):.3f}", f"{math.exp(beta + z * se):.3f}", f"{p:.3f}", p


def items_that_contradict_a_value(sledai: list[Row], labs: list[Row]) -> tuple[int, list[str]]:
    """Number of checks and the SLEDAI items that disagree with the laboratory value of their visit."""
    value = {(r["usubjid"], r["visit"], r["test"]): Fraction(r["value"]) for r in labs if r["value"]}
    checks, wrong = 0, []
    for row in sledai:
        key = row["usubjid"], row["visit"]
        rules = {
            "proteinuria": ("protein_24h", lambda x: x > Fraction("0.5")),
            "haematuria": ("urine_rbc", lambda x: x > 5),
            "pyuria": ("urine_wbc", lambda x: x > 5),
            "urinary_casts": ("urine_casts", lambda x: x > 0),
            "thrombocytopenia": ("platelets", lambda x: x < 100),
            "leukopenia": ("leucocytes", lambda x: x < 3),
        }
        for item, (test, rule) in rules.items():
            if (*key, test) in value:
                checks += 1
                if rule(value[(*key, test)]) != (row[item] == "1"):
                    wrong.append(f"{key} {item}")
        if (*key, "c3") in value:
            checks += 1
            low = value[(*key, "c3")] < Fraction("0.8") or value[(*key, "c4")] < Fraction("0.1")
            if low != (row["low_complement"] == "1"):
                wrong.append(f"{key} low_complement")
    return checks, wrong


RANK = {"A": 3, "B": 2, "C": 1, "D": 0, "E": 0}
POINTS = {"A": 9, "B": 3, "C": 1, "D": 0, "E": 0}
ORDER = {"N": 0, "P": 1, "C": 2}
MONTH = Fraction(36525, 1200)


def renal_flares(visits: list[tuple[int, dict[str, Fraction]]], first_response: int) -> list[tuple[int, str]]:
    """MAINTAIN 2010 after the first response: day and branch; visits are (day, values) in order of day."""
    after = [v for v in visits if v[0] >= first_response]
    out = []
    for k, (day, now) in enumerate(after[1:], start=1):
        nephrotic = [v["protein_24h"] >= 3 and v["albumin"] < 35 for v in (now, after[k - 1][1])]
        if nephrotic == [True, False]:
            out.append((day, "nephrotic"))
            continue
        for earlier, before in after[:k]:
            if day - earlier <= 31 and now["creatinine"] >= Fraction(133, 100) * before["creatinine"]:
                out.append((day, "creatinine"))
                break
            low_grade = Fraction(1, 2) <= before["protein_24h"] < 1
            tripled = now["protein_24h"] >= 3 * before["protein_24h"] and now["urine_rbc"] > 5
            if day - earlier <= 92 and low_grade and tripled and now["c3"] <= Fraction(67, 100) * before["c3"]:
                out.append((day, "protein"))
                break
    return out


class LupusVisit:
    """One visit of a lupus cohort, from the files."""

    def __init__(
        self, day: int, month: int, sledai: Row, letters: dict[str, str], values: dict[str, Fraction], dose: Fraction
    ):
        self.day, self.month, self.letters, self.values, self.dose = day, month, letters, values, dose
        self.total = int(sledai["total"])
        present = {item for item in WEIGHTS if sledai[item] == "1"}
        self.clinical = sum(WEIGHTS[i] for i in present - {"low_complement", "increased_dna_binding"})


class LupusSubject:
    """Visits, death and stratum of one subject of a lupus cohort."""

    def __init__(self, row: Row, visits: list[LupusVisit], death_day: int | None):
        self.id, self.stratum, self.visits, self.death_day = row["usubjid"], row.get("stratum"), visits, death_day

    def alive_at(self, month: int) -> bool:
        return self.death_day is None or self.death_day > month * MONTH

    def at(self, month: int) -> LupusVisit | None:
        return next((v for v in self.visits if v.month == month), None)

    def msct_states(self) -> list[str]:
        """Complete: no A or B. Partial: no A, one B that is not new, a baseline A or B improved."""
        base = self.visits[0].letters
        out = ["N"]
        for v in self.visits[1:]:
            grades = list(v.letters.values())
            new_b = sum(g == "B" and base[s] in "CDE" for s, g in v.letters.items())
            improved = any(base[s] in "AB" and RANK[g] < RANK[base[s]] for s, g in v.letters.items())
            if "A" in grades or grades.count("B") > 1:
                out.append("N")
            elif grades.count("B") == 0:
                out.append("C")
            else:
                out.append("P" if new_b == 0 and improved else "N")
        return out

    def clinical_states(self) -> list[str]:
        """Complete: clinical SLEDAI 0 on at most 10 mg. Partial: SLEDAI halved and at most 6, no A."""
        base, out = self.visits[0], ["N"]
        for v in self.visits[1:]:
            if v.clinical == 0 and v.dose <= 10:
                out.append("C")
            else:
                out.append("P" if 2 * v.total <= base.total and v.total <= 6 and "A" not in v.letters.values() else "N")
        return out

    def relapse(self, states: list[str]) -> int | None:
        """Month of the first relapse after a response."""
        responses: list[int] = []
        for k, v in enumerate(self.visits):
            if responses:
                best = max(responses, key=lambda i: (ORDER[states[i]], -self.visits[i].total, -i))
                reference = self.visits[best].letters
                new_a = any(g == "A" and reference[s] != "A" for s, g in v.letters.items())
                new_b = sum(g == "B" and reference[s] in "CDE" for s, g in v.letters.items())
                nadir = min(u.total for u in self.visits[:k])
                first = self.visits[responses[0]].day
                renal = renal_flares([(u.day, u.values) for u in self.visits], first)
                escalated = v.dose > self.visits[k - 1].dose
                if new_a or new_b >= 2 or (v.total >= nadir + 4 and escalated) or v.day in dict(renal):
                    return v.month
            if k and states[k] != "N":
                responses.append(k)
        return None


def lupus_subjects(cohort: str) -> list[LupusSubject]:
    """The subjects of a lupus cohort, from its files."""
    zero = days(cohort)
    visits, labs, sledai, bilag, doses = (
        by_subject(table(cohort, t)) for t in ("visits", "labs", "sledai", "bilag", "medications")
    )
    status = {r["usubjid"]: r for r in table(cohort, "status")}
    out = []
    for row in table(cohort, "subjects"):
        s = row["usubjid"]
        history = []
        for visit in sorted(visits[s], key=lambda r: r["date"]):
            label, day = visit["visit"], date.fromisoformat(visit["date"])
            in_force = [d for d in doses[s] if d["start_date"] <= visit["date"] <= (d["end_date"] or "9999")]
            assert len(in_force) == 1
            history.append(
                LupusVisit(
                    (day - zero[s]).days,
                    int(visit["planned_month"]),
                    next(r for r in sledai[s] if r["visit"] == label),
                    {r["system"]: r["grade"] for r in bilag[s] if r["visit"] == label},
                    {r["test"]: Fraction(r["value"]) for r in labs[s] if r["visit"] == label},
                    Fraction(in_force[0]["dose"]),
                )
            )
        death = status[s]["death_date"]
        out.append(LupusSubject(row, history, (date.fromisoformat(death) - zero[s]).days if death else None))
    return out
