"""Worked vector of the infused dose, under its id."""

from __future__ import annotations

import pytest

import mscsle as ms


def test_tv_44_cells_by_infusion_and_in_all() -> None:
    def courses(days: list[str]) -> ms.endpoints.Courses:
        n = len(days)
        return ms.endpoints.courses(
            ms.Trial(
                subjects={"usubjid": ["A"]},
                infusions={
                    "usubjid": ["A"] * n,
                    "date": days,
                    "cells_per_kg": [1e6] * n,
                    "weight_kg": [52.3] * n,
                },
            )
        )

    assert courses(["2009-03-14"]).cells.tolist() == pytest.approx([5.23e7])
    both = courses(["2009-03-14", "2009-03-21"])
    assert (both.course.tolist(), both.infusions.tolist()) == ([1], [2]), "days 0 and 7 are one course"
    assert both.cells.tolist() == pytest.approx([1.046e8])
    again = courses(["2009-03-14", "2009-03-21", "2009-10-01"])
    assert again.cells.tolist() == pytest.approx([1.046e8, 5.23e7])
    assert again.cumulative.tolist() == pytest.approx([1.046e8, 1.569e8])
