//! What a rule found, before it becomes a finding.

use super::{Rule, cell_text};
use crate::{Finding, PartialDate, Trial};

/// What happens to the typed tables.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Nothing: the value stands.
    Keep,
    /// The row belongs to nobody.
    DropRow,
    /// The cells are missing.
    DropCells(Vec<&'static str>),
    /// The cell is this date.
    Replace(&'static str, PartialDate),
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    pub(crate) table: &'static str,
    pub(crate) row: Option<usize>,
    pub(crate) column: Option<&'static str>,
    pub(crate) message: String,
    pub(crate) effect: Effect,
}

impl Hit {
    /// A cell that stands as it is.
    pub(crate) fn cell(table: &'static str, row: usize, column: &'static str, message: String) -> Hit {
        Hit { table, row: Some(row), column: Some(column), message, effect: Effect::Keep }
    }

    /// A table as a whole.
    pub(crate) fn table(table: &'static str, message: String) -> Hit {
        Hit { table, row: None, column: None, message, effect: Effect::Keep }
    }

    /// The cell is not used.
    pub(crate) fn drop_cell(mut self) -> Hit {
        self.effect = Effect::DropCells(self.column.into_iter().collect());
        self
    }

    /// These cells of the row are not used.
    pub(crate) fn drop_cells(mut self, columns: Vec<&'static str>) -> Hit {
        self.effect = Effect::DropCells(columns);
        self
    }

    /// The row is not used.
    pub(crate) fn drop_row(mut self) -> Hit {
        self.effect = Effect::DropRow;
        self
    }

    /// The cell counts as this date.
    pub(crate) fn replace(mut self, date: PartialDate) -> Hit {
        self.effect = self.column.map_or(Effect::Keep, |column| Effect::Replace(column, date));
        self
    }

    /// Whether the typed tables change.
    pub(crate) fn changes(&self) -> bool {
        self.effect != Effect::Keep
    }

    pub(super) fn finding(&self, trial: &Trial, rule: &Rule) -> Finding {
        let table = trial.table(self.table);
        let cell = |column: &str| table.zip(self.row).and_then(|(table, row)| cell_text(table, column, row));
        Finding {
            table: self.table.to_owned(),
            row: self.row,
            column: self.column.map(str::to_owned),
            subject: cell("usubjid"),
            value: self.column.and_then(cell),
            rule: rule.id,
            severity: rule.severity,
            message: self.message.clone(),
        }
    }
}
