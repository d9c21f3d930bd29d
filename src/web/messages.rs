//! The bodies of requests and answers as types. The service's description is made of them (`openapi`).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::engine::{LiveFailure, LiveItem, LiveResult};

/// What came of the rows.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RunAnswer {
    /// The batch that the rows are on record with. Rows that come alone may share one.
    pub batch_id: String,
    /// One for each row, in the order of the rows.
    pub results: Vec<RowAnswer>,
}

/// What came of a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RowAnswer {
    /// The place of the row among those that were sent, from 0.
    pub row: usize,
    /// The work item of the row in the first step.
    pub work_id: String,
    pub row_id: String,
    /// `pending` only where a batch is asked for before it is done.
    #[schemars(with = "StatusWord")]
    pub status: &'static str,
    /// The output of the last step; where that makes several of one row, the list of those that were accepted.
    pub output: Option<Value>,
    /// What the judge said, if there is one: `PASS` or `FAIL`.
    pub verdict: Option<String>,
    /// The judge's score, from 0 to 100.
    pub score: Option<u8>,
    /// Over all steps.
    pub attempts: u64,
    /// Of all calls for these values and this prompt, over all steps and all times that the row was sent; null if it is
    /// not known exactly.
    pub cost_usd: Option<f64>,
    /// The model that answered, as the provider named it.
    pub model: Option<String>,
    /// Whether the row was decided on record when it came; not told of a batch that is asked for later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_record: Option<bool>,
    /// Why there is no output.
    pub failure: Option<FailureDetail>,
    /// The work items of the last step, where that makes several of one row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemAnswer>,
}

/// One of several work items that a row became.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ItemAnswer {
    pub work_id: String,
    #[schemars(with = "StatusWord")]
    pub status: &'static str,
    pub output: Option<Value>,
    pub failure: Option<FailureDetail>,
}

/// Why there is no output.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FailureDetail {
    /// The outcome of the last attempt, such as `invalid_schema`, or else the status.
    pub kind: String,
    pub message: String,
}

/// Where a work item stands.
#[derive(JsonSchema)]
#[schemars(rename = "Status", rename_all = "lowercase")]
#[expect(dead_code, reason = "it is the schema of the words of `WorkStatus`")]
enum StatusWord {
    Pending,
    Accepted,
    Rejected,
    Failed,
    Skipped,
    Blocked,
}

/// A batch that was accepted: its rows are on record, and are decided whatever happens to the service.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BatchAnswer {
    pub batch_id: String,
    /// The number of its rows.
    pub rows: usize,
    /// The path at which it can be asked for.
    pub href: String,
}

/// How a batch stands, with a page of its results.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BatchPage {
    pub batch_id: String,
    /// In UTC, as RFC 3339.
    pub accepted_at: String,
    /// The number of its rows.
    pub rows: u64,
    /// Whether each row is decided.
    pub done: bool,
    /// The rows by where they stand.
    pub counts: RowCounts,
    /// The rows of this page, those that are pending too.
    pub results: Vec<RowAnswer>,
    /// What to give as `after` for the next page; null on the last one.
    pub next: Option<u64>,
}

/// The rows of a batch by where they stand.
#[derive(Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct RowCounts {
    pub pending: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub failed: u64,
    pub skipped: u64,
    pub blocked: u64,
}

/// Whether the service takes rows.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Health {
    #[schemars(with = "HealthWord")]
    pub status: &'static str,
    /// Rows that were accepted and are not decided.
    pub queue: usize,
    /// The most that there may be.
    pub queue_limit: usize,
    /// Calls in flight.
    pub in_flight: u64,
    /// Why it takes no rows now.
    pub message: Option<String>,
}

/// How the service is.
#[derive(JsonSchema)]
#[schemars(rename = "HealthStatus", rename_all = "lowercase")]
#[expect(dead_code, reason = "it is the schema of the words of `Health::status`")]
enum HealthWord {
    /// It takes rows.
    Ok,
    /// It ends, and finishes what it has accepted.
    Draining,
    /// The budget is reached, or the models do not answer.
    Halted,
}

/// Why a request was not answered.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ErrorBody {
    pub error: ErrorDetail,
}

/// What is wrong, and what to do.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ErrorDetail {
    /// A word for programs, such as `invalid_row`.
    pub kind: String,
    pub message: String,
    pub hint: String,
    /// The row that is at fault, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    /// The batch of the rows, if they are on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<String>,
}

impl From<LiveResult> for RowAnswer {
    fn from(result: LiveResult) -> Self {
        Self {
            row: result.row,
            work_id: result.work_id,
            row_id: result.row_id,
            status: result.status.as_str(),
            output: result.output,
            verdict: result.verdict,
            score: result.score,
            attempts: result.attempts,
            cost_usd: result.cost_usd,
            model: result.model,
            from_record: Some(result.from_record),
            failure: result.failure.map(FailureDetail::from),
            items: result.items.into_iter().map(ItemAnswer::from).collect(),
        }
    }
}

impl From<LiveItem> for ItemAnswer {
    fn from(item: LiveItem) -> Self {
        Self {
            work_id: item.work_id,
            status: item.status.as_str(),
            output: item.output,
            failure: item.failure.map(FailureDetail::from),
        }
    }
}

impl From<LiveFailure> for FailureDetail {
    fn from(failure: LiveFailure) -> Self {
        Self { kind: failure.kind, message: failure.message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::WorkStatus;

    #[test]
    fn the_described_words_are_those_of_the_record() {
        let schema = schemars::schema_for!(StatusWord);
        let words: Vec<&str> = WorkStatus::ALL.iter().map(|it| it.as_str()).collect();
        let described = schema.get("enum").and_then(Value::as_array).unwrap();
        let mut described: Vec<&str> = described.iter().filter_map(Value::as_str).collect();
        described.sort_unstable();
        let mut expected = words;
        expected.sort_unstable();
        assert_eq!(described, expected);
    }
}
