//! How fast requests go out to one endpoint, and why: a pure policy, with moments as values.
//!
//! Three things hold a request back. The *window* limits the requests in flight, and learns its limit from refusals,
//! from overload, and from answers that come too late.
//! The *rates* spread requests and tokens over the minute: those of the configuration, and the *quotas* that the
//! endpoint reports in its headers. When the endpoint asks for a wait and refuses most requests, all requests are
//! *held* until then; otherwise only the refused request waits.
//!
//! `window` (with `late`), `rate` and `quotas` are these three, `usage` what a request uses of them, `status` what
//! people see, and `log` decides which changes are recorded. Nothing here reads a clock or waits.

mod late;
mod log;
mod moment;
mod quotas;
mod rate;
mod status;
mod usage;
mod window;

use std::time::Duration;

use crate::provider::ReportedLimits;
use crate::record::PaceReason;
use crate::stage::generate::tape::PaceChange;

use late::{Advice, Lateness};
use log::ChangeLog;
pub use moment::Moment;
use quotas::{Quotas, SPREAD};
use rate::Rate;
pub use status::{PaceStatus, PacedBy};
pub use usage::TokenUse;
use usage::UsageByKind;
pub(super) use usage::as_f64;
pub use window::ExchangeEnd;
use window::{LimitChange, Window};

/// How long it is reported that a rate made a request wait.
const RECENTLY: Duration = Duration::from_secs(2);
/// The expected tokens of an answer before any was seen, at most.
const FIRST_OUTPUT: f64 = 500.0;
/// The weight of a new answer's length in the moving average of lengths.
const FRESH: f64 = 1.0 / 8.0;

/// The configured rates of an endpoint; `None`: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    pub requests_per_minute: Option<u64>,
    /// Input and output tokens together.
    pub tokens_per_minute: Option<u64>,
}

/// What the pace counted for a request in flight; it is handed back when the request ends.
#[derive(Clone, Copy, Debug)]
pub struct PacedRequest {
    window: u64,
    sent: Moment,
    cost: TokenUse,
    /// The totals of what was sent, up to and including the request.
    totals: UsageByKind,
}

/// The end of an exchange, as the pace learns from it.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeResult {
    pub end: ExchangeEnd,
    /// The limits that the response reports.
    pub limits: ReportedLimits,
    /// The tokens that it used, where the provider reported them.
    pub used: Option<TokenUse>,
    /// The wait that the endpoint asked for (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// Whether the next request may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextSend {
    Now,
    /// Not before this moment.
    At(Moment),
    /// Not before another request ends.
    Full,
}

#[derive(Clone, Debug)]
pub struct EndpointPace {
    window: Window,
    pub(super) lateness: Lateness,
    requests: Option<Rate>,
    tokens: Option<Rate>,
    quotas: Quotas,
    held_until: Moment,
    /// The moving average of the answers' lengths, in tokens.
    output: f64,
    output_seen: bool,
    was_cut: bool,
    /// Whether the last cut was for overload, and not for a rate limit.
    is_overloaded: bool,
    /// When a rate last made a request wait, and the rate.
    waited: Option<(Moment, PacedBy)>,
    /// The rate that was last recorded.
    noted: Option<PacedBy>,
    log: ChangeLog,
}

impl EndpointPace {
    /// The pace of an endpoint with at most `most` requests in flight and at most `output` tokens an answer.
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

    /// No pace beside the number of workers: for `recorded` and `sample`. Its changes are not recorded.
    #[must_use]
    pub fn unbounded(most: usize) -> Self {
        Self {
            window: Window::fixed(most),
            lateness: Lateness::default(),
            requests: None,
            tokens: None,
            quotas: Quotas::default(),
            held_until: Moment::ZERO,
            output: 0.0,
            output_seen: false,
            was_cut: false,
            is_overloaded: false,
            waited: None,
            noted: None,
            log: ChangeLog::silent(),
        }
    }

    /// How many requests the endpoint may have at `now`: those in flight, and those that were given up and that it may
    /// still be working on.
    #[must_use]
    pub fn load(&self, now: Moment, in_flight: usize) -> usize {
        in_flight + self.lateness.abandoned(now)
    }

    /// How many requests may be in flight.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.window.limit()
    }

    /// Whether any rate counts tokens.
    #[must_use]
    pub fn counts_tokens(&self) -> bool {
        self.tokens.is_some() || self.quotas.count_tokens()
    }

    /// The expected use of a request with `input` tokens of input.
    #[must_use]
    pub fn estimate(&self, input: u64) -> TokenUse {
        TokenUse { input: as_f64(input), output: self.output }
    }

    /// Whether the next request may go out at `now`, with `in_flight` requests in flight.
    pub fn next(&mut self, now: Moment, in_flight: usize) -> NextSend {
        if in_flight >= self.window.limit() {
            return NextSend::Full;
        }
        if let Some(end) = self.lateness.next_end(now)
            && in_flight + self.lateness.phantoms(now) >= self.window.limit()
        {
            return NextSend::At(end);
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

    /// The moment from which the next request may go out, and the rate that sets it, if one does.
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
        for (at, paced) in self.quotas.due(now) {
            later(at, paced);
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
        if let Some(rate) = &mut self.requests {
            rate.take(now, 1.0);
        }
        if let Some(rate) = &mut self.tokens {
            rate.take(now, each[1]);
        }
        let totals = self.quotas.send(now, each);
        PacedRequest { window: self.window.number(), sent: now, cost, totals }
    }

    /// Learns from the end of an exchange.
    pub fn settle(&mut self, now: Moment, request: &PacedRequest, result: &ExchangeResult) {
        if let Some(used) = result.used {
            if let Some(rate) = &mut self.tokens {
                rate.correct(used.each()[1] - request.cost.each()[1]);
            }
            let fresh = if self.output_seen { FRESH } else { 1.0 };
            self.output += (used.output - self.output) * fresh;
            self.output_seen = true;
        }
        self.quotas.update(&result.limits, now, request.cost.each(), request.totals);
        let before = self.window.limit();
        let is_slow = self.is_slow(now, request, result.end);
        match self.window.ended(request.window, result.end, is_slow) {
            Some(LimitChange::Grown) => self.log.note(PaceReason::Growth, None),
            Some(LimitChange::Cut { refused, ended, overload }) => {
                (self.was_cut, self.is_overloaded) = (true, overload);
                // Where most are refused, the others would be too.
                let wait = self.hold(now, result.retry_after.filter(|_| refused * 2 > ended));
                let (reason, what) = if overload {
                    (PaceReason::Overload, "found the server overloaded")
                } else {
                    (PaceReason::RateLimited, "were refused")
                };
                if !overload || wait.is_some() || self.window.limit() < before {
                    let wait = wait.map(|wait| format!("; all wait {wait}")).unwrap_or_default();
                    self.log.note(reason, Some(format!("{refused} of {ended} requests {what}{wait}")));
                }
            }
            None => {}
        }
        if let ExchangeEnd::Late { tells } = result.end {
            self.late(now, request.sent, tells);
        }
        if self.window.limit() == self.window.most() {
            self.was_cut = false;
        }
        if result.end == ExchangeEnd::Refused {
            let gone = result.limits.exhausted_for().filter(|it| *it <= SPREAD);
            if let Some(wait) = self.hold(now, gone.map(|gone| result.retry_after.unwrap_or(gone))) {
                self.log.note(PaceReason::Wait, Some(format!("nothing is left of the limit; all wait {wait}")));
            }
        }
    }

    /// Learns from the answers whether they come so late that growth has to be careful.
    fn is_slow(&mut self, now: Moment, request: &PacedRequest, end: ExchangeEnd) -> bool {
        if end == ExchangeEnd::Served {
            self.lateness.answered(request.sent, now);
        }
        self.lateness.is_slow(now.saturating_sub(request.sent))
    }

    /// Learns from a request that was sent at `sent` and is given up.
    fn late(&mut self, now: Moment, sent: Moment, tells: bool) {
        match self.lateness.late(sent, now, self.window.limit(), tells) {
            Advice::Keep => {}
            Advice::Cut { limit, late, ended } => {
                if self.window.cut_to(limit) {
                    (self.was_cut, self.is_overloaded) = (true, true);
                    let detail = format!("{late} of {ended} requests got no answer in time");
                    self.log.note(PaceReason::Overload, Some(detail));
                }
            }
            Advice::Restore(limit) => {
                self.window.restore(limit);
                let detail = "as many requests got no answer in time as before the cut".to_owned();
                self.log.note(PaceReason::Growth, Some(detail));
            }
        }
    }

    /// Holds all requests for `wait`; returns the wait in words where nothing was held before.
    fn hold(&mut self, now: Moment, wait: Option<Duration>) -> Option<String> {
        let wait = wait.filter(|it| !it.is_zero())?;
        let begins = self.held_until <= now;
        self.held_until = self.held_until.max(now + wait);
        // Those that are refused together ask for about the same wait: that is one wait.
        begins.then(|| format!("{:.1} s", wait.as_secs_f64()))
    }

    /// Takes the change that is to be recorded now, if one is. `last` says that no more will come.
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
            is_overloaded: self.is_overloaded,
            held: self.held_until.checked_sub(now).filter(|it| !it.is_zero()),
            paced: self.waited.filter(|(at, _)| *at + RECENTLY >= now).map(|(_, by)| by),
        }
    }
}

#[cfg(test)]
mod tests;
