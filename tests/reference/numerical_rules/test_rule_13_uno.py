"""Rule 13: at a tie events come before censorings in the censoring curve; pairs are counted in 64 bits, ties reported."""

from __future__ import annotations

import numpy as np

import mscsle as ms


def test_rule_13_events_come_before_censorings_in_uno() -> None:
    # at 2 one of four has the event, then one of the three left is censored: G(3-) = 2/3, so the pair at 3 counts 9/4
    time, event, score = [1, 2, 2, 3, 4], [1, 1, 0, 1, 0], [1.0, 5.0, 2.0, 3.0, 4.0]
    found = ms.concordance(time, event=event, score=score, kind="uno")
    assert found.n_concordant == 3
    np.testing.assert_allclose(found.n_discordant, 4 + 9 / 4, rtol=1e-15)
    np.testing.assert_allclose(found.concordance, 3 / (7 + 9 / 4), rtol=1e-15)


def test_rule_13_events_come_before_censorings_in_brier() -> None:
    # G(2-) = 1 for the event at 2 although another is censored at 2; beyond 2.5 the weight is 3/2
    found = ms.prediction_error(
        [1, 2, 2, 3, 4], event=[1, 1, 0, 1, 0], survival=[[0.5], [0.25], [0.9], [0.75], [0.5]], times=2.5
    )
    expected = (0.5**2 + 0.25**2 + 1.5 * (0.25**2 + 0.5**2)) / 5
    np.testing.assert_allclose(found.brier, [expected], rtol=1e-15)


def test_rule_13_pairs_are_counted_exactly_beyond_32_bits_and_ties_are_reported() -> None:
    n = 100_000
    time = np.arange(n, dtype=float)
    found = ms.concordance(time, event=np.ones(n, dtype=bool), score=-time)
    assert found.n_concordant == n * (n - 1) / 2 > 2**32
    assert (found.n_discordant, found.tied_x, found.tied_y, found.tied_xy) == (0, 0, 0, 0)
    found = ms.concordance([1, 1, 1, 2, 3], event=[1, 1, 1, 1, 0], score=[1.0, 1.0, 2.0, 1.0, 1.0])
    assert (found.n_concordant, found.tied_x, found.tied_y, found.tied_xy) == (2, 5, 2, 1)
