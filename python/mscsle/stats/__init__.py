"""Trial statistics beside survival: proportions, tests, rates, change within patients, checks of printed numbers.

Every result is frozen, names its method and, for a proportion, what its denominator counts.
"""

from __future__ import annotations

from mscsle.stats._audit import Audit, audit
from mscsle.stats._change import ChangeFromBaseline, change_from_baseline
from mscsle.stats._describe import Description, describe, quantile
from mscsle.stats._hazard import HazardRatioFromInterval, hr_from_ci
from mscsle.stats._multiplicity import adjust_p
from mscsle.stats._paired import PairedTest, paired_test
from mscsle.stats._printed import (
    CodingCounts,
    FeasibleMeans,
    PercentCounts,
    coding_counts,
    feasible_means,
    format_half_up,
    percent_counts,
)
from mscsle.stats._proportions import (
    BinomialTest,
    ChiSquaredTest,
    FisherTest,
    McNemarTest,
    Proportion,
    TwoProportions,
    binomial_test,
    chi_squared,
    fisher,
    mcnemar,
    proportion,
    two_proportions,
)
from mscsle.stats._rates import Rate, RateRatio, rate, rate_ratio

__all__ = [
    "Audit",
    "BinomialTest",
    "ChangeFromBaseline",
    "ChiSquaredTest",
    "CodingCounts",
    "Description",
    "FeasibleMeans",
    "FisherTest",
    "HazardRatioFromInterval",
    "McNemarTest",
    "PairedTest",
    "PercentCounts",
    "Proportion",
    "Rate",
    "RateRatio",
    "TwoProportions",
    "adjust_p",
    "audit",
    "binomial_test",
    "change_from_baseline",
    "chi_squared",
    "coding_counts",
    "describe",
    "feasible_means",
    "fisher",
    "format_half_up",
    "hr_from_ci",
    "mcnemar",
    "paired_test",
    "percent_counts",
    "proportion",
    "quantile",
    "rate",
    "rate_ratio",
    "two_proportions",
]
