//! The attempt whose output a person decides on.

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::contracts::Contracts;
use super::evidence::ItemEvidence;
use super::standing::{ReviewedStanding, standing};
use crate::record::{AttemptOutcome, VariantAt};
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
    /// Where the row began when the output was accepted, in a task with evidence.
    first_line: Option<i64>,
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
            first_line: row.get("first_line")?,
        })
    }

    /// Returns its output if that is valid against the schema. Lines of claims are those of the document.
    pub(super) fn output(&self, contract: &Contract, evidence: Option<&ItemEvidence>) -> Option<Value> {
        let output = match (&self.output, &self.answer) {
            (Some(output), _) => Some(output.clone()),
            (None, Some(answer)) => read_output(answer, contract).ok(),
            (None, None) => None,
        }?;
        Some(match (evidence, self.first_line) {
            (Some(evidence), Some(then)) => evidence.moved(output, then),
            (Some(evidence), None) => evidence.shown(output),
            (None, _) => output,
        })
    }
}

/// Returns the output that a decision about a work item (rowid) under a variant would be about, if there is one.
pub fn output(
    connection: &Connection,
    contracts: &mut Contracts,
    item: i64,
    at: VariantAt,
) -> rusqlite::Result<Option<Value>> {
    let standing = standing(connection, item, at)?;
    let task = contracts.of_task(connection, standing.task)?;
    let Some(contract) = task.contract else { return Ok(None) };
    let evidence = ItemEvidence::of(connection, &standing, &task.evidence)?;
    Ok(looked_at(connection, &standing)?.and_then(|it| it.output(&contract, evidence.as_ref())))
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
