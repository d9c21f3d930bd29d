//! The result of one work item, as a result handler receives it.

use std::any::Any;
use std::collections::HashMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::Error;
use super::request::Carried;
use crate::engine::DecidedItem;
use crate::record::WorkStatus;

/// The result of one work item. It is committed to the run file before a handler receives it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ItemResult {
    /// The work item's id. It is the same in every run, and does not depend on the request.
    pub work_id: String,
    /// The name of its step: `generate`, unless a configuration file names its steps.
    pub step: String,
    /// The index of its item or row in the input, from 0; `None` if it was made from several.
    pub index: Option<u64>,
    /// The item as recorded JSON. With a configuration file: the row as an object of strings, or the value that a later
    /// step's work item is made from.
    pub item: Value,
    /// The data that [`Request::data`](crate::Request::data) attached.
    pub data: Option<Value>,
    /// Its output, or why it has none.
    pub outcome: Outcome,
    /// Number of attempts.
    pub attempts: u64,
    /// The judge's score of the last attempt, from 0 to 100, if there is a judge.
    pub score: Option<u8>,
    /// The model that answered, as the provider reported it.
    pub model: Option<String>,
    /// The calls that were made for it, with their tokens and cost.
    pub usage: Usage,
    /// Whether it was answered from the record, without a call of this run.
    pub from_record: bool,
    carried: Option<Carried>,
}

/// The output of a work item, or why it has none.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The output, which is valid against the schema.
    Accepted(Value),
    /// There were valid answers, but none of them passed the checks and the judge.
    Rejected(Failure),
    /// There was no valid answer.
    Failed(Failure),
    /// No request was made for it, or its step's condition did not hold.
    Skipped {
        /// Why it was skipped.
        reason: String,
    },
}

/// The last attempt of a work item that has no output.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The outcome as the run file names it: `invalid_schema`, `timeout`, `judge_failed`, …; `request_error` where the
    /// request builder failed, and `model_error` where a closure that is the model did.
    pub kind: String,
    /// What was wrong, one problem a line.
    pub message: String,
    /// The model's answer, if there was one.
    pub answer: Option<String>,
}

/// Tokens, cost and time of all calls that were made for a work item, in this run and in earlier ones. Equal requests
/// share a call, which counts for the work item that asked first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// Number of calls.
    pub calls: u64,
    /// Input tokens that providers reported.
    pub input_tokens: u64,
    /// Output tokens that providers reported.
    pub output_tokens: u64,
    /// Cost in US dollars; `None` if the cost of at least one call is not known.
    pub cost_usd: Option<f64>,
    /// The time that its calls took, added up.
    pub call_time: Duration,
    /// The time from its first call to its last answer, with the waits between them; of several runs, their sum.
    pub total_time: Duration,
}

impl ItemResult {
    /// Whether there is an output.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self.outcome, Outcome::Accepted(_))
    }

    /// Returns the output of an accepted work item.
    #[must_use]
    pub fn output(&self) -> Option<&Value> {
        match &self.outcome {
            Outcome::Accepted(output) => Some(output),
            Outcome::Rejected(_) | Outcome::Failed(_) | Outcome::Skipped { .. } => None,
        }
    }

    /// Deserialises the output, usually to the type given to [`Batch::schema`](crate::Batch::schema). It is an error
    /// if there is no output.
    pub fn output_as<S: DeserializeOwned>(&self) -> Result<S, Error> {
        let no_output = |message: &str| Error::NoOutput { work_id: self.work_id.clone(), message: message.to_owned() };
        match &self.outcome {
            Outcome::Accepted(output) => self.read("output", output),
            Outcome::Rejected(failure) | Outcome::Failed(failure) => Err(no_output(&failure.message)),
            Outcome::Skipped { reason } => Err(no_output(reason)),
        }
    }

    /// Returns the value that [`Request::carry`](crate::Request::carry) carries, if it is of the type `T`. `None` also
    /// where the request builder carried none in this run.
    #[must_use]
    pub fn carried<T: Any>(&self) -> Option<&T> {
        self.carried.as_ref()?.0.downcast_ref()
    }

    /// Deserialises the item.
    pub fn item_as<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.read("item", &self.item)
    }

    /// Deserialises the attached data; if there is none, it is read as null.
    pub fn data_as<D: DeserializeOwned>(&self) -> Result<D, Error> {
        self.read("data", self.data.as_ref().unwrap_or(&Value::Null))
    }

    fn read<T: DeserializeOwned>(&self, what: &'static str, value: &Value) -> Result<T, Error> {
        T::deserialize(value).map_err(|source| Error::Type { what, work_id: self.work_id.clone(), source })
    }

    /// `carried` has the carried values by the items' indexes, if the row was made by [`super::spool`], and not read
    /// from a configured input.
    pub(super) fn of(decided: DecidedItem, carried: Option<&HashMap<u64, Carried>>) -> Result<Self, Error> {
        let work_id = decided.work_id.to_string();
        let parse = |what: &'static str, text: &str| {
            serde_json::from_str(text).map_err(|source| Error::Type { what, work_id: work_id.clone(), source })
        };
        let column = |name: &str| decided.row.iter().find(|(it, _)| it == name).map(|(_, text)| text.as_str());
        let (item, data) = if carried.is_some() {
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
            call_time: decided.used.call_time,
            total_time: decided.used.total_time,
        };
        let carried = carried.zip(decided.row_index).and_then(|(values, index)| values.get(&index)).cloned();
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
            carried,
            work_id,
        })
    }
}
