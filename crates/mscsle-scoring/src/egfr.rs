//! Estimated glomerular filtration rate from creatinine.
//!
//! With `S` creatinine in mg/dL (umol/L / 88.4), age in years, height in cm and weight in kg:
//!
//! ```text
//! ckd-epi-2021     142 min(S/k,1)^a max(S/k,1)^-1.200 0.9938^age (1.012 if female)             k 0.7 F, 0.9 M; a -0.241 F, -0.302 M
//! ckd-epi-2009     141 min(S/k,1)^a max(S/k,1)^-1.209 0.993^age  (1.018 if female) (1.159)     a -0.329 F, -0.411 M
//! mdrd-175         175 S^-1.154 age^-0.203 (0.742 if female) (1.212)                           IDMS-traceable creatinine
//! mdrd-186         186 in its place                                                            creatinine not IDMS-traceable
//! c-agfr           175 S^-1.234 age^-0.179 (0.79 if female)                                    Chinese patients with CKD
//! cockcroft-gault  (140 - age) weight / (72 S) (0.85 if female)                                mL/min, not per 1.73 m2
//! schwartz         0.413 height / S                                                            age 1 to < 18
//! ```
//!
//! The factors 1.159 and 1.212 are the race coefficients of the original publications; they are applied only where the
//! caller asks for them row by row. Equations for adults are not used below 18 years. A creatinine that cannot be one in
//! the stated unit (below 10 or above 3500 umol/L) gives no result for its row and a note; the unit is never guessed.

mod rows;

pub use rows::{Egfr, EgfrColumns, EgfrInput, Estimate, Patient};

use crate::words::words;

/// umol/L in one mg/dL of creatinine.
pub const CREATININE_FACTOR: f64 = 88.4;

/// Least creatinine taken as possible, umol/L.
pub const CREATININE_LEAST: f64 = 10.0;
/// Greatest creatinine taken as possible, umol/L.
pub const CREATININE_GREATEST: f64 = 3500.0;

words! {
    /// An equation.
    pub enum Equation, "equation" {
        /// CKD-EPI 2021 without race (Inker et al. 2021).
        CkdEpi2021 = "ckd-epi-2021",
        /// CKD-EPI 2009 (Levey et al. 2009).
        CkdEpi2009 = "ckd-epi-2009",
        /// Four-variable MDRD for IDMS-traceable creatinine (Levey et al. 2006).
        Mdrd175 = "mdrd-175",
        /// Four-variable MDRD for creatinine that is not IDMS-traceable.
        Mdrd186 = "mdrd-186",
        /// Abbreviated equation for Chinese patients (Ma et al. 2006).
        ChineseAgfr = "c-agfr",
        /// Cockcroft and Gault 1976: creatinine clearance in mL/min.
        CockcroftGault = "cockcroft-gault",
        /// Bedside Schwartz (Schwartz et al. 2009), age 1 to < 18.
        Schwartz = "schwartz",
    }
}

impl Equation {
    /// The name as printed.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Equation::CkdEpi2021 => "CKD-EPI 2021",
            Equation::CkdEpi2009 => "CKD-EPI 2009",
            Equation::Mdrd175 => "MDRD (175, IDMS)",
            Equation::Mdrd186 => "MDRD (186)",
            Equation::ChineseAgfr => "c-aGFR",
            Equation::CockcroftGault => "Cockcroft-Gault",
            Equation::Schwartz => "Schwartz (bedside)",
        }
    }

    /// The unit of the result.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Equation::CockcroftGault => "mL/min",
            _ => "mL/min/1.73 m2",
        }
    }

    /// The publication.
    #[must_use]
    pub const fn citation(self) -> &'static str {
        match self {
            Equation::CkdEpi2021 => "Inker LA et al. N Engl J Med 2021;385:1737-1749, doi:10.1056/NEJMoa2102953",
            Equation::CkdEpi2009 => "Levey AS et al. Ann Intern Med 2009;150:604-612",
            Equation::Mdrd175 => "Levey AS et al. Ann Intern Med 2006;145:247-254",
            Equation::Mdrd186 => "Levey AS et al. J Am Soc Nephrol 2000;11:155A",
            Equation::ChineseAgfr => "Ma YC et al. J Am Soc Nephrol 2006;17:2937-2944, doi:10.1681/ASN.2006040368",
            Equation::CockcroftGault => "Cockcroft DW, Gault MH. Nephron 1976;16:31-41",
            Equation::Schwartz => "Schwartz GJ et al. J Am Soc Nephrol 2009;20:629-637, doi:10.1681/ASN.2008030287",
        }
    }

    /// Whether a body weight is needed.
    #[must_use]
    pub const fn needs_weight(self) -> bool {
        matches!(self, Equation::CockcroftGault)
    }

    /// Whether a height is needed.
    #[must_use]
    pub const fn needs_height(self) -> bool {
        matches!(self, Equation::Schwartz)
    }
}

words! {
    /// The unit of creatinine; never guessed from the values.
    pub enum CreatinineUnit, "creatinine_unit" {
        /// Micromoles a litre.
        MicromolPerLitre = "umol/L" | "µmol/L" | "μmol/L" | "micromol/L",
        /// Milligrams a decilitre.
        MilligramPerDecilitre = "mg/dL" | "mg/dl",
    }
}

impl CreatinineUnit {
    /// umol/L in one of this unit.
    #[must_use]
    pub const fn micromol(self) -> f64 {
        match self {
            CreatinineUnit::MicromolPerLitre => 1.0,
            CreatinineUnit::MilligramPerDecilitre => CREATININE_FACTOR,
        }
    }
}

words! {
    /// What happens below 18 years when an equation for adults was chosen.
    pub enum Under18, "under_18" {
        /// Not computed, with a note.
        Refuse = "refuse",
        /// The bedside Schwartz equation, which needs the height; noted.
        Schwartz = "schwartz",
    }
}

words! {
    /// Why a row has no result, or what has to be said about it.
    pub enum Note, "note" {
        /// Creatinine is missing.
        MissingCreatinine = "missing_creatinine",
        /// Age, sex, weight or height is missing.
        MissingInput = "missing_input",
        /// Creatinine that cannot be one in the stated unit; not computed.
        ImplausibleCreatinine = "implausible_creatinine",
        /// An equation for adults below 18 years; not computed.
        AgeBelow18 = "age_below_18",
        /// The equation for children outside 1 to < 18 years; not computed.
        AgeOutsideSchwartz = "age_outside_1_to_18",
        /// Age below 0 or above 120; not computed.
        ImplausibleAge = "implausible_age",
        /// On dialysis; not computed.
        Dialysis = "dialysis",
        /// Below 18 years: the bedside Schwartz equation was used.
        SchwartzUsed = "schwartz_used",
        /// The equation at the subject's first row was kept although the age now calls for another.
        EquationKept = "equation_kept",
        /// Weight outside 1 to 400 kg or height outside 30 to 250 cm; not computed.
        ImplausibleBody = "implausible_body",
    }
}

impl Note {
    /// Bit by which columns of notes hold this one.
    #[must_use]
    pub const fn bit(self) -> u16 {
        1 << self.code()
    }

    /// The note as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Note::MissingCreatinine => "creatinine is missing",
            Note::MissingInput => "age, sex, weight or height is missing",
            Note::ImplausibleCreatinine => {
                "creatinine is below 10 or above 3500 umol/L in the stated unit, so nothing is computed"
            }
            Note::AgeBelow18 => "the equation holds for adults only, so nothing is computed below 18 years",
            Note::AgeOutsideSchwartz => "the bedside Schwartz equation holds from 1 to below 18 years",
            Note::ImplausibleAge => "the age is not between 0 and 120 years",
            Note::Dialysis => "a filtration rate is not computed on dialysis",
            Note::SchwartzUsed => "below 18 years the bedside Schwartz equation was used",
            Note::ImplausibleBody => "the weight is not between 1 and 400 kg or the height not between 30 and 250 cm",
            Note::EquationKept => "the equation at the subject's first row was kept beyond the 18th birthday",
        }
    }
}

words! {
    /// Sex as the equations know it.
    pub enum Sex, "sex" {
        /// Female.
        Female = "F",
        /// Male.
        Male = "M",
    }
}

/// Body surface area by Du Bois and Du Bois (1916), m2: `0.007184 weight^0.425 height^0.725`; NaN
/// unless both are positive.
///
/// ```
/// assert!((mscsle_scoring::egfr::body_surface_area(70.0, 175.0) - 1.8481).abs() < 1e-4);
/// ```
#[must_use]
pub fn body_surface_area(weight_kg: f64, height_cm: f64) -> f64 {
    0.007184
        * crate::elementary::exp(0.425 * crate::elementary::ln(weight_kg) + 0.725 * crate::elementary::ln(height_cm))
}

/// [`body_surface_area`] of columns.
///
/// # Errors
/// Unequal lengths.
pub fn body_surface_areas(weight_kg: &[f64], height_cm: &[f64]) -> Result<Vec<f64>, crate::ScoringError> {
    crate::error::same_length("height", height_cm.len(), weight_kg.len())?;
    Ok(weight_kg.iter().zip(height_cm).map(|(&w, &h)| body_surface_area(w, h)).collect())
}

/// mL/min from mL/min/1.73 m2 by the patient's body surface area.
#[must_use]
pub fn de_index(egfr: f64, weight_kg: f64, height_cm: f64) -> f64 {
    egfr * body_surface_area(weight_kg, height_cm) / 1.73
}
