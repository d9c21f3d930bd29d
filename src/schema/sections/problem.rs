//! What could not be read in an answer, as outputs list it.

use serde_json::{Value, json};

/// The field of an output that lists what could not be read.
pub const PARSE_ERRORS: &str = "parse_errors";

/// The problem with a field that the answer does not have.
pub const MISSING: &str = "the answer has no such section";

/// One thing that could not be read in an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SectionProblem {
    /// The field's dotted name, as in `review.rating`. For a section that is not a field, its heading.
    pub field: String,
    /// A sentence that says what was found and what was expected.
    pub problem: String,
}

impl SectionProblem {
    pub(super) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    /// The problem as an element of [`PARSE_ERRORS`].
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({"field": self.field, "problem": self.problem})
    }
}
