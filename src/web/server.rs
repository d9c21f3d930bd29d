//! The server: it accepts connections on a thread of its own, with a limit on their number and on how long a head may
//! take, and ends in good order.

use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::runtime::{self, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::access::AccessRules;
use super::error::WebError;
use super::routes::router;
use super::service::{Service, ServiceLimits};
use crate::engine::{LiveDoor, LiveTask};

/// How long the head of a request may take to come, and how long a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// How long answers may take to be sent when the service ends.
const GRACE: Duration = Duration::from_secs(5);
/// The wait after the system has refused a connection, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The most bytes of a request's head.
const MOST_HEAD_BYTES: usize = 64 * 1024;

/// An address that is listened on. Nobody is answered yet.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    access: AccessRules,
    limits: ServiceLimits,
}

/// A service at work. Dropped, it ends at once.
#[derive(Debug)]
pub struct Serving {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    /// Listens on an address.
    pub fn bind(address: SocketAddr, access: AccessRules, limits: ServiceLimits) -> Result<Self, WebError> {
        let failed = |source| WebError::Bind { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, access, limits })
    }

    /// The address with the port that it has.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests from now on, on a thread of its own.
    pub fn serve(self, task: LiveTask, door: LiveDoor) -> Result<Serving, WebError> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(WebError::Start)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(self.listener).map_err(WebError::Start)?
        };
        let limits = self.limits;
        let service = Arc::new(Service::new(task, door, self.access, limits));
        let (stop, stopped) = watch::channel(false);
        let thread = std::thread::Builder::new()
            .name("web".to_owned())
            .spawn(move || work(runtime, listener, &service, stopped))
            .map_err(WebError::Start)?;
        Ok(Serving { stop, thread: Some(thread) })
    }
}

impl Serving {
    /// Takes no more connections, and waits until what was asked is answered, a few seconds at most.
    pub fn end(mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to be waited for.
            let _ = thread.join();
        }
    }
}

/// Serves until it is stopped.
fn work(runtime: Runtime, listener: tokio::net::TcpListener, service: &Arc<Service>, stopped: watch::Receiver<bool>) {
    let most = service.limits.connections;
    let places = Arc::new(Semaphore::new(most));
    runtime.block_on(async {
        accept(&listener, service, &places, stopped).await;
        drop(listener);
        // Each connection holds a place.
        let all = u32::try_from(most).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(GRACE, places.acquire_many(all)).await;
    });
    runtime.shutdown_background();
}

/// Accepts connections until it is stopped.
async fn accept(
    listener: &tokio::net::TcpListener,
    service: &Arc<Service>,
    places: &Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
) {
    let router = router(Arc::clone(service));
    let ending = stopped.clone();
    let accepting = async {
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => {
                    // Answers are small and are waited for.
                    let _ = stream.set_nodelay(true);
                    let serving = attend(stream, router.clone(), Arc::clone(service), ending.clone(), place);
                    tokio::spawn(serving);
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = is_stopped(&mut stopped) => {}
    }
}

/// Waits until the service is to end.
async fn is_stopped(stopped: &mut watch::Receiver<bool>) {
    // An error means that the other end is gone, which stops the service too.
    let _ = stopped.wait_for(|it| *it).await;
}

/// Answers the requests of one connection.
async fn attend(
    stream: TcpStream,
    router: Router,
    service: Arc<Service>,
    mut stopped: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    service.figures.connections.inc();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MOST_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = is_stopped(&mut stopped) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended: {error}");
    }
    service.figures.connections.dec();
}
