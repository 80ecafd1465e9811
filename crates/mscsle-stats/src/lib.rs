#![doc = include_str!("../README.md")]

mod contingency;
mod decimal;
mod descriptive;
mod error;
mod fisher;
mod hazard_ratio;
mod meta_analysis;
mod multiplicity;
mod paired_t;
mod printed_summary;
mod proportion;
mod rate;
mod risk_difference;
mod root;
mod signed_rank;
mod stratified;
mod two_samples;
mod unconditional;
mod words;

pub use contingency::{ChiSquaredTest, McNemarMethod, McNemarTest, chi_squared_test, mcnemar};
pub use decimal::{Printed, Rounding, format_half_up, format_ratio};
pub use descriptive::{
    QuantileType, Summary, describe, quantile, standardized_mean_difference, standardized_proportion_difference,
};
pub use error::{Result, StatsError};
pub use fisher::{FisherTest, fisher_exact};
pub use hazard_ratio::{HazardRatioFromInterval, PrintedP, hr_from_ci};
pub use meta_analysis::{MetaAnalysis, PooledInterval, TauMethod, meta_analysis};
pub use multiplicity::{Adjustment, adjust_p};
pub use paired_t::{PairedT, paired_t};
pub use printed_summary::{SumPair, coding_counts, feasible, feasible_sums, percent_counts};
pub use proportion::{
    BinomialTest, DenominatorRule, Proportion, ProportionMethod, TwoSidedRule, binomial_test, proportion,
};
pub use rate::{Rate, RateMethod, RateRatio, rate, rate_ratio};
pub use risk_difference::{DifferenceMethod, RiskDifference, risk_difference};
pub use signed_rank::{EXACT_UP_TO, SignedRank, SignedRankDistribution, SignedRankOptions, ZeroRule, signed_rank};
pub use stratified::{
    CochranMantelHaenszel, StratifiedDifference, StratifiedMethod, Stratum, cochran_mantel_haenszel,
    stratified_difference,
};
pub use two_samples::{RankSumDistribution, TwoSamples, Variances, rank_sum, two_sample_t};
pub use unconditional::{UnconditionalMethod, UnconditionalTest, unconditional_test};
pub use words::Alternative;
