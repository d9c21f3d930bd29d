//! How much is done in one transaction, and what came of it.

/// About how many work items are made or changed in one transaction.
pub const BATCH: usize = 8_192;

/// How many standings are read at once, each with the fields of its row.
pub(super) const PAGE: usize = 256;

/// What a piece of handing on did.
#[derive(Debug, Default)]
pub struct Handed {
    /// How many work items were looked at, made or changed.
    pub looked_at: usize,
    /// Whether there may be more to do.
    pub is_more: bool,
    /// The first open work item of each step that can go on now: the step, and its position.
    pub ready: Vec<(i64, i64)>,
}

impl Handed {
    pub(super) fn is_ready(&mut self, step: i64, position: i64) {
        match self.ready.iter_mut().find(|(at, _)| *at == step) {
            Some((_, first)) => *first = (*first).min(position),
            None => self.ready.push((step, position)),
        }
    }
}

/// What was found ready in a piece, and what the record may answer of it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) handed: Handed,
    /// Standings with a new exact task.
    pub(super) open: Vec<i64>,
}
