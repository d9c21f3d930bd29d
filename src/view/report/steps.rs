//! Reads why work items are held back, and where perspectives disagree.

use rusqlite::Connection;
use serde_json::Value;

use super::columns::{field_texts, json, texts};
use super::model::{Agreement, Disputed, HeldBackRow, LONGEST_LABEL, Readers, StepOutcome};
use super::number::{Count, Share, clipped};
use crate::store::sql;

/// How many reasons are listed.
const REASONS: i64 = 50;
/// A field is compared if all answers for a work item together have at most this many characters.
const LONGEST_ANSWERS: i64 = 300;
/// How many combinations of answers are listed for a field.
const COMBINATIONS: i64 = 12;
/// How many disputed rows are listed for a field.
const DISPUTED: i64 = 200;
/// How many characters of an input are shown.
const LONGEST_TEXT: usize = 280;

/// Reads why work items are skipped or blocked.
pub(super) fn held_back(connection: &Connection) -> rusqlite::Result<Vec<HeldBackRow>> {
    sql::VIEW_REPORT_HELD_BACK.all(connection, &[(":limit", &REASONS), (":anywhere", &false)], |row| {
        let reason: Option<String> = row.get("reason")?;
        Ok(HeldBackRow {
            step: row.get("step")?,
            status: row.get("status")?,
            reason: reason.map_or_else(|| "(no reason on record)".to_owned(), |it| clipped(&it, LONGEST_TEXT)),
            items: Count(row.get("items")?),
        })
    })
}

/// Reads how far the perspectives of each step agree, in the order of the steps.
pub(super) fn readers(connection: &Connection, steps: &[StepOutcome]) -> rusqlite::Result<Vec<Readers>> {
    let mut found: Vec<Readers> = Vec::new();
    for (step, name) in steps.iter().filter_map(|it| it.step.split_once('.')) {
        match found.iter_mut().find(|it| it.step == step) {
            Some(readers) => readers.names.push(name.to_owned()),
            None => found.push(Readers { step: step.to_owned(), names: vec![name.to_owned()], fields: Vec::new() }),
        }
    }
    if found.is_empty() {
        return Ok(found);
    }
    sql::VIEW_REPORT_READERS.each::<rusqlite::Error>(connection, &[(":longest", &LONGEST_ANSWERS)], |row| {
        let step: String = row.get("step")?;
        if let Some(readers) = found.iter_mut().find(|it| it.step == step) {
            let agreed = Share::new(row.get("agreed")?, row.get("compared")?);
            readers.fields.push(Agreement {
                field: row.get("field")?,
                agreed,
                combinations: Vec::new(),
                disputed: Vec::new(),
            });
        }
        Ok(())
    })?;
    for readers in &mut found {
        for field in readers.fields.iter_mut().filter(|it| it.agreed.part < it.agreed.whole) {
            disputes(connection, &readers.step, &readers.names, field)?;
        }
    }
    Ok(found)
}

fn disputes(connection: &Connection, step: &str, names: &[String], field: &mut Agreement) -> rusqlite::Result<()> {
    let answers_of = |answers: &Value| -> Vec<Option<String>> {
        names.iter().map(|name| answers[name].as_str().map(str::to_owned)).collect()
    };
    let of = &field.field;
    field.combinations = sql::VIEW_REPORT_DISPUTES.all(
        connection,
        &[(":step", &step), (":field", of), (":limit", &COMBINATIONS)],
        |row| Ok((answers_of(&json(row, "said")?), Count(row.get("items")?))),
    )?;
    let parameters: &[(&'static str, &dyn rusqlite::ToSql)] =
        &[(":step", &step), (":field", of), (":limit", &DISPUTED)];
    field.disputed = sql::VIEW_REPORT_DISPUTED.all(connection, parameters, |row| {
        let group: Option<String> = row.get("group_key")?;
        let item = texts(&Value::Array(vec![json(row, "item")?]));
        let item = item.into_iter().find(|it| it != "null");
        Ok(Disputed {
            row: row.get::<_, Option<i64>>("row_index")?.map(|index| Count(index + 1)),
            subject: group.or(item).map(|it| clipped(&it, LONGEST_LABEL)),
            text: clipped(&field_texts(&json(row, "fields")?).join(" · "), LONGEST_TEXT),
            answers: answers_of(&json(row, "answers")?),
        })
    })?;
    Ok(())
}
