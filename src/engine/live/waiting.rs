//! Who waits for which row: [`Waiting`].

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio::sync::mpsc;

use super::outcome::Refused;
use super::ticket::Update;

/// Somebody who waits for a row.
pub(super) struct Waiter {
    /// The place of the row among those that were given together.
    pub(super) row: usize,
    pub(super) row_id: String,
    pub(super) work_id: String,
    /// Whether the row was decided on record when it came.
    pub(super) from_record: bool,
    pub(super) updates: mpsc::UnboundedSender<Update>,
}

/// The rows that were admitted and are not decided, by their places in the plan.
#[derive(Default)]
pub(super) struct Waiting {
    open: HashMap<i64, Vec<Waiter>>,
    /// Rows that are open on record and that nobody waits for: an earlier process has left them, or a halt.
    left: HashSet<i64>,
    /// Places at which something was decided, so that all may be.
    to_check: BTreeSet<i64>,
}

impl Waiting {
    /// Adds who waits for the row at `position`. `is_decided` says that nothing of it is open.
    pub(super) fn add(&mut self, position: i64, waiter: Waiter, is_decided: bool) {
        self.open.entry(position).or_default().push(waiter);
        if is_decided {
            self.to_check.insert(position);
        }
    }

    /// Adds rows that are open on record, and that nobody waits for.
    pub(super) fn leave(&mut self, positions: impl IntoIterator<Item = i64>) {
        self.left.extend(positions);
    }

    /// How many rows are open on record that nobody waits for.
    pub(super) fn left(&self) -> usize {
        self.left.len()
    }

    /// Whether something is still to come of the row at `position`.
    pub(super) fn is_open(&self, position: i64) -> bool {
        self.open.contains_key(&position) || self.left.contains(&position)
    }

    /// Whether anything is still to come.
    pub(super) fn is_any(&self) -> bool {
        !self.open.is_empty() || !self.left.is_empty()
    }

    /// Notes that something was decided of the row at `position`.
    pub(super) fn note(&mut self, position: i64) {
        if self.is_open(position) {
            self.to_check.insert(position);
        }
    }

    /// The places at which all may be decided.
    pub(super) fn take_to_check(&mut self) -> BTreeSet<i64> {
        std::mem::take(&mut self.to_check)
    }

    /// The place is looked at again after the next commit.
    pub(super) fn check_again(&mut self, position: i64) {
        self.to_check.insert(position);
    }

    /// Takes those who wait for the row at `position`, and says whether it was left open before.
    pub(super) fn take(&mut self, position: i64) -> (Vec<Waiter>, bool) {
        (self.open.remove(&position).unwrap_or_default(), self.left.remove(&position))
    }

    /// Tells all who wait that their rows are not answered now, and leaves the rows open. Returns how many rows of the
    /// queue are gone by that: of equal ones, one is left.
    pub(super) fn end(&mut self, why: &Refused) -> usize {
        let mut gone = 0;
        for (position, waiters) in self.open.drain() {
            gone += waiters.len() - usize::from(self.left.insert(position));
            for waiter in waiters {
                // Whoever waited may have gone.
                let _ = waiter.updates.send(Update::Ended(why.clone()));
            }
        }
        gone
    }
}
