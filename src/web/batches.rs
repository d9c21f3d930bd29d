//! `POST /v1/batches` and `GET /v1/batches/{id}`: rows that are decided later, and what came of them so far. A batch is
//! found in the run file, after a restart too.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::time::Instant;

use super::body::read_rows;
use super::messages::{BatchAnswer, BatchPage, RowAnswer, RowCounts};
use super::paths::{BATCHES, MOST_RESULTS, MOST_ROWS, USUAL_RESULTS};
use super::problem::Problem;
use super::service::Service;
use crate::engine::{BatchState, EngineError, LiveRecord, LiveResult};

/// Which page of a batch is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// The `next` of the page before.
    #[serde(default)]
    after: u64,
    limit: Option<u64>,
}

/// Takes rows, and answers as soon as they are on record.
pub(super) async fn submit(State(service): State<Arc<Service>>, request: Request<Body>) -> Result<Response, Problem> {
    let mut sent = read_rows(request, service.limits.body, true).await?;
    let mut ticket = service.submit(&mut sent)?;
    let batch = service.accepted(&mut ticket, Instant::now() + service.limits.wait).await?;
    let href = format!("{BATCHES}/{batch}");
    let location = HeaderValue::from_str(&href).ok();
    let answer = BatchAnswer { batch_id: batch.to_string(), rows: sent.rows.len(), href };
    let mut response = (StatusCode::ACCEPTED, Json(answer)).into_response();
    response.headers_mut().extend(location.map(|it| (LOCATION, it)));
    Ok(response)
}

/// Says how a batch stands.
pub(super) async fn page(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    query: Result<Query<PageQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<BatchPage>, Problem> {
    let Query(query) = query.map_err(|rejection| Problem::bad_query(rejection.body_text()))?;
    let limit = query.limit.unwrap_or(USUAL_RESULTS);
    if query.after > MOST_ROWS {
        return Err(Problem::bad_query(format!("`after` is at most {MOST_ROWS}")));
    }
    if !(1..=MOST_RESULTS).contains(&limit) {
        return Err(Problem::bad_query(format!("`limit` is from 1 to {MOST_RESULTS}")));
    }
    let record = service.record.clone();
    let read = move || read_page(&record, &id, (query.after, limit));
    let found = tokio::task::spawn_blocking(read).await.map_err(|error| Problem::unreadable(&error))?;
    found.map_err(|error| Problem::unreadable(&error))?.map(Json).ok_or_else(Problem::unknown_batch)
}

/// Reads a batch and some of its rows. It blocks.
fn read_page(record: &LiveRecord, id: &str, (after, limit): (u64, u64)) -> Result<Option<BatchPage>, EngineError> {
    let Some(batch) = record.batch(id)? else { return Ok(None) };
    let rows = record.results(id, after, limit)?.unwrap_or_default();
    Ok(Some(shown(&batch, rows, after)))
}

fn shown(batch: &BatchState, rows: Vec<LiveResult>, after: u64) -> BatchPage {
    let counts = RowCounts {
        pending: batch.counts.pending,
        accepted: batch.counts.accepted,
        rejected: batch.counts.rejected,
        failed: batch.counts.failed,
        skipped: batch.counts.skipped,
        blocked: batch.counts.blocked,
    };
    let next = after.saturating_add(rows.len() as u64);
    BatchPage {
        batch_id: batch.id.to_string(),
        accepted_at: batch.accepted_at.clone(),
        rows: batch.rows,
        done: batch.counts.pending == 0,
        counts,
        results: rows.into_iter().map(|row| RowAnswer { from_record: None, ..RowAnswer::from(row) }).collect(),
        next: (next < batch.rows).then_some(next),
    }
}
