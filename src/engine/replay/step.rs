//! A step, as a replay reads it.

/// A step of the task.
pub(super) struct ReplayStep {
    pub(super) id: i64,
    pub(super) name: String,
}
