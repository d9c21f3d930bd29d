//! The position of each step in its plan ([`StepCursor`]), and when counts are taken again ([`Recount`]). Plain values,
//! with no access to the run file.

use super::pace::Moment;

/// The position in a step's plan up to which open work items were claimed.
pub(super) struct StepCursor {
    /// The position of the last claimed work item, and its rowid, which orders those at the same position.
    pub(super) at: (i64, i64),
    pub(super) exhausted: bool,
    /// Whether no work item of the step may begin in this run.
    closed: bool,
    /// The bound of `until.accepted`, and the accepted work items so far.
    until: Option<u64>,
    pub(super) accepted: u64,
}

/// Before the first position.
const BEFORE_ALL: (i64, i64) = (-1, i64::MAX);

impl StepCursor {
    pub(super) fn new(until: Option<u64>, accepted: u64) -> Self {
        Self { at: BEFORE_ALL, exhausted: false, closed: false, until, accepted }
    }

    /// The cursor of a step whose work items stay as they are.
    pub(super) fn closed(self) -> Self {
        Self { closed: true, ..self }
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.closed || self.has_enough() || self.exhausted
    }

    /// Whether `until.accepted` is reached.
    pub(super) fn has_enough(&self) -> bool {
        self.until.is_some_and(|until| self.accepted >= until)
    }

    /// How many more work items may begin. `under_way` counts those that may still be accepted: never more than
    /// `until.accepted` are asked for, and which ones begin does not depend on the order of answers.
    pub(super) fn wanted(&self, under_way: impl FnOnce() -> usize) -> usize {
        let Some(until) = self.until else { return usize::MAX };
        let left = usize::try_from(until.saturating_sub(self.accepted)).unwrap_or(usize::MAX);
        left.saturating_sub(under_way())
    }

    /// Goes back to `position`, where a work item is open again.
    pub(super) fn back_to(&mut self, position: i64) {
        self.at = self.at.min((position, 0));
        self.exhausted = false;
    }
}

/// When to count the work items of several steps again: only the record knows which are blocked or newly made.
#[derive(Default)]
pub(super) struct Recount {
    pub(super) changed: bool,
    pub(super) due: Moment,
}
