//! The differences between two values of the record, each named as its author knows it.
//!
//! [`configurations`], [`tasks`], [`requests`], [`texts`] and `values` take JSON and return a list of
//! [`Difference`]s. Nothing here reads a run file or knows how differences are shown.

mod change;
mod configuration;
mod lines;
mod request;
mod schema;
mod task;
mod values;

pub use change::{Change, Difference};
pub use configuration::configurations;
pub use lines::texts;
pub use request::requests;
pub use task::tasks;
pub use values::values;

#[cfg(test)]
mod tests;
