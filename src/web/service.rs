//! What the handlers share: [`Service`], with its [`ServiceLimits`].

use std::time::Duration;

use axum::body::Bytes;

use super::access::AccessRules;
use super::figures::Figures;
use super::openapi;
use crate::engine::{LiveDoor, LiveRecord, LiveTask};

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
    /// Where batches are found.
    pub record: LiveRecord,
}

impl Service {
    pub(super) fn new(task: LiveTask, door: LiveDoor, access: AccessRules, limits: ServiceLimits) -> Self {
        let description = openapi::describe(&task, &access, door.state().most).to_string();
        let figures = Figures::new(door.clone());
        Self { door, access, limits, figures, description: Bytes::from(description), record: task.record }
    }
}
