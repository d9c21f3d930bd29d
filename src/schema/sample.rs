//! Sample values.

use serde_json::Value;

/// Why no sample could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no sample can be made for {pointer}: {reason}")]
pub struct SampleError {
    /// JSON pointer to the place in the schema.
    pub pointer: String,
    /// What could not be met.
    pub reason: String,
}

/// A value that is valid against `schema`; the same seed gives the same value everywhere.
pub fn sample(schema: &Value, seed: u64) -> Result<Value, SampleError> {
    let _ = seed;
    Err(SampleError { pointer: "/".to_owned(), reason: format!("{schema}") })
}
