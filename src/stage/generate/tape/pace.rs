//! Changes of pace: how fast a model was asked, and why.

use rusqlite::Connection;

use crate::record::PaceReason;
use crate::store::sql;

/// A change of the pace at which a model is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct PaceChange {
    pub reason: PaceReason,
    /// How many requests may be in flight from now on.
    pub concurrency: usize,
    /// The limit of requests per minute, if there is one.
    pub requests_per_minute: Option<f64>,
    /// The limit of tokens per minute, if there is one.
    pub tokens_per_minute: Option<f64>,
    pub detail: Option<String>,
}

/// Records a change of the pace at which `model` is asked.
pub fn pace(tx: &Connection, invocation: i64, model: &str, change: &PaceChange, now: &str) -> rusqlite::Result<()> {
    let concurrency = i64::try_from(change.concurrency).unwrap_or(i64::MAX);
    sql::GENERATE_INSERT_PACE
        .execute(
            tx,
            &[
                (":invocation", &invocation),
                (":model", &model),
                (":now", &now),
                (":reason", &change.reason),
                (":concurrency", &concurrency),
                (":requests_per_minute", &change.requests_per_minute),
                (":tokens_per_minute", &change.tokens_per_minute),
                (":detail", &change.detail),
            ],
        )
        .map(|_| ())
}
