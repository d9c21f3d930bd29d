//! A work item with everything that happened to it, as `casebook show --format json` prints it.

use serde::Serialize;
use serde_json::Value;

/// A work item and everything that happened to it.
#[derive(Debug, Serialize)]
pub struct ItemHistory {
    pub work_id: String,
    pub step: String,
    /// What it is made from: `row`, `group`, `element` and the like.
    pub source: String,
    /// Whether it is in the latest plan.
    pub planned: bool,
    pub status: String,
    /// How many attempts were made under its current task.
    pub attempts_made: i64,
    /// The number of its current sample, from 1; each retry begins a new one.
    pub sample: i64,
    /// Identifies its exact task on its exact input; empty before its parents are known.
    pub cache_id: String,
    pub task_id: String,
    pub row: Option<InputRow>,
    pub group: Option<RowGroup>,
    /// The element, the combination, or the key of a join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Value>,
    /// Why it is skipped or blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The work items of other steps that it is made from, in order; at most 1,000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Relative>,
    /// The work items of other steps that are made from it; at most 1,000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Relative>,
    /// Whether parents or children were left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub relatives_cut: bool,
    pub output: Option<Value>,
    /// The claims of the last attempt, with the lines around them; at most 1,000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Claimed>,
    /// How many claims of the last attempt were left out.
    #[serde(skip_serializing_if = "is_zero")]
    pub evidence_cut: usize,
    /// All attempts, earlier tasks and samples included, in order.
    pub attempts: Vec<AttemptRecord>,
    /// All calls that were made for it, in order.
    pub calls: Vec<CallRecord>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A claim that an output makes about lines of a document, and where these stand now.
#[derive(Clone, Debug, Serialize)]
pub struct Claimed {
    /// Where it stands in the output, such as `rules[0].evidence[1]`.
    pub path: String,
    /// What it is about: the values beside it in its output, in short; none in the list of an attempt.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub claim: String,
    /// `exact`, `trimmed`, `relocated`, `part` or `not_found`.
    pub status: String,
    /// Why the row does not have its lines, in lines of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    pub document: String,
    /// Counted from 1 in the document; none of an answer that named no line.
    pub line_start: Option<i64>,
    pub line_end: Option<i64>,
    /// The lines that the answer named; of a claim that was relocated they are others.
    pub cited_start: Option<i64>,
    pub cited_end: Option<i64>,
    pub quote: String,
    /// The lines and two before and after them; none in the list of an attempt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<DocumentLine>,
    /// How many of its lines are not among them.
    #[serde(skip_serializing_if = "is_zero")]
    pub lines_cut: usize,
}

/// A line of a document, without its end.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentLine {
    pub line: i64,
    /// Of a PDF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    pub text: String,
    pub cited: bool,
}

/// A work item of another step.
#[derive(Debug, Serialize)]
pub struct Relative {
    pub work_id: String,
    pub step: String,
    pub status: String,
    pub output: Option<Value>,
}

#[derive(Debug, Serialize)]
pub struct InputRow {
    pub row_id: String,
    /// From 0.
    pub row_index: i64,
    /// The line of the file that it begins on, from 1.
    pub line: i64,
    pub dataset: Option<String>,
    /// The document that it is a part of, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Columns with their values, in the order of the file.
    pub fields: Vec<(String, Value)>,
}

#[derive(Debug, Serialize)]
pub struct RowGroup {
    /// The value of the grouping column that its rows share.
    pub group_key: String,
    pub rows: i64,
    /// How many of its rows fit into the context.
    pub included_rows: i64,
    /// The text that prompts see of the group.
    pub context: Option<String>,
}

/// A message of a conversation, as it was sent.
#[derive(Debug, Serialize)]
pub struct SentMessage {
    pub role: String,
    pub content: String,
}

/// An attempt: a generation, its checks and, if there is a judge, its verdict; or a person's decision.
#[derive(Debug, Serialize)]
pub struct AttemptRecord {
    /// From 1 in each sample.
    pub number: i64,
    pub sample: i64,
    /// Whether it belongs to the current task, input and sample.
    pub current: bool,
    /// How it ended, such as `accepted` or `invalid_schema`.
    pub outcome: String,
    /// What was wrong with the answer.
    pub detail: Option<String>,
    pub provider: Option<String>,
    /// The model that answered, as the provider named it.
    pub model: Option<String>,
    pub request_id: Option<String>,
    pub prompt: Vec<SentMessage>,
    pub answer: Option<String>,
    /// The thoughts that stood before the answer in the same text.
    pub thoughts: Option<String>,
    pub judge_request_id: Option<String>,
    pub judge_prompt: Vec<SentMessage>,
    pub judge_answer: Option<String>,
    pub verdict: Option<String>,
    pub score: Option<i64>,
    pub reasons: Option<Value>,
    /// UTC.
    pub decided_at: String,
    /// The valid output that did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The number of its candidate, where several are generated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<i64>,
    /// `human:NAME` if a person decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// The verdicts of several judges, or of one that scores by criteria.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opinions: Vec<JudgeOpinion>,
    /// What its output claims to be proved by, if it is current.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claimed>,
    /// What its templates retrieved from knowledge, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retrieved: Vec<ItemRetrieval>,
}

/// What a call of `retrieve` found in an attempt.
#[derive(Debug, Serialize)]
pub struct ItemRetrieval {
    /// From 1 in each attempt.
    pub number: i64,
    /// What was rendered: `generation`, `judge`, `check` or `rule`.
    pub purpose: String,
    pub knowledge: String,
    pub query: String,
    /// The most passages that were asked for.
    pub k: i64,
    /// Best first.
    pub passages: Vec<ItemPassage>,
}

/// A passage that was retrieved.
#[derive(Debug, Serialize)]
pub struct ItemPassage {
    pub document: String,
    /// In the document, from 1.
    pub line_start: i64,
    pub line_end: i64,
    pub heading_path: String,
}

/// One judge's verdict on an attempt.
#[derive(Debug, Serialize)]
pub struct JudgeOpinion {
    pub judge: String,
    pub model: Option<String>,
    /// `PASS` or `FAIL`.
    pub verdict: String,
    pub score: i64,
    pub scores: Option<Value>,
    pub reasons: Option<Value>,
}

/// One exchange with a provider.
#[derive(Debug, Serialize)]
pub struct CallRecord {
    /// `generation` or `judge`.
    pub purpose: String,
    pub request_id: String,
    pub provider: String,
    pub model: String,
    /// `answered`, `failed`, `lost` or `in_flight`.
    pub outcome: String,
    pub http_status: Option<i64>,
    /// The reason that the provider gave for the end of the answer.
    pub finish: Option<String>,
    /// The kind of error, such as `timeout`.
    pub error_kind: Option<String>,
    pub error: Option<String>,
    pub duration_ms: Option<i64>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    /// Input tokens that were read from the provider's cache.
    pub cached_tokens: Option<i64>,
    /// Output tokens that were spent on reasoning.
    pub reasoning_tokens: Option<i64>,
    /// `None` if the cost is unknown.
    pub cost_usd: Option<f64>,
    pub started_at: String,
}
