//! The pool ([`Transport`]): a runtime of its own, one task per exchange, one channel of events.

use std::any::Any;
use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use reqwest::Client;
use tokio::runtime::{self, Runtime};
use tokio::sync::mpsc as jobs;
use tokio::task::JoinError;

use super::error::TransportError;
use super::exchange::{Event, Exchange, FinishedExchange, Job, Reply};
use super::masks::Masks;
use super::secret::Secret;
use super::{client, http, proxy, sample};
use crate::provider::{ProviderError, ProviderErrorKind};

/// Exchanges mostly wait. A second thread would cost more in wake-ups than it gains.
const THREADS: usize = 1;
/// How many threads for blocking work there may be at least, for look-ups of addresses: tokio's own default.
const LEAST_BLOCKING: usize = 512;

/// The HTTP client, which is built for the first exchange that needs it. Reading the system's certificates takes a
/// while, and without any, exchanges that need no network still work.
pub(super) type LazyClient = OnceLock<Result<Client, ProviderError>>;

/// The pool of exchanges, owned by one thread.
///
/// [`submit`](Self::submit) refuses jobs beyond the agreed number until events of earlier ones were taken. Memory is
/// bounded by this, and no side ever blocks on a full channel.
#[derive(Debug)]
pub struct Transport {
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
    /// One task starts all jobs: starting each from the caller's thread would wake the transport's thread each time.
    jobs: jobs::UnboundedSender<Job>,
    sender: Sender<Event>,
    events: Receiver<Event>,
    in_flight: usize,
    out: Cell<usize>,
    masks: Arc<Masks>,
    /// Whether a wake-up is on its way, so that there is one event of it at most.
    is_woken: Arc<AtomicBool>,
}

/// Wakes the thread that owns a pool.
#[derive(Clone, Debug)]
pub struct Waker {
    sender: Sender<Event>,
    is_woken: Arc<AtomicBool>,
}

impl Waker {
    /// Makes a [`Event::Wake`] of it, unless one is on its way.
    pub fn wake(&self) {
        if !self.is_woken.swap(true, Ordering::SeqCst) {
            // After the pool is gone, nobody sleeps.
            let _ = self.sender.send(Event::Wake);
        }
    }
}

/// What exchanges with servers share.
struct Outside {
    client: LazyClient,
    masks: Arc<Masks>,
}

impl Transport {
    /// Starts a pool for at most `in_flight` exchanges at a time. What servers send back has these secrets masked, and
    /// the credentials of proxies: any server may send back any of them.
    pub fn start<'a>(in_flight: usize, secrets: impl IntoIterator<Item = &'a Secret>) -> Result<Self, TransportError> {
        let masks = Masks::of(secrets.into_iter().chain(proxy::credentials()))?;
        Self::with_client(in_flight, LazyClient::new(), masks)
    }

    pub(super) fn with_client(in_flight: usize, client: LazyClient, masks: Masks) -> Result<Self, TransportError> {
        if in_flight == 0 {
            return Err(TransportError::NoRoom);
        }
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("transport")
            // One for each call of a function of the program.
            .max_blocking_threads(in_flight.max(LEAST_BLOCKING))
            .enable_all()
            .build()
            .map_err(TransportError::Runtime)?;
        let (sender, events) = mpsc::channel();
        let (jobs, accepted) = jobs::unbounded_channel();
        let masks = Arc::new(masks);
        let outside = Outside { client, masks: Arc::clone(&masks) };
        runtime.spawn(start_all(accepted, Arc::new(outside), sender.clone()));
        Ok(Self {
            runtime: Some(runtime),
            jobs,
            sender,
            events,
            in_flight,
            out: Cell::new(0),
            masks,
            is_woken: Arc::default(),
        })
    }

    /// The masks over secrets in what servers send back.
    #[must_use]
    pub fn masks(&self) -> &Masks {
        &self.masks
    }

    /// Starts an exchange and returns at once. It ends with a [`FinishedExchange`] event, whatever happens to it. A job
    /// beyond the agreed number in flight is refused.
    pub fn submit(&self, job: Job) -> Result<(), TransportError> {
        if self.out.get() >= self.in_flight {
            return Err(TransportError::Full(self.in_flight));
        }
        self.out.set(self.out.get() + 1);
        // The other end lives as long as the runtime does.
        let _ = self.jobs.send(job);
        Ok(())
    }

    /// Blocks until the next event, or until the timeout is over (`None`).
    #[must_use]
    pub fn wait(&self, timeout: Option<Duration>) -> Option<Event> {
        let event = match timeout {
            // The pool has a sender itself, so that the channel never closes.
            None => self.events.recv().ok(),
            Some(timeout) => self.events.recv_timeout(timeout).ok(),
        };
        self.taken(event)
    }

    /// The next event, if there is one already.
    #[must_use]
    pub fn try_next(&self) -> Option<Event> {
        self.taken(self.events.try_recv().ok())
    }

    fn taken(&self, event: Option<Event>) -> Option<Event> {
        match event {
            Some(Event::Done(_)) => self.out.set(self.out.get().saturating_sub(1)),
            // From here on another wake-up is an event again.
            Some(Event::Wake) => self.is_woken.store(false, Ordering::SeqCst),
            Some(Event::Interrupt) | None => {}
        }
        event
    }

    /// Lets other threads wake the caller from [`wait`](Self::wait).
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker { sender: self.sender.clone(), is_woken: Arc::clone(&self.is_woken) }
    }

    /// A sender of events to the caller.
    pub(super) fn sender(&self) -> Sender<Event> {
        self.sender.clone()
    }

    /// Abandons the exchanges in flight without waiting for them. Dropping the pool does the same.
    pub fn abort(self) {
        drop(self);
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        // The runtime's own drop would wait for DNS look-ups, which can take half a minute.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Starts each job that comes in, until the channel is closed.
async fn start_all(mut jobs: jobs::UnboundedReceiver<Job>, outside: Arc<Outside>, sender: Sender<Event>) {
    while let Some(Job { ticket, exchange }) = jobs.recv().await {
        let (outside, sender) = (Arc::clone(&outside), sender.clone());
        let clock = Instant::now();
        tokio::spawn(async move {
            // After a silent panic, the caller would wait forever.
            let reply = AssertUnwindSafe(make(&outside, exchange))
                .catch_unwind()
                .await
                .unwrap_or_else(|panic| Err(broken(panic.as_ref(), &outside.masks)));
            // During a shutdown the receiver is gone, and nobody waits for the event.
            let _ = sender.send(Event::Done(FinishedExchange { ticket, duration: clock.elapsed(), reply }));
        });
    }
}

async fn make(outside: &Outside, exchange: Exchange) -> Result<Reply, ProviderError> {
    match exchange {
        Exchange::Http { request, timeout, secret } => {
            let client =
                outside.client.get_or_init(|| http::build(client::builder())).as_ref().map_err(Clone::clone)?;
            http::exchange(client, request, timeout, secret.as_ref(), &outside.masks).await.map(Reply::Response)
        }
        // A look-up reads a few kilobytes, mostly from memory, which takes less time than a change of threads.
        Exchange::Recorded { table, matched } => table.answer(&matched).map(|it| Reply::Completion(Box::new(it))),
        Exchange::Sample(ask) => {
            let latency = sample::latency(&ask);
            // Even a sleep of zero waits for the timer's next tick.
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            sample::answer(&ask).map(|it| Reply::Completion(Box::new(it)))
        }
        Exchange::Function { function, call } => {
            match tokio::task::spawn_blocking(move || function.call(&call)).await {
                Ok(result) => result.map(|it| Reply::Completion(Box::new(it))),
                Err(ended) => Err(panicked(ended, &outside.masks)),
            }
        }
    }
}

/// The error of an exchange that panicked. Its message may have anything in it.
fn broken(panic: &(dyn Any + Send), masks: &Masks) -> ProviderError {
    let message = format!("the exchange broke off inside casebook: {}", words_of(panic));
    let mut error = ProviderError::new(ProviderErrorKind::InvalidResponse, message);
    masks.mask_error(&mut error);
    error
}

/// The error of a function of the program that panicked. It says nothing of other calls.
fn panicked(ended: JoinError, masks: &Masks) -> ProviderError {
    let why = match ended.try_into_panic() {
        Ok(panic) => words_of(panic.as_ref()).to_owned(),
        Err(_) => "the run was given up".to_owned(),
    };
    let message = format!("the model's function panicked: {why}");
    let mut error = ProviderError::new(ProviderErrorKind::ModelError, message);
    masks.mask_error(&mut error);
    error
}

/// The message of a panic.
fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_shows_no_secret() {
        let secret = Secret::new("KEY", "sk-0123456789-abcDEF").unwrap();
        let masks = Masks::of([&secret]).unwrap();
        let panic: Box<dyn Any + Send> = Box::new("no byte 3 in sk-0123456789-abcDEF".to_owned());
        let error = broken(panic.as_ref(), &masks);
        assert_eq!(error.message, "the exchange broke off inside casebook: no byte 3 in ***");
    }
}
