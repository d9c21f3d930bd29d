//! The progress of a run: two lines at the bottom of a terminal, lines now and then elsewhere, nothing with `--quiet`.

mod lines;
mod panel;

use std::time::{Duration, Instant};

use super::terminal::Terminal;
use crate::engine::{GenerationProgress, RunEvent};
use crate::record::Stage;
use crate::view::text;
use lines::Standing;
pub use lines::duration;
use panel::Panel;

/// The longest time between two plain lines, while there is progress.
const QUIET_FOR: Duration = Duration::from_secs(10);
/// A plain line is also due after each of this many equal shares of the work items.
const SHARES: u64 = 10;

/// Shows progress as it is reported.
pub struct Watcher {
    terminal: Terminal,
    panel: Option<Panel>,
    start: Option<RateStart>,
    /// When the last plain line was printed, and at which count.
    last_line: Option<(Instant, u64)>,
    /// Whether all requests were held at the last look.
    waits: bool,
    last: Option<GenerationProgress>,
}

/// The start of the measured rate: work of earlier invocations does not count.
#[derive(Clone, Copy)]
struct RateStart {
    since: Instant,
    done: u64,
}

impl RateStart {
    /// Work items per second; `None` while there is too little to measure.
    fn rate(self, now: Instant, done: u64) -> Option<f64> {
        let seconds = now.saturating_duration_since(self.since).as_secs_f64();
        let items = done.saturating_sub(self.done);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        (seconds >= 0.5 && items > 0).then(|| items as f64 / seconds)
    }

    /// The counts of the moment `at`, as they stand now.
    fn standing(self, generating: &GenerationProgress, at: Instant, now: Instant) -> Standing {
        Standing {
            generating: *generating,
            rate: self.rate(at, generating.done),
            elapsed: now.saturating_duration_since(self.since),
            age: now.saturating_duration_since(at),
        }
    }
}

impl Watcher {
    pub fn new(terminal: Terminal) -> Self {
        Self { terminal, panel: None, start: None, last_line: None, waits: false, last: None }
    }

    pub fn see(&mut self, progress: &RunEvent) {
        if self.terminal.quiet {
            return;
        }
        match progress {
            RunEvent::Stage { stage, message } => {
                if *stage == Stage::Generate {
                    // The message of the stage has the last count.
                    self.last = None;
                    self.finish();
                }
                let name = self.terminal.err.bold(&format!("{:<8}", stage.as_str()));
                self.say(&format!("{name}  {}", text::line(message)));
            }
            RunEvent::Variant { name, number, of, repeat, repeats } => {
                self.start = None;
                self.last_line = None;
                let name = self.terminal.err.bold(&text::line(name));
                let again = if *repeats > 1 { format!(", repeat {repeat} of {repeats}") } else { String::new() };
                self.say(&format!("variant   {name} ({number} of {of}{again})"));
            }
            RunEvent::Note(note) => {
                let note = format!("{} {}", self.terminal.err.yellow("note:"), text::line(note));
                self.say(&note);
            }
            RunEvent::Generating(generating) => self.generating(generating, Instant::now()),
        }
    }

    /// Removes the panel, or prints the last count if that is still due.
    pub fn finish(&mut self) {
        let (now, last) = (Instant::now(), self.last.take());
        if self.panel.take().is_none()
            && let Some((last, start)) = last.zip(self.start)
            && self.last_line.is_some_and(|(_, done)| done != last.done)
        {
            self.print(&start.standing(&last, now, now));
        }
    }

    fn say(&self, message: &str) {
        match &self.panel {
            Some(panel) => panel.above(|| self.terminal.tell(message)),
            None => self.terminal.tell(message),
        }
    }

    fn print(&self, standing: &Standing) {
        for line in lines::plain(standing) {
            self.terminal.tell(&line);
        }
    }

    fn generating(&mut self, generating: &GenerationProgress, now: Instant) {
        let start = *self.start.get_or_insert(RateStart { since: now, done: generating.done });
        self.last = Some(*generating);
        if self.terminal.err.redraws {
            let terminal = self.terminal;
            let panel = self.panel.get_or_insert_with(Panel::new);
            let generating = *generating;
            let lines =
                move |shown| lines::for_terminal(&start.standing(&generating, now, shown), terminal.err_width());
            panel.show(Box::new(lines), now);
        } else if begins_to_wait(&mut self.waits, generating) || due(self.last_line, generating, now) {
            self.last_line = Some((now, generating.done));
            self.print(&start.standing(generating, now, now));
        }
    }
}

/// Whether a plain line is due: at first, then after every tenth of the work or every ten seconds.
pub(super) fn due(last_line: Option<(Instant, u64)>, generating: &GenerationProgress, now: Instant) -> bool {
    let Some((at, done)) = last_line else { return true };
    let share = (generating.planned / SHARES).max(1);
    // A tenth of a small batch would be a line for each answer.
    let share = share.max(20);
    generating.done >= done + share || now.saturating_duration_since(at) >= QUIET_FOR
}

/// Whether all requests are held from now on for more than a moment, which a line says at once.
fn begins_to_wait(waits: &mut bool, generating: &GenerationProgress) -> bool {
    let held = generating.pace.held.is_some_and(|it| it > Duration::from_secs(1));
    let began = held && !*waits;
    *waits = held;
    began
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::PaceStatus;

    #[test]
    fn plain_lines_are_rare() {
        let start = Instant::now();
        let at = |done| GenerationProgress { planned: 1000, done, ..GenerationProgress::default() };
        assert!(due(None, &at(0), start));
        assert!(!due(Some((start, 0)), &at(99), start));
        assert!(due(Some((start, 0)), &at(100), start));
        assert!(due(Some((start, 0)), &at(1), start + QUIET_FOR));
        let few = GenerationProgress { planned: 12, done: 3, ..GenerationProgress::default() };
        assert!(!due(Some((start, 0)), &few, start));
    }

    #[test]
    fn a_wait_is_said_once_when_it_begins() {
        let mut waits = false;
        let held = [None, Some(500), Some(12_000), None, Some(12_000), Some(11_000), None]
            .map(|it| it.map(Duration::from_millis));
        let due_each = held.map(|held| {
            let pace = PaceStatus { held, ..PaceStatus::default() };
            begins_to_wait(&mut waits, &GenerationProgress { pace, ..GenerationProgress::default() })
        });
        assert_eq!(due_each, [false, false, true, false, true, false, false]);
    }

    #[test]
    fn the_rate_is_that_of_this_invocation() {
        let start = Instant::now();
        let pace = RateStart { since: start, done: 900 };
        assert_eq!(pace.rate(start, 950), None);
        assert_eq!(pace.rate(start + Duration::from_secs(10), 950), Some(5.0));
        assert_eq!(pace.rate(start + Duration::from_secs(10), 900), None);
    }

    #[test]
    fn durations_suit_their_size() {
        let shown = [500, 59_900, 61_000, 7_320_000].map(|it| duration(Duration::from_millis(it)));
        assert_eq!(shown, ["0.5 s", "59.9 s", "1 min 01 s", "2 h 02 min"]);
    }
}
