//! Who may ask: [`AccessRules`] hold a request's host and its token.
//!
//! On loopback the `Host` must be a name of loopback, since a page in a browser may reach the address under a name of
//! its own (DNS rebinding). Elsewhere each request needs the token.

use std::fmt;
use std::hint::black_box;
use std::net::SocketAddr;

use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, Uri};
use sha1::{Digest as _, Sha1};

use super::error::{SHORTEST_TOKEN, WebError};
use super::problem::Problem;

/// Who may ask the service.
pub struct AccessRules {
    /// The digest of the token that each request must have.
    token: Option<[u8; 20]>,
    /// Whether the host must be loopback.
    is_loopback: bool,
}

impl fmt::Debug for AccessRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessRules").field("is_loopback", &self.is_loopback).finish_non_exhaustive()
    }
}

impl AccessRules {
    /// The rules of a service at `address`. `token` is the name of an environment variable and what it holds.
    pub fn new(address: SocketAddr, token: Option<(&str, Option<String>)>) -> Result<Self, WebError> {
        let is_loopback = address.ip().is_loopback();
        let token = match token {
            Some((name, None)) => return Err(WebError::TokenMissing { name: name.to_owned() }),
            Some((name, Some(value))) => {
                let value = value.trim();
                if value.len() < SHORTEST_TOKEN || !value.bytes().all(|it| it.is_ascii_graphic()) {
                    return Err(WebError::TokenUnfit { name: name.to_owned() });
                }
                Some(digest(value.as_bytes()))
            }
            None if is_loopback => None,
            None => return Err(WebError::NoToken { address }),
        };
        Ok(Self { token, is_loopback })
    }

    /// Whether each request needs a token.
    #[must_use]
    pub fn needs_token(&self) -> bool {
        self.token.is_some()
    }

    /// Whether the host of each request must be loopback.
    pub(super) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Checks the host of a request.
    pub(super) fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        if !self.is_loopback {
            return Ok(());
        }
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok(),
            _ => None,
        };
        // A target in absolute form names the host too, and then counts before the header.
        if host.is_some_and(is_loopback_name) && uri.host().is_none_or(is_loopback_name) {
            return Ok(());
        }
        Err(Problem::wrong_host())
    }

    /// Checks the token of a request.
    pub(super) fn check_token(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(expected) = &self.token else { return Ok(()) };
        let Some(value) = headers.get(AUTHORIZATION) else { return Err(Problem::no_token()) };
        let bytes = value.as_bytes();
        let is_bearer = bytes.get(..7).is_some_and(|it| it.eq_ignore_ascii_case(b"bearer "));
        let given = bytes.get(7..).filter(|_| is_bearer).unwrap_or_default();
        if are_equal(&digest(given.trim_ascii()), expected) { Ok(()) } else { Err(Problem::wrong_token()) }
    }
}

fn digest(bytes: &[u8]) -> [u8; 20] {
    Sha1::digest(bytes).into()
}

/// Compares two digests in a time that does not depend on where they differ.
fn are_equal(one: &[u8; 20], other: &[u8; 20]) -> bool {
    let differing = one.iter().zip(other).fold(0, |all, (a, b)| black_box(all | (a ^ b)));
    differing == 0
}

/// Whether a host, with or without a port, is loopback.
fn is_loopback_name(host: &str) -> bool {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit());
    let name = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, "")) => address,
            Some((address, rest)) if rest.strip_prefix(':').is_some_and(is_port) => address,
            _ => return false,
        },
        None => match host.split_once(':') {
            Some((name, port)) if is_port(port) => name,
            Some(_) => return false,
            None => host,
        },
    };
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123";

    fn rules(address: &str, token: Option<&str>) -> Result<AccessRules, WebError> {
        AccessRules::new(address.parse().unwrap(), token.map(|it| ("TOKEN", Some(it.to_owned()))))
    }

    #[test]
    fn other_addresses_than_loopback_need_a_token() {
        assert!(rules("127.0.0.1:1", None).is_ok_and(|it| !it.needs_token()));
        assert!(rules("[::1]:1", None).is_ok());
        for address in ["0.0.0.0:1", "192.168.0.1:1", "[::]:1"] {
            assert!(matches!(rules(address, None), Err(WebError::NoToken { .. })), "{address}");
            assert!(rules(address, Some(TOKEN)).is_ok_and(|it| it.needs_token()));
        }
        for unfit in ["short", "", "0123456789abcdef with spaces", "0123456789abcdefé"] {
            assert!(matches!(rules("0.0.0.0:1", Some(unfit)), Err(WebError::TokenUnfit { .. })), "{unfit}");
        }
        let missing = AccessRules::new("127.0.0.1:1".parse().unwrap(), Some(("TOKEN", None)));
        assert!(matches!(missing, Err(WebError::TokenMissing { .. })));
    }

    #[test]
    fn a_token_is_the_whole_token() {
        let rules = rules("0.0.0.0:1", Some(TOKEN)).unwrap();
        let check = |value: &str| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(value).unwrap())]);
            rules.check_token(&headers).is_ok()
        };
        assert!(check(&format!("Bearer {TOKEN}")) && check(&format!("bearer  {TOKEN}")));
        for wrong in ["", "Bearer", "Bearer ", TOKEN, &format!("Basic {TOKEN}"), &format!("Bearer {TOKEN}4")] {
            assert!(!check(wrong), "{wrong}");
        }
        assert!(rules.check_token(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_loopback_service_is_asked_by_a_name_of_loopback() {
        let rules = rules("127.0.0.1:8788", None).unwrap();
        let check = |host: &str| {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_str(host).unwrap())]);
            rules.check_host(&Uri::from_static("/healthz"), &headers).is_ok()
        };
        for host in ["localhost", "LOCALHOST:8788", "127.0.0.1:8788", "127.1.2.3", "[::1]", "[::1]:8788"] {
            assert!(check(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8788", "[::1", "[::1]x", "", ":"]
        {
            assert!(!check(host), "{host}");
        }
        let absolute = Uri::from_static("http://evil.example/v1/run");
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]);
        assert!(rules.check_host(&absolute, &headers).is_err());
        assert!(rules.check_host(&Uri::from_static("/"), &HeaderMap::new()).is_err());
    }
}
