//! Ctrl-C, and SIGTERM and SIGHUP where there are such, for as long as a command writes.
//!
//! While calls are in flight, each signal is an event of the pool. At any other time the first one is a flag that the
//! command sees between two steps of its work, and another one ends the process: nothing is lost by it, since what was
//! not committed is not there.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime;

use super::{Event, Transport, TransportError};

/// What the shell expects of a command that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// The signals that ask a command to stop.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    count: Arc<AtomicU32>,
    pool: Arc<Mutex<Option<Sender<Event>>>>,
}

impl Interrupts {
    /// From now on the signals no longer end the process by themselves. A process listens once, for all its commands.
    pub fn listen() -> Result<Self, TransportError> {
        static LISTENING: Mutex<Option<Interrupts>> = Mutex::new(None);
        let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interrupts) = &*listening {
            interrupts.count.store(0, Ordering::Relaxed);
            return Ok(interrupts.clone());
        }
        let interrupts = Self::start()?;
        *listening = Some(interrupts.clone());
        Ok(interrupts)
    }

    fn start() -> Result<Self, TransportError> {
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
                        seen.hear();
                    }
                });
            })
            .map_err(TransportError::Runtime)?;
        Ok(interrupts)
    }

    /// Whether the user asked to stop.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// From now on each signal is an event of `transport`, until [`release`](Self::release).
    pub fn hand_to(&self, transport: &Transport) {
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = Some(transport.sender());
    }

    /// The pool has ended; signals are for the command again.
    pub fn release(&self) {
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn hear(&self) {
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = &*pool {
            // A pool that is gone has been released before.
            let _ = pool.send(Event::Interrupt);
        } else if self.count.fetch_add(1, Ordering::Relaxed) > 0 {
            std::process::exit(INTERRUPTED);
        }
    }
}

/// From now on a write over the limit on the size of files (`ulimit -f`) fails, so that it can be told, instead of
/// ending the process without a word.
#[cfg(unix)]
pub fn outlive_size_limits() {
    use tokio::signal::unix::{SignalKind, signal};
    // `SIGXFSZ` on Linux, macOS and the BSDs.
    const TOO_LARGE: i32 = 25;
    // Whoever listens to a signal is not ended by it, for as long as the process lives. Where nobody can listen, all is
    // as it was.
    if let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() {
        let _inside = runtime.enter();
        let _ = signal(SignalKind::from_raw(TOO_LARGE));
    }
}

/// Only Unix has such a signal.
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
