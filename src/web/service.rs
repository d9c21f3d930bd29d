//! What the handlers share: [`Service`], with its [`ServiceLimits`].

use std::time::Duration;

use axum::body::Bytes;
use tokio::time::{Instant, timeout_at};

use super::access::AccessRules;
use super::body::{Rows, make_whole};
use super::figures::Figures;
use super::openapi;
use super::problem::Problem;
use crate::engine::{BatchId, ColumnSpec, LiveDoor, LiveRecord, LiveTask, LiveTicket};
use crate::record::{ColumnKind, ColumnType};

/// What the service does at most.
#[derive(Clone, Copy, Debug)]
pub struct ServiceLimits {
    /// The most bytes of a body.
    pub body: usize,
    /// How long `POST /v1/run` waits for the rows to be decided.
    pub wait: Duration,
    /// The most connections at a time; further ones wait to be accepted.
    pub connections: usize,
}

/// A live run as it is served.
pub(super) struct Service {
    pub door: LiveDoor,
    pub access: AccessRules,
    pub limits: ServiceLimits,
    pub figures: Figures,
    /// The description of the service as JSON.
    pub description: Bytes,
    /// The columns of whole numbers.
    whole: Vec<String>,
    /// Where batches are found.
    pub record: LiveRecord,
}

impl Service {
    pub(super) fn new(task: LiveTask, door: LiveDoor, access: AccessRules, limits: ServiceLimits) -> Self {
        let description = openapi::describe(&task, &access, door.state().most).to_string();
        let is_whole = |it: &&ColumnSpec| it.kind == ColumnKind::Typed(ColumnType::Integer);
        let whole = task.columns.iter().filter(is_whole).map(|it| it.name.clone()).collect();
        let figures = Figures::new(door.clone());
        Self { door, access, limits, figures, description: Bytes::from(description), whole, record: task.record }
    }

    /// Gives rows to the run.
    pub(super) fn submit(&self, sent: &mut Rows) -> Result<LiveTicket, Problem> {
        make_whole(&mut sent.rows, &self.whole);
        self.door.submit(&sent.rows, sent.single).map_err(|why| Problem::refused(&why, None))
    }

    /// Waits until rows are on record. Those that are not by `deadline` are withdrawn, and never will be.
    pub(super) async fn accepted(&self, ticket: &mut LiveTicket, deadline: Instant) -> Result<BatchId, Problem> {
        let accepted = match timeout_at(deadline, ticket.accepted()).await {
            Ok(accepted) => accepted,
            Err(_) if ticket.withdraw() => return Err(Problem::not_taken(self.limits.wait)),
            // They are being recorded in this moment.
            Err(_) => ticket.accepted().await,
        };
        accepted.map_err(|why| Problem::refused(&why, None))
    }
}
