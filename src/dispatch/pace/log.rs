//! Decides which changes of a pace are recorded.
//!
//! The first change of a burst is recorded at once, and the following ones together: at most one row a second, and at
//! most one in a thousandth of the time so far, so that a run of a day has a few thousand rows. Of several changes in
//! one row, the most important one gives the reason.

use std::time::Duration;

use super::moment::Moment;
use crate::record::PaceReason;

const LEAST: Duration = Duration::from_secs(1);
const SHARE: u32 = 1000;

/// The changes that are not recorded yet.
#[derive(Clone, Debug)]
pub struct ChangeLog {
    silent: bool,
    pending: Option<(PaceReason, Option<String>)>,
    last: Option<Moment>,
}

impl ChangeLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self { silent: false, pending: None, last: None }
    }

    /// A log that ignores all changes.
    #[must_use]
    pub fn silent() -> Self {
        Self { silent: true, ..Self::new() }
    }

    /// Adds a change.
    pub fn note(&mut self, reason: PaceReason, detail: Option<String>) {
        if !self.silent && self.pending.as_ref().is_none_or(|(other, _)| reason >= *other) {
            self.pending = Some((reason, detail));
        }
    }

    /// Whether the pending change is to be recorded now; `last` says that no more will come.
    #[must_use]
    pub fn is_due(&self, now: Moment, last: bool) -> bool {
        let rested = self.last.is_none_or(|at| now.saturating_sub(at) >= LEAST.max(now / SHARE));
        self.pending.is_some() && (last || rested)
    }

    /// Takes the pending change.
    pub fn take(&mut self, now: Moment) -> Option<(PaceReason, Option<String>)> {
        let pending = self.pending.take()?;
        self.last = Some(now);
        Some(pending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_recorded_at_once_and_the_rest_together() {
        let mut log = ChangeLog::new();
        log.note(PaceReason::Growth, None);
        assert!(log.is_due(Moment::ZERO, false));
        assert_eq!(log.take(Moment::ZERO), Some((PaceReason::Growth, None)));
        log.note(PaceReason::Growth, None);
        log.note(PaceReason::RateLimited, Some("4 of 4".to_owned()));
        log.note(PaceReason::Growth, None);
        assert!(!log.is_due(Moment::from_millis(999), false));
        assert!(log.is_due(Moment::from_millis(999), true), "at the end nothing is left out");
        assert_eq!(log.take(Moment::from_secs(1)), Some((PaceReason::RateLimited, Some("4 of 4".to_owned()))));
        assert!(!log.is_due(Moment::from_secs(9), true));
    }

    #[test]
    fn a_long_run_has_few_rows() {
        let mut log = ChangeLog::new();
        let rows = (0..24 * 3600 * 4).filter(|quarter| {
            let now = Moment::from_millis(quarter * 250);
            log.note(PaceReason::Growth, None);
            log.is_due(now, false) && log.take(now).is_some()
        });
        let count = rows.count();
        assert!((1000..6000).contains(&count), "{count}");
    }

    #[test]
    fn a_silent_log_keeps_nothing() {
        let mut log = ChangeLog::silent();
        log.note(PaceReason::Start, None);
        assert!(!log.is_due(Moment::ZERO, true));
    }
}
