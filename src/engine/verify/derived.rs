//! The ids of work items that are made from others, worked out again.

use rusqlite::Connection;

use super::Check;
use crate::engine::error::EngineError;

/// Holds each work item that is made from others against what its ids are made of.
pub(super) fn check(_connection: &Connection, _check: &mut Check) -> Result<(), EngineError> {
    Ok(())
}
