#![doc = include_str!("../README.md")]

mod aalen_johansen;
mod aft;
mod band_critical;
mod bands;
mod bootstrap;
mod check;
mod concordance;
mod cox;
mod error;
mod event_table;
mod fine_gray;
mod follow_up;
mod gray;
mod hazard;
mod hybrid_difference;
mod interval;
mod intervals;
mod jackknife;
mod kaplan_meier;
mod key_sort;
mod landmark;
mod logrank;
mod logrank_contrasts;
mod logrank_exact;
mod logrank_weights;
mod max_combo;
mod mean_cumulative;
mod multi_state;
mod parametric;
mod philox;
mod prediction_error;
mod quadratic_form;
mod quadrature;
mod quantile;
mod recession;
mod reconstruct;
mod rmst;
mod royston_parmar;
mod sort;
mod sweep;
mod symmetric_eigen;
mod ties;
mod turnbull;
mod whole_days;

pub use aalen_johansen::{
    CumulativeIncidence, IncidenceOptions, IncidenceVariance, cumulative_incidence, cumulative_incidence_by,
    incidence_limits,
};
pub use aft::{AftFamily, AftFit, AftMeans, aft};
pub use band_critical::{BandCritical, BandKind, band_critical_value};
pub use bands::{BandOptions, SimultaneousBand, simultaneous_band};
pub use bootstrap::{BootstrapInterval, BootstrapOf, Replicates, bootstrap_by, bootstrap_limits};
pub use concordance::{Concordance, ConcordanceOptions, TimeWeight, concordance};
pub use cox::{
    BaselineAt, CauseHazard, CauseIncidence, CauseSubjects, CoxBaseline, CoxCrossValidation, CoxFit, CoxInterval,
    CoxNote, CoxOptions, CoxPath, CoxResiduals, CoxScreening, CoxStandardised, CoxSubjects, CoxSurvival, CoxTerm,
    CoxTest, Direction, EventFree, FrailtyFit, Inference, MOST_FRAILTY_GROUPS, PathOptions, Penalty, PhTest,
    Population, StratumLikelihood, TermStatus, Ties, TimeTransform, cause_specific_incidence, cox, cox_baseline,
    cox_concordance, cox_frailty, cox_likelihood, cox_path, cox_path_cross_validation, cox_residuals, cox_screen,
    cox_standardised, cox_survival, ph_test,
};
pub use error::SurvivalError;
pub use event_table::{EventCell, EventTable};
pub use fine_gray::{
    CensoringTies, FineGrayFit, FineGrayModel, FineGrayOptions, FineGrayPrediction, FineGrayTerm, FineGrayVariance,
    fine_gray,
};
pub use follow_up::{FollowUpTies, follow_up_by};
pub use gray::{GrayOptions, GrayTest, gray_test};
pub use hazard::{CumulativeHazard, HazardEstimator, cumulative_hazard_by, hazard_limits};
pub use hybrid_difference::{SurvivalPoint, hybrid_difference};
pub use interval::{Confidence, IntervalType, limits, pointwise_limits};
pub use kaplan_meier::{
    KaplanMeier, KaplanMeierOptions, RiskSteps, VarianceType, Weights, kaplan_meier, kaplan_meier_by, std_errors,
    steps_before, steps_until,
};
pub use landmark::{LandmarkRows, LandmarkStatus, landmark_rows};
pub use logrank::{LogRank, LogRankOptions, logrank};
pub use logrank_contrasts::{LogRankPair, LogRankTrend, logrank_pairs};
pub use logrank_exact::{ExactLogRank, Permutations, logrank_exact, logrank_permutation};
pub use logrank_weights::LogRankWeight;
pub use max_combo::{MaxCombo, max_combo};
pub use mean_cumulative::{MeanCumulative, MeanCumulativeTest, RecurrentRows, mean_cumulative, mean_cumulative_test};
pub use multi_state::{MeanTime, MultiState, MultiStateOptions, MultiStateVariance, StateTable, multi_state};
pub use parametric::{
    ParametricModel, ParametricNote, ParametricOptions, ParametricQuantiles, ParametricSurvival, ParametricTerm,
};
pub use prediction_error::{PredictionError, prediction_error};
pub use quantile::{SurvivalQuantile, survival_quantile, survival_quantiles};
pub use reconstruct::{Cleaning, Reconstruction, ReconstructionQuality, reconstruct};
pub use rmst::{Contrast, ContrastKind, Rmst, difference, hazard_ratio_at, ratio, rmst};
pub use royston_parmar::{RoystonParmarFit, SplineKnots, SplineScale, royston_parmar};
pub use ties::{CanonicalTimes, NearTies, TieGroups, canonical_times, largest_gap_of_sorted};
pub use turnbull::{Turnbull, TurnbullBootstrap, TurnbullOptions, turnbull, turnbull_bootstrap};
pub use whole_days::{WholeColumn, logrank_whole_days};
