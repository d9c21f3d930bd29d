//! The settings of the HTTP client.

use std::time::Duration;

use reqwest::{Client, ClientBuilder, redirect};

/// The time limit for opening a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an idle connection is kept. Servers close theirs after five seconds (uvicorn, Node) to two minutes. A
/// request that crosses with the closing would fail, and nobody could say whether the server had read it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The client's settings. TLS is verified against the system's certificates, or those that `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` name. The proxies of the environment are used, connections are kept for the next exchange, and
/// redirects are not followed.
pub fn builder() -> ClientBuilder {
    // A second call is refused, because the provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("casebook/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
}
