//! Every rule of the checks finds its damage, says where, and does to the typed tables what it says.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use mscsle_domain::{Column, Day, Finding, Imputation, Severity, Table, TextColumn, Trial, TrialOptions, rules};

type Columns<'a> = &'a [(&'a str, &'a [&'a str])];

fn table(name: &str, columns: Columns<'_>) -> Table {
    let columns = columns
        .iter()
        .map(|(name, cells)| {
            ((*name).to_owned(), Column::Text(TextColumn::from_values(cells.iter().map(|c| Some(*c)))))
        })
        .collect();
    Table::new(name, columns).unwrap()
}

fn subjects() -> Table {
    table(
        "subjects",
        &[
            ("usubjid", &["S-1", "S-2"]),
            ("sex", &["F", "M"]),
            ("birth_date", &["1980-05-01", "1990-01-01"]),
            ("enrolled_date", &["2009-01-01", "2009-01-05"]),
        ],
    )
}

fn infusions() -> Table {
    table(
        "infusions",
        &[("usubjid", &["S-1", "S-2"]), ("date", &["2009-01-10", "2009-01-10"]), ("source", &["UC", "BM"])],
    )
}

fn visits() -> Table {
    table(
        "visits",
        &[
            ("usubjid", &["S-1", "S-1", "S-2", "S-2"]),
            ("visit", &["M0", "M3", "M0", "M3"]),
            ("date", &["2009-01-10", "2009-04-11", "2009-01-10", "2009-04-11"]),
            ("planned_month", &["0", "3", "0", "3"]),
        ],
    )
}

fn with(mut tables: Vec<Table>, extra: Vec<Table>) -> Trial {
    for table in extra {
        tables.retain(|given| given.name() != table.name());
        tables.push(table);
    }
    Trial::new(tables, TrialOptions::default()).unwrap()
}

fn trial(extra: Vec<Table>) -> Trial {
    with(vec![subjects(), infusions(), visits()], extra)
}

fn found<'a>(trial: &'a Trial, rule: &str) -> Vec<&'a Finding> {
    trial.findings().iter().filter(|finding| finding.rule == rule).collect()
}

/// The rule fires once, at this cell, and nothing else is found.
fn only(trial: &Trial, rule: &str, table: &str, row: usize, column: &str, value: Option<&str>) {
    let rules: Vec<&str> = trial.findings().iter().map(|f| f.rule).collect();
    assert_eq!(rules, [rule], "{:?}", trial.findings());
    let finding = &trial.findings()[0];
    assert_eq!(
        (finding.table.as_str(), finding.row, finding.column.as_deref(), finding.value.as_deref()),
        (table, Some(row), Some(column), value)
    );
    let declared = mscsle_domain::rules().into_iter().find(|r| r.id == rule).unwrap();
    assert_eq!(declared.severity, finding.severity);
    assert!(!finding.message.is_empty() && !finding.message.ends_with('.'));
}

fn lab(test: &str, value: &str, unit: &str) -> Table {
    table(
        "labs",
        &[("usubjid", &["S-1"]), ("visit", &["M3"]), ("test", &[test]), ("value", &[value]), ("unit", &[unit])],
    )
}

fn sledai(total: &str, change: impl Fn(&str) -> &'static str) -> Table {
    let cells: Vec<(String, String)> =
        mscsle_domain::SLEDAI_ITEMS.iter().map(|item| ((*item).to_owned(), change(item).to_owned())).collect();
    let mut columns = vec![("usubjid", "S-1"), ("visit", "M3"), ("total", total)];
    columns.extend(cells.iter().map(|(item, cell)| (item.as_str(), cell.as_str())));
    let cells: Vec<(&str, [&str; 1])> = columns.iter().map(|(name, cell)| (*name, [*cell])).collect();
    let columns: Vec<(&str, &[&str])> = cells.iter().map(|(name, cell)| (*name, cell.as_slice())).collect();
    table("sledai", &columns)
}

#[test]
fn clean_tables_have_no_findings() {
    let trial = trial(vec![lab("creatinine", "88", "umol/L")]);
    assert_eq!(trial.findings(), &Vec::new());
    assert_eq!((trial.n_subjects(), trial.time_zero(0)), (2, Day::from_ymd(2009, 1, 10)));
}

#[test]
fn cells_that_do_not_fit_their_column_are_missing() {
    for (column, value, rule) in [
        ("age", "thirty", "not_a_number"),
        ("age", "1e-79", "sas_zero"),
        ("itt", "2", "not_a_flag"),
        ("sex", "W", "not_allowed"),
        ("enrolled_date", "14/03/2009", "not_a_date"),
        ("enrolled_date", "2009-02-30", "not_a_date"),
    ] {
        let subjects = table("subjects", &[("usubjid", &["S-1", "S-2"]), (column, &["", value])]);
        let trial = trial(vec![subjects]);
        only(&trial, rule, "subjects", 1, column, Some(value));
        let subjects = trial.table("subjects").unwrap();
        assert_eq!(subjects.text(column, 1), None);
        assert_eq!(
            (subjects.number(column, 1), subjects.flag(column, 1), subjects.date(column, 1)),
            (None, None, None)
        );
    }
}

#[test]
fn a_nearly_named_column_is_pointed_out() {
    let subjects = table("subjects", &[("usubjid", &["S-1", "S-2"]), ("birthdate", &["1980-05-01", "1990-01-01"])]);
    let trial = trial(vec![subjects]);
    let finding = found(&trial, "unknown_column")[0];
    assert_eq!(finding.message, "column `birthdate` is not a column of `subjects`; if it is `birth_date`, rename it");
    assert_eq!(trial.table("subjects").unwrap().text("birthdate", 0), Some("1980-05-01"));
}

#[test]
fn no_subjects_is_an_error_of_the_table() {
    let trial = Trial::new(vec![table("subjects", &[("usubjid", &[])])], TrialOptions::default()).unwrap();
    assert_eq!(found(&trial, "no_subjects")[0].row, None);
}

#[test]
fn rows_without_a_key_belong_to_nobody() {
    let labs = table(
        "labs",
        &[
            ("usubjid", &["", "S-1"]),
            ("visit", &["M3", "M3"]),
            ("test", &["crp", ""]),
            ("value", &["3", "4"]),
            ("unit", &["mg/L", "mg/L"]),
        ],
    );
    let trial = trial(vec![labs]);
    let columns: Vec<_> = found(&trial, "missing_key").iter().map(|f| (f.row, f.column.clone().unwrap())).collect();
    assert_eq!(columns, [(Some(0), "usubjid".to_owned()), (Some(1), "test".to_owned())]);
    assert!(trial.rows("labs", 0).is_empty());
}

#[test]
fn the_first_of_two_subjects_is_used() {
    let subjects = table("subjects", &[("usubjid", &["S-1", "S-2", "S-1"]), ("sex", &["F", "M", "M"])]);
    let trial = trial(vec![subjects]);
    only(&trial, "duplicate_subject", "subjects", 2, "usubjid", Some("S-1"));
    assert_eq!(trial.rows("subjects", 0), [0]);
}

#[test]
fn the_first_of_two_visits_is_used() {
    let visits = table(
        "visits",
        &[
            ("usubjid", &["S-1", "S-1", "S-2", "S-1"]),
            ("visit", &["M0", "M3", "M0", "M3"]),
            ("date", &["2009-01-10", "2009-04-11", "2009-01-10", "2009-04-20"]),
            ("planned_month", &["0", "3", "0", "3"]),
        ],
    );
    let trial = trial(vec![visits]);
    only(&trial, "duplicate_visit", "visits", 3, "visit", Some("M3"));
    assert_eq!(trial.visit_day(0, "M3"), Day::from_ymd(2009, 4, 11).map(|day| (day, false)));
}

#[test]
fn identical_rows_and_conflicting_rows_are_told_apart() {
    let pga = |last: &str| {
        table(
            "pga",
            &[
                ("usubjid", &["S-1", "S-1"]),
                ("visit", &["M3", "M3"]),
                ("value", &["1", last]),
                ("scale_max", &["3", "3"]),
            ],
        )
    };
    only(&trial(vec![pga("1")]), "duplicate_row", "pga", 1, "usubjid", Some("S-1"));
    let conflicting = trial(vec![pga("2")]);
    only(&conflicting, "duplicate_key", "pga", 1, "usubjid", Some("S-1"));
    assert_eq!(conflicting.rows("pga", 0), [0]);
}

#[test]
fn two_results_of_one_day_are_both_kept() {
    let labs = table(
        "labs",
        &[
            ("usubjid", &["S-1", "S-1"]),
            ("visit", &["M3", "M3"]),
            ("test", &["crp", "crp"]),
            ("value", &["3", "4"]),
            ("unit", &["mg/L", "mg/L"]),
        ],
    );
    let trial = trial(vec![labs]);
    only(&trial, "repeated_record", "labs", 1, "value", Some("4"));
    assert_eq!(trial.rows("labs", 0), [0, 1]);
}

#[test]
fn an_unknown_subject_is_named_with_the_nearest() {
    let labs = table(
        "labs",
        &[("usubjid", &["S1"]), ("visit", &["M3"]), ("test", &["crp"]), ("value", &["3"]), ("unit", &["mg/L"])],
    );
    let trial = trial(vec![labs]);
    only(&trial, "unknown_subject", "labs", 0, "usubjid", Some("S1"));
    assert_eq!(trial.findings()[0].message, "the subject is not in `subjects`; did you mean `S-1`?");
}

#[test]
fn an_unknown_visit_and_a_row_without_place_are_named() {
    let labs = table(
        "labs",
        &[
            ("usubjid", &["S-1", "S-1"]),
            ("visit", &["M6", ""]),
            ("test", &["crp", "crp"]),
            ("value", &["3", "3"]),
            ("unit", &["mg/L", "mg/L"]),
        ],
    );
    let trial = trial(vec![labs]);
    assert_eq!(found(&trial, "unknown_visit")[0].value.as_deref(), Some("M6"));
    assert_eq!(found(&trial, "unplaced_row")[0].row, Some(1));
}

#[test]
fn placeholder_dates_are_missing() {
    let status = table("status", &[("usubjid", &["S-1"]), ("last_contact_date", &["9999-12-31"])]);
    let trial = trial(vec![status]);
    only(&trial, "implausible_date", "status", 0, "last_contact_date", Some("9999-12-31"));
    assert_eq!(trial.day("status", "last_contact_date", 0), None);
}

#[test]
fn partial_dates_are_imputed_by_the_named_rule() {
    let status = table("status", &[("usubjid", &["S-1"]), ("last_contact_date", &["2010-03"])]);
    let options = TrialOptions { imputation: Imputation::Last, ..TrialOptions::default() };
    let trial = Trial::new(vec![subjects(), infusions(), visits(), status], options).unwrap();
    only(&trial, "imputed_date", "status", 0, "last_contact_date", Some("2010-03"));
    assert_eq!(trial.findings()[0].message, "`2010-03` is taken as 2010-03-31 (rule `last`)");
    assert_eq!(trial.day("status", "last_contact_date", 0), Day::from_ymd(2010, 3, 31).map(|day| (day, true)));
}

#[test]
fn dates_before_birth_are_missing() {
    let status = table("status", &[("usubjid", &["S-1"]), ("last_contact_date", &["1979-03-01"])]);
    let trial = with(vec![subjects(), infusions()], vec![status]);
    only(&trial, "before_birth", "status", 0, "last_contact_date", Some("1979-03-01"));
    assert_eq!(trial.day("status", "last_contact_date", 0), None);
}

#[test]
fn records_after_death_are_not_used() {
    let status = table("status", &[("usubjid", &["S-1"]), ("death_date", &["2009-04-01"])]);
    let trial = trial(vec![status]);
    only(&trial, "after_death", "visits", 1, "date", Some("2009-04-11"));
    assert_eq!(trial.rows("visits", 0), [0]);
}

#[test]
fn a_partial_date_of_death_contradicts_only_what_it_cannot_allow() {
    let status = table("status", &[("usubjid", &["S-1"]), ("death_date", &["2009-04"])]);
    assert!(found(&trial(vec![status]), "after_death").is_empty());
}

#[test]
fn an_event_may_not_end_after_death_nor_before_its_start() {
    let status = table("status", &[("usubjid", &["S-1"]), ("death_date", &["2009-05-01"])]);
    let events = |end: &str| {
        table(
            "adverse_events",
            &[("usubjid", &["S-1"]), ("term", &["fever"]), ("start_date", &["2009-02-01"]), ("end_date", &[end])],
        )
    };
    only(
        &trial(vec![status, events("2009-06-01")]),
        "ends_after_death",
        "adverse_events",
        0,
        "end_date",
        Some("2009-06-01"),
    );
    let negative = trial(vec![events("2009-01-15")]);
    only(&negative, "end_before_start", "adverse_events", 0, "end_date", Some("2009-01-15"));
    assert_eq!(negative.day("adverse_events", "end_date", 0), None);
}

#[test]
fn the_day_of_death_ends_follow_up() {
    let status = table(
        "status",
        &[("usubjid", &["S-1"]), ("death_date", &["2009-05-01"]), ("last_contact_date", &["2009-12-31"])],
    );
    let trial = trial(vec![status]);
    only(&trial, "contact_after_death", "status", 0, "last_contact_date", Some("2009-12-31"));
    assert_eq!(trial.day("status", "last_contact_date", 0), None);
}

#[test]
fn follow_up_ends_at_the_data_cutoff() {
    let status = table(
        "status",
        &[
            ("usubjid", &["S-1", "S-2"]),
            ("death_date", &["2009-05-01", ""]),
            ("last_contact_date", &["2009-05-01", "2009-12-31"]),
        ],
    );
    let cutoff = Day::from_ymd(2009, 4, 10);
    let options = TrialOptions { data_cutoff: cutoff, ..TrialOptions::default() };
    let trial = Trial::new(vec![subjects(), infusions(), visits(), status], options).unwrap();
    let places: Vec<_> =
        trial.findings().iter().map(|f| (f.rule, f.table.as_str(), f.row, f.column.as_deref())).collect();
    assert_eq!(
        places,
        [
            ("after_cutoff", "visits", Some(1), Some("date")),
            ("after_cutoff", "visits", Some(3), Some("date")),
            ("after_cutoff", "status", Some(0), Some("death_date")),
            ("after_cutoff", "status", Some(0), Some("last_contact_date")),
            ("after_cutoff", "status", Some(1), Some("last_contact_date")),
        ]
    );
    assert_eq!(trial.rows("visits", 0), [0]);
    assert_eq!(trial.day("status", "death_date", 0), None);
    assert_eq!(trial.day("status", "last_contact_date", 1).map(|(day, _)| day), cutoff);
}

#[test]
fn enrolment_after_infusion_and_a_wrong_age_are_contradictions() {
    let subjects = table(
        "subjects",
        &[
            ("usubjid", &["S-1", "S-2"]),
            ("birth_date", &["1980-05-01", "1990-01-01"]),
            ("age", &["28", "25"]),
            ("enrolled_date", &["2009-01-01", "2009-02-01"]),
        ],
    );
    let trial = trial(vec![subjects]);
    assert_eq!(found(&trial, "age_contradicts_birth").iter().map(|f| f.row).collect::<Vec<_>>(), [Some(1)]);
    assert_eq!(found(&trial, "enrolled_after_infusion").iter().map(|f| f.row).collect::<Vec<_>>(), [Some(1)]);
}

#[test]
fn subjects_need_an_infusion_and_a_baseline() {
    let infusions = table("infusions", &[("usubjid", &["S-1"]), ("date", &["2009-01-10"])]);
    only(&trial(vec![infusions]), "no_infusion", "subjects", 1, "usubjid", Some("S-2"));
    let visits = table(
        "visits",
        &[("usubjid", &["S-1", "S-2"]), ("visit", &["M0", "M3"]), ("date", &["2009-01-10", "2009-04-11"])],
    );
    only(&trial(vec![visits]), "no_baseline", "subjects", 1, "usubjid", Some("S-2"));
}

#[test]
fn windows_are_the_midpoints_between_planned_months() {
    // 2009-01-10 is day 0: day 136 is 2009-05-26.
    for (date, late) in [("2009-05-26", false), ("2009-05-27", true), ("2009-03-12", false), ("2009-03-11", true)] {
        let visits = table(
            "visits",
            &[
                ("usubjid", &["S-1", "S-1", "S-2"]),
                ("visit", &["M0", "M3", "M0"]),
                ("date", &["2009-01-10", date, "2009-01-10"]),
                ("planned_month", &["0", "3", "0"]),
            ],
        );
        let trial = trial(vec![visits]);
        assert_eq!(!found(&trial, "out_of_window").is_empty(), late, "{date}");
    }
}

#[test]
fn visits_stand_in_the_order_of_their_plan_on_different_days() {
    let visits = |dates: &[&str]| {
        table(
            "visits",
            &[
                ("usubjid", &["S-1", "S-1", "S-1", "S-2"]),
                ("visit", &["M0", "M3", "M6", "M0"]),
                ("date", dates),
                ("planned_month", &["0", "3", "6", "0"]),
            ],
        )
    };
    let order = trial(vec![visits(&["2009-01-10", "2009-05-26", "2009-05-20", "2009-01-10"])]);
    assert_eq!(found(&order, "visits_out_of_order")[0].row, Some(2));
    let same = trial(vec![visits(&["2009-01-10", "2009-05-26", "2009-05-26", "2009-01-10"])]);
    assert_eq!(found(&same, "visits_same_day")[0].message, "visit `M3` (row 1) is dated 2009-05-26 as well");
}

#[test]
fn unscheduled_visits_have_no_plan() {
    let visits = table(
        "visits",
        &[
            ("usubjid", &["S-1", "S-1", "S-2"]),
            ("visit", &["M0", "U1", "M0"]),
            ("date", &["2009-01-10", "2009-04-11", "2009-01-10"]),
            ("planned_month", &["0", "3", "0"]),
            ("unscheduled", &["0", "1", "0"]),
        ],
    );
    only(&trial(vec![visits]), "unscheduled_with_plan", "visits", 1, "planned_month", Some("3"));
}

#[test]
fn an_assessment_far_from_its_visit_is_a_contradiction() {
    let pga = table(
        "pga",
        &[
            ("usubjid", &["S-1"]),
            ("visit", &["M3"]),
            ("date", &["2009-06-11"]),
            ("value", &["1"]),
            ("scale_max", &["3"]),
        ],
    );
    only(&trial(vec![pga]), "contradicts_visit_date", "pga", 0, "date", Some("2009-06-11"));
}

#[test]
fn implausible_values_are_missing() {
    let vitals = table(
        "vitals",
        &[("usubjid", &["S-1"]), ("visit", &["M3"]), ("height_cm", &["1.62"]), ("weight_kg", &["52.3"])],
    );
    let trial = trial(vec![vitals]);
    only(&trial, "implausible_value", "vitals", 0, "height_cm", Some("1.62"));
    assert_eq!(trial.findings()[0].message, "1.62 cm is outside 30 to 250; metres must be converted");
    assert_eq!(trial.table("vitals").unwrap().number("height_cm", 0), None);
    assert_eq!(trial.table("vitals").unwrap().number("weight_kg", 0), Some(52.3));
}

#[test]
fn doses_must_agree_and_have_a_unit() {
    let infusions = table(
        "infusions",
        &[
            ("usubjid", &["S-1", "S-2"]),
            ("date", &["2009-01-10", "2009-01-10"]),
            ("cells_per_kg", &["1000000", "1e6"]),
            ("weight_kg", &["52.3", "60"]),
            ("total_cells", &["5.23e7", "6e8"]),
        ],
    );
    only(&trial(vec![infusions]), "dose_mismatch", "infusions", 1, "total_cells", Some("600000000"));
    let medications = table("medications", &[("usubjid", &["S-1"]), ("drug", &["prednisone"]), ("dose", &["10"])]);
    only(&trial(vec![medications]), "missing_dose_unit", "medications", 0, "unit", None);
}

#[test]
fn a_unit_is_known_never_guessed() {
    only(&trial(vec![lab("gene_x", "1", "")]), "unknown_test", "labs", 0, "test", Some("gene_x"));
    let missing = trial(vec![lab("creatinine", "88", "")]);
    only(&missing, "missing_unit", "labs", 0, "unit", None);
    assert_eq!(missing.table("labs").unwrap().number("value", 0), None);
    let unknown = trial(vec![lab("creatinine", "88", "umol/dL")]);
    only(&unknown, "unknown_unit", "labs", 0, "unit", Some("umol/dL"));
    assert_eq!(unknown.table("labs").unwrap().number("value", 0), None);
}

#[test]
fn results_implausible_in_their_unit_are_missing_and_the_likelier_unit_is_named() {
    for (test, value, unit, hint) in [
        ("protein_24h", "2.24", "mg", "; `g/24 h` would be plausible"),
        ("creatinine", "1.2", "µmol/L", "; `mg/dL` would be plausible"),
        ("albumin", "3.5", "g/L", "; `g/dL` would be plausible"),
        ("platelets", "150000", "10^9/L", "; `/uL` would be plausible"),
        ("c3", "-0.4", "g/L", ""),
    ] {
        let trial = trial(vec![lab(test, value, unit)]);
        only(&trial, "implausible_result", "labs", 0, "value", Some(value));
        assert!(trial.findings()[0].message.ends_with(hint), "{}", trial.findings()[0].message);
        assert_eq!(trial.table("labs").unwrap().number("value", 0), None);
    }
}

#[test]
fn results_below_detection_and_dipstick_words_are_plausible() {
    for (test, value, unit) in [
        ("protein_24h", "<0.15", "g/24 h"),
        ("protein_24h", "0", "g/24 h"),
        ("protein_dipstick", "2+", ""),
        ("protein_dipstick", "trace", ""),
        ("urine_casts", "negative", ""),
        ("anti_dsdna", "negative", ""),
        ("leucocytes", "4.1", "×10⁹/L"),
        ("creatinine", "88", "umol/l"),
    ] {
        assert_eq!(trial(vec![lab(test, value, unit)]).findings(), &Vec::new(), "{test} {value}");
    }
}

#[test]
fn a_dipstick_grade_is_no_quantity() {
    only(&trial(vec![lab("protein_24h", "2+", "g/24 h")]), "grade_for_quantity", "labs", 0, "value", Some("2+"));
    only(&trial(vec![lab("urine_rbc", "2+", "/hpf")]), "grade_for_quantity", "labs", 0, "value", Some("2+"));
    only(&trial(vec![lab("crp", "many", "mg/L")]), "unreadable_result", "labs", 0, "value", Some("many"));
}

#[test]
fn results_in_words_of_an_unknown_test_are_no_errors() {
    only(&trial(vec![lab("anisocytosis", "NORMAL", "")]), "unknown_test", "labs", 0, "test", Some("anisocytosis"));
}

#[test]
fn limits_of_normal_are_in_the_unit_of_the_row() {
    let labs = |lln: &str, uln: &str| {
        table(
            "labs",
            &[
                ("usubjid", &["S-1"]),
                ("visit", &["M3"]),
                ("test", &["creatinine"]),
                ("value", &["88"]),
                ("unit", &["umol/L"]),
                ("lln", &[lln]),
                ("uln", &[uln]),
            ],
        )
    };
    let other_unit = trial(vec![labs("0.5", "1.5")]);
    only(&other_unit, "implausible_limit", "labs", 0, "uln", Some("1.5"));
    assert_eq!(other_unit.table("labs").unwrap().number("value", 0), Some(88.0));
    only(&trial(vec![labs("133", "44")]), "reversed_limits", "labs", 0, "lln", Some("133"));
}

#[test]
fn totals_are_whole_numbers_that_the_items_give() {
    let none = |_: &str| "0";
    for total in ["13.5", "106", "-1"] {
        only(&trial(vec![sledai(total, none)]), "impossible_total", "sledai", 0, "total", Some(total));
    }
    let arthritis = |item: &str| if item == "arthritis" { "1" } else { "0" };
    assert_eq!(trial(vec![sledai("4", arthritis)]).findings(), &Vec::new());
    let mismatch = trial(vec![sledai("8", arthritis)]);
    only(&mismatch, "total_mismatch", "sledai", 0, "total", Some("8"));
    assert_eq!(mismatch.findings()[0].message, "the items give 4, the total says 8; the items are used");
}

#[test]
fn missing_items_give_bounds() {
    let gaps = |item: &str| match item {
        "arthritis" => "1",
        "rash" | "fever" => "",
        _ => "0",
    };
    let trial_with_gaps = trial(vec![sledai("5", gaps)]);
    only(&trial_with_gaps, "missing_items", "sledai", 0, "rash", None);
    assert_eq!(
        trial_with_gaps.findings()[0].message,
        "`rash`, `fever` missing: the total lies between 4 and 7; the recorded total 5 is used"
    );
    let against = trial(vec![sledai("12", gaps)]);
    assert_eq!(
        found(&against, "total_mismatch")[0].message,
        "the items give 4 to 7, the total says 12; they contradict each other, so there is no total"
    );
    assert_eq!(found(&against, "missing_items")[0].message, "`rash`, `fever` missing: the total lies between 4 and 7");
    assert_eq!(trial(vec![sledai("12", |_| "")]).findings(), &Vec::new());
    only(&trial(vec![sledai("", |_| "")]), "missing_items", "sledai", 0, "total", None);
}

fn bilag(version: &str, rows: &[(&str, &str, &str)]) -> Table {
    let subject = vec!["S-1"; rows.len()];
    let version = vec![version; rows.len()];
    let visit: Vec<&str> = rows.iter().map(|row| row.0).collect();
    let system: Vec<&str> = rows.iter().map(|row| row.1).collect();
    let grade: Vec<&str> = rows.iter().map(|row| row.2).collect();
    table(
        "bilag",
        &[("usubjid", &subject), ("version", &version), ("visit", &visit), ("system", &system), ("grade", &grade)],
    )
}

#[test]
fn bilag_grades_and_systems_belong_to_their_version() {
    only(&trial(vec![bilag("classic", &[("M0", "renal", "F")])]), "not_allowed", "bilag", 0, "grade", Some("F"));
    let other = trial(vec![bilag("classic", &[("M0", "ophthalmic", "B")])]);
    only(&other, "system_of_other_version", "bilag", 0, "system", Some("ophthalmic"));
    assert_eq!(other.table("bilag").unwrap().text("grade", 0), None);
}

#[test]
fn a_system_once_involved_is_never_e_again() {
    let again = trial(vec![bilag("classic", &[("M3", "renal", "E"), ("M0", "renal", "b")])]);
    only(&again, "never_after_involved", "bilag", 0, "grade", Some("E"));
    assert_eq!(trial(vec![bilag("classic", &[("M0", "renal", "E"), ("M3", "renal", "B")])]).findings(), &Vec::new());
}

#[test]
fn a_global_assessment_lies_on_its_scale() {
    let pga = table("pga", &[("usubjid", &["S-1"]), ("visit", &["M3"]), ("value", &["31"]), ("scale_max", &["3"])]);
    only(&trial(vec![pga]), "out_of_scale", "pga", 0, "value", Some("31"));
}

#[test]
fn a_relapse_needs_an_earlier_response() {
    let assessments = |first: &str| {
        table(
            "assessments",
            &[
                ("usubjid", &["S-1", "S-1"]),
                ("visit", &["M0", "M3"]),
                ("what", &["renal_response", "renal_flare"]),
                ("value", &[first, "yes"]),
            ],
        )
    };
    only(&trial(vec![assessments("NR")]), "relapse_before_response", "assessments", 1, "value", Some("yes"));
    assert_eq!(trial(vec![assessments("PR")]).findings(), &Vec::new());
}

#[test]
fn deaths_have_dates_and_contact_includes_visits() {
    let events = table("adverse_events", &[("usubjid", &["S-1"]), ("term", &["sepsis"]), ("grade", &["5"])]);
    only(&trial(vec![events]), "fatal_event_without_death", "adverse_events", 0, "grade", Some("5"));
    let status = table("status", &[("usubjid", &["S-1"]), ("death_cause", &["sepsis"])]);
    only(&trial(vec![status]), "death_without_date", "status", 0, "death_date", None);
    let status = table("status", &[("usubjid", &["S-1"]), ("last_contact_date", &["2009-02-01"])]);
    only(&trial(vec![status]), "contact_before_visit", "status", 0, "last_contact_date", Some("2009-02-01"));
}

#[test]
fn findings_stand_in_the_order_of_tables_rows_and_rules() {
    let trial = trial(vec![
        lab("creatinine", "1.2", "umol/L"),
        table("subjects", &[("usubjid", &["S-1", "S-2"]), ("age", &["x", "y"]), ("sex", &["q", "F"])]),
    ]);
    let places: Vec<_> = trial.findings().iter().map(|f| (f.table.as_str(), f.row, f.rule)).collect();
    assert_eq!(
        places,
        [
            ("subjects", Some(0), "not_a_number"),
            ("subjects", Some(0), "not_allowed"),
            ("subjects", Some(1), "not_a_number"),
            ("labs", Some(0), "implausible_result"),
        ]
    );
    assert_eq!(trial.n_findings(Severity::Error), 4);
}

#[test]
fn files_that_were_not_read_are_noted() {
    let options = TrialOptions { files_not_read: vec!["codebook.csv".to_owned()], ..TrialOptions::default() };
    let trial = Trial::new(vec![subjects()], options).unwrap();
    let finding = found(&trial, "file_not_read")[0];
    assert_eq!((finding.table.as_str(), finding.severity), ("codebook.csv", Severity::Note));
}

#[test]
fn fitted_columns_keep_every_cell() {
    let labs = table(
        "labs",
        &[
            ("usubjid", &["1", "2"]),
            ("value", &["2.24", "0.3"]),
            ("uln", &["0.3", "high"]),
            ("due_to_sle", &["Y", ""]),
            ("plate", &["7", "12"]),
            ("box", &["007", "012"]),
        ],
    )
    .fitted();
    assert_eq!(labs.column("value"), Some(&Column::Number(vec![2.24, 0.3])));
    assert_eq!(labs.column("due_to_sle"), Some(&Column::Flag(vec![1, -1])));
    assert_eq!(labs.column("plate"), Some(&Column::Number(vec![7.0, 12.0])));
    assert_eq!(
        (labs.text("usubjid", 0), labs.text("uln", 1), labs.text("box", 0)),
        (Some("1"), Some("high"), Some("007"))
    );
}

#[test]
fn every_rule_has_a_test_here() {
    let source = concat!(include_str!("checks.rs"), include_str!("items_and_labs.rs"));
    for rule in rules() {
        assert!(source.contains(&format!("\"{}\"", rule.id)), "no test names `{}`", rule.id);
    }
}
