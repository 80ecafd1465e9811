"""Simultaneous bands against other computations, the tables of km.ci and its bands; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle import _core

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RANGES = json.loads((Path(__file__).parent / "ranges.json").read_text())
RTOL_CRITICAL = 2e-6  # the reference sums densities on 150 and 300 cells, extrapolated
RTOL_BRIDGE = 1e-11  # a sum of ratios
RTOL_LIMITS = 2e-5  # ten times the error of the critical value: limits near 0 follow its exponential
ATOL_HALL_WELLNER = 3e-5  # the reference sums a density on 400 cells: its error is of second order in their width
ATOL_EQUAL_PRECISION = 2e-7  # extrapolated second differences, 200 and 400 steps
ATOL_EXPANSION = 1e-10  # one equation
ATOL_PRINTED = 6e-5  # four printed digits


def critical(kind: str, how: str, point: dict[str, Any]) -> float:
    return _core.survival_band_critical(kind, how, point["a"], point["b"], point["level"])


@pytest.mark.parametrize("point", REFERENCE["critical"], ids=lambda p: f"{p['a']}-{p['b']}-{p['level']}")
def test_critical_values_equal_those_found_another_way(point: dict[str, Any]) -> None:
    assert critical("hall-wellner", "exact", point) == pytest.approx(point["hall_wellner"], abs=ATOL_HALL_WELLNER)
    assert critical("equal-precision", "exact", point) == pytest.approx(
        point["equal_precision"], abs=ATOL_EQUAL_PRECISION
    )
    assert critical("equal-precision", "expansion", point) == pytest.approx(point["expansion"], abs=ATOL_EXPANSION)


def test_critical_values_equal_the_printed_tables() -> None:
    """The tables of Nair (1984) hold the expansion, those of Hall and Wellner (1980) the exact values."""
    assert len(REFERENCE["printed"]) > 100
    for cell in REFERENCE["printed"]:
        how = "exact" if cell["kind"] == "hall-wellner" else "expansion"
        assert critical(cell["kind"], how, cell) == pytest.approx(cell["value"], abs=ATOL_PRINTED), cell


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_bands_have_the_shape_of_km_ci(case: dict[str, Any]) -> None:
    """km.ci interpolates its critical value in a table; up to that factor, one for a band, every step agrees."""
    km = ms.kaplan_meier(case["time"], event=case["event"])
    for found in case["bands"]:
        kind = "hall-wellner" if "hall" in found["method"] else "equal-precision"
        band = km.band(kind, conf_type=found["conf_type"])
        inside = np.isin(band.time, found["time"])
        assert inside.all()
        rows = np.searchsorted(found["time"], band.time)
        lower, survival = np.array(found["lower"])[rows], np.array(found["survival"])[rows]
        np.testing.assert_allclose(band.survival, survival, rtol=1e-12)
        if found["conf_type"] == "plain":
            ours, theirs, usable = survival - band.lower, survival - lower, (band.lower > 0) & (lower > 0)
        else:
            with np.errstate(divide="ignore"):
                scale = np.log(-np.log(survival))
                ours, theirs = np.log(-np.log(band.lower)) - scale, np.log(-np.log(lower)) - scale
            usable = (band.lower > 1e-12) & (lower > 1e-12)
        assert usable.sum() > 50
        ratio = theirs[usable] / ours[usable]
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
        # its equal-precision table begins at 0.02, these bands at 0.007, and the first interpolates over whole cells
        assert ratio[0] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("point", RANGES["critical"], ids=lambda p: f"{p['a']:.1e}-{p['b']:.1e}-{p['level']}")
def test_critical_values_of_early_and_late_ranges(point: dict[str, Any]) -> None:
    """A few events among very many subjects: a bridge that has hardly begun."""
    for kind, name in (("hall-wellner", "hall_wellner"), ("equal-precision", "equal_precision")):
        assert critical(kind, "exact", point) == pytest.approx(point[name], rel=RTOL_CRITICAL)


@pytest.mark.parametrize("case", RANGES["cases"], ids=lambda case: case["name"])
def test_bands_over_a_range_on_all_scales(case: dict[str, Any]) -> None:
    km = ms.kaplan_meier(case["time"], event=case["event"])
    for kind in ("hall-wellner", "equal-precision"):
        expected = case[kind]
        for scale, limits in expected["limits"].items():
            band = km.band(kind, start=case["start"], end=case["end"], conf_level=case["level"], conf_type=scale)
            assert band.bridge["all"] == pytest.approx(case["bridge"], rel=RTOL_BRIDGE)
            assert band.critical_value["all"] == pytest.approx(expected["critical"], rel=RTOL_CRITICAL)
            np.testing.assert_allclose(band.time, case["at"])
            np.testing.assert_allclose(band.lower, limits["lower"], rtol=RTOL_LIMITS, atol=1e-9)
            np.testing.assert_allclose(band.upper, limits["upper"], rtol=RTOL_LIMITS, atol=1e-9)
