//! Reads error responses: what they say and what kind of failure they are.
//!
//! Servers of one dialect agree on success and differ on failure. This module reads all their forms.

mod words;

use std::time::Duration;

use serde_json::Value;

use self::words::{BASE_RESP, CODES, HOPELESS, TELLING};
use self::words::{is_about_the_input, is_busy, is_limited, is_overload, is_too_long};
use super::json::{self, Body};
use super::wire::Response;
use super::{ProviderError, ProviderErrorKind, WORD_CHARS, excerpt, retry_after};

/// The most characters of a server's own words in a message.
const MESSAGE_CHARS: usize = 500;
/// The most characters in a message of a body that could not be read.
const BODY_CHARS: usize = 200;

/// What a server says of its failure.
struct FailureReport<'a> {
    message: Option<&'a str>,
    codes: Vec<&'a str>,
    number: Option<u16>,
    flagged: bool,
    /// The wait that the body asks for.
    retry_after: Option<Duration>,
}

impl<'a> FailureReport<'a> {
    /// Reads an `error` member, or a whole body where servers put the message at the top.
    fn read(value: &'a Value) -> Self {
        let code = &value["code"];
        let number = code.as_u64().or_else(|| code.as_str().and_then(|text| text.parse().ok()));
        let texts = [
            value,
            &value["message"],
            &value["Message"],
            &value["detail"],
            &value["msg"],
            &value["error_message"],
            &value["status_msg"],
            &value["error"],
        ];
        let message = texts.into_iter().find_map(Value::as_str);
        let details = value["details"].as_array().map_or(&[][..], Vec::as_slice);
        // Amazon's types have a name space before them.
        let amazon = value["__type"].as_str().map(|name| name.rsplit('#').next().unwrap_or(name));
        let base = value["status_code"].as_u64();
        let base = base.and_then(|number| BASE_RESP.iter().find(|(it, _)| *it == number)).map(|(_, word)| *word);
        let codes = [code, &value["type"], &value["status"]].into_iter().chain(details.iter().map(|it| &it["reason"]));
        Self {
            message: message.map(str::trim).filter(|text| !text.is_empty()),
            codes: amazon.into_iter().chain(codes.filter_map(Value::as_str)).chain(base).collect(),
            number: number.and_then(|number| u16::try_from(number).ok()),
            flagged: value.pointer("/metadata/flagged_input").is_some(),
            retry_after: details.iter().find_map(|it| retry_after::of_text(it["retryDelay"].as_str()?)),
        }
    }

    fn kind(&self, status: u16) -> ProviderErrorKind {
        if self.codes.iter().any(|code| HOPELESS.contains(code)) {
            return ProviderErrorKind::RefusedForAll;
        }
        // A 403 of a moderation is about this input alone.
        if self.flagged {
            return ProviderErrorKind::InvalidInput;
        }
        let kind_by_words =
            |message: &str| TELLING.iter().find(|(part, _)| message.contains(part)).map(|(_, kind)| *kind);
        if let Some(kind) = self.message.and_then(kind_by_words) {
            return kind;
        }
        let about_the_input =
            self.codes.iter().any(|code| is_about_the_input(code)) || self.message.is_some_and(is_too_long);
        if let Some(kind) = of_status(status).or_else(|| self.number.and_then(of_status)) {
            let has_code = || self.codes.iter().any(|code| is_overload(code));
            // A 400 may quote the row that it refuses, so that its words alone tell nothing.
            let is_too_much = || has_code() || (status >= 500 && self.message.is_some_and(is_busy));
            return match kind {
                ProviderErrorKind::BadRequest | ProviderErrorKind::RateLimited if about_the_input => {
                    ProviderErrorKind::InvalidInput
                }
                ProviderErrorKind::BadRequest | ProviderErrorKind::ServerError if is_too_much() => {
                    ProviderErrorKind::Overloaded
                }
                kind => kind,
            };
        }
        let named = |code: &&str| CODES.iter().find(|(name, _)| name == code).map(|(_, kind)| *kind);
        if let Some(kind) = self.codes.iter().find_map(named) {
            return kind;
        }
        if self.codes.iter().any(|code| is_overload(code)) {
            return ProviderErrorKind::Overloaded;
        }
        let about_the_request = self.codes.iter().any(|code| code.starts_with("invalid_"));
        match (about_the_input, about_the_request) {
            (true, _) => ProviderErrorKind::InvalidInput,
            (false, true) => ProviderErrorKind::BadRequest,
            (false, false) if self.message.is_some_and(is_busy) => ProviderErrorKind::Overloaded,
            (false, false) if self.message.is_some_and(is_limited) => ProviderErrorKind::RateLimited,
            (false, false) => ProviderErrorKind::InvalidResponse,
        }
    }
}

/// The kind of failure that an HTTP status stands for, if it stands for one.
fn of_status(status: u16) -> Option<ProviderErrorKind> {
    Some(match status {
        // It speaks of the account.
        402 => ProviderErrorKind::RefusedForAll,
        // 407 is a proxy's.
        401 | 403 | 407 => ProviderErrorKind::Refused,
        404 => ProviderErrorKind::NotFound,
        413 => ProviderErrorKind::InvalidInput,
        429 => ProviderErrorKind::RateLimited,
        // 520 to 524 are a gateway's, whose server does not answer it.
        // 498 is Groq's, for its flexible tier; 499 and 530 are those of proxies.
        408 | 425 | 498 | 499 | 502..=504 | 520..=524 | 529 | 530 => ProviderErrorKind::Overloaded,
        409 | 424 | 500..=599 => ProviderErrorKind::ServerError,
        400..=499 => ProviderErrorKind::BadRequest,
        _ => return None,
    })
}

/// The failure of a response with a status other than 2xx.
pub fn of_response(response: &Response) -> ProviderError {
    if (300..400).contains(&response.status) {
        return redirect(response);
    }
    let bytes = response.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&response.body);
    let (body, broken) = json::parse(bytes).map(|Body { value, broken }| (value, broken)).unzip();
    // Some servers wrap the object in an array of one.
    let body = body.as_ref().map(|value| value.get(0).unwrap_or(value));
    let found = match body {
        Some(value) if value.is_object() => {
            let error = value.get("error").filter(|error| error.is_object()).unwrap_or(value);
            let mut report = FailureReport::read(error);
            // Amazon's type is in a header, with an address after it.
            let header = response.header("x-amzn-errortype").and_then(|it| it.split(':').next());
            report.codes.splice(0..0, header.filter(|name| !name.is_empty() && !report.codes.contains(name)));
            let unknown = report.message.is_none().then(|| quote(&response.body));
            of_report(&report, response, unknown)
        }
        _ => of_report(&FailureReport::read(&Value::Null), response, Some(quote(&response.body))),
    };
    ProviderError { message: json::told(&found.message, broken.flatten()), ..found }
}

/// The error in the body of a response with a status of 2xx: as a member `error`, in whatever form, or, where there is
/// nothing at the pointer `expected`, as the body itself.
pub fn in_success(body: &Value, expected: &str, response: &Response) -> Option<ProviderError> {
    // Some servers wrap the object in an array of one.
    let body = body.as_array().filter(|array| array.len() == 1).map_or(body, |array| &array[0]);
    if let Some(error) = body.get("error").filter(|error| is_error(error)) {
        let error = error.get(0).unwrap_or(error);
        // The message may stand beside a bare word.
        let beside = error.is_string() && (body["message"].is_string() || body["code"].is_u64());
        return Some(of_error(if beside { body } else { error }, response));
    }
    if body.pointer(expected).is_some_and(|it| !it.is_null()) {
        return None;
    }
    if let Some(error) = body.pointer("/errors/0").filter(|error| is_error(error)) {
        return Some(of_error(error, response));
    }
    if let Some(error) = body.get("base_resp").filter(|it| it["status_code"].as_u64().is_some_and(|code| code > 0)) {
        return Some(of_error(error, response));
    }
    let says = ["message", "Message", "detail", "msg", "error_message", "__type"];
    let is_said = says.iter().any(|key| body.get(*key).is_some_and(is_error));
    is_said.then(|| of_error(body, response))
}

/// Whether a member `error` says that there is one: some servers always have it, and say in it that all is well.
pub fn is_error(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !is_fine(text),
        Value::Array(errors) => errors.iter().any(is_error),
        Value::Object(members) => members.iter().any(|(name, value)| match (name.as_str(), value) {
            ("code" | "status" | "status_code", Value::Number(code)) => !matches!(code.as_f64(), Some(0.0 | 200.0)),
            (_, value) => is_error(value),
        }),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Bool(true) => true,
    }
}

/// Whether a member has anything in it.
pub fn is_there(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().any(is_there),
        Value::Object(members) => members.values().any(|it| !it.is_null()),
        Value::String(text) => !text.trim().is_empty(),
        other => is_error(other),
    }
}

/// Whether a word of an `error` says that there is none.
fn is_fine(text: &str) -> bool {
    let word = text.trim().trim_end_matches(['.', '!']).to_ascii_lowercase();
    matches!(word.as_str(), "" | "success" | "ok" | "none" | "null" | "no error" | "0" | "200")
}

/// The failure of an `error` member in a response with a status of 2xx.
pub fn of_error(error: &Value, response: &Response) -> ProviderError {
    let report = FailureReport::read(error);
    let unknown = report.message.is_none().then(|| excerpt(&error.to_string(), BODY_CHARS));
    of_report(&report, response, unknown)
}

/// The failure of a response that does not follow the dialect.
pub fn invalid(message: impl Into<String>) -> ProviderError {
    ProviderError::new(ProviderErrorKind::InvalidResponse, message)
}

/// The beginning of a body, for a message.
pub fn quote(body: &[u8]) -> String {
    // A character has at most four bytes. Only the beginning of a large body is decoded.
    let start = &body[..body.len().min(BODY_CHARS * 4 + 4)];
    match excerpt(&String::from_utf8_lossy(start), BODY_CHARS) {
        text if text.is_empty() => "an empty body".to_owned(),
        text => text,
    }
}

fn of_report(report: &FailureReport<'_>, response: &Response, unknown: Option<String>) -> ProviderError {
    let kind = report.kind(response.status);
    let words = match (report.message, unknown) {
        (Some(message), _) => excerpt(message, MESSAGE_CHARS),
        (None, Some(body)) => body,
        (None, None) => "no message".to_owned(),
    };
    let status = match report.number {
        Some(number) if number != response.status => format!("HTTP {} with error {number}", response.status),
        _ => format!("HTTP {}", response.status),
    };
    let code = match report.codes.first() {
        Some(code) if report.number.is_none() => format!(" ({})", excerpt(code, WORD_CHARS)),
        _ => String::new(),
    };
    let retry_after = retry_after::of(response).or(report.retry_after);
    let wait_note = match retry_after {
        Some(wait) if !wait.is_zero() => format!("; the server asks to wait {} s", wait.as_secs_f64()),
        _ => String::new(),
    };
    ProviderError { kind, message: format!("{status}{code}: {words}{wait_note}"), retry_after, usage: None }
}

fn redirect(response: &Response) -> ProviderError {
    // A redirect's query may carry a token.
    let target = response.header("location").map(|url| url.split(['?', '#']).next().unwrap_or_default());
    let target = match target {
        Some(url) if !url.is_empty() => format!(" to {}", excerpt(url, BODY_CHARS)),
        _ => String::new(),
    };
    invalid(format!(
        "HTTP {}: the server redirects{target}, and redirects are not followed; check llm.base_url (https or http, the \
         host, and a path such as /v1)",
        response.status
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind(status: u16, error: &Value) -> ProviderErrorKind {
        FailureReport::read(error).kind(status)
    }

    #[test]
    fn what_is_said_in_broken_characters_is_read_too() {
        for body in [
            &b"{\"error\": {\"message\": \"no \\ud83d\", \"code\": \"insufficient_quota\"}}"[..],
            b"\xef\xbb\xbf{\"error\": {\"message\": \"no \xf0\x9f\", \"code\": \"insufficient_quota\"}}",
        ] {
            let found = of_response(&Response { status: 429, headers: Vec::new(), body: body.to_vec() });
            assert_eq!(found.kind, ProviderErrorKind::RefusedForAll);
            assert_eq!(found.message, "HTTP 429 (insufficient_quota): no \u{fffd}");
        }
    }

    #[test]
    fn a_prompt_that_is_too_long_is_known_by_the_words_of_each_server() {
        for error in [
            json!({"code": 400, "message": "no", "type": "exceed_context_size_error"}),
            json!({"message": "the request exceeds the available context size, try increasing it"}),
            json!({"message": "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens",
                "type": "BadRequestError", "code": 400}),
            json!({"message": "prompt too long; exceeded max context length by 4 tokens"}),
            json!({"message": "prompt is too long: 210000 tokens > 200000 maximum", "type": "invalid_request_error"}),
            json!({"message": "The input token count (9000) exceeds the maximum number of tokens allowed (8192).",
                "status": "INVALID_ARGUMENT", "code": 400}),
        ] {
            assert_eq!(kind(400, &error), ProviderErrorKind::InvalidInput, "{error}");
        }
        let one = json!({"message": "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 45000.",
            "code": "rate_limit_exceeded", "type": "tokens"});
        assert_eq!(kind(429, &one), ProviderErrorKind::InvalidInput, "no wait makes it smaller");
        assert_eq!(kind(400, &json!({"message": "the name is too long"})), ProviderErrorKind::BadRequest);
        assert_eq!(kind(503, &json!({"message": "maximum context length is 9"})), ProviderErrorKind::Overloaded);
    }

    #[test]
    fn too_much_to_do_is_known_by_its_words_too() {
        for (status, error) in [
            (500, json!({"type": "overloaded_error", "message": "Overloaded"})),
            (500, json!({"message": "The engine is currently overloaded, please try again later"})),
            (400, json!({"message": "Too many concurrent requests", "code": "concurrency_limit"})),
            (498, json!({"message": "flex tier capacity exceeded"})),
            (499, Value::Null),
            (530, Value::Null),
        ] {
            assert_eq!(kind(status, &error), ProviderErrorKind::Overloaded, "{status} {error}");
        }
        let quoted = json!({"message": "Invalid value: 'an overloaded function, the server is busy'"});
        assert_eq!(kind(400, &quoted), ProviderErrorKind::BadRequest, "it quotes the row");
        assert_eq!(kind(500, &json!({"message": "oops"})), ProviderErrorKind::ServerError);
        assert_eq!(kind(401, &json!({"message": "overloaded"})), ProviderErrorKind::Refused);
        assert_eq!(kind(500, &json!({"message": "no free slot"})), ProviderErrorKind::Overloaded);
    }

    #[test]
    fn an_error_under_a_status_of_200_is_the_error_that_it_is() {
        use ProviderErrorKind::{InvalidInput, InvalidResponse, Overloaded, RateLimited, RefusedForAll, ServerError};
        let of =
            |body: &Value| in_success(body, "/choices/0", &Response { status: 200, headers: vec![], body: vec![] });
        for (body, expected) in [
            (json!({"error": {"message": "try later", "code": "overloaded"}}), Overloaded),
            (json!({"error": {"message": "The server is overloaded, try later"}}), Overloaded),
            (json!({"error": "no free slot"}), Overloaded),
            (json!({"error": {"message": "oops", "code": "503"}}), Overloaded),
            (json!({"error": {"message": "Rate limit reached"}}), RateLimited),
            (json!({"error": {"message": "too many requests", "code": "content_filter"}}), InvalidInput),
            (json!({"choices": null, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}}), RateLimited),
            (json!({"choices": null, "base_resp": {"status_code": 1008, "status_msg": "no money"}}), RefusedForAll),
            (json!({"choices": [], "base_resp": {"status_code": 1013, "status_msg": "oops"}}), ServerError),
            (json!({"base_resp": {"status_code": 9999, "status_msg": "strange"}}), InvalidResponse),
            (json!({"error": {"message": "oops"}}), InvalidResponse),
        ] {
            assert_eq!(of(&body).map(|it| it.kind), Some(expected), "{body}");
        }
    }

    #[test]
    fn an_error_that_says_that_all_is_well_is_none() {
        for error in [
            json!({"code": 0, "message": "success"}),
            json!({"code": 0, "message": ""}),
            json!({"code": "0", "message": "OK", "param": null, "details": []}),
            json!({"code": 200, "message": "Success."}),
            json!("success"),
            json!(null),
            json!({}),
            json!(""),
            json!([]),
            json!(0),
        ] {
            assert!(!is_error(&error), "{error}");
        }
        for error in [json!({"code": 0, "message": "no"}), json!({"code": 500}), json!("no"), json!(true), json!([1])] {
            assert!(is_error(&error), "{error}");
        }
    }

    #[test]
    fn what_speaks_of_the_account_or_the_key_is_about_all() {
        for (status, error) in [
            (402, json!({"message": "no"})),
            (401, json!({"message": "no", "code": "invalid_api_key"})),
            (401, json!({"message": "no", "type": "authentication_error"})),
            (400, json!({"message": "no", "code": "budget_exceeded"})),
        ] {
            assert_eq!(kind(status, &error), ProviderErrorKind::RefusedForAll, "{error}");
        }
        for status in [401, 403, 407] {
            assert_eq!(kind(status, &Value::Null), ProviderErrorKind::Refused);
        }
    }
}
