//! Endpoints over hand-made histories.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;
mod definition;
mod flare;
mod intercurrent;
mod period;
mod response;
mod vectors;
