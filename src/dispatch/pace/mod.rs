//! How fast requests go out to one endpoint, and why: a pure policy, with moments as values.
//!
//! Three things hold a request back. The *window* says how many may be in flight, and learns it from what is refused.
//! The *rates* spread requests and tokens over the minute: those of the configuration, and what the endpoint says that
//! it has left. And when the endpoint asks to wait, and most requests meet the same answer, everything is *held* until
//! then; otherwise only the request waits that was asked to.
//!
//! What is left of a limit is spread over the time until the limit resets. That needs no word on what the limit is of:
//! where it begins anew all at once, the rest is spread to its end; where it fills up steadily, sending comes to rest
//! at the speed at which it fills. A limit that resets later than in about a minute is one of a day: nobody wants the
//! batch of an hour to be spread over it, and a refusal says when it is used up.

mod log;
mod rate;
mod window;

use std::time::Duration;

use crate::provider::{Limits, Quota};
use crate::record::PaceReason;
use crate::stage::generate::tape::PaceChange;

use log::ChangeLog;
use rate::Rate;
pub use window::ExchangeEnd;
use window::{LimitChange, Window};

/// A moment, as the time since the loop began.
pub type Moment = Duration;

/// A limit that resets later than this is not spread over the time until then.
const SPREAD: Duration = Duration::from_secs(75);
/// How long it is worth saying that a rate made somebody wait.
const RECENTLY: Duration = Duration::from_secs(2);
/// What an answer is taken to have before any was seen, at most.
const FIRST_OUTPUT: f64 = 500.0;
/// How much of a newly seen answer's length goes into the expected one.
const FRESH: f64 = 1.0 / 8.0;

/// The agreed rates of an endpoint; `None`: as much as it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    pub requests_per_minute: Option<u64>,
    /// Input and output tokens together.
    pub tokens_per_minute: Option<u64>,
}

/// What a request uses up of the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TokenUse {
    /// Tokens of its input.
    pub input: f64,
    /// Tokens of its output.
    pub output: f64,
}

/// What the pace counted for a request in flight; handed back when it ends.
#[derive(Clone, Copy, Debug)]
pub struct PacedRequest {
    window: u64,
    cost: TokenUse,
    /// What had been sent when it was: the request itself included.
    totals: [f64; 4],
}

/// The end of an exchange, as the pace learns from it.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeResult {
    /// How it ended.
    pub end: ExchangeEnd,
    /// What the response said of the limits.
    pub limits: Limits,
    /// What it really used, as far as it was reported.
    pub used: Option<TokenUse>,
    /// The wait that the endpoint asked for (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// Whether the next request may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextSend {
    /// It may.
    Now,
    /// Not before this moment.
    At(Moment),
    /// Not before another one comes back.
    Full,
}

/// What holds requests back, for people.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PaceStatus {
    /// How many may be in flight, where that is fewer than the most because of refusals: the limit and the most.
    pub cut: Option<(u64, u64)>,
    /// How much longer everything is held.
    pub held: Option<Duration>,
    /// The rate that makes requests wait: requests or tokens a minute.
    pub paced: Option<PacedBy>,
}

/// A rate that makes requests wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PacedBy {
    /// Requests a minute.
    Requests(f64),
    /// Tokens a minute.
    Tokens(f64),
}

/// What the endpoint said it has left of one kind, as a rate.
#[derive(Clone, Copy, Debug)]
struct Remaining {
    rate: Rate,
    until: Moment,
    /// How much had been sent when the request was sent that brought the news.
    news_of: f64,
}

/// The pace of one endpoint.
#[derive(Clone, Debug)]
pub struct EndpointPace {
    window: Window,
    requests: Option<Rate>,
    tokens: Option<Rate>,
    /// What is left of requests, tokens, input and output tokens.
    left: [Option<Remaining>; 4],
    held_until: Moment,
    /// How much was sent so far, of each kind.
    sent: [f64; 4],
    /// How long answers are, in tokens.
    output: f64,
    output_seen: bool,
    was_cut: bool,
    /// When a rate last made a request wait, and which.
    waited: Option<(Moment, PacedBy)>,
    /// The rate that was last put on record.
    noted: Option<PacedBy>,
    log: ChangeLog,
}

impl EndpointPace {
    /// The pace to an endpoint with `most` in flight, that answers with at most `output` tokens.
    #[must_use]
    pub fn new(most: usize, limit: RateLimit, output: Option<u32>) -> Self {
        let rate = |count: Option<u64>| count.map(|it| Rate::per_minute(as_f64(it)));
        let mut pace = Self {
            window: Window::new(most),
            requests: rate(limit.requests_per_minute),
            tokens: rate(limit.tokens_per_minute),
            output: output.map_or(FIRST_OUTPUT, |it| f64::from(it).min(FIRST_OUTPUT)),
            log: ChangeLog::new(),
            ..Self::unbounded(most)
        };
        pace.log.note(PaceReason::Start, None);
        pace
    }

    /// No pace at all: for answers that nobody is asked for. It is not on record.
    #[must_use]
    pub fn unbounded(most: usize) -> Self {
        Self {
            window: Window::fixed(most),
            requests: None,
            tokens: None,
            left: [None; 4],
            held_until: Moment::ZERO,
            sent: [0.0; 4],
            output: 0.0,
            output_seen: false,
            was_cut: false,
            waited: None,
            noted: None,
            log: ChangeLog::silent(),
        }
    }

    /// How many requests may be in flight.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.window.limit()
    }

    /// Whether anything depends on how many tokens a request has.
    #[must_use]
    pub fn counts_tokens(&self) -> bool {
        self.tokens.is_some() || self.left[1..].iter().any(Option::is_some)
    }

    /// What a request with so many tokens of input is expected to use.
    #[must_use]
    pub fn estimate(&self, input: u64) -> TokenUse {
        TokenUse { input: as_f64(input), output: self.output }
    }

    /// Whether the next request may go out at `now`, with so many in flight.
    pub fn next(&mut self, now: Moment, flying: usize) -> NextSend {
        if flying >= self.window.limit() {
            return NextSend::Full;
        }
        let (at, paced) = self.due(now);
        if at <= now {
            return NextSend::Now;
        }
        if let Some(paced) = paced {
            self.paced(now, paced);
        }
        NextSend::At(at)
    }

    /// When the next is due, and the rate that says so, if one does.
    fn due(&self, now: Moment) -> (Moment, Option<PacedBy>) {
        let mut due = (self.held_until, None);
        let mut later = |at: Moment, paced| {
            if at > due.0 {
                due = (at, Some(paced));
            }
        };
        if let Some(rate) = &self.requests {
            later(rate.ready(), PacedBy::Requests(rate.in_a_minute()));
        }
        if let Some(rate) = &self.tokens {
            later(rate.ready(), PacedBy::Tokens(rate.in_a_minute()));
        }
        for (kind, left) in self.left.iter().enumerate() {
            let Some(left) = left.filter(|it| it.until > now) else { continue };
            let count = left.rate.in_a_minute();
            // Whatever was left, it is all there again when the limit resets.
            let at = left.rate.ready().min(left.until);
            later(at, if kind == 0 { PacedBy::Requests(count) } else { PacedBy::Tokens(count) });
        }
        due
    }

    fn paced(&mut self, now: Moment, by: PacedBy) {
        let lately = self.waited.is_some_and(|(at, _)| at + RECENTLY >= now);
        self.waited = Some((now, by));
        if !lately || self.noted.is_none_or(|noted| by.differs(noted)) {
            self.noted = Some(by);
            self.log.note(PaceReason::Limits, None);
        }
    }

    /// Counts a request that goes out at `now`.
    pub fn send(&mut self, now: Moment, cost: TokenUse) -> PacedRequest {
        let each = cost.each();
        for (sum, more) in self.sent.iter_mut().zip(each) {
            *sum += more;
        }
        if let Some(rate) = &mut self.requests {
            rate.take(now, 1.0);
        }
        if let Some(rate) = &mut self.tokens {
            rate.take(now, each[1]);
        }
        for (left, more) in self.left.iter_mut().zip(each) {
            if let Some(left) = left {
                left.rate.take(now, more);
            }
        }
        PacedRequest { window: self.window.number(), cost, totals: self.sent }
    }

    /// Learns from the end of an exchange.
    pub fn settle(&mut self, now: Moment, pass: &PacedRequest, outcome: &ExchangeResult) {
        if let Some(used) = outcome.used {
            if let Some(rate) = &mut self.tokens {
                rate.correct(used.each()[1] - pass.cost.each()[1]);
            }
            let fresh = if self.output_seen { FRESH } else { 1.0 };
            self.output += (used.output - self.output) * fresh;
            self.output_seen = true;
        }
        let said =
            [outcome.limits.requests, outcome.limits.tokens, outcome.limits.input_tokens, outcome.limits.output_tokens];
        for (kind, quota) in said.into_iter().enumerate() {
            if let Some(quota) = quota {
                self.hear(kind, quota, now, pass);
            }
        }
        match self.window.ended(pass.window, outcome.end) {
            Some(LimitChange::Grown) => self.log.note(PaceReason::Growth, None),
            Some(LimitChange::Cut { refused, ended }) => {
                self.was_cut = true;
                // Where most are refused, the others would be too.
                let wait = self.hold(now, outcome.retry_after.filter(|_| refused * 2 > ended));
                let wait = wait.map(|wait| format!("; all wait {wait}")).unwrap_or_default();
                let detail = format!("{refused} of {ended} requests were refused{wait}");
                self.log.note(PaceReason::RateLimited, Some(detail));
            }
            None => {}
        }
        if self.window.limit() == self.window.most() {
            self.was_cut = false;
        }
        if outcome.end == ExchangeEnd::Refused {
            let gone = outcome.limits.exhausted_for().filter(|it| *it <= SPREAD);
            if let Some(wait) = self.hold(now, gone.map(|gone| outcome.retry_after.unwrap_or(gone))) {
                self.log.note(PaceReason::Wait, Some(format!("nothing is left of the limit; all wait {wait}")));
            }
        }
    }

    /// Holds everything for `wait`; says how long that is where nothing was held before.
    fn hold(&mut self, now: Moment, wait: Option<Duration>) -> Option<String> {
        let wait = wait.filter(|it| !it.is_zero())?;
        let begins = self.held_until <= now;
        self.held_until = self.held_until.max(now + wait);
        // Those that are refused together ask for about the same wait: that is one wait.
        begins.then(|| format!("{:.1} s", wait.as_secs_f64()))
    }

    /// What is left of one kind, as of when the request that brought the news was sent.
    fn hear(&mut self, kind: usize, quota: Quota, now: Moment, pass: &PacedRequest) {
        let news_of = pass.totals[kind];
        if self.left[kind].is_some_and(|it| it.news_of > news_of && it.until > now) {
            return;
        }
        if quota.reset.is_zero() || quota.reset > SPREAD {
            self.left[kind] = None;
            return;
        }
        // What was sent since then is not in the news.
        let remaining = quota.remaining - (self.sent[kind] - news_of);
        let interval = Quota { remaining, ..quota }.seconds_each();
        let cost = pass.cost.each()[kind];
        let mut rate = self.left[kind].map_or_else(|| Rate::each(interval), |it| it.rate);
        rate.become_each(interval, now, cost);
        if remaining < 1.0 {
            rate.take(now, 1.0);
        }
        self.left[kind] = Some(Remaining { rate, until: now + quota.reset, news_of });
    }

    /// The change that is to be recorded now, if one is; `last` at the end, when nothing waits for more to come.
    pub fn take_change(&mut self, now: Moment, last: bool) -> Option<PaceChange> {
        if !self.log.is_due(now, last) {
            return None;
        }
        let (reason, detail) = self.log.take(now)?;
        let mut row = PaceChange {
            reason,
            concurrency: self.window.limit(),
            requests_per_minute: self.requests.map(|it| it.in_a_minute()),
            tokens_per_minute: self.tokens.map(|it| it.in_a_minute()),
            detail,
        };
        match self.waited.filter(|(at, _)| *at + RECENTLY >= now) {
            Some((_, PacedBy::Requests(count))) => row.requests_per_minute = Some(count),
            Some((_, PacedBy::Tokens(count))) => row.tokens_per_minute = Some(count),
            None => {}
        }
        Some(row)
    }

    /// The pace at `now`, for people.
    #[must_use]
    pub fn status(&self, now: Moment) -> PaceStatus {
        let count = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        PaceStatus {
            cut: self.was_cut.then(|| (count(self.window.limit()), count(self.window.most()))),
            held: self.held_until.checked_sub(now).filter(|it| !it.is_zero()),
            paced: self.waited.filter(|(at, _)| *at + RECENTLY >= now).map(|(_, by)| by),
        }
    }
}

impl TokenUse {
    /// Requests, tokens, tokens of input and of output.
    fn each(self) -> [f64; 4] {
        [1.0, self.input + self.output, self.input, self.output]
    }
}

impl PacedBy {
    /// Whether two rates differ by more than a fifth.
    fn differs(self, other: Self) -> bool {
        match (self, other) {
            (Self::Requests(one), Self::Requests(two)) | (Self::Tokens(one), Self::Tokens(two)) => {
                one > two * 1.2 || two > one * 1.2
            }
            _ => true,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^53")]
pub(super) fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
