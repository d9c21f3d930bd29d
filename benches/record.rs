//! What a run file says of the run that made it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// The run file of a measure, open to be read.
pub struct Record {
    connection: Connection,
}

/// The bytes of all texts in the run file, each counted once however often it stands there: rows, shared texts, the
/// requests' own texts, answers, the rest of the responses, outputs and exports (as they are kept).
const UNIQUE_TEXT: &str = "
    SELECT (SELECT sum(length(CAST(body AS BLOB))) FROM (
               SELECT fields AS body FROM input_row
               UNION SELECT body FROM text
               UNION SELECT part.value FROM request, json_each(request.messages) AS message,
                                            json_each(message.value, '$.parts') AS part WHERE part.type = 'text'
               UNION SELECT answer FROM response
               UNION SELECT envelope FROM response
               UNION SELECT output FROM cache_entry))
         + (SELECT coalesce(sum(length(data)), 0) FROM artifact_chunk)";

impl Record {
    /// Opens a run file.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        Ok(Self { connection: Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)? })
    }

    fn number(&self, query: &str) -> rusqlite::Result<f64> {
        self.connection.query_row(query, [], |row| Ok(row.get::<_, Option<f64>>(0)?.unwrap_or(f64::NAN)))
    }

    /// How long the latest run of a stage took by its manifest, in seconds.
    pub fn stage_seconds(&self, stage: &str) -> rusqlite::Result<f64> {
        self.number(&format!(
            "SELECT (julianday(ended_at) - julianday(started_at)) * 86400.0 FROM manifest
             WHERE stage = '{stage}' AND status = 'done' ORDER BY id DESC LIMIT 1"
        ))
    }

    /// How long it took from the begin of the latest run of a stage to the begin of what came after it, in seconds.
    pub fn seconds_with_commit(&self, stage: &str) -> rusqlite::Result<f64> {
        self.number(&format!(
            "SELECT (julianday(coalesce(next.started_at, invocation.ended_at)) - julianday(this.started_at)) * 86400.0
             FROM manifest AS this
             JOIN invocation ON invocation.id = this.invocation
             LEFT JOIN manifest AS next ON next.id = this.id + 1 AND next.invocation = this.invocation
             WHERE this.stage = '{stage}' AND this.status = 'done' ORDER BY this.id DESC LIMIT 1"
        ))
    }

    /// How many work items are accepted.
    pub fn accepted(&self) -> rusqlite::Result<f64> {
        self.number("SELECT sum(accepted) FROM progress")
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> rusqlite::Result<f64> {
        self.number("SELECT count(*) FROM attempt")
    }

    /// How many calls were made.
    pub fn calls(&self) -> rusqlite::Result<f64> {
        self.number("SELECT count(*) FROM call")
    }

    /// When the first call of the latest invocation was recorded to be sent, in seconds since 1970.
    pub fn first_call(&self) -> rusqlite::Result<f64> {
        self.number(
            "SELECT (julianday(started_at) - 2440587.5) * 86400.0 FROM call
             WHERE invocation = (SELECT max(id) FROM invocation) ORDER BY id LIMIT 1",
        )
    }

    /// How many seconds lay between two attempts, by their numbers in the whole file.
    pub fn seconds_between(&self, from: u64, to: u64) -> rusqlite::Result<f64> {
        self.number(&format!(
            "SELECT (julianday(b.decided_at) - julianday(a.decided_at)) * 86400.0
             FROM attempt AS a, attempt AS b WHERE a.id = {from} AND b.id = {to}"
        ))
    }

    /// The bytes of the unique texts.
    pub fn unique_text(&self) -> rusqlite::Result<f64> {
        self.number(UNIQUE_TEXT)
    }
}
