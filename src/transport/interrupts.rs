//! Ctrl-C, and SIGTERM and SIGHUP where there are such.
//!
//! The command line listens from its first moment on. As long as nothing is being written, a signal ends the process at
//! once, with the exit code that a shell expects. Whoever writes defers that: then the first signal sets a flag, which
//! is looked at between two steps of the work, and the second one ends the process. Nothing is lost by it, since what
//! was not committed is not there. While calls are in flight, each signal is an event of the pool as well.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime;

use super::{Event, Transport, TransportError};

/// What the shell expects of a command that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// The signals that ask a command to stop. By default there are none: they are left to the process.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    /// How many signals came.
    count: Arc<AtomicU32>,
    /// How many defer the exit.
    deferrals: Arc<AtomicU32>,
    pool: Arc<Mutex<Option<Sender<Event>>>>,
}

/// The signals that this process listens to, if it does.
static LISTENING: Mutex<Option<Interrupts>> = Mutex::new(None);

impl Interrupts {
    /// From now on the signals are heard. A process listens once, for all its commands; each begins anew where no other
    /// is at work.
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

    /// Hears the signals, for nobody else.
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
                        seen.hear();
                    }
                });
            })
            .map_err(TransportError::Runtime)?;
        Ok(interrupts)
    }

    /// The signals that this process listens to; none where it does not listen.
    #[must_use]
    pub fn current() -> Self {
        LISTENING.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }

    /// Whether the user asked to stop.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0
    }

    /// Until the returned value is dropped, the first signal only sets the flag [`asked`](Self::asked).
    #[must_use]
    pub fn defer_exit(&self) -> DeferredExit {
        self.deferrals.fetch_add(1, Ordering::SeqCst);
        DeferredExit(Arc::clone(&self.deferrals))
    }

    /// From now on each signal is an event of `transport`, until [`release`](Self::release). One that came before is
    /// the first of them.
    pub fn hand_to(&self, transport: &Transport) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = transport.sender();
        if self.asked() {
            // It is there: the caller has it.
            let _ = sender.send(Event::Interrupt);
        }
        *pool = Some(sender);
    }

    /// The pool has ended; signals are for the command again.
    pub fn release(&self) {
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn hear(&self) {
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = self.count.fetch_add(1, Ordering::SeqCst);
        if let Some(pool) = &*pool {
            // A pool that is gone has been released before.
            let _ = pool.send(Event::Interrupt);
        } else if earlier > 0 || self.deferrals.load(Ordering::SeqCst) == 0 {
            std::process::exit(INTERRUPTED);
        }
    }
}

/// The first signal does not end the process for as long as this lives.
#[derive(Debug)]
pub struct DeferredExit(Arc<AtomicU32>);

impl Drop for DeferredExit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
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
