//! Secrets ([`Secret`]): read by name, sent in one header, never shown.

use std::fmt;
use std::sync::Arc;

use reqwest::header::HeaderValue;

use super::error::{AWS_ID, AWS_KEY, AWS_SESSION, AWS_TOKEN, SecretError};
use crate::provider::ProviderError;
use crate::provider::wire::Response;

/// Replaces a secret in texts.
const MASK: &str = "***";

/// Shorter secrets are not masked. They are placeholders for servers that require no key (`none`, `ollama`), and
/// masking such a word would change answers. No provider's key is as short.
const SHORTEST_SCRUBBED: usize = 8;

/// A key or token, or the access keys that sign Amazon's requests. `Debug` shows `***`, and nothing else shows it.
#[derive(Clone)]
pub struct Secret(Arc<Credential>);

enum Credential {
    Key(String),
    Aws(AwsKeys),
}

/// Amazon's access keys, and the region of the requests that they sign.
pub(super) struct AwsKeys {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) session_token: Option<String>,
    pub(super) region: String,
}

impl Secret {
    /// The secret in the environment variable `name`.
    pub fn from_env(name: &str) -> Result<Self, SecretError> {
        read(name).map(|value| Self(Arc::new(Credential::Key(value))))
    }

    /// The secret that Amazon's tools would use for Bedrock: the API key in the environment if there is one, otherwise
    /// the access keys. The API key is sent to Amazon's own address alone.
    pub fn of_aws(region: &str, base_url: &str) -> Result<Self, SecretError> {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if is_set(AWS_TOKEN) && base_url == format!("https://bedrock-runtime.{region}.amazonaws.com") {
            return Self::from_env(AWS_TOKEN);
        }
        if !is_set(AWS_ID) {
            return Err(SecretError::NoAws);
        }
        let session_token = is_set(AWS_SESSION).then(|| read(AWS_SESSION)).transpose()?;
        Ok(Self(Arc::new(Credential::Aws(AwsKeys {
            access_key_id: read(AWS_ID)?,
            secret_access_key: read(AWS_KEY)?,
            session_token,
            region: region.to_owned(),
        }))))
    }

    /// A secret of this value, without the white space around it (mostly a file's last line break). `name` is for
    /// errors.
    pub fn new(name: &str, value: &str) -> Result<Self, SecretError> {
        sendable(name, value).map(|value| Self(Arc::new(Credential::Key(value))))
    }

    /// The access keys, if requests are signed with them.
    pub(super) fn aws(&self) -> Option<&AwsKeys> {
        match &*self.0 {
            Credential::Aws(keys) => Some(keys),
            Credential::Key(_) => None,
        }
    }

    /// The header's value, marked as sensitive; `None` for access keys, or if no header can carry the prefix.
    pub(super) fn header(&self, prefix: &str) -> Option<HeaderValue> {
        let Credential::Key(key) = &*self.0 else { return None };
        let mut value = HeaderValue::from_str(&format!("{prefix}{key}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Masks the secret in a response that echoes it.
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

    /// Masks the secret in an error's message.
    pub(super) fn scrub_error(&self, error: &mut ProviderError) {
        for form in self.forms() {
            error.message = error.message.replace(&form, MASK);
        }
    }

    /// The forms in which a server may write what is secret: as it is, and in the two escapings of a JSON string.
    fn forms(&self) -> Vec<String> {
        // An access key's id is not secret, and Amazon's messages contain it.
        let parts = match &*self.0 {
            Credential::Key(key) => vec![key],
            Credential::Aws(keys) => std::iter::once(&keys.secret_access_key).chain(&keys.session_token).collect(),
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

/// `body` with each occurrence of `secret` masked; `None` if there is none.
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
        let secret = Secret(Arc::new(Credential::Aws(AwsKeys {
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
