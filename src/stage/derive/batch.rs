//! How much is done in one transaction, and what came of it.

/// About how many work items one transaction makes or changes.
pub const BATCH: usize = 8_192;

/// How many standings are read at once, each with the fields of its row.
pub(super) const PAGE: usize = 256;

/// What one call of [`super::hand_on()`] did.
#[derive(Debug, Default)]
pub struct HandOnResult {
    /// How many work items were read, made or changed.
    pub looked_at: usize,
    /// Whether there may be more to do.
    pub is_more: bool,
    /// Steps with work items that can proceed now, each with the lowest plan position of such a work item.
    pub ready: Vec<(i64, i64)>,
}

impl HandOnResult {
    pub(super) fn is_ready(&mut self, step: i64, position: i64) {
        match self.ready.iter_mut().find(|(at, _)| *at == step) {
            Some((_, first)) => *first = (*first).min(position),
            None => self.ready.push((step, position)),
        }
    }
}

/// What the transaction in progress has done so far.
#[derive(Debug, Default)]
pub(super) struct TransactionWork {
    pub(super) handed: HandOnResult,
    /// Standings that got a new exact task, which the record may answer.
    pub(super) open: Vec<i64>,
}
