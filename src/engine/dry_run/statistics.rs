//! Statistics of a model's answers on record.

use crate::stage::generate::Purpose;

/// The means over a model's answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerStatistics {
    pub(super) purpose: Purpose,
    pub(super) output_tokens: Option<f64>,
    pub(super) duration_ms: f64,
    pub(super) calls: u64,
}
