//! The two lines of progress: how far the work is, and what it costs and waits for.

use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

use crate::engine::{BudgetStatus, GenerationProgress, Money, PaceStatus, PacedBy};
use crate::view::text::{self, thousands};

/// The width of a bar, in characters.
const BAR: usize = 20;
/// The begin of the first line; the second one is indented as far.
const HEAD: &str = "generate  ";

/// What the lines are made from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    pub generating: GenerationProgress,
    /// Work items a second.
    pub rate: Option<f64>,
    /// How long generation has gone on.
    pub elapsed: Duration,
    /// How long ago these counts were taken.
    pub age: Duration,
}

/// How much a line says of the work, from all of it to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    All,
    /// In short words.
    Short,
    /// Without what earlier runs and the record did.
    Now,
    /// Without the counts by status.
    Pace,
}

/// The lines where there is no terminal.
pub fn plain(standing: &Standing) -> Vec<String> {
    lines(standing, "", Detail::All)
}

/// The lines for a terminal of this many columns, none of them as wide as that.
pub fn for_terminal(standing: &Standing, width: usize) -> Vec<String> {
    let room = width.saturating_sub(1);
    let bar = bar(&standing.generating);
    let mut lines = lines(standing, &bar, Detail::All);
    // The rate and the time left are what people look for: other words go first.
    for detail in [Detail::All, Detail::Short, Detail::Now, Detail::Pace] {
        if lines.first().is_none_or(|it| it.width() <= room) {
            break;
        }
        lines = self::lines(standing, "", detail);
    }
    lines.iter().map(|line| fit(line, room)).collect()
}

fn lines(standing: &Standing, bar: &str, detail: Detail) -> Vec<String> {
    let generating = &standing.generating;
    let bar = if bar.is_empty() { String::new() } else { format!("{bar} ") };
    let mut lines = vec![format!("{HEAD}{bar}{}  {}", count(generating), work(standing, detail).join(", "))];
    let money = [costs(generating), waits(generating, standing.age)].concat().join(", ");
    if !money.is_empty() {
        lines.push(format!("{:width$}{money}", "", width = HEAD.len()));
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// At most `room` columns of a line.
fn fit(line: &str, room: usize) -> String {
    if line.width() <= room {
        return line.to_owned();
    }
    let mut shown = String::new();
    for character in line.chars() {
        shown.push(character);
        if shown.width() >= room {
            shown.pop();
            break;
        }
    }
    shown + "…"
}

/// The decided work items of all, such as `250/1,000 (25%)`.
fn count(generating: &GenerationProgress) -> String {
    let (done, planned) = (generating.done, generating.planned.max(generating.done));
    if generating.grows {
        return format!("{} of at least {}", thousands(done), thousands(planned));
    }
    let percent = (done * 100).checked_div(planned).unwrap_or(100);
    format!("{}/{} ({percent}%)", thousands(done), thousands(planned))
}

/// A bar; empty where the end is not known.
fn bar(generating: &GenerationProgress) -> String {
    if generating.grows || generating.planned == 0 {
        return String::new();
    }
    let share = u128::from(generating.done.min(generating.planned)) * BAR as u128 / u128::from(generating.planned);
    let filled = usize::try_from(share).unwrap_or(BAR).min(BAR);
    format!("{}{}", "━".repeat(filled), "─".repeat(BAR - filled))
}

/// The work: work items by status, the rate, and the time. Zeros are left out.
fn work(standing: &Standing, detail: Detail) -> Vec<String> {
    let generating = &standing.generating;
    let (before, recorded) = match (detail, generating.from_record) {
        (Detail::All, 1) => ("by earlier runs", "answer from the record"),
        (Detail::All, _) => ("by earlier runs", "answers from the record"),
        _ => ("before", "recorded"),
    };
    let mut counts = vec![
        (generating.accepted, "accepted"),
        (generating.rejected, "rejected"),
        (generating.failed, "failed"),
        (generating.done_before, before),
        (generating.from_record, recorded),
    ];
    counts.truncate(match detail {
        Detail::All | Detail::Short => 5,
        Detail::Now => 3,
        Detail::Pace => 0,
    });
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let mut facts: Vec<String> = counts.map(|(count, what)| format!("{} {what}", thousands(count))).collect();
    if let Some(rate) = standing.rate {
        facts.push(format!("{rate:.1}/s"));
        facts.extend(time_left(generating, rate));
    }
    if standing.elapsed >= Duration::from_secs(1) {
        let elapsed = if matches!(detail, Detail::All | Detail::Short) { " elapsed" } else { "" };
        facts.push(format!("{}{elapsed}", duration(standing.elapsed)));
    }
    facts
}

/// How long the rest takes at this rate. Nothing is said while all requests are held, and where all that is left is in
/// flight or waits to be sent again: the rate says nothing about how long that takes.
fn time_left(generating: &GenerationProgress, rate: f64) -> Option<String> {
    let left = generating.planned.saturating_sub(generating.done);
    if left <= generating.in_flight + generating.waiting || generating.pace.held.is_some() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
    let seconds = left as f64 / rate;
    let left = duration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    Some(if generating.grows { format!("at least {left} left") } else { format!("{left} left") })
}

/// The money: tokens, cost, and budget.
fn costs(generating: &GenerationProgress) -> Vec<String> {
    let used = &generating.used;
    let mut facts = Vec::new();
    let tokens = used.input_tokens + used.output_tokens;
    if tokens > 0 {
        let at_least = if used.uncounted > 0 { "at least " } else { "" };
        facts.push(format!("{at_least}{} tokens", thousands(tokens)));
    }
    if used.cost != Money::ZERO {
        let at_least = if used.unknown > 0 { "at least " } else { "" };
        let expected = expected(generating).map(|it| format!(" of about {}", text::usd(it))).unwrap_or_default();
        facts.push(format!("{at_least}{}{expected}", text::usd(used.cost.to_usd())));
    } else if used.unknown > 0 {
        facts.push("cost unknown".to_owned());
    }
    let BudgetStatus { max_cost, spent, aside, max_requests, requests } = generating.budget;
    if let Some(most) = max_cost {
        facts.push(format!("{} of a budget of {}", text::usd(spent.to_usd()), text::usd(most.to_usd())));
        if aside != Money::ZERO {
            facts.push(format!("{} of that set aside for calls of unknown cost", text::usd(aside.to_usd())));
        }
    }
    if let Some(most) = max_requests {
        facts.push(format!("{} of at most {} requests", thousands(requests), thousands(most)));
    }
    facts
}

/// What is waited for; `age` is how old the counts are.
fn waits(generating: &GenerationProgress, age: Duration) -> Vec<String> {
    let counts = [(generating.in_flight, "in flight"), (generating.waiting, "waiting to be sent again")];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let mut facts: Vec<String> = counts.map(|(count, what)| format!("{} {what}", thousands(count))).collect();
    facts.extend(held_back(&generating.pace, age));
    facts
}

/// Says why requests are slowed down.
fn held_back(pace: &PaceStatus, age: Duration) -> Option<String> {
    if let Some(held) = pace.held {
        return Some(format!("rate limited, {} s more", thousands(held.saturating_sub(age).as_secs() + 1)));
    }
    if let Some(paced) = pace.paced {
        let (count, what) = match paced {
            PacedBy::Requests(count) => (count, ""),
            PacedBy::Tokens(count) => (count, " tokens"),
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate for people")]
        let count = if count < 10.0 { format!("{count:.1}") } else { thousands(count.round() as u64) };
        return Some(format!("paced at {count}{what}/min"));
    }
    let (limit, most) = pace.cut?;
    let why = if pace.is_overloaded { "overload" } else { "a 429" };
    Some(format!("concurrency {} of {} after {why}", thousands(limit), thousands(most)))
}

/// The fewest decided work items whose mean cost is used to estimate the rest.
const TELLING: u64 = 20;

/// Estimates the cost of this invocation, if the remaining work items cost as much as those that it asked for. `None`
/// if a cost is unknown, few are decided, or there may be more work items.
fn expected(generating: &GenerationProgress) -> Option<f64> {
    let used = &generating.used;
    let answered = generating.done.checked_sub(generating.done_before)?;
    let left = generating.planned.checked_sub(generating.done).filter(|left| *left > 0)?;
    if used.unknown > 0 || answered < TELLING || generating.grows {
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
        _ => format!("{} h {:02} min", thousands(seconds / 3600), seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::UsageTotals;

    fn of(generating: &GenerationProgress) -> Vec<String> {
        plain(&Standing { generating: *generating, ..Standing::default() })
    }

    #[test]
    fn the_work_is_one_line() {
        let mut generating =
            GenerationProgress { planned: 1000, done: 250, accepted: 240, ..GenerationProgress::default() };
        assert_eq!(of(&generating), ["generate  250/1,000 (25%)  240 accepted"]);
        generating.rejected = 4;
        generating.failed = 6;
        generating.from_record = 100;
        generating.done_before = 150;
        let standing = Standing { generating, rate: Some(12.5), elapsed: Duration::from_secs(20), age: Duration::ZERO };
        assert_eq!(
            plain(&standing),
            ["generate  250/1,000 (25%)  240 accepted, 4 rejected, 6 failed, 150 by earlier runs, 100 answers \
                 from the record, 12.5/s, 1 min 00 s left, 20.0 s elapsed"]
        );
        assert_eq!(of(&GenerationProgress::default()), ["generate  0/0 (100%)"]);
    }

    #[test]
    fn a_count_is_never_over_all() {
        let mut generating = GenerationProgress { planned: 16, done: 22, ..GenerationProgress::default() };
        assert_eq!(count(&generating), "22/22 (100%)");
        generating.grows = true;
        assert_eq!(count(&generating), "22 of at least 22");
        assert_eq!(bar(&generating), "");
        let nearly = GenerationProgress { planned: 1_000, done: 999, ..GenerationProgress::default() };
        assert_eq!(count(&nearly), "999/1,000 (99%)");
        assert_eq!(bar(&nearly), format!("{}─", "━".repeat(19)));
        let standing = Standing { generating, rate: Some(1.0), ..Standing::default() };
        assert!(!plain(&standing)[0].contains("left"));
    }

    #[test]
    fn a_time_left_is_said_only_where_the_rate_tells_it() {
        let left = |generating| {
            let standing = Standing { generating, rate: Some(10.0), ..Standing::default() };
            plain(&standing)[0].contains("left")
        };
        let mut generating = GenerationProgress { planned: 100, done: 96, ..GenerationProgress::default() };
        assert!(left(generating));
        (generating.in_flight, generating.waiting) = (1, 2);
        assert!(left(generating));
        generating.waiting = 3;
        assert!(!left(generating), "one answer is slow, and the others wait for 12 s");
        generating.waiting = 0;
        generating.pace.held = Some(Duration::from_secs(12));
        assert!(!left(generating));
    }

    #[test]
    fn money_and_waits_are_the_other_line() {
        let used = UsageTotals {
            uncounted: 0,
            input_tokens: 40_000,
            output_tokens: 2_000,
            cost: Money::from_pico(300_000_000_000),
            ..UsageTotals::default()
        };
        let mut generating = GenerationProgress {
            planned: 1000,
            done: 250,
            done_before: 150,
            in_flight: 32,
            used,
            ..GenerationProgress::default()
        };
        let money = |generating| of(&generating)[1].trim_start().to_owned();
        assert_eq!(money(generating), "42,000 tokens, $0.3000 of about $2.5500, 32 in flight");
        generating.done_before = 231;
        assert_eq!(money(generating), "42,000 tokens, $0.3000, 32 in flight", "19 say little of 750");
        generating.used.unknown = 2;
        assert_eq!(money(generating), "42,000 tokens, at least $0.3000, 32 in flight");
        generating.used.cost = Money::ZERO;
        assert_eq!(money(generating), "42,000 tokens, cost unknown, 32 in flight");
        generating.used.uncounted = 1;
        assert_eq!(money(generating), "at least 42,000 tokens, cost unknown, 32 in flight");
        generating.used = UsageTotals::default();
        assert_eq!(money(generating), "32 in flight");
        generating.budget.max_cost = Money::from_usd(5.0);
        generating.budget.max_requests = Some(2_000);
        generating.budget.requests = 282;
        assert_eq!(money(generating), "$0 of a budget of $5.0000, 282 of at most 2,000 requests, 32 in flight");
    }

    #[test]
    fn a_line_says_why_it_waits() {
        let waiting = |pace| {
            waits(&GenerationProgress { waiting: 3, pace, ..GenerationProgress::default() }, Duration::from_secs(1))
        };
        let said = |pace| waiting(pace).join(", ");
        let held = Some(Duration::from_millis(11_500));
        assert_eq!(
            said(PaceStatus { held, cut: Some((16, 64)), ..PaceStatus::default() }),
            "3 waiting to be sent again, rate limited, 11 s more"
        );
        let paced = |paced| waiting(PaceStatus { paced: Some(paced), ..PaceStatus::default() })[1].clone();
        assert_eq!(paced(PacedBy::Requests(480.2)), "paced at 480/min");
        assert_eq!(paced(PacedBy::Requests(2.96)), "paced at 3.0/min");
        assert_eq!(paced(PacedBy::Tokens(90_000.0)), "paced at 90,000 tokens/min");
        let cut = PaceStatus { cut: Some((16, 64)), ..PaceStatus::default() };
        assert_eq!(waiting(cut)[1], "concurrency 16 of 64 after a 429");
        assert_eq!(waiting(PaceStatus { is_overloaded: true, ..cut })[1], "concurrency 16 of 64 after overload");
        assert_eq!(said(PaceStatus::default()), "3 waiting to be sent again");
    }

    #[test]
    fn no_line_is_as_wide_as_the_terminal() {
        let generating = GenerationProgress {
            planned: 1000,
            done: 250,
            accepted: 240,
            rejected: 4,
            failed: 6,
            in_flight: 32,
            waiting: 120,
            ..GenerationProgress::default()
        };
        let standing = Standing { generating, rate: Some(3.0), elapsed: Duration::from_secs(90), age: Duration::ZERO };
        for width in [20, 40, 80, 200] {
            let lines = for_terminal(&standing, width);
            assert!(lines.iter().all(|it| it.width() < width), "{width}: {lines:?}");
        }
        assert!(for_terminal(&standing, 200)[0].starts_with("generate  ━━━━━─────"));
        assert!(for_terminal(&standing, 80)[0].starts_with("generate  250/1,000"));
        assert!(for_terminal(&standing, 40)[0].ends_with('…'));
        // On a usual terminal the rate, the time left and the time so far are always there.
        let generating = GenerationProgress {
            planned: 1_000_000,
            done: 250_000,
            accepted: 240_000,
            rejected: 4_000,
            failed: 6_000,
            done_before: 120_000,
            from_record: 2_345,
            ..generating
        };
        let standing = Standing { generating, ..standing };
        assert_eq!(
            for_terminal(&standing, 80)[0],
            "generate  250,000/1,000,000 (25%)  3.0/s, 69 h 26 min left, 1 min 30 s"
        );
        let shown = |width| for_terminal(&standing, width)[0].clone();
        assert!(shown(190).contains("120,000 by earlier runs, 2,345 answers from the record, 3.0/s"), "{}", shown(190));
        assert!(shown(170).contains("120,000 before, 2,345 recorded, 3.0/s"), "{}", shown(170));
        assert!(shown(125).contains("6,000 failed, 3.0/s"), "{}", shown(125));
    }
}
