"""Rule 5: which coefficients are infinite, against linear programming with exact proofs, on 720 small data sets."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

CASES = json.loads((Path(__file__).parent / "reference.json").read_text())["cases"]
ATOL_LIMIT = 1e-8  # scipy's maximum 40 units out along the infinite direction, score below 1e-8


def quietly(call: Any, *args: Any, **options: Any) -> Any:
    """The result of a call without its warnings of few events and infinite coefficients."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ms.exceptions.DataWarning)
        warnings.simplefilter("ignore", ms.exceptions.ConvergenceWarning)
        return call(*args, **options)


def arrays(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: np.asarray(data[name], dtype=float) for name in names if data[name] is not None}


def fit(data: dict[str, Any], *, covariates: Any = None, **options: Any) -> Any:
    return quietly(
        ms.cox,
        np.asarray(data["time"], dtype=float),
        event=np.asarray(data["event"]),
        covariates=np.asarray(data["x"], dtype=float) if covariates is None else covariates,
        ties=data["ties"],
        **arrays(data, "strata", "entry", "weights"),
        **options,
    )


def statuses(found: Any) -> list[str]:
    return ["aliased" if word == "constant" else word for word in found.status.values()]


@pytest.mark.parametrize("start", range(0, 720, 120))
def test_rule_5_no_infinite_coefficient_is_missed_and_none_is_invented(start: int) -> None:
    for index in range(start, start + 120):
        data = CASES[index]
        found = fit(data, max_iterations=60)
        assert statuses(found) == data["status"], index
        assert found.converged, index
        if "log_likelihood" not in data:
            continue
        assert found.log_likelihood == pytest.approx(data["log_likelihood"], abs=ATOL_LIMIT), index
        spread = np.std(data["x"], axis=0)
        for value, limit, unit in zip(found.coefficients.values(), data["coefficients"], spread, strict=True):
            assert (value is None) == (limit is None), index
            if value is not None:
                assert value * unit == pytest.approx(limit * unit, abs=ATOL_LIMIT), index


@pytest.mark.parametrize("start", range(0, 720, 180))
def test_rule_5_scales_offsets_and_tolerances_do_not_matter(start: int) -> None:
    for index in range(start, start + 180, 3):
        data = CASES[index]
        x = np.asarray(data["x"], dtype=float)
        x = x * 10.0 ** np.array([(index + 3 * j) % 9 - 4 for j in range(x.shape[1])]) + index % 5 * 7.3
        offset = 3 * np.sin(np.arange(len(x)))
        for tolerance in (1e-9, 1e-15):
            found = fit(data, covariates=x, offset=offset, tolerance=tolerance, max_iterations=100)
            assert statuses(found) == data["status"], index


def test_rule_5_nothing_is_printed_of_what_is_not_estimated() -> None:
    shown = 0
    for data in CASES[::5]:
        found = fit(data, max_iterations=60)
        table = found.summary().columns()
        for row, status in enumerate(found.status.values()):
            if status == "estimated":
                continue
            shown += 1
            assert np.isnan([table["log_hr"][row], table["hr"][row], table["se"][row]]).all()
            assert table["note"][row]
            finite = {"plus infinity": [True, False], "minus infinity": [False, True]}.get(status, [False, False])
            assert np.isfinite([table["lower"][row], table["upper"][row]]).tolist() == finite
    assert shown > 50


def test_rule_5_univariate_models_agree_with_the_signs_of_the_comparisons() -> None:
    counted: Counter[str] = Counter()
    for data in CASES[::2]:
        table = quietly(
            ms.univariate_cox,
            np.asarray(data["time"], dtype=float),
            event=np.asarray(data["event"]),
            covariates=np.asarray(data["x"], dtype=float),
            ties=data["ties"],
            **arrays(data, "strata", "entry", "weights"),
        ).columns()
        counted.update(data["alone"])
        for note, expected in zip(table["note"], data["alone"], strict=True):
            if expected == "aliased":
                assert "constant" in note or "combination" in note
            else:
                assert note == "" if expected == "estimated" else expected in note
    assert min(counted.values()) > 10


def test_rule_5_fine_gray_refuses_exactly_what_is_monotone() -> None:
    counted: Counter[bool] = Counter()
    for data in CASES:
        if data["fine_gray"] is None:
            continue
        monotone = data["fine_gray"]["monotone"]
        counted[monotone] += 1
        time, cause = np.asarray(data["time"], dtype=float), np.asarray(data["fine_gray"]["cause"])
        call = {"cause": cause, "of": 1, "covariates": np.asarray(data["x"], dtype=float), "max_iterations": 100}
        call["censored"] = 0 if 0 in cause else None
        if monotone:
            with pytest.raises(ms.exceptions.NotEstimableError, match="separation"):
                quietly(ms.fine_gray, time, **call)
        else:
            assert quietly(ms.fine_gray, time, **call).converged
    assert min(counted.values()) > 50
