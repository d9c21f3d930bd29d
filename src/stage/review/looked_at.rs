//! The attempt whose output a person decides on.

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::standing::{ReviewedStanding, standing};
use crate::record::AttemptOutcome;
use crate::schema::Contract;
use crate::stage::generate::decide::read_output;
use crate::stage::generate::tape::answer_of;
use crate::stage::generate::{Reading, TapeAnswer};
use crate::store::sql;

/// The attempt whose output is decided on.
pub(super) struct LookedAt {
    pub(super) id: i64,
    pub(super) request: Option<i64>,
    pub(super) response: Option<i64>,
    answer: Option<TapeAnswer>,
    output: Option<Value>,
}

impl LookedAt {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text: Option<String> = row.get("answer")?;
        let answer = text.map(|text| answer_of(row, text)).transpose()?;
        let reading: Value = row.get("reading")?;
        Ok(Self {
            id: row.get("id")?,
            request: row.get("request")?,
            response: row.get("response")?,
            answer: answer.map(|answer| Reading::of_parts(&reading).apply(answer)),
            output: row.get("output")?,
        })
    }

    /// Returns its output if that is valid against the schema.
    pub(super) fn output(&self, contract: &Contract) -> Option<Value> {
        match (&self.output, &self.answer) {
            (Some(output), _) => Some(output.clone()),
            (None, Some(answer)) => read_output(answer, contract).ok(),
            (None, None) => None,
        }
    }
}

/// Returns the output that a decision about a work item (rowid) would be about, if there is one.
pub fn output(connection: &Connection, item: i64, contract: &Contract) -> rusqlite::Result<Option<Value>> {
    let standing = standing(connection, item)?;
    Ok(looked_at(connection, &standing)?.and_then(|it| it.output(contract)))
}

/// Returns the attempt that a decision is about: among those with a valid output, the one whose output is in force,
/// otherwise the latest that was accepted, otherwise the latest.
pub(super) fn looked_at(connection: &Connection, standing: &ReviewedStanding) -> rusqlite::Result<Option<LookedAt>> {
    let mut best: Option<(i64, LookedAt)> = None;
    sql::REVIEW_LOOKED_AT.each::<rusqlite::Error>(connection, &[(":standing", &standing.id)], |row| {
        let (outcome, rank): (AttemptOutcome, i64) = (row.get("outcome")?, row.get("rank")?);
        let has_output = outcome.has_valid_output() && outcome != AttemptOutcome::HumanRejected;
        if has_output && best.as_ref().is_none_or(|(highest, _)| rank > *highest) {
            best = Some((rank, LookedAt::read(row)?));
        }
        Ok(())
    })?;
    Ok(best.map(|(_, it)| it))
}
