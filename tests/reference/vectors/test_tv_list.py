"""Every worked vector of the endpoints has a test that carries its id: a function `..tv_NN..` or an id `TV-NN` in a table."""

from __future__ import annotations

import functools
import re
from collections import Counter
from pathlib import Path

import pytest

#: The vectors and what they are about.
VECTORS = {
    1: "Clopper-Pearson of 5 of 6",
    2: "intervals of 49 of 81",
    3: "intervals of 11 of 49",
    4: "Clopper-Pearson of the published counts",
    5: "rounding half away from zero",
    6: "hazard ratio from an interval",
    7: "renal letters at baseline",
    8: "renal letters at 12 months",
    9: "counts behind printed percentages",
    10: "Kaplan-Meier, three deaths of 40",
    11: "Kaplan-Meier, four deaths of 81",
    12: "Kaplan-Meier, thirteen deaths of 81",
    13: "chi-squared and Fisher of a 2 x 2 table",
    14: "Fisher and Newcombe of 9/12 against 5/6",
    15: "Aalen-Johansen with death competing",
    16: "estimated filtration rates",
    17: "filtration rates of documented examples",
    18: "bedside Schwartz",
    19: "unit conversions",
    20: "prednisone equivalents",
    21: "SLEDAI-2K",
    22: "SRI-4 with a new A",
    23: "SRI-4 with two new B or a worse global assessment",
    24: "BICLA against SRI-4",
    25: "LLDAS against DORIS",
    26: "renal responses at UPCR 0.50",
    27: "renal responses at a fall of eGFR by 16 %",
    28: "partial response from six grams",
    29: "data are converted, not thresholds",
    30: "KDIGO 2012 relapse by ratio",
    31: "a rise of creatinine by 0.2",
    32: "proteinuric flare",
    33: "AURORA-2 flare",
    34: "Cox with three rules for ties",
    35: "log-rank with ties",
    36: "paired t test",
    37: "signed rank test",
    38: "flare rate",
    39: "relapse from the first response",
    40: "denominators of one state",
    41: "CTCAE grades at their limits",
    42: "creatinine by baseline",
    43: "cytokine release",
    44: "dose of cells",
    45: "percentages of the followed",
    46: "exact McNemar test",
}


@functools.cache
def carried(root: Path) -> Counter[int]:
    """How often each id stands in the name of a test, or in a table of one."""
    found: Counter[int] = Counter()
    sources = [
        *(root / "tests" / "reference").rglob("test_*.py"),
        *(root / "tests" / "golden").rglob("test_*.py"),
        *(root / "tests" / "python").rglob("test_*.py"),
        *(root / "crates").rglob("*.rs"),
    ]
    for source in sources:
        if source == Path(__file__) or "target" in source.parts:
            continue
        text = source.read_text(encoding="utf-8")
        names = re.findall(r"(?:def test_|fn )(\w*tv_\w+)", text)
        for name in names:
            numbers = re.search(r"tv_((?:and_)?\d+(?:_(?:and_)?\d+)*)", name)
            if numbers:
                found.update(int(n) for n in re.findall(r"\d+", numbers.group(1)))
        found.update(int(n) for n in re.findall(r"[\"#/ ]TV-(\d+)", text) if re.search(r"def test_|#\[test\]", text))
    return found


@pytest.mark.parametrize("number", VECTORS, ids=lambda n: f"TV-{n:02d}")
def test_each_vector_has_a_test(root: Path, number: int) -> None:
    assert carried(root)[number] > 0, f"no test carries TV-{number:02d} ({VECTORS[number]})"
