//! The histories of an analysis set: some subjects of a trial, everything else as it was read.

use crate::history::{Cell, History, MeasureColumn, Recorded, Subject, Visit};

impl History {
    /// The histories of the subjects kept, in their order. Planned visits and source rows stay those of the whole trial,
    /// and so do findings on other things than a subject.
    ///
    /// `keep` has one entry a subject; what it lacks is left out.
    #[must_use]
    pub fn subset(&self, keep: &[bool]) -> History {
        let kept = |subject: usize| keep.get(subject).copied().unwrap_or(false);
        let mut subjects: Vec<Subject> = Vec::new();
        let mut visits: Vec<Visit> = Vec::new();
        let mut old_visits: Vec<usize> = Vec::new();
        let mut new_visit = vec![usize::MAX; self.visits.len()];
        for (_, subject) in self.subjects.iter().enumerate().filter(|(s, _)| kept(*s)) {
            let start = visits.len();
            for visit in subject.visits.clone() {
                let (Some(of), Some(slot)) = (self.visits.get(visit), new_visit.get_mut(visit)) else { continue };
                *slot = visits.len();
                old_visits.push(visit);
                visits.push(Visit { subject: u32::try_from(subjects.len()).unwrap_or(u32::MAX), ..of.clone() });
            }
            subjects.push(Subject { visits: start..visits.len(), ..subject.clone() });
        }
        let of_visits = |cells: &[Cell]| {
            old_visits.iter().map(|&visit| cells.get(visit).copied().unwrap_or(Cell::MISSING)).collect::<Vec<Cell>>()
        };
        let of_subjects = |cells: &[Cell]| {
            cells.iter().enumerate().filter(|(s, _)| kept(*s)).map(|(_, cell)| *cell).collect::<Vec<Cell>>()
        };
        let columns = self.columns.iter().map(|column| {
            column.as_ref().map(|column| MeasureColumn {
                table: column.table,
                visits: of_visits(&column.visits),
                baseline: of_subjects(&column.baseline),
                preflare: of_subjects(&column.preflare),
            })
        });
        let recorded = self.recorded.iter().filter_map(|record| {
            let visit = *new_visit.get(record.visit)?;
            (visit != usize::MAX).then(|| Recorded { visit, ..record.clone() })
        });
        let letters = if self.letters.is_empty() {
            Vec::new()
        } else {
            old_visits.iter().filter_map(|&visit| self.letters.get(visit).copied()).collect()
        };
        let inside: std::collections::HashSet<&str> = subjects.iter().map(|s| s.id.as_str()).collect();
        let known: std::collections::HashSet<&str> = self.subjects.iter().map(|s| s.id.as_str()).collect();
        let concerns = |id: &Option<String>| id.as_deref().is_none_or(|id| inside.contains(id) || !known.contains(id));
        History {
            columns: columns.collect(),
            recorded: recorded.collect(),
            letters,
            findings: self.findings.iter().filter(|finding| concerns(&finding.subject)).cloned().collect(),
            labels: self.labels.clone(),
            planned: self.planned.clone(),
            options: self.options.clone(),
            imputation: self.imputation,
            subjects,
            visits,
        }
    }
}
