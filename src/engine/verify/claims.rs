//! Rules about claims: they are those of the outputs, they were held against the lines of their rows, and accepted
//! outputs have the lines of the document that follow from them.

use std::collections::HashMap;

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::columns::column_list;
use super::demands::{AllDemands, Demands};
use super::listed::listed;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::prompt::{TemplateColumns, TemplateRow};
use crate::record::{AttemptOutcome, ClaimStatus, DecisionKind, canonical, shift};
use crate::stage::generate::{Evidence, HeldClaim};
use crate::stage::ingest::parse_typed_fields;
use crate::store::sql;

/// Checks the claims of every attempt.
pub(super) fn check(connection: &Connection) -> Result<Vec<VerifyCheck>, EngineError> {
    let mut check =
        VerifyCheck::new("claims are those of the outputs, as they were held against the lines of their rows");
    let mut all = AllDemands::new(connection);
    sql::VERIFY_HELD.each::<EngineError>(connection, &[], |row| {
        let demands = all.of_task(row.get("task")?)?;
        let (id, work_id): (i64, String) = (row.get("id")?, row.get("work_id")?);
        let recorded = recorded(connection, id)?;
        check.require(are_its_claims(&demands, row, &recorded)?, || {
            format!("the claims of attempt {id} at work item {work_id}")
        });
        Ok(())
    })?;
    let stray = listed(connection, "only outputs with evidence have claims", sql::VERIFY_STRAY_CLAIMS, &[], &|id| {
        format!("claim {id}")
    })?;
    let what = "accepted outputs with evidence stand once at each line at which their row began";
    let entries = listed(connection, what, sql::VERIFY_STRAY_ENTRIES, &[], &|id| format!("cache entry {id}"))?;
    let has_problems = !stray.problems.is_empty() || !entries.problems.is_empty();
    Ok(if check.checked > 0 || has_problems { vec![check, stray, entries] } else { Vec::new() })
}

/// A claim as it is on record.
pub(super) struct RecordedClaim {
    number: i64,
    path: String,
    cited: (Option<i64>, Option<i64>),
    lines: (Option<i64>, Option<i64>),
    quote: String,
    status: String,
}

/// The claims of an attempt (rowid).
pub(super) fn recorded(connection: &Connection, attempt: i64) -> rusqlite::Result<Vec<RecordedClaim>> {
    sql::VERIFY_CLAIMS_OF_ATTEMPT.all(connection, &[(":attempt", &attempt)], |row| {
        Ok(RecordedClaim {
            number: row.get("number")?,
            path: row.get("path")?,
            cited: (row.get("cited_start")?, row.get("cited_end")?),
            lines: (row.get("line_start")?, row.get("line_end")?),
            quote: row.get("quote")?,
            status: row.get("status")?,
        })
    })
}

/// Whether the recorded claims of an attempt are those of its output.
fn are_its_claims(demands: &Demands, row: &Row<'_>, recorded: &[RecordedClaim]) -> rusqlite::Result<bool> {
    let (output, accepted): (Option<Value>, Option<Value>) = (row.get("output")?, row.get("accepted")?);
    let first_line: Option<i64> = row.get("first_line")?;
    // With lines of the row, as the output is in the end.
    let last = accepted.map(|it| demands.in_row(it, first_line)).or(output);
    // A candidate that was accepted and not chosen has its answer alone.
    let is_spare = row.get::<_, String>("outcome")? == AttemptOutcome::Accepted.as_str()
        && row.get::<_, Option<i64>>("candidate")?.is_some();
    if last.is_none() && !is_spare {
        return Ok(recorded.is_empty());
    }
    let decided: Option<DecisionKind> = row.get("decided")?;
    let answer: Option<String> = row.get("answer")?;
    let first = if decided.is_some() { last.clone() } else { demands.output_of(answer.as_deref()) };
    let Some(mut first) = first else { return Ok(false) };
    let Some(held_against) = RowOfClaims::read(demands, row)? else { return Ok(false) };
    let text = held_against.text.as_deref().unwrap_or_default();
    let held = held_against.evidence.claims(text, &mut first, decided.is_some());
    let are_same = held.len() == recorded.len()
        && (1..).zip(held.iter().zip(recorded)).all(|(number, (held, recorded))| {
            let is_whole = held_against.text.is_none() || is_held(held, recorded);
            recorded.number == number && is_cited(held, recorded) && is_whole
        });
    // Lines of relocated claims are written into the output.
    with_lines(&mut first, demands, recorded);
    let is_last = last.is_none_or(|last| canonical::to_vec(&first) == canonical::to_vec(&last));
    Ok(are_same && is_last)
}

/// Whether a claim cites what is on record, and its other columns fit each other.
fn is_cited(held: &HeldClaim, recorded: &RecordedClaim) -> bool {
    let stays = recorded.status != ClaimStatus::Relocated.as_str();
    (&held.path, held.cited_start, held.cited_end, &held.quote)
        == (&recorded.path, recorded.cited.0, recorded.cited.1, &recorded.quote)
        && (!stays || recorded.lines == recorded.cited)
}

/// Whether a claim came to the end that is on record.
fn is_held(held: &HeldClaim, recorded: &RecordedClaim) -> bool {
    (held.line_start, held.line_end) == recorded.lines && held.status.as_str() == recorded.status
}

/// The evidence of a task, and the text of the row that claims were held against, if that is still known.
struct RowOfClaims {
    evidence: Evidence,
    text: Option<String>,
}

impl RowOfClaims {
    fn read(demands: &Demands, row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let columns: Option<Value> = row.get("columns")?;
        let fields: Option<String> = row.get("fields")?;
        let names = columns.as_ref().map_or_else(|| vec!["text".to_owned(), "line_start".to_owned()], column_list);
        let Ok(Some(evidence)) = Evidence::of(&demands.evidence, names.iter().map(String::as_str)) else {
            return Ok(None);
        };
        let text = match fields {
            Some(fields) => {
                let row = TemplateRow::of_fields(&TemplateColumns::new(&names), &parse_typed_fields(&fields)?);
                Some(evidence.text(&row).to_owned())
            }
            None => None,
        };
        Ok(Some(Self { evidence, text }))
    }
}

/// Writes the lines of recorded claims that were relocated into an output with lines of the row.
pub(super) fn with_lines(output: &mut Value, demands: &Demands, recorded: &[RecordedClaim]) {
    let relocated: HashMap<&str, _> = recorded
        .iter()
        .filter(|it| it.status == ClaimStatus::Relocated.as_str())
        .map(|it| (it.path.as_str(), it.lines))
        .collect();
    if relocated.is_empty() {
        return;
    }
    for places in &demands.claims {
        let all = places.at.places(output);
        let lines: Vec<_> = all.iter().map(|it| relocated.get(it.path.as_str()).copied()).collect();
        let mut lines = lines.into_iter();
        places.at.each_mut(output, &mut |value| {
            let Some((start, end)) = lines.next().flatten() else { return };
            for (field, line) in places.lines.iter().zip([start, end]) {
                field.each_mut(value, &mut |place| *place = Value::from(line));
            }
        });
    }
}

impl Demands {
    /// An output with the lines of its row in place of those of the document, in which the row begins at `first_line`.
    pub(super) fn in_row(&self, mut output: Value, first_line: Option<i64>) -> Value {
        shift(&mut output, &self.claims, 1 - first_line.unwrap_or(1));
        output
    }

    /// Whether an accepted output says where its row begins exactly if it has evidence.
    pub(super) fn has_first_line(&self, first_line: Option<i64>) -> bool {
        first_line.is_some() != self.claims.is_empty()
    }
}
