//! What the calls for a work item used.

use serde::Serialize;

use super::model::CallRecord;
use crate::view::money;

/// What calls used. What no call reported is `None`, and never 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ItemUsage {
    pub calls: usize,
    /// As far as it was reported.
    pub input_tokens: Option<i64>,
    /// As far as it was reported.
    pub output_tokens: Option<i64>,
    /// The calls that reported no input or no output.
    pub uncounted_calls: usize,
    /// `None` if the cost of any call is unknown.
    pub cost_usd: Option<f64>,
}

impl ItemUsage {
    #[must_use]
    pub fn of<'a>(calls: impl Iterator<Item = &'a CallRecord> + Clone) -> Self {
        let sum = |count: fn(&CallRecord) -> Option<i64>| calls.clone().filter_map(count).reduce(i64::saturating_add);
        let is_counted = |call: &&CallRecord| call.input_tokens.is_some() && call.output_tokens.is_some();
        let count = calls.clone().count();
        Self {
            calls: count,
            input_tokens: sum(|it| it.input_tokens),
            output_tokens: sum(|it| it.output_tokens),
            uncounted_calls: count - calls.clone().filter(is_counted).count(),
            cost_usd: money::sum(calls.map(|it| it.cost_usd)),
        }
    }
}
