//! Posts to one server that nobody keeps a record of ([`Delivery`]): each is sent when the server's pace allows it, and
//! again after a transient failure.
//!
//! A post must be one that does no harm when it comes twice, since a response may get lost.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

use super::error::DispatchError;
use super::failing::jitter;
use super::pace::{self, EndpointPace, ExchangeEnd, Moment, NextSend, PacedRequest, RateLimit, TokenUse};
use super::settle::end_of;
use crate::provider::{LONGEST_WAIT, ProviderError, ProviderErrorKind, ReportedLimits, RetryPolicy, wire};
use crate::transport::{Event, Exchange, FinishedExchange, Interrupts, Job, Reply, Secret, Ticket, Transport};

/// So many posts for each that may be in flight are kept, so that those in back-off do not stall the rest.
const KEPT_EACH: usize = 4;

/// How the posts of a delivery are sent and read.
pub struct DeliveryTerms {
    /// The most posts in flight.
    pub workers: usize,
    pub secret: Secret,
    /// The time limit of one exchange.
    pub timeout: Duration,
    pub retry: RetryPolicy,
    /// Reads a response: whether the post was taken, or why not.
    pub read: fn(&wire::Response) -> Result<(), ProviderError>,
}

/// A request with the caller's name for it.
pub struct Post {
    pub name: String,
    pub request: wire::Request,
}

/// A post that was taken, or has failed for good.
#[derive(Debug)]
pub struct EndedPost {
    pub name: String,
    pub result: Result<(), PostFailure>,
}

/// Why a post has failed for good.
#[derive(Debug)]
pub struct PostFailure {
    pub error: ProviderError,
    /// Whether other posts would fail too: the server refused the key, took nothing since this one was first sent, or
    /// does not answer at all.
    pub is_of_all: bool,
}

/// What happens to a delivery.
#[derive(Debug)]
pub enum DeliveryEvent {
    Ended(EndedPost),
    /// For the first time, the server did not answer in time. The post is sent again.
    TimedOut(ProviderError),
    /// The user asks to stop.
    Interrupted,
}

/// Sends posts to one server. Memory is bounded: a caller hands in no post while there is no [room](Self::has_room).
pub struct Delivery {
    terms: DeliveryTerms,
    interrupts: Interrupts,
    transport: Transport,
    pace: EndpointPace,
    clock: Instant,
    /// The posts that have not ended, by their tickets.
    open: BTreeMap<u64, OpenPost>,
    /// The posts that are not in flight, by when they may be sent.
    waiting: BinaryHeap<Reverse<(Moment, u64)>>,
    in_flight: usize,
    last_ticket: u64,
    /// When a post was last taken, and whether the server ever responded.
    taken: Option<Moment>,
    has_responded: bool,
    /// How many exchanges in a row, of any posts, had no answer in time.
    unanswered: u32,
    has_timed_out: bool,
    events: VecDeque<DeliveryEvent>,
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.interrupts.release();
    }
}

struct OpenPost {
    post: Post,
    failures: u32,
    first_sent: Option<Moment>,
    paced: Option<PacedRequest>,
}

impl Delivery {
    /// A delivery that has sent nothing yet. It takes signals until it is dropped.
    pub fn start(terms: DeliveryTerms, interrupts: Interrupts) -> Result<Self, DispatchError> {
        let workers = terms.workers.max(1);
        let transport = Transport::start(workers, [&terms.secret])?;
        interrupts.hand_to(&transport);
        Ok(Self {
            transport,
            interrupts,
            pace: EndpointPace::new(workers, RateLimit::default(), None),
            terms,
            clock: Instant::now(),
            open: BTreeMap::new(),
            waiting: BinaryHeap::new(),
            in_flight: 0,
            last_ticket: 0,
            taken: None,
            has_responded: false,
            unanswered: 0,
            has_timed_out: false,
            events: VecDeque::new(),
        })
    }

    /// Whether another post may be handed in.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.open.len() < self.terms.workers.max(1) * KEPT_EACH
    }

    /// Hands in `post`, and sends what may be sent.
    pub fn post(&mut self, post: Post) -> Result<(), DispatchError> {
        self.last_ticket += 1;
        self.open.insert(self.last_ticket, OpenPost { post, failures: 0, first_sent: None, paced: None });
        self.waiting.push(Reverse((self.now(), self.last_ticket)));
        self.send().map(drop)
    }

    /// Waits for the next event; `None` if all posts have ended.
    pub fn next_event(&mut self) -> Result<Option<DeliveryEvent>, DispatchError> {
        loop {
            let event = self.events.pop_front();
            if event.is_some() || self.open.is_empty() {
                return Ok(event);
            }
            self.round()?;
        }
    }

    fn now(&self) -> Moment {
        self.clock.elapsed()
    }

    /// Sends what may be sent, and waits for one end, or until more may be sent.
    fn round(&mut self) -> Result<(), DispatchError> {
        let next = self.send()?;
        let timeout = next.map(|at| at.saturating_sub(self.now()));
        match self.transport.wait(timeout) {
            Some(Event::Done(done)) => {
                let ended = self.settle(done);
                self.events.extend(ended.map(DeliveryEvent::Ended));
            }
            Some(Event::Interrupt) => self.events.push_back(DeliveryEvent::Interrupted),
            Some(Event::Wake) | None => {}
        }
        Ok(())
    }

    /// Sends what may be sent now. Returns when more may be sent; `None`: not before another one ends.
    fn send(&mut self) -> Result<Option<Moment>, DispatchError> {
        while let Some(Reverse((due, ticket))) = self.waiting.peek().copied() {
            let now = self.now();
            if due > now {
                return Ok((self.in_flight < self.pace.concurrency()).then_some(due));
            }
            match self.pace.next(now, self.in_flight) {
                NextSend::Full => return Ok(None),
                NextSend::At(at) => return Ok(Some(at)),
                NextSend::Now => drop(self.waiting.pop()),
            }
            let Some(open) = self.open.get_mut(&ticket) else { continue };
            open.first_sent.get_or_insert(now);
            open.paced = Some(self.pace.send(now, TokenUse::default()));
            let (request, timeout, secret) =
                (open.post.request.clone(), self.terms.timeout, Some(self.terms.secret.clone()));
            self.in_flight += 1;
            self.transport
                .submit(Job { ticket: Ticket(ticket), exchange: Exchange::Http { request, timeout, secret } })?;
        }
        Ok(None)
    }

    /// Learns from the end of an exchange; returns its post if that has ended.
    fn settle(&mut self, done: FinishedExchange) -> Option<EndedPost> {
        let now = self.now();
        let Ticket(ticket) = done.ticket;
        self.in_flight -= 1;
        let (limits, result) = match done.reply {
            Ok(Reply::Response(response)) => {
                self.has_responded = true;
                self.unanswered = 0;
                (ReportedLimits::of(&response), (self.terms.read)(&response))
            }
            Ok(Reply::Completion(_)) => (ReportedLimits::default(), Ok(())),
            Err(mut error) => {
                // The setting of a model's time limit, which is none of this server's.
                error.message = error.message.replace(" (llm.timeout_sec)", "");
                self.note_silence(&error);
                (ReportedLimits::default(), Err(error))
            }
        };
        let mut open = self.open.remove(&ticket)?;
        self.learn(now, open.paced.take(), limits, &result, open.failures == 0);
        let error = match result {
            Ok(()) => {
                self.taken = Some(now);
                return Some(EndedPost { name: open.post.name, result: Ok(()) });
            }
            Err(error) => error,
        };
        open.failures += 1;
        if self.is_final(&error, open.failures) || self.is_dead() {
            let is_refused = matches!(error.kind, ProviderErrorKind::Refused | ProviderErrorKind::RefusedForAll);
            let is_silent = error.kind.is_transient() && self.taken <= open.first_sent;
            let failure = PostFailure { error, is_of_all: is_refused || is_silent || self.is_dead() };
            return Some(EndedPost { name: open.post.name, result: Err(failure) });
        }
        let jitter = jitter(i64::try_from(ticket).unwrap_or_default());
        let delay = self.terms.retry.delay(open.failures, error.retry_after, jitter);
        self.waiting.push(Reverse((now + delay, ticket)));
        self.open.insert(ticket, open);
        None
    }

    fn note_silence(&mut self, error: &ProviderError) {
        if error.kind == ProviderErrorKind::Timeout {
            self.unanswered += 1;
            if !self.has_timed_out {
                self.has_timed_out = true;
                self.events.push_back(DeliveryEvent::TimedOut(error.clone()));
            }
        }
    }

    /// Whether as many exchanges in a row had no answer as one post may have failures.
    fn is_dead(&self) -> bool {
        self.unanswered > self.terms.retry.retries
    }

    fn learn(
        &mut self,
        now: Moment,
        paced: Option<PacedRequest>,
        limits: ReportedLimits,
        result: &Result<(), ProviderError>,
        is_first: bool,
    ) {
        let end = result.as_ref().map_or_else(|error| end_of(error.kind, is_first), |()| ExchangeEnd::Served);
        let asked = result.as_ref().err().and_then(|error| error.retry_after);
        let slows = matches!(end, ExchangeEnd::Refused | ExchangeEnd::Overloaded);
        let retry_after = asked.filter(|it| slows && *it <= LONGEST_WAIT);
        if let Some(paced) = paced {
            self.pace.settle(now, &paced, &pace::ExchangeResult { end, limits, used: None, retry_after });
        }
    }

    /// Whether a post with so many failures, of which `error` is the last, is not sent again.
    fn is_final(&self, error: &ProviderError, failures: u32) -> bool {
        let is_nowhere = error.kind == ProviderErrorKind::Connection && !self.has_responded;
        let is_too_long = error.retry_after.is_some_and(|it| it > LONGEST_WAIT);
        is_nowhere || is_too_long || !error.kind.is_transient() || failures > self.terms.retry.retries
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::provider::langfuse;

    /// The address of a server that answers with these statuses in turn, and with the last one from then on.
    fn server(statuses: &'static [u16]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let mut all = statuses.iter().chain(statuses.last().into_iter().cycle());
            while let (Ok((mut stream, _)), Some(status)) = (listener.accept(), all.next()) {
                let mut request = Vec::new();
                let mut chunk = [0; 1024];
                while !request.ends_with(b"{}") {
                    let count = stream.read(&mut chunk).unwrap();
                    request.extend_from_slice(&chunk[..count]);
                }
                let head = format!("HTTP/1.1 {status} Status\r\nconnection: close\r\ncontent-length: 10");
                let _ = write!(stream, "{head}\r\n\r\n{{\"id\":\"x\"}}");
            }
        });
        format!("http://{address}")
    }

    /// What became of so many posts, sent one after the other: taken, failed, or failed for all.
    fn outcomes(statuses: &'static [u16], posts: usize) -> Vec<&'static str> {
        delivered(&server(statuses), Duration::from_mins(1), posts)
    }

    fn delivered(address: &str, timeout: Duration, posts: usize) -> Vec<&'static str> {
        let retry = RetryPolicy { retries: 1, base: Duration::from_millis(1), ..RetryPolicy::default() };
        let secret = Secret::new("KEY", "a-secret-of-the-tests-4711").unwrap();
        let terms = DeliveryTerms { workers: 1, secret, timeout, retry, read: langfuse::read };
        let mut delivery = Delivery::start(terms, Interrupts::default()).unwrap();
        let mut words = Vec::new();
        for _ in 0..posts {
            let request = langfuse::item(address, &serde_json::json!({}));
            delivery.post(Post { name: "one".to_owned(), request }).unwrap();
            while let Some(event) = delivery.next_event().unwrap() {
                words.push(match event {
                    DeliveryEvent::TimedOut(_) => "late",
                    DeliveryEvent::Interrupted => "stop",
                    DeliveryEvent::Ended(ended) => match ended.result {
                        Ok(()) => "taken",
                        Err(failure) if failure.is_of_all => "all",
                        Err(_) => "failed",
                    },
                });
            }
        }
        words
    }

    #[test]
    fn a_post_that_fails_in_passing_is_sent_again() {
        assert_eq!(outcomes(&[503, 200, 500, 200], 2), ["taken", "taken"]);
    }

    #[test]
    fn a_post_that_is_refused_says_nothing_of_the_others_but_a_refused_key_does() {
        assert_eq!(outcomes(&[200, 400, 404, 200], 4), ["taken", "failed", "failed", "taken"]);
        assert_eq!(outcomes(&[200, 401], 2), ["taken", "all"]);
    }

    #[test]
    fn a_server_that_takes_nothing_any_more_fails_all() {
        assert_eq!(outcomes(&[200, 503], 2), ["taken", "all"]);
    }

    #[test]
    fn a_server_that_never_answers_is_told_at_once_and_given_up_soon() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        assert_eq!(delivered(&address, Duration::from_millis(50), 1), ["late", "all"]);
    }
}
