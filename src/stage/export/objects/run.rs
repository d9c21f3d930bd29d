//! What objects about a run see as `run`. All of it follows from the configuration and the record, so that a file that
//! is written again has the same bytes.

use rusqlite::Connection;
use serde_json::Value;

use super::{ObjectFiles, count_objects};
use crate::store::sql;

/// `run` with what the record says of it: when the last accepted output was decided, by which version, and how many
/// objects each file has.
pub(super) fn run_value(connection: &Connection, files: &ObjectFiles) -> rusqlite::Result<Value> {
    let mut run = files.run.clone();
    let last: Option<(String, String)> =
        sql::EXPORT_LAST_ACCEPTED.first(connection, &[], |row| Ok((row.get("decided_at")?, row.get("version")?)))?;
    let (timestamp, version) = last.unzip();
    run["timestamp"] = Value::from(timestamp);
    run["casebook_version"] = Value::from(version);
    for file in files.files.iter().filter(|file| !file.sources().is_empty()) {
        run["files"][&file.name] = Value::from(count_objects(connection, file)?);
    }
    Ok(run)
}
