//! Where Langfuse is: the option, the environment, or Langfuse's own server in Europe.

use super::error::PushError;
use crate::config::checked_address;

/// The variable that holds the server's address, and its older name.
const BASE_URL: &str = "LANGFUSE_BASE_URL";
const HOST: &str = "LANGFUSE_HOST";
/// Langfuse's own server in Europe.
pub(super) const OWN: &str = "https://cloud.langfuse.com";

/// The server's address, without a slash at its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) base_url: String,
    /// What is worth saying about where it is from.
    pub(super) note: Option<String>,
}

/// The address that is `given`, or else that of the environment, which `variable` reads.
pub(super) fn address(given: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Result<Address, PushError> {
    let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let checked = |url: &str, source_name| {
        let url = checked_address(url).map_err(|problem| PushError::Address { source_name, problem })?;
        let path = url.to_ascii_lowercase();
        let is_api = ["/api", "/api/public"].iter().any(|end| path.ends_with(end));
        if is_api { Err(PushError::Api { source_name }) } else { Ok(url) }
    };
    if let Some(url) = given {
        return Ok(Address { base_url: checked(url, "--base-url")?, note: None });
    }
    let host = set(HOST);
    match (set(BASE_URL), host) {
        (Some(url), _) => Ok(Address { base_url: checked(&url, BASE_URL)?, note: None }),
        (None, Some(url)) => {
            let note = format!("{HOST} is an older name; call it {BASE_URL}");
            Ok(Address { base_url: checked(&url, HOST)?, note: Some(note) })
        }
        (None, None) => Ok(Address { base_url: OWN.to_owned(), note: None }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_comes_before_the_variables_and_the_new_name_before_the_old() {
        let found = |given: Option<&str>, variables: &[(&str, &str)]| {
            let value = |name: &str| variables.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
            address(given, value).map(|it| (it.base_url, it.note.is_some()))
        };
        let both = [(BASE_URL, "https://us.cloud.langfuse.com/"), (HOST, "http://old.example")];
        let is = |url: &str, noted| Ok::<_, String>((url.to_owned(), noted));
        let said = |it: Result<(String, bool), PushError>| it.map_err(|error| error.to_string());
        assert_eq!(said(found(Some("http://127.0.0.1:3000"), &both)), is("http://127.0.0.1:3000", false));
        assert_eq!(said(found(None, &both)), is("https://us.cloud.langfuse.com", false));
        assert_eq!(said(found(None, &both[1..])), is("http://old.example", true));
        assert_eq!(said(found(None, &[(BASE_URL, " ")])), is(OWN, false));
        let wrong = said(found(Some("https://pk:sk@host.example"), &[])).unwrap_err();
        assert!(wrong.starts_with("--base-url: ") && !wrong.contains("sk"), "{wrong}");
        let api = said(found(Some("https://host.example/api/public/"), &[])).unwrap_err();
        assert!(api.starts_with("--base-url: expected the address of the server"), "{api}");
        assert!(said(found(None, &[(HOST, "host.example")])).unwrap_err().starts_with("LANGFUSE_HOST: "));
    }
}
