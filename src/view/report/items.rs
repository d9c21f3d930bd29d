//! Reads single work items: failures and rejections, and samples of accepted outputs.

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::answers::shown_groups;
use super::columns::{field_texts, json, outcome_counts, plain, texts};
use super::model::{
    ColumnOutcomes, FailedItem, FailureKindRow, FailureSection, LONGEST_LABEL, OutcomeGroup, OutputSample,
    ReportOptions, SampleGroup,
};
use super::number::{Count, clipped, cut};
use super::values::OutputField;
use crate::store::sql;
use crate::view::evidence::line_one_of_row;

/// How many failures are listed.
pub(super) const LISTED: i64 = 1000;
/// How many characters of a last answer are shown.
const LONGEST_ANSWER: i64 = 4000;
/// How many characters of a message are shown.
const LONGEST_MESSAGE: usize = 4000;
/// How many characters of a value are shown.
const LONGEST_VALUE: usize = 400;
/// How many characters of the input of a failure are shown.
const LONGEST_INPUT: usize = 280;
/// How many values of an input column are shown.
const COLUMN_VALUES: i64 = 12;

/// Reads failed and rejected work items: all of them by kind, and the first ones one by one.
pub(super) fn failures(connection: &Connection) -> rusqlite::Result<FailureSection> {
    let kinds = sql::VIEW_REPORT_FAILURE_KINDS.all(connection, &[], |row| {
        let kind: Option<String> = row.get("kind")?;
        Ok(FailureKindRow {
            step: row.get("step")?,
            status: row.get("status")?,
            kind: kind.unwrap_or_else(|| "(no attempt)".to_owned()),
            items: Count(row.get("items")?),
        })
    })?;
    let items =
        sql::VIEW_REPORT_FAILURES.all(connection, &[(":limit", &LISTED), (":longest", &LONGEST_ANSWER)], |row| {
            let length: Option<i64> = row.get("answer_length")?;
            let group: Option<String> = row.get("group_key")?;
            Ok(FailedItem {
                work_id: row.get("work_id")?,
                step: row.get("step")?,
                status: row.get("status")?,
                row: row_number(row)?,
                group: group.map(|key| clipped(&key, LONGEST_LABEL)),
                input: input(row)?,
                kind: row.get("kind")?,
                message: message(row)?,
                attempts: Count(row.get("attempts")?),
                last_answer: row.get("last_answer")?,
                answer_cut: Count((length.unwrap_or(0) - LONGEST_ANSWER).max(0)),
            })
        })?;
    Ok(FailureSection { total: kinds.iter().map(|it| it.items).sum(), kinds, items })
}

/// What was wrong; where that names lines of a row, with their place in the document.
fn message(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    let (kind, document): (Option<String>, Option<String>) = (row.get("kind")?, row.get("document")?);
    let note = line_one_of_row(kind.as_deref().unwrap_or_default(), document.as_deref(), row.get("line")?);
    let note = note.map_or_else(String::new, |note| format!("\n({note})"));
    let message: Option<String> = row.get("message")?;
    Ok(message.map(|text| format!("{}{note}", clipped(&text, LONGEST_MESSAGE))))
}

/// The begin of a work item's input: the element it is about, the cells of its row, or its group's context.
fn input(row: &Row<'_>) -> rusqlite::Result<String> {
    let item = Some(json(row, "item")?).filter(|it| !it.is_null()).map(|it| plain(&it));
    let columns = texts(&json(row, "columns")?);
    let cells = columns.iter().zip(field_texts(&json(row, "fields")?));
    let cells: Vec<String> =
        cells.filter(|(_, cell)| !cell.is_empty()).map(|(name, it)| format!("{name}: {it}")).collect();
    let cells = Some(cells.join(" · ")).filter(|it| !it.is_empty());
    let context = row.get::<_, Option<String>>("context")?;
    Ok(item.or(cells).or(context).map(|it| clipped(&it, LONGEST_INPUT)).unwrap_or_default())
}

/// Reads the outcomes for each value of the input columns that have few values.
pub(super) fn by_column(connection: &Connection, steps: &str) -> rusqlite::Result<Vec<ColumnOutcomes>> {
    let mut found: Vec<ColumnOutcomes> = Vec::new();
    let parameters: &[(&'static str, &dyn rusqlite::ToSql)] = &[(":limit", &COLUMN_VALUES), (":steps", &steps)];
    sql::VIEW_REPORT_COLUMNS.each::<rusqlite::Error>(connection, parameters, |row| {
        let column: String = row.get("name")?;
        if found.last().is_none_or(|last| last.column != column) {
            found.push(ColumnOutcomes { column, values: Vec::new() });
        }
        let value = match row.get::<_, Option<String>>("value")? {
            None => "(other values)".to_owned(),
            Some(value) if value.is_empty() => "(empty)".to_owned(),
            Some(value) => value,
        };
        if let Some(last) = found.last_mut() {
            last.values.push((value, outcome_counts(row)?));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Reads the number of the row, from 1.
fn row_number(row: &Row<'_>) -> rusqlite::Result<Option<Count>> {
    Ok(row.get::<_, Option<i64>>("row_index")?.map(|index| Count(index + 1)))
}

/// Reads some accepted outputs of each group that is shown, chosen by the order of their ids alone.
pub(super) fn samples(
    connection: &Connection,
    options: ReportOptions,
    groups: &[OutcomeGroup],
    fields: &[OutputField],
    steps: &str,
) -> rusqlite::Result<Vec<SampleGroup>> {
    let grouped = !groups.is_empty();
    let limit = if grouped { options.samples_per_group } else { options.samples_per_group.saturating_mul(2) };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    // Without grouping, every work item has the group null.
    let shown = if grouped { shown_groups(groups) } else { "[null]".to_owned() };
    let mut found: Vec<SampleGroup> = Vec::new();
    let mut current = None;
    sql::VIEW_REPORT_SAMPLES.each::<rusqlite::Error>(
        connection,
        &[(":groups", &shown), (":limit", &limit), (":steps", &steps)],
        |row| {
            let place: usize = row.get::<_, i64>("place").map(|place| usize::try_from(place).unwrap_or_default())?;
            if current != Some(place) {
                current = Some(place);
                found.push(SampleGroup { group: groups.get(place).map(OutcomeGroup::label), samples: Vec::new() });
            }
            if let Some(group) = found.last_mut() {
                group.samples.push(sample(row, fields)?);
            }
            Ok(())
        },
    )?;
    Ok(found)
}

fn sample(row: &Row<'_>, fields: &[OutputField]) -> rusqlite::Result<OutputSample> {
    let columns = texts(&json(row, "columns")?);
    let values = texts(&json(row, "fields")?);
    let reasons = json(row, "reasons")?;
    // A group has no cells of its own: the model saw its context.
    let context: Option<String> = row.get("context")?;
    let context = context.map(|context| shortened("context".to_owned(), &context));
    Ok(OutputSample {
        work_id: row.get("work_id")?,
        row: row_number(row)?,
        input: columns
            .into_iter()
            .zip(&values)
            .map(|(column, value)| shortened(column, value))
            .chain(context)
            .collect(),
        output: output(&json(row, "output")?, fields),
        verdict: row.get("verdict")?,
        score: row.get("score")?,
        reasons: texts(&reasons),
        attempts: Count(row.get("attempts")?),
    })
}

/// Returns the output's fields in the order of the schema, then any others.
fn output(output: &Value, fields: &[OutputField]) -> Vec<(String, String, Count)> {
    let Some(object) = output.as_object() else { return Vec::new() };
    let known = fields.iter().filter_map(|field| object.get_key_value(&field.name));
    let other = object.iter().filter(|(name, _)| !fields.iter().any(|field| field.name == **name));
    known.chain(other).map(|(name, value)| shortened(name.clone(), &plain(value))).collect()
}

fn shortened(name: String, value: &str) -> (String, String, Count) {
    let (head, more) = cut(value, LONGEST_VALUE);
    (name, head.to_owned(), more)
}
