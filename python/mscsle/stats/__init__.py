"""Trial statistics beside survival: proportions, tests, rates, change within patients, checks of printed numbers.

Every result is frozen, names its method and, for a proportion, what its denominator counts.
"""

from __future__ import annotations

from mscsle.stats._audit import Audit, audit
from mscsle.stats._change import ChangeFromBaseline, change_from_baseline
from mscsle.stats._describe import Description, describe, quantile
from mscsle.stats._hazard import HazardRatioFromInterval, hr_from_ci
from mscsle.stats._meta import MetaAnalysis, meta_analysis, pool_proportions
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
from mscsle.stats._shift import ShiftTable, shift_table
from mscsle.stats._stratified import (
    CochranMantelHaenszel,
    StratifiedDifference,
    UnconditionalTest,
    barnard,
    boschloo,
    cmh,
    stratified_difference,
)
from mscsle.stats._two_samples import TwoSamples, two_samples

__all__ = [
    "Audit",
    "BinomialTest",
    "ChangeFromBaseline",
    "ChiSquaredTest",
    "CochranMantelHaenszel",
    "CodingCounts",
    "Description",
    "FeasibleMeans",
    "FisherTest",
    "HazardRatioFromInterval",
    "McNemarTest",
    "MetaAnalysis",
    "PairedTest",
    "PercentCounts",
    "Proportion",
    "Rate",
    "RateRatio",
    "ShiftTable",
    "StratifiedDifference",
    "TwoProportions",
    "TwoSamples",
    "UnconditionalTest",
    "adjust_p",
    "audit",
    "barnard",
    "binomial_test",
    "boschloo",
    "change_from_baseline",
    "chi_squared",
    "cmh",
    "coding_counts",
    "describe",
    "feasible_means",
    "fisher",
    "format_half_up",
    "hr_from_ci",
    "mcnemar",
    "meta_analysis",
    "paired_test",
    "percent_counts",
    "pool_proportions",
    "proportion",
    "quantile",
    "rate",
    "rate_ratio",
    "shift_table",
    "stratified_difference",
    "two_proportions",
    "two_samples",
]
