//! How far each step is in the order of its plan.

use super::pace::Moment;

/// How far a step is: which of its open work items was claimed last, in the order of the plan.
pub(super) struct StepCursor {
    /// The position of the last one, and its rowid among those at the same position.
    pub(super) at: (i64, i64),
    pub(super) exhausted: bool,
    /// How many accepted work items are enough, and how many there are.
    until: Option<u64>,
    pub(super) accepted: u64,
}

/// Before the first position.
const BEFORE_ALL: (i64, i64) = (-1, i64::MAX);

impl StepCursor {
    pub(super) fn new(until: Option<u64>, accepted: u64) -> Self {
        Self { at: BEFORE_ALL, exhausted: false, until, accepted }
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.has_enough() || self.exhausted
    }

    /// Whether enough is accepted.
    pub(super) fn has_enough(&self) -> bool {
        self.until.is_some_and(|until| self.accepted >= until)
    }

    /// How many more may be begun, `under_way` being those that may still be accepted. So no more than enough is ever
    /// asked for, and which work items are begun does not depend on who answers first.
    pub(super) fn wanted(&self, under_way: impl FnOnce() -> usize) -> usize {
        let Some(until) = self.until else { return usize::MAX };
        let left = usize::try_from(until.saturating_sub(self.accepted)).unwrap_or(usize::MAX);
        left.saturating_sub(under_way())
    }

    /// Goes back to where something is open again.
    pub(super) fn back_to(&mut self, position: i64) {
        self.at = self.at.min((position, 0));
        self.exhausted = false;
    }
}

/// When the work items of several steps are counted again for people to see: what is blocked or comes to be is known to
/// the record alone.
#[derive(Default)]
pub(super) struct Recount {
    pub(super) changed: bool,
    pub(super) due: Moment,
}
