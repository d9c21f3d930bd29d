//! The progress of a run: a bar on a terminal, a line now and then elsewhere, nothing with `--quiet`.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::Terminal;
use crate::engine::{GenerationProgress, Money, PaceStatus, PacedBy, RunEvent};
use crate::record::Stage;
use crate::view::text;

/// The longest time between two plain lines, while there is progress.
const QUIET_FOR: Duration = Duration::from_secs(10);
/// A plain line is also due after each of this many equal shares of the work items.
const SHARES: u64 = 10;

const TEMPLATE: &str = "generate  {bar:24} {human_pos}/{human_len}  {wide_msg}";

/// Shows progress as it is reported.
pub struct Watcher {
    terminal: Terminal,
    bar: Option<ProgressBar>,
    pace: Option<RateStart>,
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
}

impl Watcher {
    pub fn new(terminal: Terminal) -> Self {
        Self { terminal, bar: None, pace: None, last_line: None, waits: false, last: None }
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
            RunEvent::Note(note) => {
                let note = format!("{} {}", self.terminal.err.yellow("note:"), text::line(note));
                self.say(&note);
            }
            RunEvent::Generating(generating) => self.generating(*generating, Instant::now()),
        }
    }

    /// Removes the bar, or prints the last count if that is still due.
    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        } else if let Some(last) = self.last.take()
            && self.last_line.is_some_and(|(_, done)| done != last.done)
        {
            let rate = self.pace.and_then(|it| it.rate(Instant::now(), last.done));
            self.terminal.tell(&line(&last, rate));
        }
    }

    fn say(&self, message: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.terminal.tell(message)),
            None => self.terminal.tell(message),
        }
    }

    fn generating(&mut self, generating: GenerationProgress, now: Instant) {
        let pace = *self.pace.get_or_insert(RateStart { since: now, done: generating.done });
        let rate = pace.rate(now, generating.done);
        self.last = Some(generating);
        if self.terminal.err.terminal {
            let bar = self.bar.get_or_insert_with(bar);
            bar.set_length(generating.planned);
            bar.set_position(generating.done);
            bar.set_message(facts(&generating, rate));
        } else if begins_to_wait(&mut self.waits, &generating) || due(self.last_line, &generating, now) {
            self.last_line = Some((now, generating.done));
            self.terminal.tell(&line(&generating, rate));
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar
}

/// Whether a plain line is due: at first, then after every tenth of the work or every ten seconds.
fn due(last_line: Option<(Instant, u64)>, generating: &GenerationProgress, now: Instant) -> bool {
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

fn line(generating: &GenerationProgress, rate: Option<f64>) -> String {
    let [done, planned] = [generating.done, generating.planned].map(text::thousands);
    let percent = (generating.done * 100).checked_div(generating.planned).unwrap_or(100);
    format!("generate  {done}/{planned} ({percent} %)  {}", facts(generating, rate))
}

/// The facts beside the count, in a fixed order; zeros are left out.
fn facts(generating: &GenerationProgress, rate: Option<f64>) -> String {
    let counts = [
        (generating.from_record, "from the record"),
        (generating.rejected, "rejected"),
        (generating.failed, "failed"),
        (generating.in_flight, "in flight"),
        (generating.waiting, "waiting"),
    ];
    let mut facts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", text::thousands(count)))
        .collect();
    facts.extend(held_back(&generating.pace));
    let used = &generating.used;
    if used.cost != Money::ZERO {
        facts.push(format!("{} tokens", text::thousands(used.input_tokens + used.output_tokens)));
        let at_least = if used.unknown > 0 { "at least " } else { "" };
        let expected = expected(generating).map(|it| format!(" of about {}", text::usd(it))).unwrap_or_default();
        facts.push(format!("{at_least}{}{expected}", text::usd(used.cost.to_usd())));
    }
    if let Some(rate) = rate {
        facts.push(format!("{rate:.1}/s"));
        let left = generating.planned.saturating_sub(generating.done);
        if left > 0 {
            #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
            let seconds = left as f64 / rate;
            facts.push(format!("{} left", duration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))));
        }
    }
    facts.join(", ")
}

/// Says why requests are slowed down.
fn held_back(pace: &PaceStatus) -> Option<String> {
    if let Some(held) = pace.held {
        return Some(format!("rate limited, {} s more", text::thousands(held.as_secs() + 1)));
    }
    if let Some(paced) = pace.paced {
        let (count, what) = match paced {
            PacedBy::Requests(count) => (count, ""),
            PacedBy::Tokens(count) => (count, " tokens"),
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate for people")]
        let count = if count < 10.0 { format!("{count:.1}") } else { text::thousands(count.round() as u64) };
        return Some(format!("paced at {count}{what}/min"));
    }
    let (limit, most) = pace.cut?;
    let why = if pace.is_overloaded { "overload" } else { "a 429" };
    Some(format!("concurrency {} of {} after {why}", text::thousands(limit), text::thousands(most)))
}

/// The fewest decided work items whose mean cost is used to estimate the rest.
const TELLING: u64 = 20;

/// Estimates the cost of this invocation, if the remaining work items cost as much as those that it asked for. `None`
/// if a cost is unknown or few are decided.
fn expected(generating: &GenerationProgress) -> Option<f64> {
    let used = &generating.used;
    let answered = generating.done.checked_sub(generating.done_before)?;
    let left = generating.planned.checked_sub(generating.done).filter(|left| *left > 0)?;
    if used.unknown > 0 || answered < TELLING {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
    let share = (answered + left) as f64 / answered as f64;
    Some(used.cost.to_usd() * share)
}

/// Formats a duration in a suitable unit.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", text::thousands(seconds / 3600), seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::UsageTotals;

    #[test]
    fn a_line_says_the_count_and_what_is_not_zero() {
        let mut generating =
            GenerationProgress { planned: 1000, done: 250, accepted: 240, ..GenerationProgress::default() };
        assert_eq!(line(&generating, None), "generate  250/1,000 (25 %)  ");
        generating.rejected = 4;
        generating.failed = 6;
        generating.from_record = 100;
        generating.in_flight = 32;
        assert_eq!(
            line(&generating, Some(12.5)),
            "generate  250/1,000 (25 %)  100 from the record, 4 rejected, 6 failed, 32 in flight, 12.5/s, 1 min 00 s left"
        );
        assert_eq!(line(&GenerationProgress::default(), None), "generate  0/0 (100 %)  ");
    }

    #[test]
    fn a_line_says_why_it_waits() {
        let facts_of = |pace| facts(&GenerationProgress { in_flight: 3, pace, ..GenerationProgress::default() }, None);
        let held = Some(Duration::from_millis(11_500));
        assert_eq!(
            facts_of(PaceStatus { held, cut: Some((16, 64)), ..PaceStatus::default() }),
            "3 in flight, rate limited, 12 s more"
        );
        let paced = |paced| facts_of(PaceStatus { paced: Some(paced), ..PaceStatus::default() });
        assert_eq!(paced(PacedBy::Requests(480.2)), "3 in flight, paced at 480/min");
        assert_eq!(paced(PacedBy::Requests(2.96)), "3 in flight, paced at 3.0/min");
        assert_eq!(paced(PacedBy::Tokens(90_000.0)), "3 in flight, paced at 90,000 tokens/min");
        let cut = PaceStatus { cut: Some((16, 64)), ..PaceStatus::default() };
        assert_eq!(facts_of(cut), "3 in flight, concurrency 16 of 64 after a 429");
        let overloaded = PaceStatus { is_overloaded: true, ..cut };
        assert_eq!(facts_of(overloaded), "3 in flight, concurrency 16 of 64 after overload");
        assert_eq!(facts_of(PaceStatus::default()), "3 in flight");
    }

    #[test]
    fn a_line_says_what_it_costs_and_is_going_to() {
        let used = UsageTotals {
            uncounted: 0,
            input_tokens: 40_000,
            output_tokens: 2_000,
            cost: Money::from_pico(300_000_000_000),
            unknown: 0,
        };
        let mut generating = GenerationProgress {
            planned: 1000,
            done: 250,
            done_before: 150,
            accepted: 250,
            used,
            ..GenerationProgress::default()
        };
        assert!(line(&generating, None).ends_with("42,000 tokens, $0.3000 of about $2.5500"));
        generating.done_before = 231;
        assert!(line(&generating, None).ends_with(", $0.3000"), "19 say little of 750");
        generating.used.unknown = 2;
        assert!(line(&generating, None).ends_with(", at least $0.3000"));
        generating.used.cost = Money::ZERO;
        assert!(!line(&generating, None).contains('$'));
    }

    #[test]
    fn the_bar_has_a_style() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
        assert_eq!(bar().length(), None);
    }

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
