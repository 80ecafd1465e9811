//! SLEDAI items that say the opposite of the laboratory values of their visit.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use mscsle_domain::{Column, Table, TextColumn, Trial, TrialOptions};

fn table(name: &str, columns: &[(&str, &[&str])]) -> Table {
    let columns = columns
        .iter()
        .map(|(name, cells)| {
            ((*name).to_owned(), Column::Text(TextColumn::from_values(cells.iter().map(|c| Some(*c)))))
        })
        .collect();
    Table::new(name, columns).unwrap()
}

/// Test, value, unit, lower limit, upper limit, cause.
type Lab<'a> = [&'a str; 6];

/// Rule and message of what is found where `item` is recorded as `flag` beside these results.
fn found(version: &str, item: &str, flag: &str, labs: &[Lab<'_>]) -> Vec<(&'static str, String)> {
    let n = labs.len();
    let column = |i: usize| labs.iter().map(|lab| lab[i]).collect::<Vec<_>>();
    let trial = Trial::new(
        vec![
            table("subjects", &[("usubjid", &["S-1"])]),
            table("infusions", &[("usubjid", &["S-1"]), ("date", &["2009-01-10"])]),
            table("visits", &[("usubjid", &["S-1"]), ("visit", &["M0"]), ("date", &["2009-01-10"])]),
            table("sledai", &[("usubjid", &["S-1"]), ("visit", &["M0"]), ("version", &[version]), (item, &[flag])]),
            table(
                "labs",
                &[
                    ("usubjid", &vec!["S-1"; n]),
                    ("visit", &vec!["M0"; n]),
                    ("test", &column(0)),
                    ("value", &column(1)),
                    ("unit", &column(2)),
                    ("lln", &column(3)),
                    ("uln", &column(4)),
                    ("due_to_sle", &column(5)),
                ],
            ),
        ],
        TrialOptions::default(),
    )
    .unwrap();
    trial
        .findings()
        .iter()
        .filter(|f| f.rule.starts_with("item_"))
        .map(|f| {
            assert_eq!((f.column.as_deref(), f.value.as_deref(), f.row), (Some(item), Some(flag), Some(0)));
            (f.rule, f.message.clone())
        })
        .collect()
}

fn rules(item: &str, flag: &str, labs: &[Lab<'_>]) -> Vec<&'static str> {
    found("sledai-2k", item, flag, labs).into_iter().map(|(rule, _)| rule).collect()
}

const AGAINST: &str = "item_against_laboratory";
const MISSED: &str = "item_perhaps_missed";

#[test]
fn both_values_are_named() {
    let labs = [["platelets", "250", "10^9/L", "", "", ""]];
    assert_eq!(
        found("sledai-2k", "thrombocytopenia", "1", &labs),
        [(
            AGAINST,
            "`thrombocytopenia` is recorded as present, but `platelets` is 250 10^9/L in row 0 of `labs` (present below 100 10^9/L)"
                .to_owned()
        )]
    );
    let low = [["platelets", "42000", "/uL", "", "", "Y"]];
    assert_eq!(
        found("sledai-2k", "thrombocytopenia", "0", &low),
        [(
            AGAINST,
            "`thrombocytopenia` is recorded as absent, but `platelets` is 42000 /uL in row 0 of `labs` (present below 100 10^9/L), due to lupus"
                .to_owned()
        )]
    );
}

#[test]
fn an_absent_item_is_a_contradiction_only_when_lupus_is_the_cause() {
    let low = |due| [["leucocytes", "2.1", "10^9/L", "", "", due]];
    assert_eq!(rules("leukopenia", "0", &low("Y")), [AGAINST]);
    assert_eq!(rules("leukopenia", "0", &low("")), [MISSED]);
    assert_eq!(rules("leukopenia", "0", &low("N")), [""; 0]);
    assert_eq!(rules("leukopenia", "1", &low("N")), [""; 0]);
}

#[test]
fn boundaries_are_absent() {
    for (item, test, unit, absent, present) in [
        ("thrombocytopenia", "platelets", "10^9/L", "100", "99.9"),
        ("leukopenia", "leucocytes", "10^9/L", "3", "2.9"),
        ("haematuria", "urine_rbc", "/hpf", "5", "6"),
        ("pyuria", "urine_wbc", "/hpf", "5", "6"),
        ("urinary_casts", "urine_casts", "/hpf", "0", "1"),
        ("proteinuria", "protein_24h", "g/24 h", "0.5", "0.51"),
        ("proteinuria", "protein_24h", "mg/24 h", "500", "510"),
    ] {
        let lab = |value| [[test, value, unit, "", "", "Y"]];
        let labelled = |value, flag| rules(item, flag, &lab(value));
        assert_eq!(labelled(absent, "1"), [AGAINST], "{item} {absent}");
        assert_eq!(labelled(present, "0"), [AGAINST], "{item} {present}");
        assert_eq!((labelled(absent, "0"), labelled(present, "1")), (vec![], vec![]), "{item}");
    }
}

#[test]
fn complement_is_normal_only_when_c3_and_c4_are_and_low_when_one_is() {
    let c3 = |value| ["c3", value, "g/L", "0.8", "1.8", ""];
    let c4 = |value| ["c4", value, "g/L", "0.1", "0.4", ""];
    assert_eq!(rules("low_complement", "1", &[c3("0.9"), c4("0.2")]), [AGAINST]);
    assert_eq!(rules("low_complement", "1", &[c3("0.9")]), [""; 0]);
    assert_eq!(rules("low_complement", "1", &[c3("0.9"), c4("0.05")]), [""; 0]);
    assert_eq!(rules("low_complement", "0", &[c3("0.9"), c4("0.05")]), [AGAINST]);
    assert_eq!(rules("low_complement", "0", &[c3("0.8"), c4("0.1")]), [""; 0]);
    let no_limit = ["c3", "0.3", "g/L", "", "", ""];
    assert_eq!(rules("low_complement", "0", &[no_limit]), [""; 0]);
    let dna = |value| [["anti_dsdna", value, "IU/mL", "", "100", ""]];
    assert_eq!(rules("increased_dna_binding", "1", &dna("<100")), [AGAINST]);
    assert_eq!(rules("increased_dna_binding", "0", &dna(">400")), [AGAINST]);
    assert_eq!(rules("increased_dna_binding", "0", &dna(">50")), [""; 0]);
}

#[test]
fn persistent_protein_is_no_contradiction_in_the_older_versions() {
    let protein = [["protein_24h", "1.5", "g/24 h", "", "", "Y"]];
    for (version, expected) in [("sledai-1992", 0), ("selena-sledai", 0), ("sledai-2k", 1), ("selena-sledai-hybrid", 1)]
    {
        assert_eq!(found(version, "proteinuria", "0", &protein).len(), expected, "{version}");
    }
}

#[test]
fn between_the_two_cuts_of_the_ratio_nothing_is_said_and_24_hour_protein_goes_first() {
    let ratio = |value| ["upcr", value, "mg/mmol", "", "", "Y"];
    assert_eq!(rules("proteinuria", "1", &[ratio("52")]), [""; 0]);
    assert_eq!(rules("proteinuria", "0", &[ratio("52")]), [""; 0]);
    assert_eq!(rules("proteinuria", "1", &[ratio("50")]), [AGAINST]);
    assert_eq!(rules("proteinuria", "0", &[ratio("57")]), [AGAINST]);
    let day = ["protein_24h", "0.4", "g/24 h", "", "", "Y"];
    assert_eq!(rules("proteinuria", "0", &[day, ratio("57")]), [""; 0]);
}

#[test]
fn two_results_that_disagree_say_nothing() {
    let two = [["platelets", "80", "10^9/L", "", "", "Y"], ["platelets", "150", "10^9/L", "", "", "Y"]];
    assert_eq!((rules("thrombocytopenia", "0", &two), rules("thrombocytopenia", "1", &two)), (vec![], vec![]));
    let wrong_unit = [["platelets", "250", "mg/L", "", "", ""]];
    assert_eq!(rules("thrombocytopenia", "1", &wrong_unit), [""; 0]);
}
