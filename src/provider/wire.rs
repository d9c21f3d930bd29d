//! What goes over the wire, as data.

/// An HTTP request that is complete but for its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The absolute URL. It never carries credentials.
    pub url: String,
    /// Header names in lower case with their values; no secret among them.
    pub headers: Vec<(&'static str, String)>,
    /// Where the secret goes, when there is one.
    pub secret: Option<SecretHeader>,
    /// The body of the POST.
    pub body: Vec<u8>,
}

/// The header that carries the secret: `authorization` with the prefix `Bearer `, `x-api-key` with none, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretHeader {
    /// The header's name in lower case.
    pub name: &'static str,
    /// What stands before the secret in the header's value.
    pub prefix: &'static str,
}

/// An HTTP response as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// Header names in lower case with their values, only those that a dialect may ask for.
    pub headers: Vec<(String, String)>,
    /// The body, complete.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of the first header of this (lower-case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
