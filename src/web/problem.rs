//! What is answered where a request cannot be: [`Problem`], a status and a body that says what is wrong and what to do.

use std::time::Duration;

use axum::Json;
use axum::http::header::{CONNECTION, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::messages::{ErrorBody, ErrorDetail};
use crate::engine::{BatchId, Refused};

const AGAIN: &str = "what was answered costs nothing";

/// What is wrong with a request, or with the service.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: ErrorDetail,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        kind: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let detail = ErrorDetail {
            kind: kind.to_owned(),
            message: message.into(),
            hint: hint.into(),
            row: None,
            batch_id: None,
        };
        Self { status, detail, headers: Vec::new() }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Names the row that is at fault, from 0.
    pub(super) fn of_row(mut self, index: usize) -> Self {
        self.detail.row = Some(index);
        self
    }

    /// Closes the connection after the answer, since what was sent is not read to its end.
    fn closing(self) -> Self {
        self.with(CONNECTION, HeaderValue::from_static("close"))
    }

    pub(super) fn unknown_path() -> Self {
        let hint = "the paths are in /openapi.json";
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path", hint)
    }

    pub(super) fn unknown_batch() -> Self {
        let hint = "use the id that `POST /v1/batches` answered with; other run files have other batches";
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no batch with this id", hint)
    }

    pub(super) fn wrong_method() -> Self {
        let hint = "the methods of each path are in /openapi.json";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path has no such method", hint)
    }

    pub(super) fn wrong_host() -> Self {
        let hint = "a service on loopback answers to localhost, 127.0.0.1 and [::1] only";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host", "the header `Host` names another machine", hint)
            .closing()
    }

    pub(super) fn no_token() -> Self {
        let challenge = HeaderValue::from_static("Bearer");
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "a token is needed", "send `Authorization: Bearer TOKEN`")
            .with(WWW_AUTHENTICATE, challenge)
    }

    pub(super) fn wrong_token() -> Self {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        let hint = "send `Authorization: Bearer TOKEN`";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "this is not the service's token", hint)
            .with(WWW_AUTHENTICATE, challenge)
    }

    pub(super) fn not_json(found: &str) -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let hint = "send JSON, with the header `Content-Type: application/json` and no `Content-Encoding`";
        Self::new(status, "unsupported_media_type", found, hint).closing()
    }

    pub(super) fn bad_json(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_json", message, "send one JSON object, in UTF-8")
    }

    pub(super) fn bad_query(message: impl Into<String>) -> Self {
        let hint = "`after` and `limit` are whole numbers, such as `?after=100&limit=100`";
        Self::new(StatusCode::BAD_REQUEST, "bad_query", message, hint)
    }

    pub(super) fn wrong_body(message: impl Into<String>, hint: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", message, hint)
    }

    pub(super) fn wrong_row(message: impl Into<String>, hint: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_row", message, hint)
    }

    pub(super) fn too_large(most: usize) -> Self {
        let message = format!("the body has more than {most} bytes");
        let hint = "send fewer rows at once, or start the service with a larger `--max-body`";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message, hint).closing()
    }

    pub(super) fn too_slow() -> Self {
        let message = "the body did not come in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", message, "send it again, faster").closing()
    }

    /// The rows are on record and are decided, but not in time for this answer. The batch of a `single` row may have
    /// other rows too.
    pub(super) fn late(after: Duration, batch: &BatchId, single: bool) -> Self {
        let message = format!("not all rows were decided within {} s; they go on", after.as_secs());
        let hint = if single {
            format!("send the same row again: {AGAIN}; or ask `GET /v1/batches/{batch}`, which may have other rows too")
        } else {
            format!("ask `GET /v1/batches/{batch}`, or send the same rows again: {AGAIN}")
        };
        let mut problem = Self::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message, hint);
        problem.detail.batch_id = Some(batch.to_string());
        problem
    }

    /// The rows were not taken within the time that is waited for them.
    pub(super) fn not_taken(after: Duration) -> Self {
        let message = format!("the rows were not taken within {} s, and nothing of them is on record", after.as_secs());
        let hint = "send them again later: some of these rows may be open with other values, which are decided first";
        Self::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message, hint)
    }

    /// The run file cannot be read. What is wrong with it is for whoever runs the service, not for whoever asks.
    pub(super) fn unreadable(error: &dyn std::error::Error) -> Self {
        tracing::error!("the run file cannot be read: {error}");
        let hint = "start the service with `--verbose` to see why";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the run file cannot be read", hint)
    }

    /// Rows that a live run does not take, or does not answer. `batch` is theirs, if they are on record.
    pub(super) fn refused(why: &Refused, batch: Option<&BatchId>) -> Self {
        let (status, kind, wait) = match why {
            Refused::Row { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_row", None),
            Refused::NoRows => (StatusCode::UNPROCESSABLE_ENTITY, "no_rows", None),
            Refused::TooMany { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "too_many_rows", None),
            Refused::Full { retry_after } => (StatusCode::TOO_MANY_REQUESTS, "queue_full", Some(*retry_after)),
            Refused::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining", None),
            Refused::Halted { retry_after, .. } => (StatusCode::SERVICE_UNAVAILABLE, "halted", *retry_after),
        };
        let mut problem = Self::new(status, kind, why.to_string(), why.hint());
        if let Refused::Row { index, message, .. } = why {
            problem.detail.row = Some(*index);
            problem.detail.message.clone_from(message);
        }
        problem.detail.batch_id = batch.map(ToString::to_string);
        match wait {
            Some(wait) => problem.with(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1))),
            None => problem,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(ErrorBody { error: self.detail })).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}
