//! The laboratory tests: canonical units, accepted units with their factors, and limits of the plausible.
//!
//! Limits are not reference ranges: outside them a wrong unit or a slip of the pen is likelier than a patient.
//!
//! Factors: creatinine 88.4 umol/L per mg/dL as fixed for estimating equations (the molar mass 113.12 gives 88.4017);
//! ratios to creatinine by 113.12 exactly; urea by its molar mass 60.056 and urea nitrogen by 28.0134; haemoglobin
//! 0.6206 mmol/L per g/dL; bilirubin by 584.66; glucose by 180.156; urate by 168.11; cholesterol by 386.65.

use crate::units::{AcceptedUnit, normal_unit};
use crate::{DomainError, did_you_mean};

/// One laboratory test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabTest {
    /// Id in the column `test` of the table `labs`.
    pub id: &'static str,
    /// Name.
    pub name: &'static str,
    /// Accepted units; the first is the canonical one. Empty text means that no unit is needed.
    pub units: &'static [AcceptedUnit],
    /// Smallest plausible value in the canonical unit.
    pub low: f64,
    /// Largest plausible value in the canonical unit.
    pub high: f64,
    /// Whether 0 is a result (none found) although `low` is above 0.
    pub zero: bool,
}

impl LabTest {
    /// The canonical unit.
    #[must_use]
    pub fn canonical_unit(&self) -> &'static str {
        self.units.first().map_or("", |unit| unit.unit)
    }

    /// Whether results without a unit can be read: the test has none.
    #[must_use]
    pub fn is_unitless(&self) -> bool {
        self.units.iter().any(|unit| unit.unit.is_empty())
    }

    /// The accepted unit of a spelling.
    #[must_use]
    pub fn unit(&self, spelling: &str) -> Option<&'static AcceptedUnit> {
        let wanted = normal_unit(spelling);
        self.units.iter().find(|unit| normal_unit(unit.unit) == wanted)
    }

    /// Whether a value in the canonical unit is plausible.
    #[must_use]
    pub fn is_plausible(&self, canonical: f64) -> bool {
        (self.low..=self.high).contains(&canonical) || (self.zero && canonical == 0.0)
    }

    /// "`umol/L`, `mg/dL` or `mmol/L`".
    #[must_use]
    pub fn accepted(&self) -> String {
        let units: Vec<&str> = self.units.iter().map(|unit| unit.unit).filter(|unit| !unit.is_empty()).collect();
        crate::typing::words(&units)
    }
}

/// The laboratory tests, in the order in which they are documented.
#[must_use]
pub fn lab_tests() -> &'static [LabTest] {
    &LAB_TESTS
}

/// A laboratory test by id.
#[must_use]
pub fn lab_test(id: &str) -> Option<&'static LabTest> {
    LAB_TESTS.iter().find(|test| test.id == id)
}

/// The laboratory tests as columns, for a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct LabTestColumns {
    /// Ids.
    pub test: Vec<&'static str>,
    /// Names.
    pub name: Vec<&'static str>,
    /// Canonical units.
    pub unit: Vec<&'static str>,
    /// Accepted units, separated by a comma and a blank.
    pub accepted: Vec<String>,
    /// Smallest plausible values in the canonical unit.
    pub low: Vec<f64>,
    /// Largest plausible values in the canonical unit.
    pub high: Vec<f64>,
}

impl LabTestColumns {
    /// The columns of [`lab_tests`].
    #[must_use]
    #[expect(clippy::new_without_default, reason = "there is one list of tests, not an empty one")]
    pub fn new() -> LabTestColumns {
        let units = |test: &LabTest| {
            test.units.iter().map(|unit| unit.unit).filter(|unit| !unit.is_empty()).collect::<Vec<_>>().join(", ")
        };
        LabTestColumns {
            test: LAB_TESTS.iter().map(|test| test.id).collect(),
            name: LAB_TESTS.iter().map(|test| test.name).collect(),
            unit: LAB_TESTS.iter().map(LabTest::canonical_unit).collect(),
            accepted: LAB_TESTS.iter().map(units).collect(),
            low: LAB_TESTS.iter().map(|test| test.low).collect(),
            high: LAB_TESTS.iter().map(|test| test.high).collect(),
        }
    }
}

/// A value in the canonical unit of its test.
///
/// # Errors
/// [`DomainError::UnknownTest`]; [`DomainError::UnknownUnit`] for a unit that the test does not have or that cannot be
/// converted without further data (cells/uL to /hpf, mL/min to mL/min/1.73 m2).
///
/// # Examples
/// ```
/// use mscsle_domain::convert;
/// assert_eq!(convert("creatinine", 1.0, "mg/dL")?, 88.4);
/// assert_eq!(convert("upcr", 113.12, "mg/mmol")?, 1.0);
/// assert!(convert("creatinine", 1.0, "g/day").is_err());
/// # Ok::<(), mscsle_domain::DomainError>(())
/// ```
pub fn convert(test: &str, value: f64, unit: &str) -> Result<f64, DomainError> {
    let test = find(test)?;
    find_unit(test, unit).map(|unit| unit.to_canonical(value))
}

/// A value of a test in another of its units.
///
/// # Errors
/// As [`convert`].
///
/// # Examples
/// ```
/// use mscsle_domain::convert_to;
/// let bun = convert_to("bun", 6.5, "mmol/L", "mg/dL")?;
/// assert!((bun - 18.2087).abs() < 1e-4);
/// # Ok::<(), mscsle_domain::DomainError>(())
/// ```
pub fn convert_to(test: &str, value: f64, from: &str, to: &str) -> Result<f64, DomainError> {
    let test = find(test)?;
    let (from, to) = (find_unit(test, from)?, find_unit(test, to)?);
    Ok(if from == to { value } else { to.from_canonical(from.to_canonical(value)) })
}

fn find(id: &str) -> Result<&'static LabTest, DomainError> {
    lab_test(id).ok_or_else(|| DomainError::UnknownTest {
        test: id.to_owned(),
        hint: did_you_mean(id, LAB_TESTS.iter().map(|test| test.id)),
    })
}

fn find_unit(test: &LabTest, unit: &str) -> Result<&'static AcceptedUnit, DomainError> {
    test.unit(unit).ok_or_else(|| DomainError::UnknownUnit {
        test: test.id.to_owned(),
        unit: unit.to_owned(),
        accepted: test.accepted(),
    })
}

const fn unit(unit: &'static str, multiply: f64) -> AcceptedUnit {
    AcceptedUnit { unit, multiply, divide: 1.0 }
}

const fn over(unit: &'static str, divide: f64) -> AcceptedUnit {
    AcceptedUnit { unit, multiply: 1.0, divide }
}

const fn test(id: &'static str, name: &'static str, units: &'static [AcceptedUnit], low: f64, high: f64) -> LabTest {
    LabTest { id, name, units, low, high, zero: false }
}

/// A test of which 0 is a result.
const fn count(id: &'static str, name: &'static str, units: &'static [AcceptedUnit], low: f64, high: f64) -> LabTest {
    LabTest { id, name, units, low, high, zero: true }
}

static ENZYME: [AcceptedUnit; 3] = [unit("U/L", 1.0), unit("IU/L", 1.0), unit("ukat/L", 60.0)];

static CELLS: [AcceptedUnit; 14] = [
    unit("10^9/L", 1.0),
    unit("10^3/uL", 1.0),
    unit("K/uL", 1.0),
    unit("thou/uL", 1.0),
    unit("10^3/mm3", 1.0),
    unit("10^6/mL", 1.0),
    unit("/nL", 1.0),
    unit("G/L", 1.0),
    unit("10^4/uL", 10.0),
    over("/uL", 1000.0),
    over("cells/uL", 1000.0),
    over("/mm3", 1000.0),
    over("cells/mm3", 1000.0),
    over("10^6/L", 1000.0),
];

static PER_FIELD: [AcceptedUnit; 4] =
    [unit("/hpf", 1.0), unit("/HP", 1.0), unit("cells/hpf", 1.0), unit("/high power field", 1.0)];

static PROTEIN: [AcceptedUnit; 3] = [unit("g/L", 1.0), unit("g/dL", 10.0), over("mg/dL", 100.0)];

static IMMUNE_PROTEIN: [AcceptedUnit; 4] =
    [unit("g/L", 1.0), over("mg/dL", 100.0), over("mg/L", 1000.0), unit("mg/mL", 1.0)];

static LAB_TESTS: [LabTest; 44] = [
    test(
        "creatinine",
        "serum creatinine",
        &[unit("umol/L", 1.0), unit("mg/dL", 88.4), unit("mg/L", 8.84), unit("mmol/L", 1000.0)],
        15.0,
        2500.0,
    ),
    test(
        "gfr",
        "glomerular filtration rate, not indexed to body surface",
        &[unit("mL/min", 1.0), unit("mL/s", 60.0)],
        1.0,
        250.0,
    ),
    test(
        "egfr",
        "glomerular filtration rate, indexed to body surface",
        &[unit("mL/min/1.73 m2", 1.0), unit("mL/min/1.73m2", 1.0), unit("mL/s/1.73 m2", 60.0)],
        1.0,
        250.0,
    ),
    count(
        "protein_24h",
        "protein in 24-hour urine",
        &[unit("g/24 h", 1.0), unit("g", 1.0), over("mg/24 h", 1000.0), over("mg", 1000.0)],
        0.01,
        40.0,
    ),
    count(
        "upcr",
        "urine protein to creatinine ratio",
        &[
            unit("g/g", 1.0),
            unit("mg/mg", 1.0),
            over("mg/g", 1000.0),
            over("mg/mmol", 113.12),
            over("g/mol", 113.12),
            AcceptedUnit { unit: "g/mmol", multiply: 1000.0, divide: 113.12 },
        ],
        0.005,
        60.0,
    ),
    count(
        "acr",
        "urine albumin to creatinine ratio",
        &[
            unit("mg/mmol", 1.0),
            unit("g/mol", 1.0),
            unit("mg/g", 0.11312),
            unit("ug/mg", 0.11312),
            unit("g/g", 113.12),
            unit("mg/mg", 113.12),
        ],
        0.01,
        3000.0,
    ),
    count(
        "protein_dipstick",
        "protein on urine dipstick: 0 none or trace, 1 +, 2 ++, 3 +++, 4 ++++",
        &[unit("grade", 1.0), unit("", 1.0), unit("+", 1.0)],
        0.0,
        4.0,
    ),
    test("albumin", "serum albumin", &PROTEIN, 5.0, 70.0),
    count("urine_rbc", "red cells in urine sediment", &PER_FIELD, 0.0, 5000.0),
    count("urine_wbc", "white cells in urine sediment", &PER_FIELD, 0.0, 5000.0),
    count(
        "urine_casts",
        "haem-granular or red-cell casts seen; only their presence counts",
        &[unit("/hpf", 1.0), unit("count", 1.0), unit("/lpf", 1.0), unit("", 1.0)],
        0.0,
        1000.0,
    ),
    test("c3", "complement C3", &IMMUNE_PROTEIN, 0.02, 4.0),
    test("c4", "complement C4", &IMMUNE_PROTEIN, 0.001, 2.0),
    count(
        "ch50",
        "total haemolytic complement",
        &[unit("U/mL", 1.0), unit("CH50 U/mL", 1.0), unit("kU/L", 1.0), over("U/L", 1000.0)],
        0.0,
        500.0,
    ),
    count(
        "anti_dsdna",
        "antibodies to double-stranded DNA, in the units of the assay; only comparable with its own upper limit",
        &[unit("IU/mL", 1.0), unit("kIU/L", 1.0), unit("U/mL", 1.0), unit("RU/mL", 1.0)],
        0.0,
        100_000.0,
    ),
    count("anti_dsdna_farr", "binding of double-stranded DNA by the Farr assay", &[unit("%", 1.0)], 0.0, 100.0),
    test(
        "haemoglobin",
        "haemoglobin",
        &[
            unit("g/L", 1.0),
            unit("g/dL", 10.0),
            unit("g%", 10.0),
            AcceptedUnit { unit: "mmol/L", multiply: 10.0, divide: 0.6206 },
        ],
        20.0,
        250.0,
    ),
    count("leucocytes", "white cells", &CELLS, 0.05, 300.0),
    count("neutrophils", "neutrophils", &CELLS, 0.01, 200.0),
    count("lymphocytes", "lymphocytes", &CELLS, 0.01, 200.0),
    count("monocytes", "monocytes", &CELLS, 0.001, 100.0),
    count("eosinophils", "eosinophils", &CELLS, 0.001, 100.0),
    count("platelets", "platelets", &CELLS, 1.0, 3000.0),
    test("reticulocytes", "reticulocytes", &[unit("%", 1.0)], 0.05, 60.0),
    test(
        "urea",
        "serum urea (the whole molecule; urea nitrogen is `bun`)",
        &[unit("mmol/L", 1.0), over("mg/dL", 6.0056), AcceptedUnit { unit: "g/L", multiply: 100.0, divide: 6.0056 }],
        0.4,
        120.0,
    ),
    test(
        "bun",
        "blood urea nitrogen; in mmol/L the amount of urea, as laboratories print it",
        &[unit("mg/dL", 1.0), unit("mmol/L", 2.80134)],
        1.0,
        340.0,
    ),
    test("alt", "alanine aminotransferase", &ENZYME, 1.0, 20_000.0),
    test("ast", "aspartate aminotransferase", &ENZYME, 1.0, 30_000.0),
    test("alp", "alkaline phosphatase", &ENZYME, 5.0, 5000.0),
    test("ggt", "gamma-glutamyl transferase", &ENZYME, 1.0, 5000.0),
    test("cpk", "creatine kinase", &ENZYME, 1.0, 500_000.0),
    test("ldh", "lactate dehydrogenase", &ENZYME, 20.0, 50_000.0),
    test(
        "bilirubin",
        "total bilirubin",
        &[unit("umol/L", 1.0), AcceptedUnit { unit: "mg/dL", multiply: 10_000.0, divide: 584.66 }],
        0.5,
        1000.0,
    ),
    count("crp", "C-reactive protein", &[unit("mg/L", 1.0), unit("mg/dL", 10.0), unit("ug/mL", 1.0)], 0.01, 800.0),
    count(
        "esr",
        "erythrocyte sedimentation rate",
        &[unit("mm/h", 1.0), unit("mm/hr", 1.0), unit("mm/1h", 1.0), unit("mm", 1.0)],
        0.0,
        200.0,
    ),
    test("total_protein", "total serum protein", &PROTEIN, 20.0, 130.0),
    test("igg", "immunoglobulin G", &IMMUNE_PROTEIN, 0.2, 100.0),
    test("iga", "immunoglobulin A", &IMMUNE_PROTEIN, 0.01, 60.0),
    test("igm", "immunoglobulin M", &IMMUNE_PROTEIN, 0.01, 60.0),
    test("sodium", "serum sodium", &[unit("mmol/L", 1.0), unit("mEq/L", 1.0)], 95.0, 200.0),
    test("potassium", "serum potassium", &[unit("mmol/L", 1.0), unit("mEq/L", 1.0)], 1.0, 10.0),
    test(
        "glucose",
        "blood glucose",
        &[unit("mmol/L", 1.0), AcceptedUnit { unit: "mg/dL", multiply: 10.0, divide: 180.156 }],
        0.5,
        80.0,
    ),
    test(
        "uric_acid",
        "serum urate",
        &[unit("umol/L", 1.0), AcceptedUnit { unit: "mg/dL", multiply: 10_000.0, divide: 168.11 }],
        20.0,
        2500.0,
    ),
    test(
        "cholesterol",
        "total cholesterol",
        &[unit("mmol/L", 1.0), AcceptedUnit { unit: "mg/dL", multiply: 10.0, divide: 386.65 }],
        0.5,
        40.0,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Published to 4 decimals.
    const TOLERANCE: f64 = 5e-5;

    #[test]
    fn tv_19_urea_and_protein_ratios() {
        assert!((convert("bun", 6.5, "mmol/L").unwrap() - 18.2087).abs() < TOLERANCE);
        assert!((convert_to("upcr", 0.5, "g/g", "mg/mmol").unwrap() - 56.56).abs() < TOLERANCE);
        assert!((convert("upcr", 50.0, "mg/mmol").unwrap() - 0.442_008).abs() < 5e-7);
    }

    #[test]
    fn ids_are_unique_and_canonical_factors_are_one() {
        for test in lab_tests() {
            assert_eq!(lab_tests().iter().filter(|other| other.id == test.id).count(), 1, "{}", test.id);
            assert!(test.units.first().is_some_and(|u| u.multiply == 1.0 && u.divide == 1.0), "{}", test.id);
            assert!(test.low < test.high);
        }
    }

    #[test]
    fn spellings_of_one_test_never_differ_in_factor() {
        for test in lab_tests() {
            for a in test.units {
                for b in test.units.iter().filter(|b| normal_unit(b.unit) == normal_unit(a.unit)) {
                    assert_eq!((a.multiply, a.divide), (b.multiply, b.divide), "{} {}", test.id, a.unit);
                }
            }
        }
    }

    #[test]
    fn both_examples_of_a_wrong_unit_are_implausible() {
        let protein = lab_test("protein_24h").unwrap();
        assert!(!protein.is_plausible(convert("protein_24h", 2.24, "mg").unwrap()));
        assert!(protein.is_plausible(2.24) && protein.is_plausible(0.0));
        assert!(!lab_test("creatinine").unwrap().is_plausible(1.2));
    }

    #[test]
    fn urea_is_not_urea_nitrogen() {
        assert_ne!(convert("urea", 18.0, "mg/dL").unwrap(), convert_to("bun", 18.0, "mg/dL", "mmol/L").unwrap());
    }

    #[test]
    fn an_unknown_unit_names_the_accepted_ones() {
        let error = convert("albumin", 3.5, "mg/mmol").unwrap_err();
        assert_eq!(error.to_string(), "`albumin` has no unit `mg/mmol`; use `g/L`, `g/dL` or `mg/dL`");
        assert_eq!(
            convert("creatinin", 1.0, "mg/dL").unwrap_err().to_string(),
            "unknown laboratory test `creatinin`; did you mean `creatinine`?"
        );
    }
}
