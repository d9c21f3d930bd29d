//! How many work items of its step are in a file, and what is not.

use rusqlite::Connection;
use serde_json::{Map, Value};

use super::{ObjectFile, ObjectFiles};
use crate::record::VariantAt;
use crate::stage::plan::{self, Counts};
use crate::store::step_rowid;

/// The work items of a file's step by status.
fn counts(connection: &Connection, file: &ObjectFile) -> rusqlite::Result<Counts> {
    let mut all = Counts::default();
    for source in file.sources() {
        if let Some(step) = step_rowid(connection, &source.step, VariantAt::BASE)? {
            all = all.plus(plan::count(connection, step)?);
        }
    }
    Ok(all)
}

/// How many objects a file has.
pub(in crate::stage::export) fn count_objects(connection: &Connection, file: &ObjectFile) -> rusqlite::Result<u64> {
    Ok(counts(connection, file)?.accepted)
}

/// The work items of each file's step by status, by the name of the file.
pub(in crate::stage::export) fn statuses(connection: &Connection, files: &ObjectFiles) -> rusqlite::Result<Value> {
    let all = files.files.iter().map(|file| Ok((file.name.clone(), counts(connection, file)?.to_value())));
    all.collect::<rusqlite::Result<Map<String, Value>>>().map(Value::Object)
}

/// What is not in the files, in words: the name of the file, and how many work items of its step are not accepted. What
/// a condition has skipped is not counted.
pub fn left_out(connection: &Connection, files: &ObjectFiles) -> rusqlite::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for file in &files.files {
        let what = missing(connection, file, &file.name)?;
        found.extend(what.map(|what| (file.name.clone(), what)));
    }
    Ok(found)
}

/// How many work items of a file's step are not in `place`, in words; `None` if all are.
pub(in crate::stage::export) fn missing(
    connection: &Connection,
    file: &ObjectFile,
    place: &str,
) -> rusqlite::Result<Option<String>> {
    let counts = counts(connection, file)?;
    let wanted = counts.planned.saturating_sub(counts.skipped);
    let missing = wanted.saturating_sub(counts.accepted);
    let Some(source) = file.sources().first().filter(|_| missing > 0) else { return Ok(None) };
    let step = file.sources().get(1).map_or(source.step.as_str(), |_| base_name(&source.step));
    let are = if missing == 1 { "is" } else { "are" };
    Ok(Some(format!("{missing} of {wanted} work items of `{step}` {are} not accepted and {are} not in {place}")))
}

/// The name of a step without that of a perspective.
fn base_name(step: &str) -> &str {
    step.split_once('.').map_or(step, |(name, _)| name)
}
