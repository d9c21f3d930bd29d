//! Langfuse's API for data sets: a data set or one of its items becomes a request, and a response becomes a failure or
//! none.
//!
//! Both requests create what is not there and change what is, so that sending them again does no harm. The server keeps
//! whatever a request leaves out: a data set's description and an item's status stay as people set them.

use serde_json::{Value, json};

use super::wire::{Request, Response, SecretHeader};
use super::{ProviderError, ProviderErrorKind, body, excerpt, failure};

/// The most characters of a web page's beginning or of an address in a message.
const QUOTED_CHARS: usize = 200;

/// The request that creates the data set `name`.
#[must_use]
pub fn dataset(base_url: &str, name: &str) -> Request {
    request(base_url, "api/public/v2/datasets", &json!({"name": name}))
}

/// The request that creates or replaces `item`, an object with `datasetName`, `id`, `input`, `expectedOutput` and
/// `metadata`.
#[must_use]
pub fn item(base_url: &str, item: &Value) -> Request {
    request(base_url, "api/public/dataset-items", item)
}

fn request(base_url: &str, path: &str, content: &Value) -> Request {
    Request {
        url: body::url(base_url, path),
        headers: body::headers(),
        secret: Some(SecretHeader { name: "authorization", prefix: "Basic " }),
        body: content.to_string().into_bytes(),
    }
}

/// Reads the response to either request. What was created is sent back as an object with its `id`; whatever else comes
/// with a status of 2xx is from another server.
pub fn read(response: &Response) -> Result<(), ProviderError> {
    let other = |what: String| Err(ProviderError::new(ProviderErrorKind::NotFound, what));
    match response.status {
        200..=299 => match serde_json::from_slice::<Value>(&response.body) {
            Ok(created) if created["id"].is_string() => Ok(()),
            Ok(_) => other("the answer is JSON, but not Langfuse's: it has no `id`".to_owned()),
            Err(_) => other(format!("the answer is not Langfuse's: {}", failure::quote(&response.body))),
        },
        300..=399 => {
            // A redirect's query may carry a token.
            let target = response.header("location").and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
            let to = if target.is_empty() { String::new() } else { format!(" to {}", excerpt(target, QUOTED_CHARS)) };
            other(format!("HTTP {}: the server redirects{to}, and redirects are not followed", response.status))
        }
        _ => Err(failure::of_response(response)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, header: Option<(&str, &str)>, body: &str) -> Response {
        let headers = header.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Response { status, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_request_is_an_address_a_header_for_the_secret_and_a_body() {
        let sent = dataset("https://cloud.langfuse.com/", "faq");
        assert_eq!(sent.url, "https://cloud.langfuse.com/api/public/v2/datasets");
        assert_eq!(sent.secret, Some(SecretHeader { name: "authorization", prefix: "Basic " }));
        assert_eq!(sent.body, br#"{"name":"faq"}"#, "a description that people wrote stays");
        let content = json!({"datasetName": "faq", "id": "faq:ex_001", "input": "a\u{2028}b", "expectedOutput": null});
        let sent = item("http://127.0.0.1:3000/langfuse", &content);
        assert_eq!(sent.url, "http://127.0.0.1:3000/langfuse/api/public/dataset-items");
        assert_eq!(serde_json::from_slice::<Value>(&sent.body).unwrap(), content);
    }

    #[test]
    fn only_an_object_with_an_id_means_that_it_was_taken() {
        assert_eq!(read(&response(200, None, r#"{"id": "x", "name": "faq"}"#)), Ok(()));
        for (status, header, body, kind, message) in [
            (200, None, "<html>Welcome</html>", ProviderErrorKind::NotFound, "<html>Welcome"),
            (200, None, r#"{"ok": true}"#, ProviderErrorKind::NotFound, "no `id`"),
            (307, Some(("location", "https://x.example/login?t=1")), "", ProviderErrorKind::NotFound, "to https://x.e"),
            (400, None, r#"{"message": "input is not valid"}"#, ProviderErrorKind::BadRequest, "input is not valid"),
            (401, None, r#"{"message": "Invalid credentials"}"#, ProviderErrorKind::Refused, "Invalid credentials"),
            (404, None, r#"{"message": "in another"}"#, ProviderErrorKind::NotFound, "in another"),
            (429, Some(("retry-after", "2")), "{}", ProviderErrorKind::RateLimited, "asks to wait 2 s"),
            (502, None, "<html>", ProviderErrorKind::Overloaded, "<html>"),
        ] {
            let error = read(&response(status, header, body)).unwrap_err();
            assert_eq!(error.kind, kind, "{status} {body}");
            assert!(error.message.contains(message) && !error.message.contains("t=1"), "{}", error.message);
        }
    }
}
