//! The signals that ask a command to stop ([`Interrupts`]): Ctrl-C, and SIGTERM and SIGHUP on systems that have them.
//!
//! The command line listens from its start. While nothing is being written, a signal ends the process at once, with the
//! exit code that a shell expects. Code that writes defers the exit: the first signal then sets a flag, which is read
//! between two steps of the work, and the second one ends the process. Nothing is lost, since a transaction that is not
//! committed leaves no trace. While calls are in flight, each signal is an event of the pool too.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime;

use super::error::TransportError;
use super::exchange::Event;
use super::pool::Transport;

/// The exit code that a shell expects after Ctrl-C.
const INTERRUPTED: i32 = 130;

/// The signals that ask a command to stop. The default listens to none and leaves them to the process.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    /// The number of signals so far.
    count: Arc<AtomicU32>,
    /// The number of [`DeferredExit`]s.
    deferrals: Arc<AtomicU32>,
    /// Held while a signal ends the process, so that nobody begins to write in that moment.
    ending: Arc<Mutex<()>>,
    pool: Arc<Mutex<Option<Sender<Event>>>>,
}

/// Set once this process listens.
static LISTENING: Mutex<Option<Interrupts>> = Mutex::new(None);

impl Interrupts {
    /// Starts to listen. A process listens once, for all its commands. For each command the count of signals begins at
    /// 0, unless another command is at work.
    pub fn listen() -> Result<Self, TransportError> {
        let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interrupts) = &*listening {
            if interrupts.deferrals.load(Ordering::SeqCst) == 0 {
                interrupts.count.store(0, Ordering::SeqCst);
            }
            return Ok(interrupts.clone());
        }
        let interrupts = Self::start()?;
        *listening = Some(interrupts.clone());
        Ok(interrupts)
    }

    /// Starts to listen, for this value alone.
    pub(super) fn start() -> Result<Self, TransportError> {
        let interrupts = Self::default();
        let seen = interrupts.clone();
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(TransportError::Runtime)?;
        let mut signals = {
            let _inside = runtime.enter();
            Signals::new().map_err(TransportError::Signals)?
        };
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    while signals.next().await.is_some() {
                        seen.on_signal();
                    }
                });
            })
            .map_err(TransportError::Runtime)?;
        Ok(interrupts)
    }

    /// The process's signals; the default if it does not listen.
    #[must_use]
    pub fn current() -> Self {
        LISTENING.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }

    /// Whether the user has asked the command to stop.
    #[must_use]
    pub fn stop_requested(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0
    }

    /// Until the result is dropped, the first signal does not end the process; it only sets
    /// [`stop_requested`](Self::stop_requested).
    #[must_use]
    pub fn defer_exit(&self) -> DeferredExit {
        let _not_ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        self.deferrals.fetch_add(1, Ordering::SeqCst);
        DeferredExit(Arc::clone(&self.deferrals))
    }

    /// Makes each signal an event of `transport`, until [`release`](Self::release). A signal that came before is the
    /// first of them.
    pub fn hand_to(&self, transport: &Transport) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = transport.sender();
        if self.stop_requested() {
            // The caller has the receiver, so that this cannot fail.
            let _ = sender.send(Event::Interrupt);
        }
        *pool = Some(sender);
    }

    /// Ends what [`hand_to`](Self::hand_to) began.
    pub fn release(&self) {
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn on_signal(&self) {
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = self.count.fetch_add(1, Ordering::SeqCst);
        if let Some(pool) = &*pool {
            // A pool is released before it is dropped, so that this cannot fail.
            let _ = pool.send(Event::Interrupt);
            return;
        }
        let _ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        if earlier > 0 || self.deferrals.load(Ordering::SeqCst) == 0 {
            std::process::exit(INTERRUPTED);
        }
    }
}

/// While this exists, the first signal does not end the process.
#[derive(Debug)]
pub struct DeferredExit(Arc<AtomicU32>);

impl Drop for DeferredExit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Makes a write over the limit on file sizes (`ulimit -f`) fail with an error, instead of ending the process without a
/// message.
#[cfg(unix)]
pub fn outlive_size_limits() {
    use tokio::signal::unix::{SignalKind, signal};
    // `SIGXFSZ` on Linux, macOS and the BSDs.
    const TOO_LARGE: i32 = 25;
    // A process that has once listened to a signal is never ended by it. If listening fails, nothing changes.
    if let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() {
        let _inside = runtime.enter();
        let _ = signal(SignalKind::from_raw(TOO_LARGE));
    }
}

/// Only Unix has this signal.
#[cfg(not(unix))]
pub fn outlive_size_limits() {}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Option<()> {
        tokio::select! {
            signal = self.interrupt.recv() => signal,
            signal = self.terminate.recv() => signal,
            signal = self.hang_up.recv() => signal,
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> Option<()> {
        self.0.recv().await
    }
}
