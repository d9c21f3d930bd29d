//! A step, as a replay reads it.

use crate::record::VariantAt;

/// A step of the task, under a variant, in a repeat.
pub(super) struct ReplayStep {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) at: VariantAt,
}
