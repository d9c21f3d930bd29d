//! Why the HTTP client could not make an exchange, in words for people, and what kind of failure that is.
//!
//! The client's own messages contain the URL, and a proxy's URL may contain a password: both are left out.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use super::client::CONNECT_TIMEOUT;
use super::proxy;
use crate::provider::{ProviderError, ProviderErrorKind, excerpt};

/// The failure for an error of the client.
pub fn classify(failure: &reqwest::Error, scheme: &str, host: &str) -> ProviderError {
    if let Some(words) = innermost(failure).and_then(distrust) {
        // Every other request would meet the same certificate.
        return ProviderError::new(
            ProviderErrorKind::Refused,
            format!("{host} cannot be trusted: {words}; name your own certificate authority with SSL_CERT_FILE"),
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
    match proxy::named_by(scheme) {
        Some(name) => {
            ProviderError::new(kind, format!("{why}; {name} names a proxy, and NO_PROXY the hosts that bypass it"))
        }
        None => ProviderError::new(kind, why),
    }
}

/// The innermost cause in plain words, without a system error's number and without the URL of the outer errors.
pub fn cause(failure: &reqwest::Error) -> String {
    let Some(innermost) = innermost(failure) else { return "the client gives no cause".to_owned() };
    match innermost.downcast_ref::<io::Error>() {
        Some(system) if system.raw_os_error().is_some() => system.kind().to_string(),
        _ if is_plain_text_reply(innermost) => "the server does not speak TLS; is it an http:// address?".to_owned(),
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

/// The TLS error in `error`, which may be wrapped in several system errors.
fn tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut error = error;
    while let Some(inside) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        error = inside;
    }
    error.downcast_ref()
}

fn is_plain_text_reply(error: &(dyn Error + 'static)) -> bool {
    matches!(tls(error), Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)))
}

/// What is wrong with a server's certificate; `None` if the error is about something else.
fn distrust(error: &(dyn Error + 'static)) -> Option<String> {
    let Some(rustls::Error::InvalidCertificate(wrong)) = tls(error) else { return None };
    Some(match wrong {
        CertificateError::UnknownIssuer => "its certificate is not signed by anyone that this system trusts".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_owned()
        }
        other => excerpt(&other.to_string(), 200),
    })
}
