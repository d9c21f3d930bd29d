//! `POST /v1/run`: rows in, what came of them out.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use tokio::time::{Instant, timeout_at};

use super::body::read_rows;
use super::messages::{RowAnswer, RunAnswer};
use super::problem::Problem;
use super::service::Service;

/// Waits for the rows to be decided, as long as the service waits at most.
pub(super) async fn run(
    State(service): State<Arc<Service>>,
    request: Request<Body>,
) -> Result<Json<RunAnswer>, Problem> {
    let mut sent = read_rows(request, service.limits.body, false).await?;
    let wait = service.limits.wait;
    let deadline = Instant::now() + wait;
    let mut ticket = service.submit(&mut sent)?;
    let batch = service.accepted(&mut ticket, deadline).await?;
    let mut incoming = ticket.results();
    let mut results = Vec::with_capacity(sent.rows.len());
    loop {
        let next = timeout_at(deadline, incoming.next()).await.map_err(|_| Problem::late(wait, &batch, sent.single))?;
        match next.map_err(|why| Problem::refused(&why, Some(&batch)))? {
            Some(result) => results.push(RowAnswer::from(result)),
            None => return Ok(Json(RunAnswer { batch_id: batch.to_string(), results })),
        }
    }
}
