//! Reads some work items on which variants differ, with their answers.

use rusqlite::{Connection, Row, ToSql};
use serde_json::Value;

use super::error::EvaluateError;
use super::request::{EvaluateRequest, MeasuredVariant};
use crate::experiment::{ComparedAnswer, ComparedItem, MarkBook, SideBySide, gold_name};
use crate::record::OutputPath;
use crate::stage::ingest::parse_typed_fields;
use crate::store::sql;

/// How many work items are read.
const ITEMS: i64 = 20;
/// How many characters of an input and of an answer are kept.
const LONGEST_INPUT: usize = 280;
const LONGEST_ANSWER: usize = 400;

/// The first work items by their ids on which the metric that decides, or else the first one, tells variants apart;
/// `None` without a metric or with one variant.
pub(super) fn read(
    connection: &Connection,
    request: &EvaluateRequest<'_>,
    book: &MarkBook,
) -> Result<Option<SideBySide>, EvaluateError> {
    let metrics = &request.experiment.metrics;
    let by = request.experiment.decide.as_ref().map(|it| it.by.as_str());
    let index = metrics.iter().position(|it| Some(it.name.as_str()) == by).unwrap_or(0);
    let Some(metric) = metrics.get(index).filter(|_| request.variants.len() > 1) else { return Ok(None) };
    let differing = book.disagreeing(index);
    let chosen: Vec<(i64, String)> = sql::EVALUATE_FIRST_BY_ID.all(
        connection,
        &[(":work_items", &Value::from(differing.as_slice()).to_string()), (":limit", &ITEMS)],
        |row| Ok((row.get("id")?, row.get("work_id")?)),
    )?;
    let path = metric.of.as_deref().and_then(|of| of.parse::<OutputPath>().ok());
    let shown = Shown { path, gold: gold_name(metric) };
    let mut items = Vec::with_capacity(chosen.len());
    for (number, work_id) in chosen {
        let mut item = ComparedItem { work_id, row: None, input: String::new(), gold: None, answers: Vec::new() };
        for (place, variant) in request.variants.iter().enumerate() {
            let text = answer(connection, (number, variant), &shown, &mut item)?;
            item.answers.push(ComparedAnswer { text, is_right: book.is_right((place, index), number) });
        }
        items.push(item);
    }
    Ok(Some(SideBySide {
        metric: metric.name.clone(),
        field: metric.of.clone(),
        variants: request.variants.iter().map(|it| it.name.clone()).collect(),
        total: differing.len() as u64,
        items,
    }))
}

/// Which value of outputs and gold answers is shown.
struct Shown {
    path: Option<OutputPath>,
    gold: Option<String>,
}

/// Reads the answer of a variant, and what the work item is about where that is not known yet.
fn answer(
    connection: &Connection,
    (number, variant): (i64, &MeasuredVariant),
    shown: &Shown,
    item: &mut ComparedItem,
) -> Result<Option<String>, EvaluateError> {
    let of: [(&'static str, &dyn ToSql); 2] = [(":work_item", &number), (":variant", &variant.number)];
    let found = sql::EVALUATE_SIDE.first(connection, &of, |row| {
        if item.input.is_empty() {
            item.row = row.get::<_, Option<i64>>("row_index")?.map(|place| place.unsigned_abs() + 1);
            item.input = cut(&input(row)?, LONGEST_INPUT);
            let gold = json(row, "answer")?;
            let value = gold.zip(shown.gold.as_ref()).map(|(gold, name)| plain(&gold[name.as_str()]));
            item.gold = value.map(|it| cut(&it, LONGEST_ANSWER));
        }
        json(row, "output")
    })?;
    Ok(found.flatten().map(|output| cut(&value_of(&output, shown.path.as_ref()), LONGEST_ANSWER)))
}

/// The value at a path, or all of them as a list; the whole output without a path.
fn value_of(output: &Value, path: Option<&OutputPath>) -> String {
    let Some(path) = path else { return plain(output) };
    match path.values(output).as_slice() {
        [one] if !path.is_plural() => plain(one),
        [] if !path.is_plural() => "(nothing)".to_owned(),
        all => Value::from(all.iter().map(|it| (*it).clone()).collect::<Vec<_>>()).to_string(),
    }
}

/// What a work item is about: an element, the cells of its row, or the context of its group.
fn input(row: &Row<'_>) -> rusqlite::Result<String> {
    if let Some(item) = json(row, "item")? {
        return Ok(plain(&item));
    }
    let names = json(row, "columns")?.unwrap_or_default();
    let fields: Option<String> = row.get("fields")?;
    let fields = fields.map(|it| parse_typed_fields(&it)).transpose()?.unwrap_or_default();
    let cells = names.as_array().into_iter().flatten().map(plain).zip(fields);
    let cells: Vec<String> = cells
        .filter(|(_, field)| !field.text.is_empty())
        .map(|(name, field)| format!("{name}: {}", field.text))
        .collect();
    if cells.is_empty() {
        Ok(row.get::<_, Option<String>>("context")?.unwrap_or_default())
    } else {
        Ok(cells.join(" · "))
    }
}

fn json(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Value>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// At most `most` characters; `…` stands for the rest.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
