//! A sample of accepted outputs as a table that people fill in: [`write_sample`].
//!
//! The table has a line for each work item of the sample: its output field by field, and the columns of a file of
//! decisions, empty. `casebook review --decisions` reads it back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ToSql};
use serde_json::{Value, json};

use super::cells::{Cells, output_cells, row_cells};
use super::draw::{Draw, Drawn};
use super::error::SampleError;
use super::file::FILLED_IN;
use crate::engine::error::EngineError;
use crate::engine::whole_file::{Existing, write_whole};
use crate::record::{Digest, OutputPath, VariantAt};
use crate::store::{self, Access, sql, step_rowid};
use crate::tabular::csv_cell;

/// The fields of a test set that an example is known by.
const KNOWN: [&str; 3] = ["format", "metadata.source", "case"];
/// The most fields that divide a sample where none are named.
const MOST_FIELDS: usize = 3;
/// A field with more different values does not divide a sample by itself.
const MOST_VALUES: usize = 12;
/// A longer value does not either, in characters.
const LONGEST_VALUE: usize = 60;

/// What is drawn, and where it is written.
#[derive(Clone, Debug)]
pub struct SampleRequest {
    /// The table to write: csv.
    pub path: PathBuf,
    /// The variant whose outputs are drawn from.
    pub at: VariantAt,
    /// How many work items are drawn.
    pub count: usize,
    /// The steps whose outputs are drawn from; none: the last step that has some.
    pub steps: Vec<String>,
    /// The fields whose values divide the outputs, such as `metadata.source`; `None`: those with few different values.
    pub strata: Option<Vec<String>>,
    /// Another number draws other work items.
    pub seed: u64,
}

impl SampleRequest {
    /// How many work items are drawn by default.
    pub const COUNT: usize = 30;
}

/// What was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleSummary {
    /// How many work items are in the table.
    pub drawn: usize,
    /// How many there are to draw from.
    pub of: u64,
    pub steps: Vec<String>,
    /// The fields whose values divide them.
    pub strata: Vec<String>,
}

/// Draws a sample of the accepted outputs that no person has decided on, and writes it as a table in place of any file
/// of that name. The same run file, request and seed give the same table.
pub fn write_sample(db: &Path, request: &SampleRequest) -> Result<SampleSummary, EngineError> {
    write_sample_to(db, request, Existing::Replace)
}

/// `write_sample`, with a choice of what becomes of a file of that name.
pub fn write_sample_to(db: &Path, request: &SampleRequest, existing: Existing) -> Result<SampleSummary, EngineError> {
    if existing == Existing::Keep && request.path.exists() {
        return Err(SampleError::Exists(request.path.clone()).into());
    }
    if request.path.extension().is_none_or(|it| !it.eq_ignore_ascii_case("csv")) {
        return Err(SampleError::Extension(request.path.clone()).into());
    }
    let connection = store::open(db, Access::Read)?;
    let steps = steps(&connection, &request.steps, request.at)?;
    let strata = match &request.strata {
        Some(written) => written.iter().map(|it| path_of(it)).collect::<Result<_, _>>()?,
        None => usual_strata(&connection, &steps, request.at)?,
    };
    let mut draw = Draw::new(request.count);
    let mut is_there = vec![false; strata.len()];
    each_output(&connection, (&steps, request.at), |step, work_id, standing, text| {
        let output: Value = serde_json::from_str(&text).unwrap_or_default();
        let values: Vec<Vec<&Value>> = strata.iter().map(|path| path.values(&output)).collect();
        is_there.iter_mut().zip(&values).for_each(|(is_there, values)| *is_there |= !values.is_empty());
        let stratum = json!(values).to_string();
        let lot = Digest::of_value(&json!(["review", request.seed, work_id]));
        draw.add(stratum, Drawn { lot, step: step.to_owned(), work_id, standing });
    })?;
    if draw.count() == 0 {
        return Err(SampleError::Nothing.into());
    }
    if let (Some(at), true) = (is_there.iter().position(|it| !it), request.strata.is_some()) {
        return Err(SampleError::NoField(strata.get(at).map(ToString::to_string).unwrap_or_default()).into());
    }
    let of = draw.count();
    let drawn = draw.drawn();
    let mut outputs: HashMap<i64, Value> = drawn.iter().map(|it| (it.standing, Value::Null)).collect();
    each_output(&connection, (&steps, request.at), |_, _, standing, text| {
        if let Some(output) = outputs.get_mut(&standing) {
            *output = serde_json::from_str(&text).unwrap_or_default();
        }
    })?;
    let text = table(&connection, &drawn, &outputs, steps.len() > 1)?;
    write_whole(&request.path, existing, |out| out.write_all(text.as_bytes())).map_err(|source| {
        let path = request.path.clone();
        match source.kind() {
            ErrorKind::AlreadyExists => SampleError::Exists(path),
            _ => SampleError::Write { path, source },
        }
    })?;
    let strata = strata.iter().map(ToString::to_string).collect();
    Ok(SampleSummary { drawn: drawn.len(), of, steps, strata })
}

/// The steps that are drawn from.
fn steps(connection: &Connection, named: &[String], at: VariantAt) -> Result<Vec<String>, EngineError> {
    for name in named {
        step_rowid(connection, name, at)?.ok_or_else(|| EngineError::NoStep {
            name: name.clone(),
            hint: "`casebook status DB` lists the steps".to_owned(),
        })?;
    }
    if named.is_empty() {
        let of: [(&'static str, &dyn ToSql); 2] = [(":variant", &at.number), (":repeat", &at.repeat)];
        return Ok(sql::REVIEW_STEPS.first(connection, &of, |row| row.get("name"))?.into_iter().collect());
    }
    Ok(named.to_vec())
}

fn each_output(
    connection: &Connection,
    (steps, at): (&[String], VariantAt),
    mut visit: impl FnMut(&str, String, i64, String),
) -> rusqlite::Result<()> {
    for step in steps {
        let of: [(&'static str, &dyn ToSql); 3] = [(":step", step), (":variant", &at.number), (":repeat", &at.repeat)];
        sql::REVIEW_OUTPUTS.each::<rusqlite::Error>(connection, &of, |row| {
            visit(step, row.get("work_id")?, row.get("standing")?, row.get("output")?);
            Ok(())
        })?;
    }
    Ok(())
}

fn path_of(written: &str) -> Result<OutputPath, SampleError> {
    written.trim().parse().map_err(|_| SampleError::Path(written.to_owned()))
}

/// The fields that divide outputs where none are named: those of a test set, then others with few different values, in
/// the order of the outputs.
fn usual_strata(connection: &Connection, steps: &[String], at: VariantAt) -> Result<Vec<OutputPath>, EngineError> {
    let mut order: Vec<String> = Vec::new();
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    each_output(connection, (steps, at), |_, _, _, text| {
        let Ok(Value::Object(output)) = serde_json::from_str::<Value>(&text) else { return };
        let mut note = |path: String, value: &Value| {
            let known = values.entry(path.clone()).or_insert_with(|| {
                order.push(path);
                BTreeSet::new()
            });
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // One that is too long counts as too many.
            let is_long = text.chars().nth(LONGEST_VALUE).is_some();
            if is_long {
                known.extend((0..=MOST_VALUES).map(|it| it.to_string()));
            } else if known.len() <= MOST_VALUES {
                known.insert(text);
            }
        };
        for (name, value) in &output {
            match value {
                Value::Object(inner) => {
                    for (key, value) in inner.iter().filter(|(_, it)| it.is_string() || it.is_boolean()) {
                        note(OutputPath::field(name).join(&OutputPath::field(key)).to_string(), value);
                    }
                }
                value if value.is_string() || value.is_boolean() => note(OutputPath::field(name).to_string(), value),
                _ => {}
            }
        }
    })?;
    let divides = |path: &String| values.get(path).is_some_and(|it| (2..=MOST_VALUES).contains(&it.len()));
    order.sort_by_key(|path| KNOWN.iter().position(|known| known == path).unwrap_or(KNOWN.len()));
    let chosen = order.iter().filter(|path| divides(path)).take(MOST_FIELDS);
    Ok(chosen.filter_map(|path| path.parse().ok()).collect())
}

/// The table of a sample.
fn table(
    connection: &Connection,
    drawn: &[Drawn],
    outputs: &HashMap<i64, Value>,
    has_steps: bool,
) -> Result<String, EngineError> {
    let mut columns: Vec<String> = Vec::new();
    let mut lines: Vec<Cells> = Vec::new();
    for item in drawn {
        let row = sql::REVIEW_ROW.first(connection, &[(":standing", &item.standing)], |row| {
            Ok((row.get::<_, Value>("columns")?, row.get::<_, Value>("fields")?))
        })?;
        let mut cells = row.map_or_else(Cells::default, |(columns, fields)| row_cells(&columns, &fields));
        cells.extend(outputs.get(&item.standing).map(output_cells).unwrap_or_default());
        for (name, _) in cells.iter().filter(|(name, _)| !columns.contains(name)).cloned().collect::<Vec<_>>() {
            columns.push(name);
        }
        lines.push(cells);
    }
    let mut text = String::new();
    let step_column = has_steps.then_some("step");
    let head = ["work_id"].into_iter().chain(step_column).chain(columns.iter().map(String::as_str)).chain(FILLED_IN);
    write_line(&mut text, head);
    for (item, cells) in drawn.iter().zip(&lines) {
        let cell = |name: &String| cells.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text);
        let step = has_steps.then_some(item.step.as_str());
        let before = [item.work_id.as_str()].into_iter().chain(step);
        write_line(&mut text, before.chain(columns.iter().map(cell)).chain(FILLED_IN.map(|_| "")));
    }
    Ok(text)
}

fn write_line<'c>(text: &mut String, cells: impl Iterator<Item = &'c str>) {
    for (index, cell) in cells.enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        csv_cell(cell, true, text);
    }
    text.push_str("\r\n");
}
