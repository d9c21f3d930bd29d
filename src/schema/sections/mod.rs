//! Answers in Markdown: a form made from a schema, what a model is told of it, and a reader that is bounded by it.
//!
//! The format that prompts show ([`Form::description`]), the reader ([`Form::read`]) and the writer of samples
//! ([`Form::write`]) come from the same form, so that what is asked for is what is read.
//!
//! What the reader goes by:
//!
//! - A heading names a field, at any level, in any order and any case, and only its letters and digits count. What
//!   stands under it is its value.
//! - A field that has no heading may be labelled instead: `Rating: 7`, `**Rating**: 7`, `Rating - 7`, `- Rating: 7`, a
//!   row `| Rating | 7 |` of a table.
//! - Code in fences is content, whatever it looks like.
//! - Nothing is guessed: what is not there, cannot be read as what the schema says, or is there twice with different
//!   content is null, and a [`Problem`] says so.
//!
//! Depends on this room's schema trees alone. It must never fail on a text, and never make a value up.

mod fields;
mod form;
mod label;
mod list;
mod markdown;
mod names;
mod read;
mod scalar;
mod scan;
mod write;

use serde_json::{Value, json};

pub use form::{Form, FormError};
pub use read::Reading;

/// The field of an output that lists what could not be read.
pub const PARSE_ERRORS: &str = "parse_errors";

/// What could not be read in an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The field's name, with the names of the fields it lies in: `review.rating`. For a section that is no field, its
    /// heading.
    pub field: String,
    /// A sentence: what was found, what was expected.
    pub problem: String,
}

impl Problem {
    /// A problem with `field`.
    fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    /// As outputs list it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({"field": self.field, "problem": self.problem})
    }
}

#[cfg(test)]
mod tests;
