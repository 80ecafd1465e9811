"""Cumulative hazards against R's survfit; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-10  # the JSON holds 15 digits


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_hazards_and_standard_errors_equal_survfit(case: dict[str, Any]) -> None:
    for estimator, expected in case["by_estimator"].items():
        found = ms.nelson_aalen(
            case["time"],
            event=case["event"],
            entry=case["entry"],
            weights=case["weights"],
            weight_kind=case["weight_kind"],
            cluster=case["cluster"],
            estimator=estimator,
        )
        at = found.at(expected["time"], extend=True)
        np.testing.assert_allclose(at.hazard, expected["hazard"], rtol=RTOL_REFERENCE)
        np.testing.assert_allclose(at.std_error, expected["std_error"], rtol=RTOL_REFERENCE, atol=1e-12)
        survival = np.exp(-at.hazard)
        np.testing.assert_allclose(survival, expected["survival"], rtol=RTOL_REFERENCE)
