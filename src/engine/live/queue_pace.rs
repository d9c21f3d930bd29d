//! How fast rows are decided while there are any: [`QueuePace`], for the wait that a full queue asks for.

use std::time::{Duration, Instant};

/// After so many rows, those before count half.
const ENOUGH: u32 = 256;

/// The pace of decisions, without the times in which nothing waited.
#[derive(Debug, Default)]
pub(super) struct QueuePace {
    /// Rows that were decided.
    decided: u32,
    /// The time that this took.
    busy: Duration,
    /// Since when rows wait.
    since: Option<Instant>,
}

impl QueuePace {
    /// Rows wait from now on.
    pub(super) fn begin(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// Nothing waits any more.
    pub(super) fn rest(&mut self, now: Instant) {
        self.busy = self.busy_at(now);
        self.since = None;
    }

    /// Counts a row that is decided.
    pub(super) fn count(&mut self, now: Instant) {
        self.decided += 1;
        if self.decided >= ENOUGH {
            self.busy = self.busy_at(now) / 2;
            self.decided /= 2;
            self.since = self.since.map(|_| now);
        }
    }

    /// How long it takes at this pace until so many rows are decided; nothing, if none was so far.
    pub(super) fn time_for(&self, rows: usize, now: Instant) -> Duration {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        self.busy_at(now).checked_div(self.decided).and_then(|each| each.checked_mul(rows)).unwrap_or_default()
    }

    fn busy_at(&self, now: Instant) -> Duration {
        self.busy + self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_does_not_count() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut pace = QueuePace::default();
        assert_eq!(pace.time_for(5, at(0)), Duration::ZERO);
        for call in 0..10 {
            pace.begin(at(call * 100));
            pace.begin(at(call * 100 + 1));
            pace.count(at(call * 100 + 6));
            pace.rest(at(call * 100 + 6));
        }
        assert_eq!(pace.time_for(2, at(5_000)), Duration::from_secs(12));
        // Of later rows, which are decided faster, more counts.
        pace.begin(at(5_000));
        (0..2_000).for_each(|_| pace.count(at(5_000)));
        assert!(pace.time_for(1, at(5_000)) < Duration::from_millis(5));
    }
}
