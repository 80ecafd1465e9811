#![doc = include_str!("../README.md")]

mod activity;
mod compile;
mod definition;
mod denominator;
mod error;
mod evaluate;
mod expression;
mod flare;
mod history;
mod keep;
mod library;
mod limits;
mod measure;
mod read;
mod records;
mod response;
mod table;
mod time_to;
mod trail;

pub use definition::{
    Anchor, Compare, Criterion, Definition, FlareScope, Floor, Kind, Node, Parameter, ParameterValue, Reference,
    StateRule,
};
pub use denominator::{Count, Denominator, MissingRule};
pub use error::EndpointError;
pub use evaluate::Truth;
pub use flare::{Flare, Flares, flares};
pub use history::{
    Cell, Event, History, HistoryOptions, Infusion, MONTH_DAYS, MeasureColumn, PlannedVisit, Recorded, SameVisit,
    SourceRow, Subject, TimeZero, Visit,
};
pub use keep::Kept;
pub use library::{definition, definition_ids, definitions};
pub use measure::{MEASURES, Measure, Worse, measure_index};
pub use mscsle_scoring::Confidence;
pub use response::{Bounds, Response, ResponseOptions, Source, VisitState, response};
pub use table::{CountColumns, FlareColumns, StateColumns, TimeColumns};
pub use time_to::{Cause, Clock, Target, Time, TimeTo, Unit, flare_times, time_to};
pub use trail::{Alternative, Step, Trail};
