//! Rules about outputs, decisions of people, images and files.

use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use super::claims;
use super::demands::{AllDemands, Demands};
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::record::{AttemptOutcome, DecisionKind, Digest, Verdict, canonical};
use crate::stage::artifact::{self, Measure};
use crate::stage::image;
use crate::store::sql;

/// Checks every accepted output against its schema, its answer and its verdict.
pub(super) fn check_accepted(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new(
        "every accepted output is valid against its schema, and was answered by the model and passed by its judge, or is \
         what a person decided",
    );
    let mut all = AllDemands::new(connection);
    sql::VERIFY_OUTPUTS.each::<rusqlite::Error>(connection, &[], |row| {
        let demands = all.of_task(row.get("task")?)?;
        let (work_id, step): (String, String) = (row.get("work_id")?, row.get("step")?);
        let Some(contract) = &demands.contract else {
            check.require(false, || format!("the schema of work item {work_id} of step {step} cannot be read"));
            return Ok(());
        };
        let output: Value = row.get("output")?;
        let first_line: Option<i64> = row.get("first_line")?;
        let in_row = demands.in_row(output.clone(), first_line);
        let looked_at: Option<i64> = row.get("looked_at")?;
        let answer = demands.answered(connection, row, looked_at.unwrap_or(row.get("attempt")?))?;
        let origin = demands.in_row(row.get("origin")?, row.get("origin_line")?);
        let answered = || !demands.asks || is_same(answer.as_ref(), &in_row);
        let decided: Option<DecisionKind> = row.get("decided")?;
        // An edit is no model's answer; an output that a person accepted is the model's, or was there before.
        let before: Option<Value> = row.get("before")?;
        let before_line: Option<i64> = row.get("before_line")?;
        let before = before.map(|it| demands.in_row(it, before_line));
        let there = match decided {
            Some(DecisionKind::Edit) => true,
            Some(_) => match before {
                Some(before) => is_same(Some(&before), &in_row),
                None => answered(),
            },
            None => answered(),
        };
        // What moved is the same in lines of its row.
        let there = there && is_same(Some(&origin), &in_row);
        // The schema is of the lines that a model writes. What was accepted was held to it with those of the document,
        // too.
        let has_moved = first_line != row.get("origin_line")?;
        let fits = contract.validate(&in_row).is_ok() && (has_moved || contract.validate(&output).is_ok());
        let valid = there && demands.has_first_line(first_line) && fits;
        let outcome = if decided.is_some() { AttemptOutcome::HumanAccepted } else { AttemptOutcome::Accepted };
        let accepted = row.get::<_, String>("outcome")? == outcome.as_str() && row.get("same_item")?;
        let verdict: Option<String> = row.get("verdict")?;
        let verdict: Option<Verdict> = verdict.and_then(|word| word.parse().ok());
        let passed = decided.is_some() || demands.pass(verdict, row.get("score")?);
        check.require(valid && accepted && passed, || format!("the output of work item {work_id} of step {step}"));
        Ok(())
    })?;
    Ok(check)
}

/// Checks every output that did not pass against its answer.
pub(super) fn check_turned_down(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("every output that did not pass is what was answered");
    let mut all = AllDemands::new(connection);
    sql::VERIFY_TURNED_DOWN.each::<rusqlite::Error>(connection, &[], |row| {
        let demands = all.of_task(row.get("task")?)?;
        let (id, output): (i64, Value) = (row.get("id")?, row.get("output")?);
        let answer = demands.answered(connection, row, id)?;
        check.require(is_same(answer.as_ref(), &output), || format!("the output of attempt {id}"));
        Ok(())
    })?;
    Ok(check)
}

/// Checks every decision of a person against its attempt.
pub(super) fn check_decisions(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("what people decided is signed, and nothing else is");
    let mut all = AllDemands::new(connection);
    sql::VERIFY_DECISIONS.each::<rusqlite::Error>(connection, &[], |row| {
        let id: i64 = row.get("id")?;
        let kind: Option<DecisionKind> = row.get("kind")?;
        let Some(kind) = kind else {
            check.require(false, || format!("attempt {id} has no decision"));
            return Ok(());
        };
        let (by, reason): (String, String) = (row.get("decided_by")?, row.get("reason")?);
        let (word, outcome) = match kind {
            DecisionKind::Accept => ("accepted", AttemptOutcome::HumanAccepted),
            DecisionKind::Edit => ("written", AttemptOutcome::HumanAccepted),
            DecisionKind::Reject => ("rejected", AttemptOutcome::HumanRejected),
        };
        let detail = format!("{word} by {by}: {reason}");
        let is_signed = row.get::<_, Option<String>>("detail")? == Some(detail)
            && row.get::<_, Option<Value>>("reasons")? == Some(json!([reason]))
            && row.get::<_, String>("outcome")? == outcome.as_str()
            && row.get("same_time")?
            && row.get("is_about_it")?;
        let (rejected, before): (Option<Value>, Option<Value>) = (row.get("output")?, row.get("before")?);
        let demands = all.of_task(row.get("task")?)?;
        let is_its = match (kind, rejected, before) {
            (DecisionKind::Reject, Some(output), Some(before)) => {
                is_same(Some(&demands.in_row(before, row.get("before_line")?)), &output)
            }
            (DecisionKind::Reject, Some(output), None) => {
                let looked_at: Option<i64> = row.get("looked_at")?;
                is_same(demands.answered(connection, row, looked_at.unwrap_or(id))?.as_ref(), &output)
            }
            (_, rejected, _) => rejected.is_none(),
        };
        check.require(is_signed && is_its, || format!("attempt {id} is not what its decision says"));
        Ok(())
    })?;
    Ok(check)
}

/// Whether an output is there and the same as another one.
fn is_same(one: Option<&Value>, other: &Value) -> bool {
    one.is_some_and(|it| canonical::to_vec(it) == canonical::to_vec(other))
}

impl Demands {
    /// The output that the answer in the column `answer` is read as, with the lines that the claims of `attempt` have
    /// in the end.
    fn answered(&self, connection: &Connection, row: &Row<'_>, attempt: i64) -> rusqlite::Result<Option<Value>> {
        let answer: Option<String> = row.get("answer")?;
        let mut output = self.output_of(answer.as_deref());
        if let Some(output) = output.as_mut().filter(|_| !self.claims.is_empty()) {
            claims::with_lines(output, self, &claims::recorded(connection, attempt)?);
        }
        Ok(output)
    }
}

/// Checks the digest and the media type of every image.
pub(super) fn check_images(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("images have the digests of their bytes, and are what they say");
    sql::VERIFY_IMAGES.each::<rusqlite::Error>(connection, &[], |row| {
        let data = row.get_ref("data")?.as_blob().map_err(rusqlite::Error::from)?;
        let (sha1, kind): (Digest, String) = (row.get("sha1")?, row.get("media_type")?);
        let counted = row.get::<_, i64>("bytes")?.unsigned_abs() == data.len() as u64;
        let same = sha1 == Digest::of_bytes(data) && image::media_type(data) == Some(kind.as_str());
        check.require(counted && same, || format!("image {sha1}"));
        Ok(())
    })?;
    Ok(check)
}

/// Checks the digest and the size of every file.
pub(super) fn check_artifacts(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("files have the digests of their bytes");
    let all = sql::VERIFY_ARTIFACTS.all(connection, &[], |row| {
        let name: String = row.get("name")?;
        Ok((row.get::<_, i64>("id")?, name, row.get::<_, Digest>("sha1")?, row.get::<_, i64>("bytes")?))
    })?;
    for (id, name, sha1, bytes) in all {
        let mut measured = Measured(Measure::default());
        let read = artifact::read(connection, id, &mut measured);
        check.require(read.is_ok() && measured.0.finish() == (sha1, bytes), || format!("{name} ({sha1})"));
    }
    Ok(check)
}

struct Measured(Measure);

impl std::io::Write for Measured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
