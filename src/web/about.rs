//! What the service says of itself: `/healthz`, `/metrics` and `/openapi.json`; and what it says to other paths.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::figures::METRICS_TYPE;
use super::messages::Health;
use super::problem::Problem;
use super::service::Service;

/// 200 while rows are taken, 503 otherwise.
pub(super) async fn health(State(service): State<Arc<Service>>) -> (StatusCode, Json<Health>) {
    let state = service.door.state();
    let (code, status) = if state.is_draining {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else if state.halted.is_some() {
        (StatusCode::SERVICE_UNAVAILABLE, "halted")
    } else {
        (StatusCode::OK, "ok")
    };
    let health = Health {
        status,
        queue: state.queue,
        queue_limit: state.most,
        in_flight: state.in_flight,
        message: state.halted.map(|why| why.to_string()),
    };
    (code, Json(health))
}

pub(super) async fn metrics(State(service): State<Arc<Service>>) -> Response {
    ([(CONTENT_TYPE, METRICS_TYPE)], service.figures.text()).into_response()
}

pub(super) async fn description(State(service): State<Arc<Service>>) -> Response {
    ([(CONTENT_TYPE, "application/json")], service.description.clone()).into_response()
}

pub(super) async fn unknown_path() -> Problem {
    Problem::unknown_path()
}

pub(super) async fn wrong_method() -> Problem {
    Problem::wrong_method()
}
