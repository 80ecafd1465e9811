//! The measures a definition can name, each with its unit, its table and the direction that is worse.

use mscsle_domain::lab_test;

/// Which way a measure is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worse {
    /// Higher is worse (protein, creatinine, SLEDAI).
    High,
    /// Lower is worse (GFR, albumin, complement).
    Low,
}

/// One measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Id as in `labs.test` and in definitions.
    pub id: &'static str,
    /// Canonical unit.
    pub unit: &'static str,
    /// Table it comes from.
    pub table: &'static str,
    /// Which way it is worse.
    pub worse: Worse,
    /// What it is.
    pub meaning: &'static str,
}

const fn m(id: &'static str, unit: &'static str, table: &'static str, worse: Worse, meaning: &'static str) -> Measure {
    Measure { id, unit, table, worse, meaning }
}

use Worse::{High, Low};

/// All measures. Laboratory tests have the units of [`mscsle_domain::lab_tests`].
pub static MEASURES: &[Measure] = &[
    m("creatinine", "umol/L", "labs", High, "serum creatinine"),
    m("gfr", "mL/min", "labs", Low, "glomerular filtration rate as recorded, not indexed"),
    m("egfr", "mL/min/1.73 m2", "labs", Low, "estimated glomerular filtration rate"),
    m("protein_24h", "g/24 h", "labs", High, "protein in 24-h urine"),
    m("upcr", "g/g", "labs", High, "urine protein to creatinine ratio"),
    m("acr", "mg/mmol", "labs", High, "urine albumin to creatinine ratio"),
    m("protein_dipstick", "grade", "labs", High, "protein by dipstick, 0 to 4"),
    m("albumin", "g/L", "labs", Low, "serum albumin"),
    m("urine_rbc", "/hpf", "labs", High, "red cells in urine sediment"),
    m("urine_wbc", "/hpf", "labs", High, "white cells in urine sediment"),
    m("urine_casts", "/hpf", "labs", High, "cellular casts in urine sediment"),
    m("c3", "g/L", "labs", Low, "complement C3"),
    m("c4", "g/L", "labs", Low, "complement C4"),
    m("ch50", "U/mL", "labs", Low, "total haemolytic complement"),
    m("anti_dsdna", "IU/mL", "labs", High, "antibodies to double-stranded DNA"),
    m("haemoglobin", "g/L", "labs", Low, "haemoglobin"),
    m("leucocytes", "10^9/L", "labs", Low, "white blood cells"),
    m("neutrophils", "10^9/L", "labs", Low, "neutrophils"),
    m("lymphocytes", "10^9/L", "labs", Low, "lymphocytes"),
    m("platelets", "10^9/L", "labs", Low, "platelets"),
    m("urea", "mmol/L", "labs", High, "serum urea"),
    m("alt", "U/L", "labs", High, "alanine aminotransferase"),
    m("ast", "U/L", "labs", High, "aspartate aminotransferase"),
    m("cpk", "U/L", "labs", High, "creatine kinase"),
    m("ldh", "U/L", "labs", High, "lactate dehydrogenase"),
    m("bilirubin", "umol/L", "labs", High, "total bilirubin"),
    m("crp", "mg/L", "labs", High, "C-reactive protein"),
    m("esr", "mm/h", "labs", High, "erythrocyte sedimentation rate"),
    m("sledai", "points", "sledai", High, "SLEDAI total"),
    m("clinical_sledai", "points", "sledai", High, "SLEDAI without low complement and anti-dsDNA"),
    m("pga", "0-3", "pga", High, "physician global assessment on the 0-3 scale"),
    m("prednisone", "mg/day", "medications", High, "oral prednisone equivalent in force on the day"),
    m(
        "prednisone_days_above_10",
        "days",
        "medications",
        High,
        "days above 10 mg prednisone in the 56 days up to the day",
    ),
    m("prednisone_run_above_10", "days", "medications", High, "longest run of such days"),
    m("prednisone_max_84", "mg/day", "medications", High, "highest prednisone equivalent in the 84 days up to the day"),
    m(
        "sledai_major_items",
        "items",
        "sledai",
        High,
        "active items of the renal, central nervous and cardiopulmonary systems, vasculitis and fever",
    ),
    m("sledai_new_items", "items", "sledai", High, "items active now that were not at the assessment before"),
    m("bilag_a", "systems", "bilag", High, "BILAG systems graded A"),
    m("bilag_b", "systems", "bilag", High, "BILAG systems graded B"),
    m("bilag_new_a", "systems", "bilag", High, "BILAG systems graded A now and not at baseline"),
    m("bilag_new_b", "systems", "bilag", High, "BILAG systems graded B now and C, D or E at baseline"),
    m("bilag_new_a_previous", "systems", "bilag", High, "BILAG systems graded A now and not at the assessment before"),
    m(
        "bilag_new_b_previous",
        "systems",
        "bilag",
        High,
        "BILAG systems graded B now and C, D or E at the assessment before",
    ),
    m("bilag_active_at_baseline", "systems", "bilag", High, "BILAG systems graded A or B at baseline"),
    m("bilag_persisting", "systems", "bilag", High, "BILAG systems graded A or B at baseline and now"),
    m("bilag_not_improved", "systems", "bilag", High, "BILAG systems graded A or B at baseline and not better now"),
    m("weight", "kg", "vitals", High, "body weight"),
    m(
        "prednisone_per_kg",
        "mg/kg/day",
        "medications",
        High,
        "oral prednisone equivalent over the last body weight up to the day",
    ),
    m("sle_das", "points", "assessments", High, "SLE-DAS as recorded (`what` = `sle_das`)"),
    m(
        "sfi_revised",
        "grade",
        "assessments",
        High,
        "highest recorded organ grade of the revised flare index (`what` = `sfi_<organ>`), 0 to 3",
    ),
    m("sfi_revised_open", "organs", "assessments", High, "organs of the revised flare index without a grade"),
    m("bilag_improved", "systems", "bilag", Low, "BILAG systems graded A or B at baseline and better now"),
];

/// A measure by id, as its position in [`MEASURES`].
#[must_use]
pub fn measure_index(id: &str) -> Option<usize> {
    MEASURES.iter().position(|measure| measure.id == id)
}

impl Measure {
    /// Factor from the canonical unit to `unit`, `None` when the unit does not belong to the measure.
    #[must_use]
    pub fn factor_to(&self, unit: &str) -> Option<f64> {
        if unit == self.unit {
            return Some(1.0);
        }
        lab_test(self.id)
            .filter(|_| self.table == "labs")?
            .unit(unit)
            .map(|accepted| accepted.divide / accepted.multiply)
    }

    /// The units a threshold can be stated in, for a message.
    pub(crate) fn accepted_units(&self) -> String {
        match lab_test(self.id).filter(|_| self.table == "labs") {
            Some(test) => test.accepted(),
            None => format!("`{}`", self.unit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        for (i, a) in MEASURES.iter().enumerate() {
            assert_eq!(measure_index(a.id), Some(i), "{}", a.id);
        }
    }

    #[test]
    fn laboratory_measures_have_the_units_of_the_catalogue() {
        for measure in MEASURES.iter().filter(|m| m.table == "labs") {
            let test = mscsle_domain::lab_test(measure.id).unwrap();
            assert_eq!(test.canonical_unit(), measure.unit, "{}", measure.id);
        }
    }

    #[test]
    fn upcr_converts_with_the_molar_mass_of_creatinine() {
        let upcr = &MEASURES[measure_index("upcr").unwrap()];
        assert!((upcr.factor_to("mg/mmol").unwrap() * 0.5 - 56.56).abs() < 1e-9);
        assert_eq!(upcr.factor_to("mmol"), None);
    }
}
