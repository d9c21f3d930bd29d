//! Why the client could not make an exchange, in words for people, and what kind of failure that is.
//!
//! The URL that the client's own messages show is left out of them, and so is a proxy's, which may hold a password.

use std::error::Error;
use std::{env, io};

use rustls::CertificateError;

use super::http::CONNECT_TIMEOUT;
use crate::provider::{ProviderError, ProviderErrorKind, excerpt};

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// The variables that name a proxy for it.
    fn proxies(self) -> [&'static str; 4] {
        match self {
            Self::Http => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
            Self::Https => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        }
    }
}

/// The failure that a client's error stands for.
pub fn classify(failure: &reqwest::Error, scheme: Scheme, host: &str) -> ProviderError {
    if let Some(words) = innermost(failure).and_then(distrust) {
        // Every other request would meet the same certificate.
        return ProviderError::new(
            ProviderErrorKind::Refused,
            format!("{host} cannot be trusted: {words}; a certificate authority of your own goes in SSL_CERT_FILE"),
        );
    }
    let cause = cause(failure);
    if failure.is_builder() {
        return ProviderError::new(
            ProviderErrorKind::BadRequest,
            format!("the request to {host} cannot be sent: {cause}"),
        );
    }
    let kind = if failure.is_timeout() { ProviderErrorKind::Timeout } else { ProviderErrorKind::Connection };
    if !failure.is_connect() {
        return ProviderError::new(kind, format!("the connection to {host} broke: {cause}"));
    }
    let why = if failure.is_timeout() {
        format!("no connection to {host} within {} s", CONNECT_TIMEOUT.as_secs())
    } else {
        format!("no connection to {host}: {cause}")
    };
    let proxy = scheme.proxies().into_iter().find(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
    match proxy {
        Some(name) => ProviderError::new(kind, format!("{why}; {name} names a proxy, NO_PROXY what goes around it")),
        None => ProviderError::new(kind, why),
    }
}

/// The innermost cause in plain words. A system error's number, and the URL that the outer errors show, are left out.
pub fn cause(failure: &reqwest::Error) -> String {
    let Some(innermost) = innermost(failure) else { return "the client gives no cause".to_owned() };
    match innermost.downcast_ref::<io::Error>() {
        Some(system) if system.raw_os_error().is_some() => system.kind().to_string(),
        _ if spoke_no_tls(innermost) => "the server does not speak TLS; is it an http:// address?".to_owned(),
        _ => excerpt(&innermost.to_string(), 200),
    }
}

fn innermost(failure: &reqwest::Error) -> Option<&(dyn Error + 'static)> {
    let mut innermost = failure.source()?;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    Some(innermost)
}

/// What TLS says in an error: it comes inside one of the system's, or inside one in another.
fn tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut error = error;
    while let Some(inside) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        error = inside;
    }
    error.downcast_ref()
}

fn spoke_no_tls(error: &(dyn Error + 'static)) -> bool {
    matches!(tls(error), Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)))
}

/// What is wrong with a server's certificate.
fn distrust(error: &(dyn Error + 'static)) -> Option<String> {
    let Some(rustls::Error::InvalidCertificate(wrong)) = tls(error) else { return None };
    Some(match wrong {
        CertificateError::UnknownIssuer => "nobody that this system trusts signed its certificate".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_owned()
        }
        other => excerpt(&other.to_string(), 200),
    })
}
