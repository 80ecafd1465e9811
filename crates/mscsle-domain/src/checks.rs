//! The checks of a trial: one rule, one function, one entry in [`rules`].

mod activity;
mod dates;
mod hit;
mod items_and_labs;
mod keys;
mod labs;
mod limits;
mod records;
mod visits;

use hit::Effect;
pub(crate) use hit::Hit;

use crate::{Column, Finding, Severity, Table, Trial, tables};

/// A rule of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Id, as in the column `rule` of the findings.
    pub id: &'static str,
    /// Severity of its findings.
    pub severity: Severity,
    /// What it finds, and what happens to the value or the row.
    pub meaning: &'static str,
}

/// A rule and the function that looks for it; rules of typing have none, since typing itself finds them.
struct Check {
    rule: Rule,
    run: Option<fn(&Trial) -> Vec<Hit>>,
}

const fn check(id: &'static str, severity: Severity, meaning: &'static str, run: fn(&Trial) -> Vec<Hit>) -> Check {
    Check { rule: Rule { id, severity, meaning }, run: Some(run) }
}

const fn typing(id: &'static str, severity: Severity, meaning: &'static str) -> Check {
    Check { rule: Rule { id, severity, meaning }, run: None }
}

use Severity::{Error, Note, Warning};

static CHECKS: [Check; 57] = [
    // Typing.
    typing(
        "not_a_number",
        Error,
        "A number column holds a text that is not a number, or an infinite number; the cell is missing",
    ),
    typing("not_a_flag", Error, "A flag is neither 0/1, true/false nor Y/N; the cell is missing"),
    typing(
        "not_a_date",
        Error,
        "A date is not ISO 8601 (`2009-03-14`, `2009-03`, `2009`) or does not exist; the cell is missing",
    ),
    typing("not_allowed", Error, "A category or ordinal is none of the allowed values; the cell is missing"),
    typing(
        "unreadable_result",
        Error,
        "A laboratory result is neither a number, a limit such as `<0.15` nor a dipstick word; the cell is missing (of a test that is not in the catalogue the test alone is a finding)",
    ),
    typing(
        "sas_zero",
        Error,
        "A number of magnitude below 1e-70: a zero of a SAS transport file misread by another reader; the cell is missing",
    ),
    typing(
        "unknown_column",
        Warning,
        "A column that is not in the schema but nearly has the name of one; it is not read",
    ),
    typing("file_not_read", Note, "A CSV file beside the tables whose name is none of theirs; it is not read"),
    // Keys.
    check("no_subjects", Error, "The table `subjects` has no rows", keys::no_subjects),
    check(
        "missing_key",
        Error,
        "A row does not say whose it is, or what it is about; it belongs to nobody",
        keys::missing_key,
    ),
    check(
        "duplicate_subject",
        Error,
        "A subject stands twice in `subjects` or `status`; the first row is used",
        keys::duplicate_subject,
    ),
    check(
        "duplicate_visit",
        Error,
        "A visit label stands twice for one subject; the first row is used",
        keys::duplicate_visit,
    ),
    check(
        "duplicate_row",
        Warning,
        "A row repeats an earlier one in every column; the first is used",
        keys::duplicate_row,
    ),
    check(
        "duplicate_key",
        Error,
        "A row repeats the key of an earlier one with other values; the first is used",
        keys::duplicate_key,
    ),
    check(
        "repeated_record",
        Warning,
        "Two laboratory results, medications or adverse events with one key; both are kept",
        keys::repeated_record,
    ),
    check(
        "unknown_subject",
        Error,
        "A row of a subject who is not in `subjects`; it belongs to nobody",
        keys::unknown_subject,
    ),
    check(
        "unknown_visit",
        Warning,
        "A visit label that the subject does not have in `visits`; the row is placed by its date, if it has one",
        keys::unknown_visit,
    ),
    check(
        "unplaced_row",
        Warning,
        "An assessment with neither a visit nor a date; it cannot be placed in time",
        keys::unplaced_row,
    ),
    // Dates.
    check(
        "implausible_date",
        Error,
        "A year before 1900 or after 2100 (9999 is a placeholder, not a date); the cell is missing",
        dates::implausible_date,
    ),
    check("imputed_date", Note, "A partial date, turned into a day by the named rule", dates::imputed_date),
    check("before_birth", Error, "A date before the subject's birth; the cell is missing", dates::before_birth),
    check(
        "after_death",
        Error,
        "An infusion, visit, assessment, medication or adverse event that begins after the subject's death; the row is not used",
        dates::after_death,
    ),
    check(
        "ends_after_death",
        Warning,
        "A medication or adverse event that ends after the subject's death",
        dates::ends_after_death,
    ),
    check(
        "contact_after_death",
        Error,
        "A last contact or withdrawal after the recorded death; the day of death is used",
        dates::contact_after_death,
    ),
    check(
        "after_cutoff",
        Note,
        "A record after the data cut-off: the row is not used, an end date counts as not yet reached, follow-up ends at the cut-off",
        dates::after_cutoff,
    ),
    check(
        "end_before_start",
        Error,
        "A medication or adverse event ends before it starts; the end is missing",
        dates::end_before_start,
    ),
    check("enrolled_after_infusion", Warning, "Enrolment after the first infusion", dates::enrolled_after_infusion),
    check(
        "age_contradicts_birth",
        Warning,
        "The recorded age differs from the age by date of birth by more than a year beyond the completed years; the date of birth is used",
        dates::age_contradicts_birth,
    ),
    // Visits.
    check("no_infusion", Warning, "A subject without a dated infusion has no time zero", visits::no_infusion),
    check("no_baseline", Warning, "A subject without a visit at or before the first infusion", visits::no_baseline),
    check(
        "out_of_window",
        Warning,
        "A planned visit outside the window of its month: days 8-60, 61-136, 137-228, 229-319, 320-410 for months 1, 3, 6, 9, 12",
        visits::out_of_window,
    ),
    check(
        "visits_out_of_order",
        Warning,
        "A planned visit that took place before a visit planned earlier",
        visits::visits_out_of_order,
    ),
    check("visits_same_day", Warning, "Two visits of one subject on one day", visits::visits_same_day),
    check(
        "unscheduled_with_plan",
        Warning,
        "An unscheduled visit with a planned month, or a planned visit without",
        visits::unscheduled_with_plan,
    ),
    check(
        "contradicts_visit_date",
        Warning,
        "An assessment dated more than 31 days from the visit it names; its own date is used",
        visits::contradicts_visit_date,
    ),
    // Values.
    check(
        "implausible_value",
        Error,
        "A value outside the limits of the plausible for its unit (wide limits: a wrong unit is likelier than a patient); the cell is missing",
        limits::implausible_value,
    ),
    check(
        "dose_mismatch",
        Warning,
        "Cells infused differ from cells per kg times weight by more than 10 %",
        limits::dose_mismatch,
    ),
    check("missing_dose_unit", Warning, "A dose without a unit; it cannot be converted", limits::missing_dose_unit),
    // Laboratory.
    check(
        "unknown_test",
        Note,
        "A laboratory test that is not in the catalogue; it is kept, its unit is not checked",
        labs::unknown_test,
    ),
    check(
        "missing_unit",
        Error,
        "A laboratory result without a unit; a unit is never guessed, the result is missing",
        labs::missing_unit,
    ),
    check(
        "unknown_unit",
        Error,
        "A unit that the laboratory test does not have; the result is missing",
        labs::unknown_unit,
    ),
    check(
        "implausible_result",
        Error,
        "A laboratory result outside the limits of the plausible in its unit (24-hour protein of 2.24 mg, creatinine of 1.2 umol/L); the result is missing",
        labs::implausible_result,
    ),
    check(
        "grade_for_quantity",
        Error,
        "A dipstick grade where a quantity is needed; the result is missing",
        labs::grade_for_quantity,
    ),
    check(
        "implausible_limit",
        Error,
        "A limit of normal that is implausible in the unit of its row; the limit is missing",
        labs::implausible_limit,
    ),
    check(
        "reversed_limits",
        Error,
        "The lower limit of normal is above the upper one; both are missing",
        labs::reversed_limits,
    ),
    // Activity.
    check(
        "impossible_total",
        Error,
        "A SLEDAI total that is not a whole number from 0 to 105; the total is missing",
        activity::impossible_total,
    ),
    check(
        "total_mismatch",
        Warning,
        "A SLEDAI total that the items do not give: the items are used, and where some are missing there is no total",
        activity::total_mismatch,
    ),
    check(
        "missing_items",
        Warning,
        "A SLEDAI assessment with missing items: its total is known only within bounds, unless a recorded total lies between them",
        activity::missing_items,
    ),
    check(
        "item_against_laboratory",
        Warning,
        "A SLEDAI item that the laboratory values of its visit contradict: present although they are normal, or absent although they meet its criterion and are due to lupus (complement and anti-dsDNA need no such word); the item stands",
        items_and_labs::item_against_laboratory,
    ),
    check(
        "item_perhaps_missed",
        Note,
        "A SLEDAI item recorded as absent although a laboratory value meets its criterion, where `due_to_sle` does not say the cause; the item stands",
        items_and_labs::item_perhaps_missed,
    ),
    check(
        "system_of_other_version",
        Error,
        "A BILAG system that the version does not have; the grade is missing",
        activity::system_of_other_version,
    ),
    check(
        "never_after_involved",
        Warning,
        "BILAG grade E (never involved) after A to D: the system can only be D",
        activity::never_after_involved,
    ),
    check(
        "out_of_scale",
        Error,
        "A physician global assessment below 0 or above the end of its scale; the value is missing",
        activity::out_of_scale,
    ),
    // Records.
    check(
        "relapse_before_response",
        Warning,
        "A recorded relapse or flare without an earlier recorded response",
        records::relapse_before_response,
    ),
    check(
        "fatal_event_without_death",
        Warning,
        "An adverse event of grade 5 or with a fatal outcome, but no date of death",
        records::fatal_event_without_death,
    ),
    check("death_without_date", Warning, "A cause of death without a date of death", records::death_without_date),
    check(
        "contact_before_visit",
        Warning,
        "A visit after the recorded last contact; follow-up ends at the last contact",
        records::contact_before_visit,
    ),
];

/// The rules of the checks, in the order in which they are documented.
#[must_use]
pub fn rules() -> Vec<Rule> {
    CHECKS.iter().map(|check| check.rule).collect()
}

/// The rules as columns, for a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleColumns {
    /// Ids.
    pub rule: Vec<&'static str>,
    /// Severities as words.
    pub severity: Vec<&'static str>,
    /// What each finds and what happens to the value or the row.
    pub meaning: Vec<&'static str>,
}

impl RuleColumns {
    /// The columns of [`rules`].
    #[must_use]
    #[expect(clippy::new_without_default, reason = "there is one list of rules, not an empty one")]
    pub fn new() -> RuleColumns {
        let rules = rules();
        RuleColumns {
            rule: rules.iter().map(|rule| rule.id).collect(),
            severity: rules.iter().map(|rule| rule.severity.name()).collect(),
            meaning: rules.iter().map(|rule| rule.meaning).collect(),
        }
    }
}

/// Runs all checks on typed tables: the findings, and what was found, for [`apply`].
pub(crate) fn run(trial: &Trial) -> (Vec<Finding>, Vec<Hit>) {
    let mut findings = trial.findings().clone();
    let mut effects = Vec::new();
    for check in &CHECKS {
        let Some(run) = check.run else { continue };
        for hit in run(trial) {
            findings.push(hit.finding(trial, &check.rule));
            effects.push(hit);
        }
    }
    findings.extend(trial.options().files_not_read.iter().map(|file| Finding {
        table: file.clone(),
        row: None,
        column: None,
        subject: None,
        value: None,
        rule: "file_not_read",
        severity: Note,
        message: format!("`{file}` is not the name of a table; it is not read"),
    }));
    let order = |finding: &Finding| tables().iter().position(|table| table.name == finding.table);
    findings.sort_by(|a, b| (order(a), a.row, a.rule, &a.column).cmp(&(order(b), b.row, b.rule, &b.column)));
    (findings, effects)
}

/// Makes missing in the tables what may not be used.
pub(crate) fn apply(tables: &mut [Table], hits: &[Hit]) {
    for hit in hits {
        let Some(table) = tables.iter_mut().find(|table| table.name() == hit.table) else { continue };
        let Some(row) = hit.row else { continue };
        match &hit.effect {
            Effect::Keep => {}
            Effect::DropRow => table.clear("usubjid", row),
            Effect::DropCells(columns) => columns.iter().for_each(|column| table.clear(column, row)),
            Effect::Replace(column, date) => table.set_date(column, row, *date),
        }
    }
}

/// A cell as text.
pub(crate) fn cell_text(table: &Table, column: &str, row: usize) -> Option<String> {
    match table.column(column)? {
        Column::Text(_) | Column::Result(_) => table.text(column, row).map(str::to_owned),
        Column::Number(_) => table.number(column, row).map(crate::typing::number_text),
        Column::Flag(_) => table.flag(column, row).map(|flag| u8::from(flag).to_string()),
        Column::Date(_) => table.date(column, row).map(|date| date.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_ids_are_unique_and_described() {
        for check in &CHECKS {
            assert_eq!(CHECKS.iter().filter(|other| other.rule.id == check.rule.id).count(), 1, "{}", check.rule.id);
            assert!(check.rule.meaning.len() > 20);
        }
    }
}
