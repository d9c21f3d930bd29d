//! The report of a run: one read model, two renderers.
//!
//! [`gather()`] reads the record, with aggregates in SQL and a limit on everything that is listed; [`markdown()`] and
//! [`html()`] render it. The same record gives the same bytes: the only times are those of the work itself. No value of
//! the record is ever taken as markup, and invisible characters (controls, changes of writing direction) are written as
//! escapes. The HTML is one file that loads nothing.
//!
//! Depends on `store` and `record`; must never write to the run file, nor read anything outside of it.

mod agreement;
mod answers;
mod calls;
mod chart;
mod columns;
mod documents;
mod error;
mod experiment;
mod gather;
mod html;
mod items;
mod markdown;
mod model;
mod number;
mod pace;
mod present;
mod quality;
mod steps;
mod values;

pub use error::ReportError;
pub use gather::gather;
pub use html::html;
pub use markdown::markdown;
pub use model::ReportOptions;
pub use number::show_invisible;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
