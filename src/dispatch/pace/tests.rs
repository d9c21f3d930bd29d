//! The three parts of the pace together.

use super::*;
use crate::provider::Quota;

const NONE: RateLimit = RateLimit { requests_per_minute: None, tokens_per_minute: None };
const COST: TokenUse = TokenUse { input: 100.0, output: 100.0 };

fn at(millis: u64) -> Moment {
    Moment::from_millis(millis)
}

fn came(ended: ExchangeEnd) -> ExchangeResult {
    ExchangeResult { end: ended, limits: ReportedLimits::default(), used: None, retry_after: None }
}

fn refused(asked: u64) -> ExchangeResult {
    ExchangeResult { retry_after: Some(Duration::from_secs(asked)), ..came(ExchangeEnd::Refused) }
}

fn left(remaining: f64, seconds: f64) -> ExchangeResult {
    let requests = Some(Quota { limit: None, remaining, reset: Duration::from_secs_f64(seconds) });
    ExchangeResult { limits: ReportedLimits { requests, ..ReportedLimits::default() }, ..came(ExchangeEnd::Served) }
}

fn reasons(pace: &mut EndpointPace, now: Moment) -> Option<(PaceReason, usize, Option<String>)> {
    pace.take_change(now, true).map(|row| (row.reason, row.concurrency, row.detail))
}

#[test]
fn a_lone_refusal_holds_nobody_up() {
    let mut pace = EndpointPace::new(64, NONE, None);
    let passes: Vec<PacedRequest> = (0..32).map(|_| pace.send(at(0), COST)).collect();
    assert_eq!(pace.next(at(0), 32), NextSend::Full);
    pace.settle(at(50), &passes[0], &refused(1));
    assert_eq!(pace.next(at(50), 31), NextSend::Now);
    assert_eq!(pace.status(at(50)), PaceStatus::default());
}

#[test]
fn a_burst_of_refusals_cuts_and_holds_once() {
    let mut pace = EndpointPace::new(32, NONE, None);
    assert_eq!(reasons(&mut pace, at(0)), Some((PaceReason::Start, 32, None)));
    let passes: Vec<PacedRequest> = (0..32).map(|_| pace.send(at(0), COST)).collect();
    for pass in &passes {
        pace.settle(at(50), pass, &refused(12));
    }
    assert_eq!(pace.next(at(50), 0), NextSend::At(at(12_050)));
    let told = pace.status(at(50));
    assert_eq!((told.cut, told.held), (Some((16, 32)), Some(Duration::from_secs(12))));
    let detail = "4 of 4 requests were refused; all wait 12.0 s".to_owned();
    assert_eq!(reasons(&mut pace, at(60)), Some((PaceReason::RateLimited, 16, Some(detail))));
    assert_eq!(reasons(&mut pace, at(5000)), None);
    assert_eq!(pace.next(at(12_050), 15), NextSend::Now);
    assert_eq!(pace.next(at(12_050), 16), NextSend::Full);
}

#[test]
fn an_exhausted_limit_holds_everything_until_it_resets() {
    let mut pace = EndpointPace::new(32, NONE, None);
    pace.take_change(at(0), false);
    let passes: Vec<PacedRequest> = (0..20).map(|_| pace.send(at(0), COST)).collect();
    let gone = ExchangeResult { end: ExchangeEnd::Refused, ..left(0.0, 20.0) };
    pace.settle(at(100), &passes[0], &gone);
    assert_eq!(pace.next(at(100), 19), NextSend::At(at(20_100)));
    let row = reasons(&mut pace, at(100)).unwrap();
    assert_eq!((row.0, row.1), (PaceReason::Wait, 32));
    assert_eq!(pace.next(at(20_100), 19), NextSend::Now);
}

#[test]
fn configured_rates_are_kept() {
    let mut pace = EndpointPace::new(32, RateLimit { requests_per_minute: Some(601), tokens_per_minute: None }, None);
    pace.send(at(0), COST);
    assert_eq!(pace.next(at(0), 1), NextSend::Now, "a tenth of a second at once");
    pace.send(at(0), COST);
    let NextSend::At(next) = pace.next(at(0), 2) else { panic!("it has to wait") };
    assert_eq!(next.as_millis(), 100);
    assert!(matches!(pace.status(at(0)).paced, Some(PacedBy::Requests(count)) if (count - 601.0).abs() < 1e-6));

    let mut pace =
        EndpointPace::new(32, RateLimit { requests_per_minute: None, tokens_per_minute: Some(60_100) }, Some(100));
    assert_eq!(pace.estimate(900), TokenUse { input: 900.0, output: 100.0 });
    let pass = pace.send(at(0), pace.estimate(900));
    assert_eq!(pace.next(at(0), 1), NextSend::At(at(900)));
    // It used half of what was expected, and the next one is expected to do so too.
    let used = Some(TokenUse { input: 450.0, output: 50.0 });
    pace.settle(at(10), &pass, &ExchangeResult { used, ..came(ExchangeEnd::Served) });
    assert_eq!(pace.next(at(10), 0), NextSend::At(at(400)));
    assert_eq!(pace.estimate(900), TokenUse { input: 900.0, output: 50.0 });
}

/// An endpoint with a limit of requests a minute, as a bucket that refills (`steady`) or as a window.
struct TestEndpoint {
    limit: f64,
    remaining: f64,
    since: u64,
    steady: bool,
    refusals: usize,
}

impl TestEndpoint {
    fn ask(&mut self, millis: u64) -> ExchangeResult {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of minutes")]
        let passed = (millis - self.since) as f64 / 1000.0;
        if self.steady {
            self.remaining = self.limit.min(self.remaining + passed * self.limit / 60.0);
            self.since = millis;
        } else if passed >= 60.0 {
            self.remaining = self.limit;
            self.since = millis - millis % 60_000;
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of minutes")]
        let passed = (millis - self.since) as f64 / 1000.0;
        let taken = self.remaining >= 1.0;
        if taken {
            self.remaining -= 1.0;
        } else {
            self.refusals += 1;
        }
        let reset = if self.steady { (self.limit - self.remaining) * 60.0 / self.limit } else { 60.0 - passed };
        ExchangeResult {
            end: if taken { ExchangeEnd::Served } else { ExchangeEnd::Refused },
            ..left(self.remaining.floor(), reset)
        }
    }
}

/// Asks for `minutes` with `latency`, as fast as the pace allows; returns how many were taken in each minute.
fn drive(endpoint: &mut TestEndpoint, minutes: usize, latency: u64) -> Vec<usize> {
    let mut pace = EndpointPace::new(64, NONE, None);
    let mut flying: std::collections::VecDeque<(u64, PacedRequest, ExchangeResult)> = std::collections::VecDeque::new();
    let mut taken = vec![0; minutes];
    for millis in 0..minutes as u64 * 60_000 {
        while flying.front().is_some_and(|it| it.0 <= millis) {
            let (_, pass, outcome) = flying.pop_front().unwrap();
            pace.settle(at(millis), &pass, &outcome);
        }
        while pace.next(at(millis), flying.len()) == NextSend::Now {
            let pass = pace.send(at(millis), COST);
            let outcome = endpoint.ask(millis);
            taken[usize::try_from(millis / 60_000).unwrap()] += usize::from(outcome.end == ExchangeEnd::Served);
            flying.push_back((millis + latency, pass, outcome));
        }
    }
    taken
}

#[test]
fn what_is_left_is_spread_whatever_the_limit_is_of() {
    for steady in [true, false] {
        for latency in [50, 1000, 5000] {
            let mut endpoint = TestEndpoint { limit: 300.0, remaining: 300.0, since: 0, steady, refusals: 0 };
            let taken = drive(&mut endpoint, 5, latency);
            let all: usize = taken.iter().sum();
            assert!(endpoint.refusals * 100 <= all, "{steady} {latency}: {} refused", endpoint.refusals);
            assert!(all >= 5 * 300 * 9 / 10, "{steady} {latency}: {taken:?}");
        }
    }
}

#[test]
fn a_limit_of_a_day_is_not_spread_over_it() {
    let mut pace = EndpointPace::new(32, NONE, None);
    let pass = pace.send(at(0), COST);
    pace.settle(at(50), &pass, &left(14_000.0, 20.0 * 3600.0));
    pace.send(at(50), COST);
    assert_eq!(pace.next(at(50), 1), NextSend::Now);
}

#[test]
fn news_that_is_older_than_what_is_known_says_nothing() {
    let mut pace = EndpointPace::new(32, NONE, None);
    let first = pace.send(at(0), COST);
    let second = pace.send(at(0), COST);
    pace.settle(at(50), &second, &left(0.0, 10.0));
    pace.settle(at(60), &first, &left(100.0, 10.0));
    assert_eq!(pace.next(at(60), 0), NextSend::At(at(9950)));
}
