"""The bootstrap against every draw of very small samples; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
REPLICATES = 50_000
DEVIATION = 4.5  # standard errors of a share; about a hundred shares and a fixed seed


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_replicates_have_the_exact_distribution(case: dict[str, Any]) -> None:
    for of, expected in case["of"].items():
        at = case["at"].get(of)
        found = ms.bootstrap_survival(case["time"], event=case["event"], of=of, at=at, replicates=REPLICATES)
        # a number for "not reached", beyond all times
        never = 1e9
        given = np.atleast_1d(expected["values"]).tolist()
        values = np.array([never if value == "Inf" else float(value) for value in given])
        shares = np.atleast_1d(expected["share"])
        drawn = np.where(np.isinf(found.replicates["all"]), never, found.replicates["all"])
        distance = np.abs(np.subtract.outer(drawn, values))
        place = np.argmin(distance, axis=1)
        assert distance.min(axis=1).max() < 1e-9  # every replicate is one of the values that can occur
        counted = np.bincount(place, minlength=len(values)) / REPLICATES
        spread = np.sqrt(shares * (1 - shares) / REPLICATES)
        np.testing.assert_array_less(np.abs(counted - shares), DEVIATION * spread + 1e-12)
