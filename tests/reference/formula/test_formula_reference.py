"""Formulas against R's ``coxph`` with the same formula; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-8  # coxph with eps 1e-12


@pytest.mark.parametrize("fit", REFERENCE["fits"], ids=lambda fit: fit["formula"])
def test_fits_and_names_equal_r(fit: dict[str, Any]) -> None:
    ours = ms.cox(formula=fit["formula"], data=REFERENCE["data"])
    # R writes an interaction in the order of the main effects, formulaic in that of the formula
    theirs = {":".join(sorted(name.replace(" = ", "=").split(":"))): j for j, name in enumerate(fit["names"])}
    order = [theirs[":".join(sorted(name.split(":")))] for name in ours.terms]
    assert sorted(order) == list(range(len(theirs)))
    np.testing.assert_allclose(list(ours.coefficients.values()), np.array(fit["coef"])[order], rtol=RTOL_REFERENCE)
    np.testing.assert_allclose(list(ours.standard_errors.values()), np.array(fit["se"])[order], rtol=RTOL_REFERENCE)
    np.testing.assert_allclose([ours.log_likelihood_null, ours.log_likelihood], fit["loglik"], rtol=RTOL_REFERENCE)


@pytest.mark.parametrize("case", REFERENCE["adjusted"], ids=lambda case: case["formula"])
def test_adjusted_curves_set_the_column_in_every_term(case: dict[str, Any]) -> None:
    fit = ms.cox(formula=case["formula"], data=REFERENCE["data"])
    at = None if isinstance(case["values"][0], str) else case["values"]
    curves = fit.adjusted_curves(case["covariate"], times=case["times"], at=at, sampled=False)
    assert curves.levels == [str(value) for value in case["values"]]
    np.testing.assert_allclose(curves.survival, case["survival"], rtol=RTOL_REFERENCE)
