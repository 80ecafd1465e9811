"""The clinical response definitions return the printed figures of the three lupus cohorts."""

from __future__ import annotations

from collections import Counter

import pytest

import mscsle as ms


@pytest.mark.parametrize(
    ("cohort", "definition", "visit", "at_visit", "ever", "relapses"),
    [
        ("wang2014", "msct_state", "M12", None, [13, 11, 24], {"M9": 3, "M12": 4}),
        ("sun2012_1409", "msct_state", "M6", [14, 15, 29], [14, 15, 29], {"M9": 3, "M12": 4}),
        ("sat0244", "sat0244", "M60", [22, 6, 28], [27, 10, 37], None),
    ],
)
def test_responses_and_relapses(
    cohort: str,
    definition: str,
    visit: str,
    at_visit: list[int] | None,
    ever: list[int],
    relapses: dict[str, int] | None,
) -> None:
    response = ms.endpoints.response(ms.load(cohort), definition)
    assert response.ever("enrolled").columns()["numerator"].tolist() == ever
    table = response.by_visit("enrolled").columns()
    if at_visit is not None:
        found = [n for v, n in zip(table["visit"], table["numerator"].tolist(), strict=True) if v == visit]
        assert found == at_visit
    found_relapses = ms.endpoints.flares(response.trial, "msct_relapse", response=response)
    counts = found_relapses.count("ever_responder").columns()
    expected = 9 if relapses is None else sum(relapses.values())
    assert (int(counts["numerator"][-1]), int(counts["denominator"][-1])) == (expected, ever[-1])
    if relapses is not None:
        assert Counter(found_relapses.table["visit"]) == relapses
