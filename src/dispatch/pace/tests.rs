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

/// A server with so many slots; who finds none is turned away, or waits in its queue.
struct Slots {
    count: usize,
    millis: u64,
    queues: bool,
    /// When each request that it works on, or is going to, will be done.
    done: Vec<u64>,
}

impl Slots {
    /// When a request that comes at `now` is answered, and how.
    fn ask(&mut self, now: u64) -> (u64, ExchangeEnd) {
        self.done.retain(|it| *it > now);
        self.done.sort_unstable();
        if self.done.len() < self.count {
            self.done.push(now + self.millis);
            return (now + self.millis, ExchangeEnd::Served);
        }
        if !self.queues {
            return (now + 1, ExchangeEnd::Overloaded);
        }
        let done = self.done[self.done.len() - self.count] + self.millis;
        self.done.push(done);
        (done, ExchangeEnd::Served)
    }
}

/// Asks a server until `count` were answered, with a time limit; returns after how many milliseconds, how many were
/// sent, and the limit at the end. `then` says what the server has from a moment on.
fn ask_slots(server: &mut Slots, count: usize, timeout: u64, then: (u64, usize)) -> (u64, usize, usize) {
    let mut pace = EndpointPace::new(64, NONE, None);
    let mut flying: Vec<(u64, PacedRequest, ExchangeEnd)> = Vec::new();
    let (mut answered, mut sent) = (0, 0);
    for millis in 0..3_600_000 {
        if millis == then.0 {
            server.count = then.1;
        }
        let now = at(millis);
        let (ended, still): (Vec<_>, Vec<_>) = flying.into_iter().partition(|it| it.0 <= millis);
        flying = still;
        for (_, pass, end) in ended {
            answered += usize::from(end == ExchangeEnd::Served);
            pace.settle(now, &pass, &came(end));
        }
        if answered >= count {
            return (millis, sent, pace.concurrency());
        }
        while pace.next(now, flying.len()) == NextSend::Now && flying.len() + answered < count + 64 {
            let pass = pace.send(now, COST);
            sent += 1;
            let (done, end) = server.ask(millis);
            let late = done > millis + timeout;
            let end = if late { ExchangeEnd::Late { tells: true } } else { end };
            flying.push((done.min(millis + timeout), pass, end));
        }
    }
    panic!("{answered} of {count} were answered in an hour");
}

#[test]
fn a_run_finds_what_a_server_takes_at_a_time() {
    for slots in [1, 2, 5, 20] {
        let mut server = Slots { count: slots, millis: 500, queues: false, done: Vec::new() };
        let (millis, sent, _) = ask_slots(&mut server, 40 * slots, 60_000, (0, slots));
        assert!(millis < 23_000, "{slots}: {millis} ms for 20 s of work");
        assert!(sent < 40 * slots * 3 / 2 + 120, "{slots}: {sent} for {}", 40 * slots);
    }
}

#[test]
fn a_run_finds_how_many_a_queue_bears() {
    // One slot of 2.5 s and a minute's time limit; all that is given up is worked on all the same.
    let mut server = Slots { count: 1, millis: 2500, queues: true, done: Vec::new() };
    let (millis, sent, limit) = ask_slots(&mut server, 200, 60_000, (0, 1));
    assert!(millis < 650_000, "{millis} ms for 500 s of work");
    assert!(sent < 264 + 100, "{sent}");
    assert!((4..=24).contains(&limit), "{limit}");
}

#[test]
fn the_pace_comes_back_when_a_server_recovers() {
    let mut server = Slots { count: 2, millis: 500, queues: false, done: Vec::new() };
    // 30 s of two at a time, then of forty.
    let (millis, _, limit) = ask_slots(&mut server, 3000, 60_000, (30_000, 40));
    assert!(millis < 110_000, "{millis} ms");
    assert!((30..=64).contains(&limit), "{limit}");
}
