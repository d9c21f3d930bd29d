//! Secrets ([`Secret`]): read by name, sent in one header, never shown.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::HeaderValue;

use super::error::{AWS_ID, AWS_KEY, AWS_SESSION, AWS_TOKEN, SecretError};

/// A key or token, a name with its password, or the access keys that sign Amazon's requests. `Debug` shows `***`, and
/// nothing else shows it.
#[derive(Clone)]
pub struct Secret(Arc<Credential>);

enum Credential {
    Key {
        /// The variable that it is from.
        name: String,
        key: String,
    },
    /// A user's name and password.
    Basic {
        /// The variable that the password is from.
        name: String,
        password: String,
        /// Both in base64, as a header carries them.
        token: String,
    },
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
        read(name).map(|key| Self(Arc::new(Credential::Key { name: name.to_owned(), key })))
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

    /// The name and password in the environment variables `user` and `password`, for a header with the prefix `Basic `.
    pub fn basic_from_env(user: &str, password: &str) -> Result<Self, SecretError> {
        let (user, name, password) = (read(user)?, password.to_owned(), read(password)?);
        let token = BASE64_STANDARD.encode(format!("{user}:{password}"));
        Ok(Self(Arc::new(Credential::Basic { name, password, token })))
    }

    /// A secret of this value, without the white space around it (mostly a file's last line break). `name` is for
    /// errors.
    pub fn new(name: &str, value: &str) -> Result<Self, SecretError> {
        sendable(name, value).map(|key| Self(Arc::new(Credential::Key { name: name.to_owned(), key })))
    }

    /// The access keys, if requests are signed with them.
    pub(super) fn aws(&self) -> Option<&AwsKeys> {
        match &*self.0 {
            Credential::Aws(keys) => Some(keys),
            Credential::Key { .. } | Credential::Basic { .. } => None,
        }
    }

    /// The header's value, marked as sensitive; `None` for access keys, or if no header can carry the prefix.
    pub(super) fn header(&self, prefix: &str) -> Option<HeaderValue> {
        let (Credential::Key { key: sent, .. } | Credential::Basic { token: sent, .. }) = &*self.0 else { return None };
        let mut value = HeaderValue::from_str(&format!("{prefix}{sent}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// What is secret, with the variable that it is from.
    pub(super) fn parts(&self) -> Vec<(&str, &str)> {
        match &*self.0 {
            Credential::Key { name, key } => vec![(name, key)],
            Credential::Basic { name, password, token } => vec![(name, password), (name, token)],
            // An access key's id is not secret, and Amazon's messages contain it.
            Credential::Aws(keys) => {
                let session = keys.session_token.as_deref().map(|token| (AWS_SESSION, token));
                std::iter::once((AWS_KEY, keys.secret_access_key.as_str())).chain(session).collect()
            }
        }
    }
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
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_password_is_sent_in_base64_and_secret_in_both_forms() {
        let secret = Secret(Arc::new(Credential::Basic {
            name: "PASSWORD".into(),
            password: "sk-lf-0123456789".into(),
            token: "cGstbGY6c2stbGYtMDEyMzQ1Njc4OQ==".into(),
        }));
        let header = secret.header("Basic ").unwrap();
        assert_eq!(header.to_str().unwrap(), "Basic cGstbGY6c2stbGYtMDEyMzQ1Njc4OQ==");
        assert_eq!(format!("{secret:?} {header:?}"), "*** Sensitive");
        let parts = [("PASSWORD", "sk-lf-0123456789"), ("PASSWORD", "cGstbGY6c2stbGYtMDEyMzQ1Njc4OQ==")];
        assert_eq!(secret.parts(), parts);
        let missing = Secret::basic_from_env("PATH", "CASEBOOK_TEST_NO_SUCH_VARIABLE").unwrap_err();
        assert_eq!(missing, SecretError::Missing("CASEBOOK_TEST_NO_SUCH_VARIABLE".into()));
    }

    #[test]
    fn what_signs_is_secret_but_its_id_is_not_and_goes_into_no_header() {
        let secret = Secret(Arc::new(Credential::Aws(AwsKeys {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG".into(),
            session_token: Some("token/of/a/session".into()),
            region: "us-east-1".into(),
        })));
        assert_eq!(secret.parts(), [(AWS_KEY, "wJalrXUtnFEMI/K7MDENG"), (AWS_SESSION, "token/of/a/session")]);
        assert_eq!((secret.header("Bearer "), format!("{secret:?}")), (None, "***".to_owned()));
    }
}
