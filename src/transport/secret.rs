//! Secrets: read by name, sent in one header, shown to nobody.

use std::fmt;
use std::sync::Arc;

use reqwest::header::HeaderValue;

use crate::provider::ProviderError;
use crate::provider::wire::Response;

/// What stands where a secret was.
const MASK: &str = "***";

/// Shorter ones are placeholders for servers that want no key (`none`, `ollama`), and to replace such a word would
/// change answers. No provider's key is as short.
const SHORTEST_SCRUBBED: usize = 8;

/// A key or token, or the keys that Amazon's requests are signed with. Its `Debug` form is `***`, and it has no other.
#[derive(Clone)]
pub struct Secret(Arc<Kind>);

enum Kind {
    Key(String),
    Aws(AwsKeys),
}

/// The keys that sign, and the region that they sign for.
pub(super) struct AwsKeys {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) session_token: Option<String>,
    pub(super) region: String,
}

/// A secret that is not there or cannot be sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The variable is unset.
    #[error("the environment variable {0} is not set; set it to the provider's key")]
    Missing(String),
    /// The variable is set to nothing.
    #[error("the environment variable {0} is empty; set it to the provider's key")]
    Empty(String),
    /// The variable's value cannot stand in an HTTP header.
    #[error("the environment variable {0} has characters that no HTTP header can carry; expected printable ASCII")]
    Unsendable(String),
    /// None of the variables that Amazon's tools read is set.
    #[error(
        "neither {AWS_TOKEN} nor {AWS_ID} is set; set the first to a Bedrock API key, or the second with {AWS_KEY} (and \
         {AWS_SESSION} for temporary ones)"
    )]
    NoAws,
}

const AWS_TOKEN: &str = "AWS_BEARER_TOKEN_BEDROCK";
const AWS_ID: &str = "AWS_ACCESS_KEY_ID";
const AWS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const AWS_SESSION: &str = "AWS_SESSION_TOKEN";

impl Secret {
    /// The secret in the environment variable `name`.
    pub fn from_env(name: &str) -> Result<Self, SecretError> {
        read(name).map(|value| Self(Arc::new(Kind::Key(value))))
    }

    /// What Amazon's tools would send to Bedrock: the API key in the environment where there is one, else the access
    /// keys. The API key goes to Amazon's own address alone.
    pub fn of_aws(region: &str, base_url: &str) -> Result<Self, SecretError> {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if is_set(AWS_TOKEN) && base_url == format!("https://bedrock-runtime.{region}.amazonaws.com") {
            return Self::from_env(AWS_TOKEN);
        }
        if !is_set(AWS_ID) {
            return Err(SecretError::NoAws);
        }
        let session_token = is_set(AWS_SESSION).then(|| read(AWS_SESSION)).transpose()?;
        Ok(Self(Arc::new(Kind::Aws(AwsKeys {
            access_key_id: read(AWS_ID)?,
            secret_access_key: read(AWS_KEY)?,
            session_token,
            region: region.to_owned(),
        }))))
    }

    /// A secret of this value, with the white space around it (a file's last newline, mostly) taken off. `name` says
    /// where it is from.
    pub fn new(name: &str, value: &str) -> Result<Self, SecretError> {
        sendable(name, value).map(|value| Self(Arc::new(Kind::Key(value))))
    }

    /// The keys, where requests are signed with them.
    pub(super) fn aws(&self) -> Option<&AwsKeys> {
        match &*self.0 {
            Kind::Aws(keys) => Some(keys),
            Kind::Key(_) => None,
        }
    }

    /// The header's value, marked as sensitive; `None` when the prefix cannot stand in a header, or nothing of the
    /// secret may.
    pub(super) fn header(&self, prefix: &str) -> Option<HeaderValue> {
        let Kind::Key(key) = &*self.0 else { return None };
        let mut value = HeaderValue::from_str(&format!("{prefix}{key}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes the secret out of a response that echoes it.
    pub(super) fn scrub_response(&self, response: &mut Response) {
        for form in self.forms() {
            if let Some(body) = replaced(&response.body, form.as_bytes()) {
                response.body = body;
            }
            for (_, value) in &mut response.headers {
                *value = value.replace(&form, MASK);
            }
        }
    }

    /// Takes the secret out of an error's message.
    pub(super) fn scrub_error(&self, error: &mut ProviderError) {
        for form in self.forms() {
            error.message = error.message.replace(&form, MASK);
        }
    }

    /// The ways in which a server may write what is secret: as it is, and as the two forms of a JSON string.
    fn forms(&self) -> Vec<String> {
        // An access key's id is no secret, and Amazon's messages name it.
        let parts = match &*self.0 {
            Kind::Key(key) => vec![key],
            Kind::Aws(keys) => std::iter::once(&keys.secret_access_key).chain(&keys.session_token).collect(),
        };
        parts.into_iter().filter(|part| part.len() >= SHORTEST_SCRUBBED).flat_map(|part| forms(part)).collect()
    }
}

fn forms(part: &str) -> Vec<String> {
    let json = part.replace('\\', "\\\\").replace('"', "\\\"");
    let mut forms = vec![part.to_owned(), json.replace('/', "\\/"), json];
    forms.dedup();
    forms
}

/// The value of the environment variable `name`, fit for a header.
fn read(name: &str) -> Result<String, SecretError> {
    match std::env::var(name) {
        Ok(value) => sendable(name, &value),
        Err(std::env::VarError::NotPresent) => Err(SecretError::Missing(name.to_owned())),
        Err(std::env::VarError::NotUnicode(_)) => Err(SecretError::Unsendable(name.to_owned())),
    }
}

fn sendable(name: &str, value: &str) -> Result<String, SecretError> {
    let value = value.trim();
    if value.is_empty() {
        return Err(SecretError::Empty(name.to_owned()));
    }
    if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(SecretError::Unsendable(name.to_owned()));
    }
    Ok(value.to_owned())
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// `body` with each occurrence of `secret` masked, or `None` when there is none.
fn replaced(body: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut copied = 0;
    for found in memchr::memmem::find_iter(body, secret) {
        out.extend_from_slice(&body[copied..found]);
        out.extend_from_slice(MASK.as_bytes());
        copied = found + secret.len();
    }
    (copied > 0).then(|| {
        out.extend_from_slice(&body[copied..]);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::ProviderErrorKind;

    #[test]
    fn no_form_shows_it() {
        let secret = Secret::new("KEY", " sk-0123456789\r\n").unwrap();
        assert_eq!(format!("{secret:?} {:?}", secret.header("Bearer ").unwrap()), "*** Sensitive");
        assert_eq!(secret.header("Bearer ").unwrap().to_str().unwrap(), "Bearer sk-0123456789");
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_showing_it() {
        for (value, expected) in [
            ("", SecretError::Empty("KEY".into())),
            (" \n", SecretError::Empty("KEY".into())),
            ("sk-\u{e9}t\u{e9}", SecretError::Unsendable("KEY".into())),
            ("sk-1\nsk-2", SecretError::Unsendable("KEY".into())),
        ] {
            let error = Secret::new("KEY", value).unwrap_err();
            assert_eq!(error, expected);
            assert!(!error.to_string().contains("sk-"));
        }
        let missing = Secret::from_env("CASEBOOK_TEST_NO_SUCH_VARIABLE").unwrap_err();
        assert_eq!(missing, SecretError::Missing("CASEBOOK_TEST_NO_SUCH_VARIABLE".into()));
        assert!(Secret::from_env("PATH").is_ok());
    }

    #[test]
    fn echoes_are_masked_in_each_form() {
        let secret = Secret::new("KEY", "sk/0123\"456789").unwrap();
        let body = br#"x sk/0123"456789 y "sk/0123\"456789" "sk\/0123\"456789" sk/0123"#.to_vec();
        let headers = vec![("location".to_owned(), "/?key=sk/0123\"456789".to_owned())];
        let mut response = Response { status: 200, headers, body };
        secret.scrub_response(&mut response);
        assert_eq!(String::from_utf8(response.body).unwrap(), r#"x *** y "***" "***" sk/0123"#);
        assert_eq!(response.headers[0].1, "/?key=***");
        let message = "bad key sk/0123\"456789sk/0123\"456789".to_owned();
        let mut error = ProviderError::new(ProviderErrorKind::Connection, message);
        secret.scrub_error(&mut error);
        assert_eq!(error.message, "bad key ******");
    }

    #[test]
    fn what_signs_is_masked_too_and_goes_into_no_header() {
        let secret = Secret(Arc::new(Kind::Aws(AwsKeys {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG".into(),
            session_token: Some("token/of/a/session".into()),
            region: "us-east-1".into(),
        })));
        let body = r#"{"a": "wJalrXUtnFEMI\/K7MDENG", "b": "token/of/a/session", "c": "AKIDEXAMPLE"}"#;
        let mut response = Response { status: 403, headers: Vec::new(), body: body.into() };
        secret.scrub_response(&mut response);
        assert_eq!(String::from_utf8(response.body).unwrap(), r#"{"a": "***", "b": "***", "c": "AKIDEXAMPLE"}"#);
        assert_eq!((secret.header("Bearer "), format!("{secret:?}")), (None, "***".to_owned()));
    }

    #[test]
    fn a_placeholder_leaves_answers_alone() {
        let mut response = Response { status: 200, headers: Vec::new(), body: b"none of them".to_vec() };
        Secret::new("KEY", "none").unwrap().scrub_response(&mut response);
        assert_eq!(response.body, b"none of them");
    }
}
