//! SLEDAI: 24 weighted descriptors of lupus disease activity.
//!
//! ```text
//! total    = sum of the weights of the descriptors present        0 .. 105
//! clinical = total without low complement and raised DNA binding  0 .. 101
//! lower    = sum over the descriptors known to be present
//! upper    = lower + weights of the descriptors that are missing
//! ```
//!
//! Traps of the instrument: no descriptor has partial credit, and each counts only when attributed to active lupus. The
//! versions share the weights; a total says nothing without its version, since proteinuria and arthritis are read
//! differently. No published rule for missing descriptors exists; a missing one is never turned into 0 unless asked for
//! ([`MissingPolicy::Absent`]), and then it is noted and the bounds keep their width.

mod carry;
mod columns;
mod items;
mod laboratory;
mod score;
mod suggestions;

pub use carry::{Carried, carry_forward};
pub use columns::{SledaiColumns, totals};
pub use items::{Bands, Item, N_ITEMS, OrganSystem, Version, WEIGHTS};
pub use laboratory::{Attribution, LaboratoryValues, SledaiLaboratory, Suggestion, UpcrCut};
pub use score::{Items, MissingPolicy, Note, Score, Sledai, SystemScore, check_totals};
pub use suggestions::{
    DERIVABLE_ITEMS, LaboratoryColumn, LaboratoryRow, N_LABORATORY_COLUMNS, SuggestionColumns, SuggestionNote,
};
