//! What a run file says, without what differs from run to run: rowids, times, durations, process ids.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// What two runs of the same task must have in common.
#[derive(Debug, PartialEq, Eq)]
pub struct Dump {
    /// The view `results`, in its order.
    pub results: Vec<String>,
    /// The view `attempts` without its times. A set: an attempt that got no answer is made again by a later run.
    pub attempts: BTreeSet<String>,
    /// The view `failures`.
    pub failures: BTreeSet<String>,
    /// The answer to each request.
    pub tape: BTreeMap<String, String>,
    /// The latest exports: name, size, digest, rows.
    pub exports: BTreeSet<String>,
}

/// Opens a run file to look at.
pub fn open(db: &Path) -> Connection {
    Connection::open_with_flags(db, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .unwrap_or_else(|error| panic!("{}: {error}", db.display()))
}

/// The rows of a query, each as one text.
pub fn texts(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        let columns = (0..width).map(|index| {
            Ok(match row.get_ref(index)? {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
            })
        });
        Ok(columns.collect::<rusqlite::Result<Vec<String>>>()?.join("|"))
    });
    let rows: rusqlite::Result<Vec<String>> = rows.and_then(Iterator::collect);
    rows.unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// What the run file says.
pub fn logical_dump(db: &Path) -> Dump {
    let connection = open(db);
    let set = |query: &str| texts(&connection, query).into_iter().collect();
    let mut tape = BTreeMap::new();
    let answers = "SELECT DISTINCT request.request_id, response.finish || ' ' || response.answer FROM response \
                   JOIN call ON call.id = response.call JOIN request ON request.id = call.request \
                   WHERE response.outcome = 'answered'";
    for line in texts(&connection, answers) {
        let (request, answer) = line.split_once('|').expect("two columns");
        let earlier = tape.insert(request.to_owned(), answer.to_owned());
        assert_eq!(earlier, None, "one request, two answers");
    }
    Dump {
        results: texts(&connection, "SELECT * FROM results"),
        attempts: set(
            "SELECT work_id, step, attempt, outcome, detail, prompt, answer, verdict, score, reasons, model, \
                       request_id, sample, current, task_id FROM attempts",
        ),
        failures: set(
            "SELECT work_id, step, status, kind, message, attempts, last_answer, row_index, group_key, variant, repeat, \
                       perspective FROM failures",
        ),
        tape,
        exports: set("SELECT name, bytes, sha1, row_count FROM artifacts WHERE latest AND name NOT LIKE 'report%'"),
    }
}
