"""Robust variances that say nothing: no limits, and a message with the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataWarning, NotEstimableError

N = 60
TIME = 1.0 + (np.arange(N) * 37) % 61
EVENT = np.arange(N) % 3 != 0
ARM = (np.arange(N) % 2 == 0).astype(float)
AGE = ((np.arange(N) * 17) % 23) / 7.0
ONE_ARM_ONE_SITE = np.where(ARM == 1, 0, np.arange(N))


def frame(cluster: Any) -> dict[str, Any]:
    return {"time": TIME, "event": EVENT, "arm": ARM, "age": AGE, "site": cluster}


def test_an_arm_that_is_one_cluster_has_no_limits_and_the_other_covariate_has() -> None:
    with pytest.warns(
        DataWarning, match=r"all rows with `arm` = 1 belong to one cluster.*no limits; use smaller clusters"
    ):
        fit = ms.cox("time", event="event", covariates=["arm", "age"], cluster="site", data=frame(ONE_ARM_ONE_SITE))
    table = fit.summary().columns()
    assert np.isfinite(table["log_hr"]).all()
    assert np.isnan([table["se"][0], table["lower"][0], table["upper"][0], table["p"][0]]).all()
    assert np.isfinite([table["se"][1], table["lower"][1], table["upper"][1], table["p"][1]]).all()
    assert fit.wald is None
    with pytest.raises(NotEstimableError, match="robust variance of `arm` says nothing"):
        fit.predict_survival({"arm": [0.0], "age": [1.0]}, times=[10])
    with pytest.raises(NotEstimableError, match="no limits of predictions"):
        fit.baseline_hazard()


def test_no_more_clusters_than_coefficients_is_said_with_both_numbers() -> None:
    clusters = (np.arange(N) // 2) % 2
    with pytest.warns(DataWarning, match="2 clusters for 2 coefficients: the robust covariance is singular"):
        fit = ms.cox("time", event="event", covariates=["arm", "age"], cluster="site", data=frame(clusters))
    assert fit.wald is None and "2 clusters" in fit.notes[0]


def test_enough_clusters_bring_no_warning() -> None:
    fit = ms.cox("time", event="event", covariates=["arm", "age"], cluster="site", data=frame(np.arange(N) // 4))
    assert fit.notes == [] and fit.wald is not None


def test_screening_says_it_by_column() -> None:
    table = ms.univariate_cox(
        "time", event="event", covariates=["arm", "age"], cluster="site", data=frame(ONE_ARM_ONE_SITE)
    ).columns()
    assert "all rows with `arm` = 1 belong to one cluster" in table["note"][0] and table["note"][1] == ""
    assert np.isnan(table["lower"][0]) and np.isfinite(table["lower"][1])


@pytest.mark.parametrize("call", [ms.kaplan_meier, ms.nelson_aalen])
def test_a_curve_of_one_cluster_has_no_limits(call: Any) -> None:
    with pytest.warns(DataWarning, match="all rows of group `1.*` belong to one cluster"):
        curves = call("time", event="event", by="arm", cluster="site", data=frame(ONE_ARM_ONE_SITE)).columns()
    group = np.asarray([str(label).startswith("1") for label in next(iter(curves.values()))])
    assert group.any() and not group.all()
    error, events = np.asarray(curves["std_error"], dtype=float), np.asarray(curves["n_event"]) > 0
    assert np.isnan(error[group & events]).all()
    assert np.isfinite(error[~group & events]).sum() > 10


def test_fine_gray_says_the_same() -> None:
    cause = np.where(EVENT, 1 + np.arange(N) % 5 // 3, 0)
    data = frame(ONE_ARM_ONE_SITE) | {"cause": cause}
    with pytest.warns(DataWarning, match="all rows with `arm` = 1 belong to one cluster"):
        fit = ms.fine_gray(
            "time", cause="cause", of=1, covariates=["arm", "age"], cluster="site", variance="known-weights", data=data
        )
    table = fit.columns()
    assert np.isnan([table["lower"][0], table["p"][0]]).all() and np.isfinite([table["lower"][1], table["p"][1]]).all()
