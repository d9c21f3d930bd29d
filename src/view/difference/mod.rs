//! What differs between two values of the record, each difference under the name that its author knows it by.
//!
//! A pure room inside `view`: JSON in, a list of differences out. Nothing here reads a run file, and nothing knows how
//! differences are shown.

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
