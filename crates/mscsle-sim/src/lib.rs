#![doc = include_str!("../README.md")]

mod calendar;
mod cohort;
mod cox;
mod draws;
mod error;
mod gu2014;
mod integers;
mod items;
mod latent;
mod margins;
mod marker;
mod philox;
mod planned;
mod record;
mod sle;

pub use cohort::{Cohort, CohortInfo, GENERATOR_VERSION, SYNTHETIC_NOTE, cohorts, generate};
pub use cox::{Covariate, CoxTarget, CoxTies, RiskSets, UnivariateCox};
pub use draws::Draws;
pub use error::SimError;
pub use integers::{VectorShape, int_vector};
pub use items::{Items, N_ITEMS, items_given_total, total as sledai_total};
pub use latent::{Latent, by_rank};
pub use margins::{Decimal, MAX_MAGNITUDE, MAX_VALUES, Margin, Rounding, Sums, feasible};
pub use marker::positive_marker;
pub use philox::philox4x32_10;
pub use planned::{
    ArmSpec, CohortSpec, CorrelationSpec, CoxSpec, DamageSpec, IntegerMargin, IsoDay, MarkerSpec, PathSpec, Printed,
    ResponseSpec, ScoreSpec, SourceSpec, Transform, simulate,
};
