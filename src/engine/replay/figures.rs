//! The newest evaluation, worked out again from the record.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::config::{Experiment, Variant};
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::engine::gold as gold_answers;
use crate::engine::measure::{VariantProject, request};
use crate::project::Project;
use crate::record::{Digest, canonical};
use crate::stage::evaluate::{FILE, compute, file_of, inputs};
use crate::stage::gold::{self, GoldAnswers};
use crate::stage::ingest::{self, Dataset};
use crate::store::sql;

/// Works the newest evaluation out again, where nothing has changed since, and compares its file; nothing where there
/// is none.
pub(super) fn check(connection: &Connection, db: &Path) -> Result<Option<VerifyCheck>, EngineError> {
    let found = sql::EVALUATE_LATEST
        .first(connection, &[], |row| Ok((row.get::<_, Value>("inputs")?, row.get::<_, Value>("outputs")?)))?;
    let Some((read, outputs)) = found else { return Ok(None) };
    let mut check =
        VerifyCheck::new("the latest evaluation, worked out again from the record, is the same byte for byte");
    match again(connection, db, &read) {
        Ok(None) => {}
        Ok(Some(sha1)) => {
            let had = outputs[FILE]["sha1"].as_str().unwrap_or("none");
            let sha1 = sha1.to_string();
            check.require(sha1 == had, || format!("{FILE} has sha1 {sha1} now, and had {had}"));
        }
        Err(EngineError::Store(error)) => return Err(error.into()),
        Err(error) => check.require(false, || format!("the evaluation cannot be worked out again: {error}")),
    }
    Ok(Some(check))
}

/// The digest of the file as the record makes it; `None` where the record has moved on since.
fn again(connection: &Connection, db: &Path, read: &Value) -> Result<Option<Digest>, EngineError> {
    let dir = db.parent().map(Path::to_owned).unwrap_or_default();
    let Ok(experiment) = serde_json::from_value::<Experiment>(read["experiment"].clone()) else { return Ok(None) };
    let Some(dataset) = ingest::recorded(connection, &json!({"dataset": read["dataset"]}))? else { return Ok(None) };
    let mut projects = Vec::new();
    for variant in read["variants"].as_array().into_iter().flatten() {
        let named = |it: &&Variant| variant["name"].as_str() == Some(it.name.as_str());
        // The configuration of its first step is that of all.
        let config = variant["steps"][0][4].as_i64();
        let (Some(known), Some(config)) = (experiment.variants.iter().find(named), config) else { return Ok(None) };
        let snapshot: Value = sql::REPLAY_CONFIG.row(connection, &[(":config", &config)], |row| row.get("snapshot"))?;
        projects.push((variant["number"].as_i64().unwrap_or_default(), known, Project::recorded(&snapshot, &dir)?));
    }
    let variants: Vec<VariantProject<'_>> = projects
        .iter()
        .map(|(number, variant, project)| VariantProject { number: *number, variant, project })
        .collect();
    let answers = match (read["gold"].as_i64(), &experiment.gold, variants.first()) {
        (Some(id), Some(gold), Some(first)) => {
            let Some(of_gold) = ingest::recorded(connection, &json!({"dataset": id}))? else { return Ok(None) };
            Some(gold_answers::recorded(first.project, gold, (of_gold, &dataset.columns))?)
        }
        _ => None,
    };
    let seed = read["seed"].as_u64().unwrap_or_default();
    let share = serde_json::from_value(read["share"].clone()).unwrap_or_default();
    let request = request((&experiment, seed), &variants, (&dataset, share), answers.as_ref())?;
    if canonical::to_vec(&inputs(connection, &request)?) != canonical::to_vec(read) {
        return Ok(None);
    }
    with_gold(connection, (answers.as_ref(), &dataset), || {
        Ok(Some(Digest::of_bytes(&file_of(&compute(connection, &request)?)?)))
    })
}

/// Does `work` with the gold answers at hand. They are in a scratch table, which a reader may make while it says so.
fn with_gold<T>(
    connection: &Connection,
    (answers, dataset): (Option<&GoldAnswers>, &Dataset),
    work: impl FnOnce() -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    connection.execute_batch("PRAGMA query_only = OFF")?;
    if let Some(answers) = answers {
        gold::load(connection, answers, dataset)?;
    }
    let result = work();
    connection.execute_batch("PRAGMA query_only = ON")?;
    result
}
