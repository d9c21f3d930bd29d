//! A fault server: a real HTTP/1.1 server on loopback that answers as a chat completions endpoint, as fast as one core
//! allows, and misbehaves as its plan says.
//!
//! The tests and the benchmark both use it. What it does to a request is a function of its seed and of the request
//! alone, so that a run against it can be repeated. It runs on one thread of its own, in this process ([`serve`]) or as
//! the only thing that a process does ([`serve_forever`]). It depends on nothing of the rest.

#![allow(dead_code, unused_imports, reason = "the tests and the benchmark use a part of it each")]

mod act;
mod answer;
mod faults;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::oneshot;

pub use answer::{Ask, Content, valid_for};
pub use faults::{Advice, Fault, Of, Plan, Rule, Times};

/// What the server does.
#[derive(Clone, Debug)]
pub struct Config {
    /// The texts of its answers.
    pub content: Content,
    /// How long each answer takes.
    pub latency: Duration,
    /// What goes wrong.
    pub plan: Plan,
    /// Whether every request is kept with what was done to it; else only their numbers are.
    pub log: bool,
    /// The port; 0 for a free one.
    pub port: u16,
}

impl Config {
    /// A server that answers at once and well.
    pub fn new(content: Content) -> Self {
        Self { content, latency: Duration::ZERO, plan: Plan::none(), log: false, port: 0 }
    }

    /// The same with a time that each answer takes.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The same with a fault plan.
    #[must_use]
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plan = plan;
        self
    }

    /// The same with every request kept.
    #[must_use]
    pub fn log(mut self) -> Self {
        self.log = true;
        self
    }
}

/// What came in so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that were read to their end.
    pub requests: u64,
    /// Of these, those that met a fault, by its name.
    pub faults: BTreeMap<&'static str, u64>,
    /// Requests to another path than the one that there is: redirects that were followed.
    pub strayed: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Bytes of endless bodies that went out.
    pub flooded: u64,
}

/// A request and what was done to it.
#[derive(Clone, Debug)]
pub struct Served {
    /// Its head.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
    /// What went wrong, if anything.
    pub fault: Option<Fault>,
}

/// What all connections share.
struct Shared {
    config: Config,
    address: SocketAddr,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    counts: Counts,
    /// How often each body came; kept only where there is a plan.
    seen: HashMap<u64, u32>,
    log: Vec<Served>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server at work in this process; it ends when this is dropped.
pub struct Handle {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// What goes into `llm.base_url`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.shared.address)
    }

    /// What came in so far.
    pub fn counts(&self) -> Counts {
        self.shared.state().counts.clone()
    }

    /// The requests in the order in which they were read; empty unless [`Config::log`] says so.
    pub fn log(&self) -> Vec<Served> {
        self.shared.state().log.clone()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Dropping the sender wakes the thread too.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts a server on a thread of its own.
pub fn serve(config: Config) -> io::Result<Handle> {
    let (stop, stopped) = oneshot::channel::<()>();
    let (started, ready) = std::sync::mpsc::channel();
    let thread = thread::Builder::new().name("fault-server".to_owned()).spawn(move || {
        let announce = |shared: io::Result<Arc<Shared>>| {
            let _ = started.send(shared);
        };
        let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            match bind(config).await {
                Ok((listener, shared)) => {
                    announce(Ok(Arc::clone(&shared)));
                    tokio::select! {
                        () = accept(listener, shared) => {}
                        _ = stopped => {}
                    }
                }
                Err(failure) => announce(Err(failure)),
            }
        });
    })?;
    let shared = ready.recv().unwrap_or_else(|_| Err(io::Error::other("the server's runtime did not start")))?;
    Ok(Handle { shared, stop: Some(stop), thread: Some(thread) })
}

/// Serves on this thread until the process ends; `ready` is told the base URL first. `GET /counts` on the same port
/// says what came in.
pub fn serve_forever(config: Config, ready: impl FnOnce(&str)) -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let (listener, shared) = bind(config).await?;
        ready(&format!("http://{}/v1", shared.address));
        accept(listener, shared).await;
        Ok(())
    })
}

async fn bind(config: Config) -> io::Result<(TcpListener, Arc<Shared>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, Arc::new(Shared { config, address, state: Mutex::default() })))
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        // A connection that is gone before it was taken is the client's affair; one that cannot be had for want of
        // descriptors may be had a moment later.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        shared.state().counts.connections += 1;
        tokio::spawn(converse(stream, Arc::clone(&shared)));
    }
}

/// One connection, until either side has had enough of it.
async fn converse(mut stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let (mut reader, mut out) = (wire::Reader::default(), Vec::with_capacity(4096));
    while let Ok(true) = reader.next(&mut stream).await {
        let done = if reader.path().ends_with("/chat/completions") {
            serve_one(&mut stream, &reader, &shared, &mut out).await
        } else {
            act::other(&mut stream, reader.path(), &shared, &mut out).await
        };
        match done {
            Ok(act::After::Open) => {}
            Ok(act::After::Close) | Err(_) => break,
        }
    }
}

async fn serve_one(
    stream: &mut TcpStream,
    reader: &wire::Reader,
    shared: &Shared,
    out: &mut Vec<u8>,
) -> io::Result<act::After> {
    let body = reader.body();
    let config = &shared.config;
    let mut ask = Ask { body, digest: faults::digest(body), number: 1 };
    let fault = {
        let mut state = shared.state();
        let mut fault = None;
        if !config.plan.rules.is_empty() {
            let seen = state.seen.entry(ask.digest).or_default();
            *seen += 1;
            ask.number = *seen;
            fault = config.plan.draw(body, ask.digest, ask.number);
        }
        state.counts.requests += 1;
        if let Some(fault) = fault {
            *state.counts.faults.entry(fault.name()).or_default() += 1;
        }
        if config.log {
            let head = String::from_utf8_lossy(reader.head()).into_owned();
            state.log.push(Served { head, body: body.to_vec(), fault });
        }
        fault
    };
    if !config.latency.is_zero() {
        tokio::time::sleep(config.latency).await;
    }
    act::act(stream, &ask, fault, shared, out).await
}
