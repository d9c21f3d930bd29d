//! Rows of documents that begin at another line than before, with the text that they had: the lines in their accepted
//! outputs follow, and no model is asked.
//!
//! Such an output is recorded once more for the same attempt ([`follow`]), so that decisions of people stay in force
//! and every earlier output stays on record. Where a row moves back, the output from then is taken again. May use the
//! configuration's words for evidence, as a task's record has them.

use rusqlite::{Connection, ToSql, Transaction};
use serde_json::Value;

use crate::config;
use crate::record::{ClaimPlaces, canonical, shift};
use crate::store::sql;

/// How many moved rows are read at once.
const PAGE: i64 = 256;

/// A standing whose row moved.
struct MovedStanding {
    id: i64,
    position: i64,
    work_item: i64,
    attempt: i64,
    first_line: i64,
    output: Value,
    line: i64,
    /// The output at this line, if the run file has it.
    found: Option<i64>,
}

impl MovedStanding {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            position: row.get("position")?,
            work_item: row.get("work_item")?,
            attempt: row.get("attempt")?,
            first_line: row.get("first_line")?,
            output: row.get("output")?,
            line: row.get("line")?,
            found: row.get("found")?,
        })
    }
}

/// Gives the accepted outputs of a step (rowid) the lines at which their rows begin now; returns how many moved.
pub fn follow(tx: &Transaction<'_>, step: i64) -> rusqlite::Result<usize> {
    let evidence = sql::STANDING_EVIDENCE.first(tx, &[(":step", &step)], |row| row.get("evidence"))?;
    let claims = claims_of(evidence.flatten().as_ref())?;
    if claims.is_empty() {
        return Ok(0);
    }
    let (mut after, mut moved) = (-1, 0);
    loop {
        let page: [(&str, &dyn ToSql); 3] = [(":step", &step), (":after", &after), (":count", &PAGE)];
        let page = sql::STANDING_MOVED.all(tx, &page, MovedStanding::read)?;
        let Some(last) = page.last() else { return Ok(moved) };
        after = last.position;
        moved += page.len();
        for standing in page {
            point(tx, &claims, standing)?;
        }
    }
}

/// The same for one standing (rowid), whose outputs have these claims.
pub fn follow_one(tx: &Transaction<'_>, standing: i64, claims: &[ClaimPlaces]) -> rusqlite::Result<()> {
    let moved = sql::STANDING_MOVED_ONE.first(tx, &[(":standing", &standing)], MovedStanding::read)?;
    moved.map_or(Ok(()), |moved| point(tx, claims, moved))
}

/// Points a standing at its output with the present lines.
fn point(tx: &Transaction<'_>, claims: &[ClaimPlaces], standing: MovedStanding) -> rusqlite::Result<()> {
    let (id, entry) = (standing.id, entry(tx, claims, standing)?);
    sql::STANDING_MOVE.execute(tx, &[(":cache_entry", &entry), (":standing", &id)]).map(|_| ())
}

/// The output of a moved standing at its present line (rowid).
fn entry(tx: &Connection, claims: &[ClaimPlaces], mut standing: MovedStanding) -> rusqlite::Result<i64> {
    if let Some(found) = standing.found {
        return Ok(found);
    }
    shift(&mut standing.output, claims, standing.line - standing.first_line);
    sql::GENERATE_INSERT_CACHE_ENTRY.insert(
        tx,
        &[
            (":work_item", &standing.work_item),
            (":attempt", &standing.attempt),
            (":first_line", &standing.line),
            (":output", &canonical::to_string(&standing.output)),
        ],
    )
}

/// Where claims stand in the outputs of a task; `evidence` is what its parts say.
pub fn claims_of(evidence: Option<&Value>) -> rusqlite::Result<Vec<ClaimPlaces>> {
    let Some(evidence) = evidence.filter(|it| !it.is_null()) else { return Ok(Vec::new()) };
    let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error)
    };
    let declared: Vec<config::Evidence> =
        serde_json::from_value(evidence.clone()).map_err(|error| unusable(Box::new(error)))?;
    declared.iter().map(config::Evidence::places).collect::<Result<_, _>>().map_err(|error| unusable(Box::new(error)))
}
