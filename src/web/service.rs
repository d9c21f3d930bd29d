//! What the handlers share: [`Service`], with its [`ServiceLimits`].

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;

use super::access::AccessRules;
use super::figures::Figures;
use super::openapi;
use super::problem::Problem;
use crate::engine::{LiveDoor, LiveTask};
use crate::view::{self, Connection};

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
    task: LiveTask,
    /// A connection that only reads, once one was needed.
    reader: Mutex<Option<Connection>>,
}

impl Service {
    pub(super) fn new(task: LiveTask, door: LiveDoor, access: AccessRules, limits: ServiceLimits) -> Self {
        let description = openapi::describe(&task, &access, door.state().most).to_string();
        let figures = Figures::new(door.clone());
        Self { door, access, limits, figures, description: Bytes::from(description), task, reader: Mutex::new(None) }
    }

    /// Reads from the run file. It blocks.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, view::ReadError>,
    ) -> Result<T, Problem> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match reader.take() {
            Some(connection) => connection,
            None => view::open(&self.task.db).map_err(|error| Problem::unreadable(&error))?,
        };
        let found = read(&connection).map_err(|error| Problem::unreadable(&error))?;
        *reader = Some(connection);
        Ok(found)
    }
}
