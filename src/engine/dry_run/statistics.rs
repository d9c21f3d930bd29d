//! Statistics of a model's answers on record.

use crate::stage::generate::Purpose;

/// The means over a model's answers.
#[derive(Clone, Debug)]
pub(super) struct AnswerStatistics {
    pub(super) purpose: Purpose,
    pub(super) model: String,
    pub(super) output_tokens: Option<f64>,
    pub(super) duration_ms: f64,
    pub(super) calls: u64,
}

impl AnswerStatistics {
    /// The statistics of a model that is asked for this purpose.
    pub(super) fn find<'a>(all: &'a [Self], purpose: &str, model: &str) -> Option<&'a Self> {
        all.iter().find(|it| it.purpose.as_str() == purpose && it.model == model)
    }
}
