//! What a judge answers: the schema of a verdict, and the verdict as a type.

use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::contract::Contract;
use super::violation::Violation;
use crate::record::Verdict;

/// The schema of a verdict.
const SOURCE: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "JudgeVerdict",
  "type": "object",
  "properties": {
    "verdict": {"type": "string", "enum": ["PASS", "FAIL"], "description": "PASS if the output is good enough"},
    "score": {"type": "integer", "minimum": 0, "maximum": 100, "description": "From 0, useless, to 100, perfect"},
    "reasons": {"type": "array", "items": {"type": "string"}, "description": "What speaks for the verdict, briefly"}
  },
  "required": ["verdict", "score", "reasons"],
  "additionalProperties": false
}"#;

static CONTRACT: LazyLock<Arc<Contract>> = LazyLock::new(|| match Contract::parse(SOURCE, "verdict") {
    Ok(contract) => Arc::new(contract.of_verdicts()),
    // Unreachable: the source is a constant that a test parses.
    Err(error) => unreachable!("the verdict's schema: {error}"),
});

/// The contract for the answers of a judge without a rubric.
#[must_use]
pub fn verdict_contract() -> &'static Arc<Contract> {
    &CONTRACT
}

/// A judge's verdict on one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgeVerdict {
    pub verdict: Verdict,
    /// From 0 to 100.
    pub score: u8,
    pub reasons: Vec<String>,
}

/// Why a value is not a verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a verdict: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct VerdictError(pub Vec<Violation>);

impl JudgeVerdict {
    /// Reads the verdict in a judge's answer. A score of `85.0` is an integer, as in JSON Schema.
    pub fn from_value(value: &Value) -> Result<Self, VerdictError> {
        verdict_contract().validate(value).map_err(VerdictError)?;
        let unreadable = |field: &str| {
            let message = "could not be read".to_owned();
            VerdictError(vec![Violation { pointer: format!("/{field}"), message }])
        };
        let verdict = value["verdict"].as_str().and_then(|word| word.parse().ok());
        let score = &value["score"];
        let score = (0..=100u8).find(|it| score.as_u64() == Some((*it).into()) || score.as_f64() == Some((*it).into()));
        let reasons = value["reasons"].as_array().map(|items| items.iter().filter_map(Value::as_str));
        Ok(Self {
            verdict: verdict.ok_or_else(|| unreadable("verdict"))?,
            score: score.ok_or_else(|| unreadable("score"))?,
            reasons: reasons.ok_or_else(|| unreadable("reasons"))?.map(str::to_owned).collect(),
        })
    }
}
