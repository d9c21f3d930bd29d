//! Makes up answers from a JSON Schema, in the form of a step's answers and with faults at chosen rates, so that a
//! whole task can be tried without a provider.
//!
//! The same [`SampleAsk`] always gives the same answer: all random choices depend on its seed alone. Tokens are not
//! reported, since none were spent.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::evidence::{QuotedRow, quote_lines};
use crate::provider::{Completion, Finish, ProviderError, ProviderErrorKind};
use crate::record::Digest;
use crate::schema::{AnswerForm, SampleError, sample};

/// The model's name in answers.
const MODEL: &str = "sample";

/// A request for a made-up answer.
#[derive(Clone, Debug)]
pub struct SampleAsk {
    /// The schema that the answer is valid against.
    pub schema: Arc<Value>,
    pub form: AnswerForm,
    /// The seed of all random choices: a digest of the request and the run's seed.
    pub seed: [u8; 20],
    pub purpose: SamplePurpose,
    pub faults: Arc<Faults>,
    /// The row whose lines the claims in the answer quote.
    pub quoted: Option<QuotedRow>,
}

/// What a made-up answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplePurpose {
    /// An output.
    Generation,
    /// A verdict: PASS with a score of at least `min_score`, or FAIL with a lower one.
    Judge { min_score: u8 },
}

/// How often answers go wrong, as rates from 0 to 1, and how long they take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// Answers that cannot be read: prose around an object that lacks its last brace, or sections without headings.
    pub malformed: f64,
    /// Answers with a field, or a section, that no schema has.
    pub extra_field: f64,
    /// Answers that are cut off half-way, as at an output limit.
    pub truncated: f64,
    /// Verdicts that are FAIL.
    pub judge_fail: f64,
    /// Answers that take `slow_latency` longer.
    pub slow: f64,
    pub latency: Duration,
    /// The additional time of a slow answer.
    pub slow_latency: Duration,
}

/// How long the answer to `ask` takes.
pub fn latency(ask: &SampleAsk) -> Duration {
    let slow = if drawn(ask, "slow", ask.faults.slow) { ask.faults.slow_latency } else { Duration::ZERO };
    ask.faults.latency.saturating_add(slow)
}

/// The answer to `ask`.
pub fn answer(ask: &SampleAsk) -> Result<Completion, ProviderError> {
    let mut value =
        valid(ask).map_err(|problem| ProviderError::new(ProviderErrorKind::BadRequest, problem.to_string()))?;
    if let SamplePurpose::Judge { min_score } = ask.purpose {
        judge(&mut value, ask, min_score);
    }
    let extra = drawn(ask, "extra_field", ask.faults.extra_field);
    if let (Value::Object(fields), AnswerForm::Json, true) = (&mut value, &ask.form, extra) {
        fields.insert("unexpected_field".to_owned(), json!("not in the schema"));
    }
    let mut text = ask.form.write(&value);
    if let (AnswerForm::Sections { .. }, true) = (&ask.form, extra) {
        text.push_str("\n## unexpected_field\nnot in the schema\n");
    }
    let mut finish = Finish::Stop;
    if drawn(ask, "truncated", ask.faults.truncated) {
        text.truncate(text.floor_char_boundary(text.len() / 2));
        finish = Finish::Length;
    } else if drawn(ask, "malformed", ask.faults.malformed) {
        text = malformed(&ask.form, text);
    }
    Ok(Completion::of_text(text, finish, Some(MODEL.to_owned())))
}

/// An answer that cannot be read. Plain text always can.
fn malformed(form: &AnswerForm, mut text: String) -> String {
    match form {
        AnswerForm::Text { .. } => text,
        AnswerForm::Sections { .. } => {
            let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
            format!("Here is the answer.\n{}\nLet me know if you need anything else.\n", kept.join("\n"))
        }
        AnswerForm::Json => {
            text.pop();
            format!("Here is the answer:\n{text}\nLet me know if you need anything else.")
        }
    }
}

/// A value that is valid against the schema. Its claims quote lines that are there.
fn valid(ask: &SampleAsk) -> Result<Value, SampleError> {
    let mut value = sample(&ask.schema, number(ask, "value"))?;
    if let Some(QuotedRow { claims, text }) = &ask.quoted {
        quote_lines(&mut value, claims, text, &|claim| number(ask, &format!("claim {claim}")));
    }
    Ok(value)
}

/// Puts a verdict into the fields of a judge's answer. Other fields stay as they are.
fn judge(value: &mut Value, ask: &SampleAsk, min_score: u8) {
    let Value::Object(fields) = value else { return };
    let part = fraction(ask, "score");
    let (lowest, pass) = (f64::from(min_score.min(100)), !drawn(ask, "judge_fail", ask.faults.judge_fail));
    let (verdict, score, reasons) = if pass {
        ("PASS", (lowest + part * (100.0 - lowest)).round(), json!(["sample: meets the criteria"]))
    } else {
        ("FAIL", (part * (lowest - 1.0).max(0.0)).floor(), json!(["sample: does not meet the criteria"]))
    };
    let properties = ask.schema.get("properties").and_then(Value::as_object);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 0 to 100")]
    let score = json!(score as u8);
    let criteria = properties.and_then(|it| it.get("scores")?.get("properties")?.as_object());
    let scores: Map<String, Value> =
        criteria.into_iter().flatten().map(|(name, _)| (name.clone(), score.clone())).collect();
    let contents =
        [("verdict", json!(verdict)), ("score", score), ("scores", Value::Object(scores)), ("reasons", reasons)];
    for (name, content) in contents {
        if properties.is_none_or(|properties| properties.contains_key(name)) && content != json!({}) {
            fields.insert(name.to_owned(), content);
        }
    }
}

/// Whether this answer has the fault `name`.
fn drawn(ask: &SampleAsk, name: &str, rate: f64) -> bool {
    fraction(ask, name) < rate
}

/// A number from 0 up to, but not including, 1.
fn fraction(ask: &SampleAsk, name: &str) -> f64 {
    // A float has 53 exact bits.
    #[expect(clippy::cast_precision_loss, reason = "a number below 2^53 is exact")]
    let bits = (number(ask, name) >> 11) as f64;
    bits / 9_007_199_254_740_992.0
}

/// A number that depends on the seed and the name alone.
fn number(ask: &SampleAsk, name: &str) -> u64 {
    let digest = Digest::of_value(&json!(["sample", 1, Digest::from_hash(ask.seed).to_string(), name]));
    u64::from_be_bytes(digest.as_bytes().first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests;
