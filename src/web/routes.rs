//! The paths of the service, and what is done for each request: its host and token are held, and it is counted.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Request};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::about;
use super::batches;
use super::paths::{BATCH, BATCHES, DESCRIPTION, HEALTH, METRICS, RUN, route_of};
use super::run;
use super::service::Service;

pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route(RUN, post(run::run))
        .route(BATCHES, post(batches::submit))
        .route(BATCH, get(batches::page))
        .route(HEALTH, get(about::health))
        .route(METRICS, get(about::metrics))
        .route(DESCRIPTION, get(about::description))
        .fallback(about::unknown_path)
        .method_not_allowed_fallback(about::wrong_method)
        .layer(from_fn_with_state(Arc::clone(&service), attend))
        .with_state(service)
}

/// Answers a request, if it may be asked.
async fn attend(State(service): State<Arc<Service>>, request: Request<Body>, next: Next) -> Response {
    let began = Instant::now();
    let route = route_of(request.uri().path());
    let checked = service.access.check_host(request.uri(), request.headers()).and_then(|()| {
        // Whoever watches over the process has no token.
        if route == HEALTH { Ok(()) } else { service.access.check_token(request.headers()) }
    });
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    service.figures.count(route, response.status().as_u16(), began.elapsed());
    response
}
