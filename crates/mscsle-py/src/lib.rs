#![doc = include_str!("../README.md")]

use pyo3::prelude::*;

mod arrow;
mod endpoints;
mod error;
mod frame;
mod io;
mod io_json;
mod scoring;
mod sim;
mod stats;
mod survival;
mod survival_accuracy;
mod survival_competing;
mod survival_cox;
mod survival_curves;
mod survival_frailty;
mod survival_intervals;
mod survival_parametric;
mod survival_reconstruct;
mod survival_recurrent;
mod survival_states;
mod survival_table;
mod survival_tests;
mod trial;

/// The extension module behind the Python package `mscsle`.
#[pymodule]
mod _core {
    use super::*;

    #[pymodule_export]
    use crate::arrow::{PyArrowTexts, arrow_texts};

    #[pymodule_export]
    use crate::endpoints::{PyDefinition, PyFlares, PyHistory, PyResponse, endpoint_definition_ids, endpoint_measures};

    #[pymodule_export]
    use crate::frame::{scan_numbers, small_codes};

    #[pymodule_export]
    use crate::io::{
        PyXportSink, PyXportStream, format_kind, read_csv, read_tables, read_xport, write_csv, write_tables,
        write_xport,
    };

    #[pymodule_export]
    use crate::io_json::{PyJsonSink, PyJsonStream, read_json, write_json};

    #[pymodule_export]
    use crate::scoring::bilag2004::{
        bilag2004_flares, bilag2004_grades, bilag2004_items, bilag2004_totals, bilag2004_why,
    };

    #[pymodule_export]
    use crate::scoring::forms::{ctcae_grades, ctcae_why, form_info, form_scores, form_why, sdi_falling};

    #[pymodule_export]
    use crate::scoring::sledai_labs::{sledai_labs_suggestions, sledai_labs_why};

    #[pymodule_export]
    use crate::scoring::{
        bilag_systems, bilag_total_why, bilag_totals, body_surface_area, convert_values, egfr_columns, egfr_equation,
        egfr_why, glucocorticoid_perhaps, prednisone_doses, prednisone_equivalents, prednisone_why, scoring_words,
        sledai_carry, sledai_items, sledai_scores, sledai_totals, sledai_version, sledai_why,
    };

    #[pymodule_export]
    use crate::sim::{cohort_list, generate_cohort, simulate_cohort};

    #[pymodule_export]
    use crate::stats::{
        adjust_p, binomial_test, chi_squared_test, cochran_mantel_haenszel, coding_counts, describe, feasible_pairs,
        feasible_sums, fisher_exact, format_half_up, format_ratio, hr_from_ci, mcnemar, meta_analysis, paired_t,
        percent_counts, proportion, quantile, rank_sum, rate, rate_ratio, risk_difference, signed_rank,
        standardized_mean_difference, standardized_proportion_difference, stratified_difference, two_sample_t,
        unconditional_test,
    };

    #[pymodule_export]
    use crate::survival::{
        survival_contrast, survival_critical_value, survival_hybrid_difference, survival_incidence,
        survival_incidence_limits, survival_kaplan_meier, survival_limits, survival_logrank, survival_logrank_small,
        survival_logrank_whole_days, survival_quantile, survival_rmst, survival_std_error, survival_steps,
    };

    #[pymodule_export]
    use crate::survival_accuracy::{survival_concordance, survival_prediction_error};
    #[pymodule_export]
    use crate::survival_competing::{PyCauseHazard, PyFineGray, survival_cause_specific, survival_gray};
    #[pymodule_export]
    use crate::survival_cox::{PyCoxData, PyCoxFit};

    #[pymodule_export]
    use crate::survival_curves::{
        survival_band, survival_band_critical, survival_bootstrap, survival_bootstrap_limits, survival_follow_up,
        survival_hazard, survival_hazard_limits, survival_landmark,
    };

    #[pymodule_export]
    use crate::survival_table::PyEventTable;

    #[pymodule_export]
    use crate::survival_tests::{survival_logrank_pairs, survival_logrank_trend, survival_max_combo};

    #[pymodule_export]
    use crate::survival_frailty::PyFrailtyFit;
    #[pymodule_export]
    use crate::survival_intervals::{PyTurnbull, survival_turnbull_bootstrap};
    #[pymodule_export]
    use crate::survival_parametric::{PyParametricFit, survival_parametric};

    #[pymodule_export]
    use crate::survival_recurrent::survival_mean_cumulative;

    #[pymodule_export]
    use crate::survival_states::{PyMultiState, survival_multi_state};

    #[pymodule_export]
    use crate::survival_reconstruct::PyReconstruction;
    #[pymodule_export]
    use crate::trial::{
        PyTrial, check_rules, flag_words, lab_test_columns, number_words, schema_columns, schema_tables,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        // The names are listed once, in the stub, which is checked against the module.
        module.delattr("__all__")
    }
}
