//! What becomes of a schema for a provider: the form that is sent, or why there is none.

use serde_json::Value;

/// A schema in a provider's subset.
#[derive(Clone, Debug, PartialEq)]
pub struct Native {
    /// The schema that is sent.
    pub schema: Value,
    /// The keywords that were left out, such as `/properties/score: minimum`: the provider does not enforce these.
    pub left_out: Vec<String>,
    /// The keywords that are sent, and that the server is known to ignore.
    pub ignored: Vec<String>,
    /// The keywords that are sent, and under which the server lets texts have no quotation marks, backslashes and line
    /// breaks.
    pub narrowed: Vec<String>,
}

/// Why a schema does not fit into a subset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {reason}")]
pub struct NotNative {
    /// JSON pointer to the place in the closed schema; `/` is the root.
    pub pointer: String,
    pub reason: String,
}

/// Keywords that describe and do not constrain, which are left out.
pub(super) const ANNOTATIONS: &[&str] =
    &["$schema", "$id", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly", "$anchor"];
