//! Why the service does not start: [`WebError`].

use std::io;
use std::net::SocketAddr;

/// The fewest characters of a token.
pub(super) const SHORTEST_TOKEN: usize = 16;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    /// Others than this machine could ask, and no token is asked for.
    #[error("{address} can be reached from other machines, and no token is asked for")]
    NoToken { address: SocketAddr },
    /// The variable of the token is not set.
    #[error("the token's variable {name} is not set")]
    TokenMissing { name: String },
    /// The token is too short, or no header can carry it.
    #[error(
        "the token in {name} cannot be used: it needs at least {SHORTEST_TOKEN} characters, all of them visible ASCII"
    )]
    TokenUnfit { name: String },
    /// The system gives no thread, or no runtime.
    #[error("cannot start the service: {0}")]
    Start(#[source] io::Error),
}

impl WebError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Bind { source, .. } => match source.kind() {
                io::ErrorKind::AddrInUse => Some("another process listens there: choose another port".to_owned()),
                io::ErrorKind::PermissionDenied => Some("choose a port of 1024 or more".to_owned()),
                _ => Some("`--listen` takes an address of this machine, and a port".to_owned()),
            },
            Self::NoToken { .. } => {
                Some("name the variable that has a token with `--token-env`, or listen on 127.0.0.1".to_owned())
            }
            Self::TokenMissing { name } | Self::TokenUnfit { name } => {
                Some(format!("set it to a random text, such as `export {name}=$(openssl rand -hex 32)`"))
            }
            Self::Start(_) => None,
        }
    }

    /// Whether the call is at fault, and not the system.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoToken { .. } | Self::TokenMissing { .. } | Self::TokenUnfit { .. })
    }
}
