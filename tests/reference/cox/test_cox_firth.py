"""Firth's penalised Cox model against direct maximisation in R."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

RTOL_MAXIMUM = 1e-7  # in standard errors: the reference differentiates the likelihood numerically
HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = json.loads((HERE / "firth.json").read_text())["cases"]


def as_list(value: Any) -> list[float]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_firth_agrees_with_direct_maximisation(case: dict[str, Any]) -> None:
    data = case["data"]
    options: dict[str, Any] = {name: np.asarray(data[name], float) for name in ("entry",) if name in data}
    if "strata" in data:
        options["strata"] = data["strata"]
    fit = ms.cox(
        data["time"],
        event=data["event"],
        covariates={name: data[name] for name in as_list(case["columns"])},
        ties=case["ties"],
        penalty="firth",
        **options,
    )
    errors = np.asarray(as_list(case["standard_errors"]))
    summary = fit.summary()

    def close(found: Any, expected: Any) -> None:
        np.testing.assert_allclose(
            np.asarray(found) / errors, np.asarray(as_list(expected)) / errors, rtol=0, atol=RTOL_MAXIMUM
        )

    close(list(fit.coefficients.values()), case["coefficients"])
    close(np.log(summary.lower), case["lower"])
    close(np.log(summary.upper), case["upper"])
    np.testing.assert_allclose(list(fit.standard_errors.values()), errors, rtol=RTOL_MAXIMUM)
    assert fit.log_likelihood == pytest.approx(case["log_likelihood"], rel=1e-10)
    assert fit.log_likelihood_null == pytest.approx(case["log_likelihood_null"], rel=1e-10)
    np.testing.assert_allclose(summary.z**2, as_list(case["lr"]), rtol=1e-7, atol=1e-10)
    assert set(summary.method) == {"profile penalised likelihood 95 %"}
    assert "Firth penalty" in fit.title() and fit.converged


def test_firth_answers_where_the_plain_likelihood_is_monotone() -> None:
    case = next(case for case in CASES if case["name"] == "separated")
    data = case["data"]
    fit = ms.cox(data["time"], event=data["event"], covariates={"arm": data["arm"]}, penalty="firth")
    assert fit.status == {"arm": "estimated"}
    assert fit.likelihood_ratio.method.startswith("penalised likelihood-ratio test")
    assert fit.summary().p[0] == pytest.approx(fit.likelihood_ratio.p_value, rel=1e-6)
