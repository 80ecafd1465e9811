#![doc = include_str!("../README.md")]

mod activity;
mod compile;
mod counts;
mod definition;
mod denominator;
mod error;
mod evaluate;
mod explain;
mod expression;
mod flare;
mod history;
mod intercurrent;
mod keep;
mod library;
mod limits;
mod measure;
mod node;
mod read;
mod records;
mod response;
mod subset;
mod table;
mod time_to;
mod trail;
mod words;

pub use definition::{Definition, FlareScope, Kind, Parameter, ParameterValue, StateRule};
pub use denominator::{Count, Denominator, MissingRule};
pub use error::EndpointError;
pub use evaluate::Truth;
pub use flare::{Flare, Flares, flares};
pub use history::{
    Cell, Course, Event, History, HistoryOptions, Infusion, MONTH_DAYS, MeasureColumn, PlannedVisit, Recorded,
    SameVisit, SourceRow, Subject, TimeZero, Visit,
};
pub use intercurrent::{Intercurrent, Strategy};
pub use keep::Kept;
pub use library::{definition, definition_ids, definitions};
pub use measure::{MEASURES, Measure, Worse, measure_index};
pub use mscsle_scoring::Confidence;
pub use node::{Anchor, Compare, Criterion, Floor, NewLetter, Node, Quantity, Reference, Since};
pub use response::{Bounds, Response, ResponseOptions, Source, VisitState, response};
pub use table::{CountColumns, FlareColumns, StateColumns, TimeColumns};
pub use time_to::{Cause, Clock, End, Target, Time, TimeTo, Unit, flare_times, time_to};
pub use trail::{Alternative, Step, Trail};
pub use words::RuleLine;
