//! The columns of every table of a trial, as data: read by the reader, the checks, Python and the docs alike.

use crate::bilag_items::BILAG_ITEM_COLUMNS;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Free text.
    Text,
    /// One of `allowed`, in any case.
    Category,
    /// A number.
    Number,
    /// A whole number, one of `allowed`.
    Ordinal,
    /// 0/1, true/false, Y/N.
    Flag,
    /// An ISO date, may be partial.
    Date,
    /// A number or a text such as `<0.15`, `trace`, `2+`.
    Result,
}

impl ColumnKind {
    /// The kind's word in Python and in the docs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ColumnKind::Text => "text",
            ColumnKind::Category => "category",
            ColumnKind::Number => "number",
            ColumnKind::Ordinal => "ordinal",
            ColumnKind::Flag => "flag",
            ColumnKind::Date => "date",
            ColumnKind::Result => "result",
        }
    }
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnSchema {
    /// Name in every frame and file.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether the table cannot be read without it.
    pub required: bool,
    /// Unit, empty where none.
    pub unit: &'static str,
    /// Allowed values of a category or ordinal, empty otherwise.
    pub allowed: &'static [&'static str],
    /// Meaning, one sentence.
    pub meaning: &'static str,
}

impl ColumnSchema {
    const fn new(name: &'static str, kind: ColumnKind, meaning: &'static str) -> ColumnSchema {
        ColumnSchema { name, kind, required: false, unit: "", allowed: &[], meaning }
    }

    const fn required(self) -> ColumnSchema {
        ColumnSchema { required: true, ..self }
    }

    const fn unit(self, unit: &'static str) -> ColumnSchema {
        ColumnSchema { unit, ..self }
    }

    const fn allowed(self, allowed: &'static [&'static str]) -> ColumnSchema {
        ColumnSchema { allowed, ..self }
    }
}

/// One table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableSchema {
    /// Name.
    pub name: &'static str,
    /// What one row is.
    pub meaning: &'static str,
    /// Columns that together identify a row.
    pub key: &'static [&'static str],
    /// Columns.
    pub columns: &'static [ColumnSchema],
}

impl TableSchema {
    /// A column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static ColumnSchema> {
        self.columns.iter().find(|c| c.name == name)
    }
}

/// The schema of all tables, in the order in which they are documented.
#[must_use]
pub fn tables() -> &'static [TableSchema] {
    &TABLES
}

/// The schema of one table.
#[must_use]
pub fn schema(table: &str) -> Option<&'static TableSchema> {
    TABLES.iter().find(|t| t.name == table)
}

/// The columns of one table as columns, for a frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SchemaColumns {
    /// Column names.
    pub column: Vec<&'static str>,
    /// Kinds as words.
    pub kind: Vec<&'static str>,
    /// Units, empty where none.
    pub unit: Vec<&'static str>,
    /// Whether the table cannot be read without the column.
    pub required: Vec<bool>,
    /// Allowed values, separated by a comma and a blank, empty where any.
    pub allowed: Vec<String>,
    /// Meanings.
    pub meaning: Vec<&'static str>,
}

impl SchemaColumns {
    /// The columns of a table.
    #[must_use]
    pub fn new(table: &TableSchema) -> SchemaColumns {
        let columns = table.columns;
        SchemaColumns {
            column: columns.iter().map(|c| c.name).collect(),
            kind: columns.iter().map(|c| c.kind.name()).collect(),
            unit: columns.iter().map(|c| c.unit).collect(),
            required: columns.iter().map(|c| c.required).collect(),
            allowed: columns.iter().map(|c| c.allowed.join(", ")).collect(),
            meaning: columns.iter().map(|c| c.meaning).collect(),
        }
    }
}

const fn text(name: &'static str, meaning: &'static str) -> ColumnSchema {
    ColumnSchema::new(name, ColumnKind::Text, meaning)
}

const fn category(name: &'static str, allowed: &'static [&'static str], meaning: &'static str) -> ColumnSchema {
    ColumnSchema::new(name, ColumnKind::Category, meaning).allowed(allowed)
}

const fn number(name: &'static str, unit: &'static str, meaning: &'static str) -> ColumnSchema {
    ColumnSchema::new(name, ColumnKind::Number, meaning).unit(unit)
}

const fn ordinal(name: &'static str, allowed: &'static [&'static str], meaning: &'static str) -> ColumnSchema {
    ColumnSchema::new(name, ColumnKind::Ordinal, meaning).allowed(allowed)
}

const fn flag(name: &'static str, meaning: &'static str) -> ColumnSchema {
    ColumnSchema::new(name, ColumnKind::Flag, meaning)
}

const fn date(name: &'static str, meaning: &'static str) -> ColumnSchema {
    ColumnSchema::new(name, ColumnKind::Date, meaning)
}

pub(crate) const USUBJID: ColumnSchema = text("usubjid", "Unique subject identifier").required();
pub(crate) const VISIT: ColumnSchema =
    text("visit", "Visit label as in the table `visits`; without it the row is placed by its date");
pub(crate) const DATE: ColumnSchema = date("date", "Date of the row; without it the date of the visit holds");

/// Ids of the 24 SLEDAI descriptors in form order (Bombardier 1992, Arthritis Rheum 35:630-640; Gladman 2002, J Rheumatol 29:288-291).
pub const SLEDAI_ITEMS: [&str; 24] = [
    "seizure",
    "psychosis",
    "organic_brain_syndrome",
    "visual_disturbance",
    "cranial_nerve",
    "lupus_headache",
    "cva",
    "vasculitis",
    "arthritis",
    "myositis",
    "urinary_casts",
    "haematuria",
    "proteinuria",
    "pyuria",
    "rash",
    "alopecia",
    "mucosal_ulcers",
    "pleurisy",
    "pericarditis",
    "low_complement",
    "increased_dna_binding",
    "fever",
    "thrombocytopenia",
    "leukopenia",
];

/// Weights of the descriptors of [`SLEDAI_ITEMS`], the same in all versions; they sum to 105.
pub const SLEDAI_WEIGHTS: [u8; 24] = [8, 8, 8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1];

static SUBJECTS: [ColumnSchema; 14] = [
    USUBJID,
    text("arm", "Treatment arm; empty in a single-arm study"),
    text("stratum", "Stratum of randomisation or analysis"),
    text("centre", "Study centre"),
    category("sex", &["F", "M"], "Sex at birth"),
    date("birth_date", "Date of birth"),
    number("age", "years", "Age at the first infusion, used when there is no date of birth"),
    number("disease_duration_months", "months", "Time from the diagnosis of lupus to the first infusion"),
    text("race", "Race or ethnic group as recorded"),
    date("enrolled_date", "Date of enrolment"),
    flag("itt", "In the intention-to-treat set"),
    flag("safety", "In the safety set"),
    flag("per_protocol", "In the per-protocol set"),
    flag("synthetic", "The subject is generated, not a person"),
];

static INFUSIONS: [ColumnSchema; 11] = [
    USUBJID,
    date("date", "Date of the infusion; the first one is time zero").required(),
    number("course", "", "Number of the course, counted from 1; infusions a few days apart are one course"),
    category(
        "source",
        &["BM", "UC", "AD", "WJ", "other"],
        "Source of the cells: bone marrow, umbilical cord, adipose tissue, Wharton's jelly",
    ),
    number("cells_per_kg", "cells/kg", "Dose by body weight"),
    number("weight_kg", "kg", "Body weight the dose was calculated with"),
    number("total_cells", "cells", "Cells infused"),
    text("lot", "Lot of the product"),
    text("donor", "Donor of the cells"),
    text("route", "Route, e.g. intravenous"),
    text("start_time", "Clock time of the start, `08:30`"),
];

static VISITS: [ColumnSchema; 5] = [
    USUBJID,
    text("visit", "Visit label, e.g. `M0`, `M3`, `U1`").required(),
    date("date", "Date on which the visit took place"),
    number("planned_month", "months", "Planned time after the first infusion; missing when unscheduled"),
    flag("unscheduled", "The visit was not planned, e.g. at a flare"),
];

/// Words of the column `version` of the table `sledai`.
pub const SLEDAI_VERSIONS: [&str; 5] =
    ["sledai-1992", "selena-sledai", "sledai-2k", "sledai-2k-30", "selena-sledai-hybrid"];

static SLEDAI: [ColumnSchema; 29] = {
    let mut columns = [USUBJID; 29];
    columns[1] = VISIT;
    columns[2] = DATE;
    columns[3] = category("version", &SLEDAI_VERSIONS, "Version of the index the items were recorded by");
    let meanings: [&str; 24] = [
        "Seizure of recent onset",
        "Psychosis",
        "Organic brain syndrome",
        "Visual disturbance (retinal change of lupus)",
        "Cranial nerve disorder",
        "Lupus headache",
        "Cerebrovascular accident",
        "Vasculitis",
        "Arthritis",
        "Myositis",
        "Urinary casts, haem-granular or red-cell",
        "Haematuria, more than 5 red cells per high-power field",
        "Proteinuria, more than 0.5 g in 24 hours",
        "Pyuria, more than 5 white cells per high-power field",
        "Inflammatory rash",
        "Alopecia",
        "Oral or nasal ulcers",
        "Pleurisy",
        "Pericarditis",
        "Low complement (CH50, C3 or C4 below the laboratory's lower limit)",
        "Increased DNA binding (above the laboratory's upper limit)",
        "Fever above 38 C",
        "Thrombocytopenia below 100 x 10^9/L",
        "Leukopenia below 3 x 10^9/L",
    ];
    let mut i = 0;
    while i < 24 {
        columns[4 + i] = flag(SLEDAI_ITEMS[i], meanings[i]);
        i += 1;
    }
    columns[28] = number("total", "points", "Total as recorded, 0 to 105; held against the items");
    columns
};

/// Words of the column `system` of the table `bilag`: the systems of both versions.
static BILAG_SYSTEMS: [&str; 12] = [
    "general",
    "constitutional",
    "mucocutaneous",
    "neurological",
    "neuropsychiatric",
    "musculoskeletal",
    "cardiorespiratory",
    "vasculitis",
    "gastrointestinal",
    "ophthalmic",
    "renal",
    "haematological",
];

static BILAG: [ColumnSchema; 6] = [
    USUBJID,
    VISIT,
    DATE,
    category("version", &["classic", "bilag-2004"], "Classic BILAG (eight systems) or BILAG-2004 (nine systems)"),
    category("system", &BILAG_SYSTEMS, "Organ system of that version").required(),
    category(
        "grade",
        &["A", "B", "C", "D", "E"],
        "Grade; A most active, D inactive but involved before, E never involved",
    ),
];

static PGA: [ColumnSchema; 5] = [
    USUBJID,
    VISIT,
    DATE,
    number("value", "", "Physician global assessment on the scale of the row"),
    number("scale_max", "", "Upper end of the scale, e.g. 3 or 10; the lower end is 0"),
];

static VITALS: [ColumnSchema; 8] = [
    USUBJID,
    VISIT,
    DATE,
    number("weight_kg", "kg", "Body weight"),
    number("height_cm", "cm", "Height"),
    number("systolic_mmhg", "mmHg", "Systolic blood pressure"),
    number("diastolic_mmhg", "mmHg", "Diastolic blood pressure"),
    number("temperature_c", "C", "Body temperature"),
];

static LABS: [ColumnSchema; 11] = [
    USUBJID,
    VISIT,
    DATE,
    text("test", "Laboratory test, an id of the test catalogue").required(),
    ColumnSchema::new("value", ColumnKind::Result, "Result: a number, or a text such as `<0.15`, `trace`, `2+`"),
    text("unit", "Unit of the value, the limits included"),
    number("lln", "", "Lower limit of normal of the laboratory, in the unit of the row"),
    number("uln", "", "Upper limit of normal of the laboratory, in the unit of the row"),
    text("specimen", "Specimen, e.g. serum, 24-hour urine, spot urine"),
    text("method", "Method or assay, e.g. Farr, ELISA, enzymatic"),
    flag("due_to_sle", "The abnormality is due to active lupus in the investigator's judgement"),
];

static MEDICATIONS: [ColumnSchema; 9] = [
    USUBJID,
    text("drug", "Generic name in lower case, e.g. `prednisone`").required(),
    number("dose", "", "Dose at one administration, in the unit of the row"),
    text("unit", "Unit of the dose, e.g. `mg`"),
    text("route", "Route, e.g. `oral`, `intravenous`"),
    text("frequency", "How often, e.g. `daily`, `twice daily`, `alternate days`, `monthly`, `once`"),
    date("start_date", "First day of this dose"),
    date("end_date", "Last day of this dose; missing while ongoing"),
    text("indication", "Reason, e.g. `lupus nephritis`"),
];

static ADVERSE_EVENTS: [ColumnSchema; 9] = [
    USUBJID,
    text("term", "Event as coded or reported").required(),
    text("class", "System organ class"),
    flag("serious", "Serious in the sense of ICH E2A"),
    flag("related", "Related to the cells in the investigator's judgement"),
    ordinal("grade", &["1", "2", "3", "4", "5"], "CTCAE grade; 5 is death"),
    date("start_date", "First day of the event"),
    date("end_date", "Last day of the event; missing while ongoing"),
    text("outcome", "Outcome as recorded, e.g. `recovered`, `fatal`"),
];

static ASSESSMENTS: [ColumnSchema; 5] = [
    USUBJID,
    VISIT,
    DATE,
    text("what", "What was assessed, e.g. `renal_response`, `clinical_response`, `relapse`").required(),
    text("value", "The investigator's recorded assessment, e.g. `CR`, `PR`, `NR`").required(),
];

static STATUS: [ColumnSchema; 7] = [
    USUBJID,
    date("last_contact_date", "Last day on which the subject was known to be alive (or the day of death)"),
    date("death_date", "Day of death; missing when not known dead"),
    text("death_cause", "Cause of death"),
    date("withdrawal_date", "Day on which the subject left the study alive"),
    text("withdrawal_reason", "Reason for leaving"),
    date("completed_date", "Day on which the subject completed the study as planned"),
];

static TABLES: [TableSchema; 13] = [
    TableSchema { name: "subjects", meaning: "One row a subject", key: &["usubjid"], columns: &SUBJECTS },
    TableSchema {
        name: "infusions",
        meaning: "One row an infusion of cells",
        key: &["usubjid", "date"],
        columns: &INFUSIONS,
    },
    TableSchema {
        name: "visits",
        meaning: "One row a visit, planned or not",
        key: &["usubjid", "visit"],
        columns: &VISITS,
    },
    TableSchema {
        name: "sledai",
        meaning: "One row an assessment of disease activity by SLEDAI: 24 items, the total as recorded, or both",
        key: &["usubjid", "visit", "date", "version"],
        columns: &SLEDAI,
    },
    TableSchema {
        name: "bilag",
        meaning: "One row the grade of one organ system at one assessment",
        key: &["usubjid", "visit", "date", "version", "system"],
        columns: &BILAG,
    },
    TableSchema {
        name: "bilag_items",
        meaning: "One row an assessment by the 97 items of BILAG-2004",
        key: &["usubjid", "visit", "date"],
        columns: &BILAG_ITEM_COLUMNS,
    },
    TableSchema {
        name: "pga",
        meaning: "One row a physician global assessment",
        key: &["usubjid", "visit", "date"],
        columns: &PGA,
    },
    TableSchema {
        name: "vitals",
        meaning: "One row a measurement of vital signs",
        key: &["usubjid", "visit", "date"],
        columns: &VITALS,
    },
    TableSchema {
        name: "labs",
        meaning: "One row a laboratory result",
        key: &["usubjid", "visit", "date", "test", "specimen", "method"],
        columns: &LABS,
    },
    TableSchema {
        name: "medications",
        meaning: "One row a period of one drug at one dose",
        key: &["usubjid", "drug", "route", "start_date"],
        columns: &MEDICATIONS,
    },
    TableSchema {
        name: "adverse_events",
        meaning: "One row an adverse event",
        key: &["usubjid", "term", "start_date"],
        columns: &ADVERSE_EVENTS,
    },
    TableSchema {
        name: "assessments",
        meaning: "One row a response or state as the investigator recorded it",
        key: &["usubjid", "visit", "date", "what"],
        columns: &ASSESSMENTS,
    },
    TableSchema {
        name: "status",
        meaning: "One row a subject: last contact, death, withdrawal",
        key: &["usubjid"],
        columns: &STATUS,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sledai_weights_sum_to_105() {
        assert_eq!(SLEDAI_WEIGHTS.iter().map(|w| u32::from(*w)).sum::<u32>(), 105);
    }

    #[test]
    fn keys_are_columns_and_names_are_unique() {
        for table in tables() {
            for key in table.key {
                assert!(table.column(key).is_some(), "{}.{key}", table.name);
            }
            for column in table.columns {
                assert_eq!(table.columns.iter().filter(|c| c.name == column.name).count(), 1, "{}", column.name);
                assert!(!column.meaning.is_empty());
            }
        }
    }

    #[test]
    fn only_subject_keys_and_what_a_row_is_about_are_required() {
        let required: Vec<String> = tables()
            .iter()
            .flat_map(|t| t.columns.iter().filter(|c| c.required).map(move |c| format!("{}.{}", t.name, c.name)))
            .filter(|name| !name.ends_with(".usubjid"))
            .collect();
        let expected = [
            "infusions.date",
            "visits.visit",
            "bilag.system",
            "labs.test",
            "medications.drug",
            "adverse_events.term",
            "assessments.what",
            "assessments.value",
        ];
        assert_eq!(required, expected);
    }
}
