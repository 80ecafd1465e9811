//! The 97 items of the BILAG-2004 index, in the order of the form of 1 September 2009.
//!
//! # References
//! Isenberg DA et al. Rheumatology 2005;44:902-906, doi:10.1093/rheumatology/keh624. Numbers 1-69 are confirmed in public
//! copies of the form (confidence H); 70-97 are numbered here from the official order (content and order H, numbers M).

use crate::schema::{ColumnKind, ColumnSchema};

/// What an item of BILAG-2004 records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BilagItemKind {
    /// 0 not present, 1 improving, 2 same, 3 worse, 4 new.
    Clinical,
    /// Yes or no.
    YesNo,
    /// A measured value; it counts only when due to lupus activity.
    Value,
}

/// One item of BILAG-2004.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BilagItem {
    /// Number on the 2009 form, 1 to 97.
    pub number: u8,
    /// Column name.
    pub id: &'static str,
    /// Organ system, as in the column `system` of the table `bilag`.
    pub system: &'static str,
    /// What it records.
    pub kind: BilagItemKind,
    /// Unit of a measured value, empty otherwise.
    pub unit: &'static str,
    /// Wording in brief.
    pub meaning: &'static str,
}

/// The nine systems of BILAG-2004, in the order of the form.
pub const BILAG_2004_SYSTEMS: [&str; 9] = [
    "constitutional",
    "mucocutaneous",
    "neuropsychiatric",
    "musculoskeletal",
    "cardiorespiratory",
    "gastrointestinal",
    "ophthalmic",
    "renal",
    "haematological",
];

/// The eight systems of the classic BILAG index (Hay 1993, Q J Med 86:447-458).
pub const BILAG_CLASSIC_SYSTEMS: [&str; 8] = [
    "general",
    "mucocutaneous",
    "neurological",
    "musculoskeletal",
    "cardiorespiratory",
    "vasculitis",
    "renal",
    "haematological",
];

const fn clinical(number: u8, system: &'static str, id: &'static str, meaning: &'static str) -> BilagItem {
    BilagItem { number, id, system, kind: BilagItemKind::Clinical, unit: "", meaning }
}

const fn yes_no(number: u8, system: &'static str, id: &'static str, meaning: &'static str) -> BilagItem {
    BilagItem { number, id, system, kind: BilagItemKind::YesNo, unit: "", meaning }
}

const fn value(
    number: u8,
    system: &'static str,
    id: &'static str,
    unit: &'static str,
    meaning: &'static str,
) -> BilagItem {
    BilagItem { number, id, system, kind: BilagItemKind::Value, unit, meaning }
}

const C: &str = BILAG_2004_SYSTEMS[0];
const M: &str = BILAG_2004_SYSTEMS[1];
const N: &str = BILAG_2004_SYSTEMS[2];
const K: &str = BILAG_2004_SYSTEMS[3];
const R: &str = BILAG_2004_SYSTEMS[4];
const G: &str = BILAG_2004_SYSTEMS[5];
const O: &str = BILAG_2004_SYSTEMS[6];
const U: &str = BILAG_2004_SYSTEMS[7];
const H: &str = BILAG_2004_SYSTEMS[8];

/// The 97 items in form order; `BILAG_2004_ITEMS[n - 1]` is item n.
pub static BILAG_2004_ITEMS: [BilagItem; 97] = [
    clinical(1, C, "pyrexia", "documented temperature above 37.5 C"),
    clinical(2, C, "weight_loss", "unintentional weight loss of more than 5 %"),
    clinical(3, C, "lymphadenopathy_splenomegaly", "lymphadenopathy or splenomegaly"),
    clinical(4, C, "anorexia", "anorexia"),
    clinical(5, M, "skin_eruption_severe", "skin eruption, severe"),
    clinical(6, M, "skin_eruption_mild", "skin eruption, mild"),
    clinical(7, M, "angio_oedema_severe", "angio-oedema, severe"),
    clinical(8, M, "angio_oedema_mild", "angio-oedema, mild"),
    clinical(9, M, "mucosal_ulceration_severe", "mucosal ulceration, severe"),
    clinical(10, M, "mucosal_ulceration_mild", "mucosal ulceration, mild"),
    clinical(11, M, "panniculitis_bullous_lupus_severe", "panniculitis or bullous lupus, severe"),
    clinical(12, M, "panniculitis_bullous_lupus_mild", "panniculitis or bullous lupus, mild"),
    clinical(13, M, "major_cutaneous_vasculitis_thrombosis", "major cutaneous vasculitis or thrombosis"),
    clinical(14, M, "digital_infarcts_nodular_vasculitis", "digital infarcts or nodular vasculitis"),
    clinical(15, M, "alopecia_severe", "alopecia, severe"),
    clinical(16, M, "alopecia_mild", "alopecia, mild"),
    clinical(17, M, "periungual_erythema_chilblains", "periungual erythema or chilblains"),
    clinical(18, M, "splinter_haemorrhages", "splinter haemorrhages"),
    clinical(19, N, "aseptic_meningitis", "aseptic meningitis"),
    clinical(20, N, "cerebral_vasculitis", "cerebral vasculitis"),
    clinical(21, N, "demyelinating_syndrome", "demyelinating syndrome"),
    clinical(22, N, "myelopathy", "myelopathy"),
    clinical(23, N, "acute_confusional_state", "acute confusional state"),
    clinical(24, N, "psychosis", "psychosis"),
    clinical(
        25,
        N,
        "acute_inflammatory_demyelinating_polyradiculoneuropathy",
        "acute inflammatory demyelinating polyradiculoneuropathy",
    ),
    clinical(26, N, "mononeuropathy", "mononeuropathy, single or multiplex"),
    clinical(27, N, "cranial_neuropathy", "cranial neuropathy"),
    clinical(28, N, "plexopathy", "plexopathy"),
    clinical(29, N, "polyneuropathy", "polyneuropathy"),
    clinical(30, N, "seizure_disorder", "seizure disorder"),
    clinical(31, N, "status_epilepticus", "status epilepticus"),
    clinical(32, N, "cerebrovascular_disease", "cerebrovascular disease, not due to vasculitis"),
    clinical(33, N, "cognitive_dysfunction", "cognitive dysfunction"),
    clinical(34, N, "movement_disorder", "movement disorder"),
    clinical(35, N, "autonomic_disorder", "autonomic disorder"),
    clinical(36, N, "cerebellar_ataxia", "cerebellar ataxia, isolated"),
    clinical(37, N, "lupus_headache", "lupus headache, severe and unremitting"),
    clinical(38, N, "intracranial_hypertension_headache", "headache from intracranial hypertension"),
    clinical(39, K, "myositis_severe", "myositis, severe"),
    clinical(40, K, "myositis_mild", "myositis, mild"),
    clinical(41, K, "arthritis_severe", "arthritis, severe"),
    clinical(42, K, "arthritis_moderate", "arthritis, moderate, or tendonitis or tenosynovitis"),
    clinical(43, K, "arthritis_mild", "arthritis, mild, or arthralgia or myalgia"),
    clinical(44, R, "myocarditis_mild", "myocarditis, mild"),
    clinical(45, R, "myocarditis_cardiac_failure", "myocarditis or endocarditis with cardiac failure"),
    clinical(46, R, "arrhythmia", "arrhythmia"),
    clinical(47, R, "new_valvular_dysfunction", "new valvular dysfunction"),
    clinical(48, R, "pleurisy_pericarditis", "pleurisy or pericarditis"),
    clinical(49, R, "cardiac_tamponade", "cardiac tamponade"),
    clinical(50, R, "pleural_effusion_dyspnoea", "pleural effusion with dyspnoea"),
    clinical(51, R, "pulmonary_haemorrhage_vasculitis", "pulmonary haemorrhage or vasculitis"),
    clinical(52, R, "interstitial_alveolitis_pneumonitis", "interstitial alveolitis or pneumonitis"),
    clinical(53, R, "shrinking_lung_syndrome", "shrinking lung syndrome"),
    clinical(54, R, "aortitis", "aortitis"),
    clinical(55, R, "coronary_vasculitis", "coronary vasculitis"),
    clinical(56, G, "lupus_peritonitis", "lupus peritonitis"),
    clinical(57, G, "abdominal_serositis_ascites", "abdominal serositis or ascites"),
    clinical(58, G, "lupus_enteritis_colitis", "lupus enteritis or colitis"),
    clinical(59, G, "malabsorption", "malabsorption"),
    clinical(60, G, "protein_losing_enteropathy", "protein-losing enteropathy"),
    clinical(61, G, "intestinal_pseudo_obstruction", "intestinal pseudo-obstruction"),
    clinical(62, G, "lupus_hepatitis", "lupus hepatitis"),
    clinical(63, G, "acute_lupus_cholecystitis", "acute lupus cholecystitis"),
    clinical(64, G, "acute_lupus_pancreatitis", "acute lupus pancreatitis"),
    clinical(65, O, "orbital_inflammation", "orbital inflammation, myositis or proptosis"),
    clinical(66, O, "keratitis_severe", "keratitis, severe"),
    clinical(67, O, "keratitis_mild", "keratitis, mild"),
    clinical(68, O, "anterior_uveitis", "anterior uveitis"),
    clinical(69, O, "posterior_uveitis_severe", "posterior uveitis or retinal vasculitis, severe"),
    clinical(70, O, "posterior_uveitis_mild", "posterior uveitis or retinal vasculitis, mild"),
    clinical(71, O, "episcleritis", "episcleritis"),
    clinical(72, O, "scleritis_severe", "scleritis, severe"),
    clinical(73, O, "scleritis_mild", "scleritis, mild"),
    clinical(74, O, "retinal_choroidal_vaso_occlusion", "retinal or choroidal vaso-occlusive disease"),
    clinical(75, O, "cotton_wool_spots", "isolated cotton-wool spots (cytoid bodies)"),
    clinical(76, O, "optic_neuritis", "optic neuritis"),
    clinical(77, O, "anterior_ischaemic_optic_neuropathy", "anterior ischaemic optic neuropathy"),
    value(78, U, "systolic_mmhg", "mmHg", "systolic blood pressure"),
    value(79, U, "diastolic_mmhg", "mmHg", "diastolic blood pressure"),
    yes_no(80, U, "accelerated_hypertension", "accelerated hypertension"),
    value(81, U, "dipstick_protein", "", "protein on urine dipstick: 0 none or trace, 1 +, 2 ++, 3 +++, 4 ++++"),
    value(82, U, "acr_mg_mmol", "mg/mmol", "urine albumin to creatinine ratio"),
    value(83, U, "upcr_mg_mmol", "mg/mmol", "urine protein to creatinine ratio"),
    value(84, U, "protein_24h_g", "g/24 h", "24-hour urine protein"),
    yes_no(85, U, "nephrotic_syndrome", "nephrotic syndrome"),
    value(86, U, "creatinine_umol_l", "umol/L", "serum creatinine"),
    value(87, U, "gfr", "mL/min/1.73 m2", "calculated glomerular filtration rate"),
    yes_no(88, U, "active_urinary_sediment", "active urinary sediment"),
    yes_no(89, U, "active_nephritis", "histology of active nephritis within the last 3 months"),
    value(90, H, "haemoglobin_g_dl", "g/dL", "haemoglobin"),
    value(91, H, "white_cells", "10^9/L", "total white cell count"),
    value(92, H, "neutrophils", "10^9/L", "neutrophils"),
    value(93, H, "lymphocytes", "10^9/L", "lymphocytes"),
    value(94, H, "platelets", "10^9/L", "platelets"),
    clinical(95, H, "ttp", "thrombotic thrombocytopenic purpura"),
    yes_no(96, H, "active_haemolysis", "evidence of active haemolysis"),
    yes_no(97, H, "coombs_positive", "Coombs' test positive, isolated"),
];

const N_KEYS: usize = 3;
const N_DUE: usize = 13;
const N_COLUMNS: usize = N_KEYS + 97 + N_DUE;

/// Columns that say whether a measured value is due to active lupus; one that is not does not count.
const DUE: [&str; N_DUE] = [
    "systolic_mmhg_due_to_sle",
    "diastolic_mmhg_due_to_sle",
    "dipstick_protein_due_to_sle",
    "acr_mg_mmol_due_to_sle",
    "upcr_mg_mmol_due_to_sle",
    "protein_24h_g_due_to_sle",
    "creatinine_umol_l_due_to_sle",
    "gfr_due_to_sle",
    "haemoglobin_g_dl_due_to_sle",
    "white_cells_due_to_sle",
    "neutrophils_due_to_sle",
    "lymphocytes_due_to_sle",
    "platelets_due_to_sle",
];

const fn column(
    name: &'static str,
    kind: ColumnKind,
    unit: &'static str,
    allowed: &'static [&'static str],
    meaning: &'static str,
) -> ColumnSchema {
    ColumnSchema { name, kind, required: false, unit, allowed, meaning }
}

/// The columns of the table `bilag_items`: three keys, the 97 items and the attribution of the measured ones.
pub(crate) static BILAG_ITEM_COLUMNS: [ColumnSchema; N_COLUMNS] = {
    let mut columns = [crate::schema::VISIT; N_COLUMNS];
    columns[0] = crate::schema::USUBJID;
    columns[1] = crate::schema::VISIT;
    columns[2] = crate::schema::DATE;
    let mut i = 0;
    while i < 97 {
        let item = &BILAG_2004_ITEMS[i];
        columns[N_KEYS + i] = match item.kind {
            BilagItemKind::Clinical => {
                column(item.id, ColumnKind::Ordinal, "", &["0", "1", "2", "3", "4"], item.meaning)
            }
            BilagItemKind::YesNo => column(item.id, ColumnKind::Flag, "", &[], item.meaning),
            BilagItemKind::Value => column(item.id, ColumnKind::Number, item.unit, &[], item.meaning),
        };
        i += 1;
    }
    let mut i = 0;
    while i < N_DUE {
        columns[N_KEYS + 97 + i] = column(
            DUE[i],
            ColumnKind::Flag,
            "",
            &[],
            "the value is due to active lupus; one that is not does not count",
        );
        i += 1;
    }
    columns
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_have_the_published_numbers_of_items() {
        let counts: Vec<usize> =
            BILAG_2004_SYSTEMS.iter().map(|s| BILAG_2004_ITEMS.iter().filter(|i| i.system == *s).count()).collect();
        assert_eq!(counts, [4, 14, 20, 5, 12, 9, 13, 12, 8]);
    }

    #[test]
    fn items_are_numbered_in_order_and_named_once() {
        for (i, item) in BILAG_2004_ITEMS.iter().enumerate() {
            assert_eq!(usize::from(item.number), i + 1);
            assert!(BILAG_2004_ITEMS.iter().filter(|other| other.id == item.id).count() == 1, "{}", item.id);
        }
    }

    #[test]
    fn every_measured_item_has_a_column_for_its_cause() {
        let measured: Vec<String> = BILAG_2004_ITEMS
            .iter()
            .filter(|item| item.kind == BilagItemKind::Value)
            .map(|item| format!("{}_due_to_sle", item.id))
            .collect();
        assert_eq!(measured, DUE);
    }
}
