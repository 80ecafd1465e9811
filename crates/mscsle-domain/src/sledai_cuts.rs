//! Cuts of the SLEDAI descriptors that a laboratory value can meet; every comparison is strict.
//!
//! # References
//! Bombardier C et al. Arthritis Rheum 1992;35:630-640. Gladman DD et al. J Rheumatol 2002;29:288-291.

/// `thrombocytopenia`: platelets below this, 10^9/L.
pub const PLATELETS_BELOW: f64 = 100.0;
/// `leukopenia`: white cells below this, 10^9/L.
pub const LEUCOCYTES_BELOW: f64 = 3.0;
/// `haematuria` and `pyuria`: cells above this a high-power field.
pub const CELLS_ABOVE: f64 = 5.0;
/// `proteinuria`: above this in g/24 h; the ratio to creatinine in g/g is a surrogate (confidence M).
pub const PROTEIN_ABOVE: f64 = 0.5;
/// The other cut in use for the ratio to creatinine, mg/mmol (confidence M).
pub const UPCR_ABOVE_MG_PER_MMOL: f64 = 50.0;
/// `fever`: above this, degrees Celsius.
pub const TEMPERATURE_ABOVE: f64 = 38.0;
