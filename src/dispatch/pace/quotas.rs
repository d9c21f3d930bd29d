//! What an endpoint's headers say is left of its limits, as rates.
//!
//! What is left of a limit is spread over the time until the limit resets. That works whatever kind of limit it is:
//! where it is a window that starts anew, the rest is spread to the window's end; where it is a bucket that refills,
//! sending settles at the rate of the refill. A limit that resets later than in about a minute is a limit of the day:
//! it is not spread, and a refusal says when it is used up.

use std::time::Duration;

use super::moment::Moment;
use super::rate::Rate;
use super::status::PacedBy;
use super::usage::UsageByKind;
use crate::provider::{Quota, ReportedLimits};

/// A limit that resets later than this is not spread over the time until then.
pub(super) const SPREAD: Duration = Duration::from_secs(75);

/// What is left of one kind, as a rate.
#[derive(Clone, Copy, Debug)]
struct Remaining {
    rate: Rate,
    until: Moment,
    /// The total that had been sent when the request was sent whose response reported this.
    reported_at: f64,
}

/// What is left of requests, tokens, input tokens and output tokens.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quotas {
    remaining: [Option<Remaining>; 4],
    /// The totals of what was sent, of each kind.
    sent: UsageByKind,
}

impl Quotas {
    /// Whether any of them is about tokens.
    pub(super) fn count_tokens(&self) -> bool {
        self.remaining[1..].iter().any(Option::is_some)
    }

    /// The moment at which each of them allows the next request, and its rate.
    pub(super) fn due(&self, now: Moment) -> impl Iterator<Item = (Moment, PacedBy)> {
        self.remaining.iter().enumerate().filter_map(move |(kind, it)| {
            let it = it.filter(|it| it.until > now)?;
            let count = it.rate.in_a_minute();
            // Whatever was left, it is all there again when the limit resets.
            let at = it.rate.ready().min(it.until);
            Some((at, if kind == 0 { PacedBy::Requests(count) } else { PacedBy::Tokens(count) }))
        })
    }

    /// Counts a request that goes out at `now`; returns the totals with it.
    pub(super) fn send(&mut self, now: Moment, cost: UsageByKind) -> UsageByKind {
        for (sum, more) in self.sent.iter_mut().zip(cost) {
            *sum += more;
        }
        for (remaining, more) in self.remaining.iter_mut().zip(cost) {
            if let Some(remaining) = remaining {
                remaining.rate.take(now, more);
            }
        }
        self.sent
    }

    /// Takes over what a response reports. `cost` is what its request uses, and `totals` what [`send`](Self::send)
    /// returned for it.
    pub(super) fn update(&mut self, limits: &ReportedLimits, now: Moment, cost: UsageByKind, totals: UsageByKind) {
        let reported = [limits.requests, limits.tokens, limits.input_tokens, limits.output_tokens];
        for (kind, quota) in reported.into_iter().enumerate() {
            if let Some(quota) = quota {
                self.update_kind(kind, quota, now, cost[kind], totals[kind]);
            }
        }
    }

    fn update_kind(&mut self, kind: usize, quota: Quota, now: Moment, cost: f64, reported_at: f64) {
        // A newer report is known already.
        if self.remaining[kind].is_some_and(|it| it.reported_at > reported_at && it.until > now) {
            return;
        }
        if quota.reset.is_zero() || quota.reset > SPREAD {
            self.remaining[kind] = None;
            return;
        }
        // What was sent since then is not in the report.
        let remaining = quota.remaining - (self.sent[kind] - reported_at);
        let interval = Quota { remaining, ..quota }.seconds_each();
        let mut rate = self.remaining[kind].map_or_else(|| Rate::each(interval), |it| it.rate);
        rate.become_each(interval, now, cost);
        if remaining < 1.0 {
            rate.take(now, 1.0);
        }
        self.remaining[kind] = Some(Remaining { rate, until: now + quota.reset, reported_at });
    }
}
