//! The proxies of the environment: the variable that names one, and the credentials in it, which are secrets too.
//!
//! The HTTP client finds and uses the proxies by itself.

use std::env;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Url;

use super::secret::Secret;

/// The variables that can name a proxy for `http` addresses.
const FOR_HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/// The variables that can name a proxy for `https` addresses.
const FOR_HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The variable that names a proxy for addresses of this scheme.
pub fn named_by(scheme: &str) -> Option<&'static str> {
    let names = if scheme == "https" { FOR_HTTPS } else { FOR_HTTP };
    names.into_iter().find(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The credentials of all proxies, in each form in which they are sent or configured: the password, user and password,
/// and both in base64.
pub fn credentials() -> &'static [Secret] {
    static FOUND: OnceLock<Vec<Secret>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let names = FOR_HTTP.iter().chain(&FOR_HTTPS);
        names.filter_map(|name| Some((name, env::var(name).ok()?))).flat_map(|(name, it)| of(name, it)).collect()
    })
}

/// The secrets in the address of a proxy, from the variable `name`.
fn of(name: &str, value: String) -> Vec<Secret> {
    // A value without a scheme, `user:password@host:port`, is allowed too.
    let value = if value.contains("://") { value } else { format!("http://{value}") };
    let Ok(url) = Url::parse(&value) else { return Vec::new() };
    let (user, password) = (url.username(), url.password().unwrap_or_default());
    let plain = decoded(password);
    let both = format!("{}:{plain}", decoded(user));
    let sent = BASE64_STANDARD.encode(&both);
    let found = [password.to_owned(), plain, both, sent];
    let found = found.iter().filter(|_| !user.is_empty() || !password.is_empty());
    // An empty form was never sent. One that no header can carry as it is was sent in base64, which is masked; the
    // form itself is not searched for.
    found.filter_map(|secret| Secret::new(name, secret).ok()).collect()
}

/// A part of a URL, percent-decoded.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{ProviderError, ProviderErrorKind};
    use crate::transport::masks::Masks;

    fn masked(proxy: &str, message: &str) -> String {
        let mut error = ProviderError::new(ProviderErrorKind::Refused, message);
        Masks::of(&of("HTTP_PROXY", proxy.to_owned())).unwrap().mask_error(&mut error);
        error.message
    }

    #[test]
    fn credentials_are_known_in_each_form() {
        let proxy = "http://somebody:pass%2Fword-1@proxy.example:8080";
        assert_eq!(masked(proxy, "no pass/word-1 here"), "no *** here");
        assert_eq!(masked(proxy, "pass%2Fword-1"), "***");
        assert_eq!(masked(proxy, "Basic c29tZWJvZHk6cGFzcy93b3JkLTE="), "Basic ***");
        assert_eq!(masked("somebody:password-1@proxy.example:8080", "password-1"), "***");
    }

    #[test]
    fn a_proxy_without_credentials_masks_nothing() {
        for proxy in ["http://proxy.example:8080", "proxy.example:8080", "", "http://", "http://%zz@x"] {
            assert_eq!(masked(proxy, "proxy.example:8080 Og=="), "proxy.example:8080 Og==", "{proxy}");
        }
    }
}
