//! What became of one item, as a result handler is told.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::Error;
use crate::engine::Decided;
use crate::record::WorkStatus;

/// What became of one work item. It is on record when a handler is told of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ItemResult {
    /// The work item's id: the same in every run, whatever is asked about the item.
    pub work_id: String,
    /// Its step: `generate`, where a configuration does not name several.
    pub step: String,
    /// Its place in the input, from 0, where it goes back to one item or row.
    pub index: Option<u64>,
    /// The item as the JSON that it was recorded as. With a configuration file: the row, as an object of texts, or what
    /// a later step's work item is made of.
    pub item: Value,
    /// The data that its request carried.
    pub data: Option<Value>,
    /// What became of it.
    pub outcome: Outcome,
    /// How many attempts it took.
    pub attempts: u64,
    /// The judge's score of the last attempt, of 100, where there is a judge.
    pub score: Option<u8>,
    /// The model that answered, as it calls itself.
    pub model: Option<String>,
    /// The calls that were made for it.
    pub usage: Usage,
    /// Whether the record answered it, and no call of this run did.
    pub from_record: bool,
}

/// What became of a work item.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It has this output, which is valid against the schema.
    Accepted(Value),
    /// It had valid answers, but none passed the checks and the judge.
    Rejected(Failure),
    /// It had no valid answer.
    Failed(Failure),
    /// It was left out.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// How the last attempt at a work item ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The kind, in the record's word: `invalid_schema`, `timeout`, `judge_failed`, …
    pub kind: String,
    /// What was wrong, one sentence a line.
    pub message: String,
    /// What the model answered, where it did.
    pub answer: Option<String>,
}

/// What the calls used that were made for a work item, in this run and in earlier ones. Equal items share a call, which
/// counts for the one that asked first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// How many they are.
    pub calls: u64,
    /// Tokens of input, as far as reported.
    pub input_tokens: u64,
    /// Tokens of output, as far as reported.
    pub output_tokens: u64,
    /// What they cost in US dollars; `None` where that is not known of each of them.
    pub cost_usd: Option<f64>,
}

impl ItemResult {
    /// Whether it has an output.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self.outcome, Outcome::Accepted(_))
    }

    /// The output of an accepted one.
    #[must_use]
    pub fn output(&self) -> Option<&Value> {
        match &self.outcome {
            Outcome::Accepted(output) => Some(output),
            Outcome::Rejected(_) | Outcome::Failed(_) | Outcome::Skipped { .. } => None,
        }
    }

    /// The output as a value of the type whose schema it was held to.
    pub fn output_as<S: DeserializeOwned>(&self) -> Result<S, Error> {
        let no_output = |message: &str| Error::NoOutput { work_id: self.work_id.clone(), message: message.to_owned() };
        match &self.outcome {
            Outcome::Accepted(output) => self.read("output", output),
            Outcome::Rejected(failure) | Outcome::Failed(failure) => Err(no_output(&failure.message)),
            Outcome::Skipped { reason } => Err(no_output(reason)),
        }
    }

    /// The item as the value that it was.
    pub fn item_as<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.read("item", &self.item)
    }

    /// The carried data as the value that it was; null where there is none.
    pub fn data_as<D: DeserializeOwned>(&self) -> Result<D, Error> {
        self.read("data", self.data.as_ref().unwrap_or(&Value::Null))
    }

    fn read<T: DeserializeOwned>(&self, what: &'static str, value: &Value) -> Result<T, Error> {
        T::deserialize(value).map_err(|source| Error::Type { what, work_id: self.work_id.clone(), source })
    }

    /// `from_values`: the row is one of those that [`super::given`] makes.
    pub(super) fn of(decided: Decided, from_values: bool) -> Result<Self, Error> {
        let work_id = decided.work_id.to_string();
        let parse = |what: &'static str, text: &str| {
            serde_json::from_str(text).map_err(|source| Error::Type { what, work_id: work_id.clone(), source })
        };
        let column = |name: &str| decided.row.iter().find(|(it, _)| it == name).map(|(_, text)| text.as_str());
        let (item, data) = if from_values {
            let data = column("data").filter(|text| !text.is_empty());
            (parse("item", column("item").unwrap_or("null"))?, data.map(|text| parse("data", text)).transpose()?)
        } else {
            let row = || decided.row.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str())));
            let group = || decided.group_key.as_deref().map(|key| serde_json::json!({"group_key": key}));
            let row = (!decided.row.is_empty()).then(|| Value::Object(row().collect::<Map<_, _>>()));
            (decided.item.clone().or(row).or_else(group).unwrap_or_default(), None)
        };
        let message = decided.message.unwrap_or_default();
        let kind = decided.outcome.unwrap_or_default();
        let outcome = match (decided.status, decided.output) {
            (WorkStatus::Accepted, Some(output)) => Outcome::Accepted(output),
            (WorkStatus::Rejected, _) => Outcome::Rejected(Failure { kind, message, answer: decided.answer }),
            (WorkStatus::Skipped, _) => Outcome::Skipped { reason: message },
            _ => Outcome::Failed(Failure { kind, message, answer: decided.answer }),
        };
        let usage = Usage {
            calls: decided.used.calls,
            input_tokens: decided.used.input_tokens,
            output_tokens: decided.used.output_tokens,
            cost_usd: decided.used.cost_usd,
        };
        Ok(Self {
            step: decided.step,
            index: decided.row_index,
            item,
            data,
            outcome,
            attempts: decided.attempts,
            score: decided.score,
            model: decided.model,
            usage,
            from_record: decided.from_record,
            work_id,
        })
    }
}
