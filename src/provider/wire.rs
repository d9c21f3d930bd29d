//! HTTP requests and responses as data.

/// A POST request that is complete but for its secret. Without a body it is a GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The absolute URL, without credentials.
    pub url: String,
    /// Header names in lower case with their values. None of them is secret.
    pub headers: Vec<(&'static str, String)>,
    /// The header for the secret, if there is one.
    pub secret: Option<SecretHeader>,
    pub body: Vec<u8>,
}

/// The header for the secret: `authorization` with the prefix `Bearer `, `x-api-key` without one, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretHeader {
    /// In lower case.
    pub name: &'static str,
    /// The text before the secret in the header's value.
    pub prefix: &'static str,
}

/// An HTTP response as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Header names in lower case with their values; only those that a dialect may read.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The value of the first header with this name (in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
