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
