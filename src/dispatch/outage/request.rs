//! What a detector keeps of a request that failed, and of the silence in which it did.

use std::time::Duration;

use crate::dispatch::pace::Moment;
use crate::provider::ProviderErrorKind;

/// The longest wait between two requests that look whether an endpoint is back.
pub(super) const PROBE_CAP: u32 = 4;

/// A failed exchange.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    pub request: i64,
    pub kind: ProviderErrorKind,
    pub message: &'a str,
    /// When it was sent, and when the failure came back.
    pub sent: Moment,
    pub ended: Moment,
    /// How many requests the endpoint had when it was sent, itself included.
    pub load: usize,
    /// The wait that the endpoint asked for, or until its limits reset.
    pub announced: Option<Duration>,
    /// Whether it failed in an earlier invocation too: then it is at fault itself.
    pub before: bool,
    /// Whether an earlier invocation met the same refusal of this very request.
    pub is_known: bool,
}

/// A failure that does not count yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unproven {
    /// An answer to a request that was sent after this makes it count.
    pub(super) since: Moment,
    /// The least load of an answer that makes it count; 0 where no load explains the failure.
    pub(super) load: usize,
}

/// A request that failed and was not answered since.
#[derive(Clone, Debug)]
pub(super) struct Failing {
    pub(super) kind: ProviderErrorKind,
    pub(super) words: String,
    /// Failures that count.
    pub(super) counted: u32,
    /// Failures since the last answer.
    pub(super) silent: u32,
    /// All failures but rate limits, and those.
    pub(super) tries: u32,
    pub(super) limited: u32,
    /// The least load under which it failed.
    pub(super) least_load: usize,
    pub(super) unproven: Option<Unproven>,
    /// How often a request that was sent after its last failure was answered, under whatever load; and the words of
    /// the last such failure.
    pub(super) times_up: u32,
    pub(super) up_words: Option<String>,
    pub(super) parked: bool,
    pub(super) before: bool,
    /// Whether its last failure is a refusal that may be about all: none that an earlier run met, or that is certain to
    /// be about this request.
    pub(super) is_telling: bool,
}

/// The time since the last answer in which exchanges failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    pub(super) since: Moment,
    /// When the latest of the failed requests was sent.
    pub(super) newest: Moment,
    /// The longest wait that the endpoint asked for.
    pub(super) announced: Duration,
    /// Whether there was no connection at all.
    pub(super) unconnected: bool,
    pub(super) probes: u32,
}

/// A silence with one more failure; it begins with the first one after the last answer.
pub(super) fn silence_with(silence: Option<Silence>, failure: &Failure<'_>, last_answer: Moment) -> Silence {
    let unconnected = failure.kind == ProviderErrorKind::Connection;
    let begun = silence.unwrap_or(Silence {
        since: failure.sent.max(last_answer),
        newest: failure.sent,
        announced: Duration::ZERO,
        unconnected,
        probes: 0,
    });
    Silence {
        newest: begun.newest.max(failure.sent),
        announced: begun.announced.max(failure.announced.unwrap_or_default()),
        unconnected: begun.unconnected && unconnected,
        ..begun
    }
}

impl Silence {
    /// Whether it has lasted so long, beside what the endpoint asked to wait.
    pub(super) fn has_lasted(&self, patience: Duration) -> bool {
        self.newest >= self.since.saturating_add(patience).saturating_add(self.announced)
    }
}

impl Failing {
    pub(super) fn new(kind: ProviderErrorKind) -> Self {
        Self {
            kind,
            words: String::new(),
            counted: 0,
            silent: 0,
            tries: 0,
            limited: 0,
            least_load: usize::MAX,
            unproven: None,
            times_up: 0,
            up_words: None,
            parked: false,
            before: false,
            is_telling: false,
        }
    }

    /// Whether it is refused, and nothing says that it is at fault itself.
    pub(super) fn is_new_refusal(&self) -> bool {
        let may_be = self.kind.is_refusal() && self.kind != ProviderErrorKind::RefusedForAll;
        may_be && self.is_telling && self.counted == 0 && !self.before
    }

    /// Whether more failures count than the retries allow. What is certain to be about this request is not sent again.
    pub(super) fn is_out(&self, retries: u32) -> bool {
        self.counted > retries || (self.counted > 0 && self.kind == ProviderErrorKind::InvalidInput)
    }

    /// Whether one more failure under `load` says something about the load.
    pub(super) fn tells_again(&self, kind: ProviderErrorKind, load: usize) -> bool {
        let is_new = match kind {
            _ if is_turned_away(kind) => load < self.least_load,
            ProviderErrorKind::Timeout => self.times_up == 0 || load < self.least_load,
            _ => self.times_up == 0,
        };
        self.counted == 0 && is_new
    }

    /// Whether its failure is taken for its own fault where no other request of its route was sent at all. `others`:
    /// other routes were answered. What may pass is asked again by the next run.
    pub(super) fn may_be_its_own(&self, others: bool) -> bool {
        match self.kind {
            ProviderErrorKind::InvalidResponse | ProviderErrorKind::ServerError => true,
            ProviderErrorKind::BadRequest => others,
            _ => false,
        }
    }

    /// Whether its last failure is an answer of a server that has time for it: one that is not there says nothing about
    /// the request.
    pub(super) fn is_answer(&self) -> bool {
        use ProviderErrorKind::{Connection, RateLimited, Timeout};
        !matches!(self.kind, Connection | RateLimited | Timeout)
    }

    /// Whether its last failure may pass, and nothing says that it is at fault itself: it did not fail in the same
    /// words while others were answered; where those words are about overload, not under the same load.
    pub(super) fn is_mute(&self) -> bool {
        let is_own = match self.kind {
            ProviderErrorKind::Overloaded => self.counted > 0,
            ProviderErrorKind::RateLimited => false,
            _ => self.up_words.as_ref() == Some(&self.words),
        };
        !self.kind.is_refusal() && !is_own && (!self.before || self.kind == ProviderErrorKind::RateLimited)
    }

    /// The number of failures that its next wait follows. What others are answered beside waits briefly.
    pub(super) fn wait(&self) -> u32 {
        if self.kind.is_refusal() { (self.counted + self.silent).max(1) } else { self.tries.min(PROBE_CAP) }
    }
}

/// What the requests that were turned away turned out to be: some are answered later, the others fail.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Blame {
    answered: u32,
    failed: u32,
}

impl Blame {
    /// Notes the end of a request that failed before, if it did.
    pub(super) fn add(&mut self, ended: Option<Failing>, has_failed: bool) {
        if ended.is_some_and(|it| is_turned_away(it.kind)) {
            self.failed += u32::from(has_failed);
            self.answered += u32::from(!has_failed);
        }
    }

    /// Whether most of them were at fault themselves: one more says nothing about the load.
    pub(super) fn is_on_requests(self) -> bool {
        self.failed >= 3 && self.failed > 2 * self.answered
    }
}

/// Whether a failure is a refusal for load, or a broken connection.
pub(super) fn is_turned_away(kind: ProviderErrorKind) -> bool {
    matches!(kind, ProviderErrorKind::Overloaded | ProviderErrorKind::Connection)
}

/// Whether a failure may come from too much at a time.
pub(super) fn may_be_overload(kind: ProviderErrorKind) -> bool {
    use ProviderErrorKind::{Connection, Overloaded, Timeout};
    matches!(kind, Overloaded | Timeout | Connection)
}
