//! Notes for people about a plan and its results.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use super::compile::CompiledStep;
use super::planned::Planned;
use super::stages::{own_configuration, recorded_configuration};
use crate::config::nearest;
use crate::project::Project;
use crate::stage::gold::GoldCounts;
use crate::stage::plan;
use crate::store::{self, Access, sql};
use crate::view::text::thousands;

/// The notes that a stage left in its counts.
pub(super) fn of_counts(counts: &Value) -> Vec<String> {
    let notes = counts["notes"].as_array();
    notes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Notes on gold answers that are missing in the gold called `name`.
pub(super) fn of_gold(counts: &GoldCounts, name: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let without = counts.sources.saturating_sub(counts.with_gold);
    if without > 0 {
        let [without, all] = [without, counts.sources].map(thousands);
        notes.push(format!("{name}: {without} of {all} rows or groups have no gold answer: metrics leave these out"));
    }
    if counts.missing_values > 0 {
        let missing = thousands(counts.missing_values);
        notes.push(format!("{name}: {missing} gold values are missing: metrics of these leave their rows out"));
    }
    notes
}

/// Notes on the steps that reached `until.accepted` before all of their work items were decided.
pub(super) fn enough(connection: &Connection, project: &Project, planned: &Planned) -> rusqlite::Result<Vec<String>> {
    let mut notes = Vec::new();
    for (setup, (task, _)) in project.steps.iter().zip(&planned.tasks) {
        let Some(until) = setup.config.until else { continue };
        let counts = plan::count(connection, task.step)?;
        if counts.accepted >= until.accepted && counts.pending > 0 {
            notes.push(format!(
                "step `{}`: {} accepted are enough (`until.accepted`); {} stay open",
                task.name, counts.accepted, counts.pending
            ));
        }
    }
    Ok(notes)
}

/// A note on decisions of people that no longer apply to the plan, if there are any.
pub(super) fn left_behind(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let items: i64 = sql::REVIEW_OUT_OF_FORCE.row(connection, &[], |row| row.get("items"))?;
    Ok(match items {
        0 => None,
        1 => Some("the decision on 1 work item was made for an earlier task or input and no longer applies".to_owned()),
        _ => Some(format!(
            "the decisions on {items} work items were made for an earlier task or input and no longer apply"
        )),
    })
}

/// A note on decisions of people about work items that are not in the plan any more, if there are any. `is_done` says
/// that nothing is open, so that no work item is still to come.
pub(super) fn gone(connection: &Connection, is_done: bool) -> rusqlite::Result<Option<String>> {
    let items: i64 = sql::REVIEW_GONE.row(connection, &[(":is_done", &is_done)], |row| row.get("items"))?;
    let why = "what it is about was renamed or removed";
    Ok(match items {
        0 => None,
        1 => Some(format!("the decision on 1 work item that is not in the plan any more no longer applies: {why}")),
        _ => Some(format!(
            "the decisions on {items} work items that are not in the plan any more no longer apply: {why}"
        )),
    })
}

/// What is said of variables that the command line sets and no template reads: a name that is spelled wrong would
/// leave the other value in its place.
pub(super) fn unread_variables(compiled: &[CompiledStep], overrides: &[(String, String)]) -> Vec<String> {
    let is_read = |name: &str| compiled.iter().any(|step| step.used.contains_key(name));
    let names = overrides.iter().filter_map(|(key, _)| key.strip_prefix("vars."));
    let unread = names.map(|key| key.split(['.', '[']).next().unwrap_or(key)).filter(|name| !is_read(name));
    unread
        .map(|name| {
            let read = compiled.iter().flat_map(|step| step.used.keys().map(String::as_str));
            let near = nearest(name, read).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("no template reads the variable `{name}`, which the command line sets{near}")
        })
        .collect()
}

/// What is said of collections of knowledge that no template reads.
pub(super) fn unused_knowledge(project: &Project, compiled: &[CompiledStep]) -> Vec<String> {
    let is_read = |name: &str| compiled.iter().any(|step| step.documents.reads(name));
    let unused = project.config.knowledge.iter().filter(|it| !is_read(&it.name));
    unused
        .map(|it| {
            format!("no template reads the knowledge `{name}`: use it with `retrieve('{name}', …)`", name = it.name)
        })
        .collect()
}

/// What is said where files are missing that only the experiment needs.
pub(super) fn unready_experiment(project: &Project) -> Option<String> {
    let error = project.check_experiment_files().err()?;
    let cause = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
    Some(format!("`casebook eval` is refused: {error}{cause}"))
}

/// What is said where the run file was made with another configuration: it follows the new one, files and all.
pub(super) fn other_configuration(project: &Project, db: &Path) -> Option<String> {
    let own = own_configuration(project)?;
    let connection = db.exists().then(|| store::open(db, Access::Read).ok())??;
    let before = recorded_configuration(&connection).ok()??;
    (before != own).then(|| {
        format!(
            "{} was last run with {before}: it follows {own} now, and so do its output files; another `run.name`, or \
             `--db`, keeps them apart",
            db.display()
        )
    })
}
