//! The steps of a project as they are made from each other in the record.

use std::path::Path;

use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::error::EngineError;
use super::generate::Working;
use super::graph;
use super::project::Project;
use crate::config::Each;
use crate::prompt::ContextBuilder;
use crate::record::Stage;
use crate::stage::derive::{Link, Links};
use crate::stage::generate::Task;
use crate::stage::record::Marks;
use crate::store::sql;

/// How the steps of a project are made from each other. `columns` are the input's.
pub fn links(
    tx: &Transaction<'_>,
    project: &Project,
    tasks: &[(Task, Option<ContextBuilder>)],
    columns: &[String],
) -> Result<Links, EngineError> {
    let step_of = |name: &String| tasks.iter().find(|(task, _)| task.name == *name).map(|(task, _)| task.step);
    let mut links = Links {
        keyed: project.config.input.key.is_some(),
        columns: columns.to_vec(),
        marks: Marks::of(tx, Stage::Generate)?,
        has_record: sql::GENERATE_ANY_ATTEMPT.row(tx, &[], |row| row.get("any"))?,
        ..Links::default()
    };
    for (place, (setup, (task, _))) in project.steps.iter().zip(tasks).enumerate() {
        let step = &setup.config.step;
        if step.each == Each::Source {
            continue;
        }
        if !sql::PLAN_ANY_KNOWN.row(tx, &[(":step", &task.step)], |row| row.get::<_, bool>("known"))? {
            links.new.push(task.step);
        }
        let several = graph::ancestors(project, place).into_iter().filter(|(_, several)| *several);
        links.several.push((task.step, several.map(|(name, _)| name).collect()));
        links.all.push(Link {
            step: task.step,
            name: task.name.clone(),
            task: task.row,
            task_id: task.id,
            each: step.each.clone(),
            parents: step.each.parents().iter().filter_map(step_of).collect(),
            pairs: step.pairs,
            seed: setup.config.run.seed,
        });
    }
    Ok(links)
}

/// How the steps of the newest plan in a run file are made from each other, as far as ids depend on it; `None` where
/// there is no plan.
pub fn recorded(connection: &Connection) -> Result<Option<Links>, EngineError> {
    let snapshot: Option<Value> = sql::RECORD_LATEST_CONFIG.first(connection, &[], |row| row.get("snapshot"))?;
    let dataset: Option<i64> = sql::RECORD_LATEST_DATASET.first(connection, &[], |row| row.get("dataset"))?;
    let (Some(snapshot), Some(dataset)) = (snapshot, dataset) else { return Ok(None) };
    let project = Project::recorded(&snapshot, Path::new(""))?;
    let columns: Value = sql::INGEST_DATASET.row(connection, &[(":dataset", &dataset)], |row| row.get("columns"))?;
    let names = columns.as_array().into_iter().flatten();
    let mut links = Links {
        keyed: project.config.input.key.is_some(),
        columns: names.filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        ..Links::default()
    };
    for (place, setup) in project.steps.iter().enumerate() {
        let name = setup.config.step.name();
        let step: Option<i64> = sql::RECORD_STEP_ROWID.first(connection, &[(":name", &name)], |row| row.get("id"))?;
        let several = graph::ancestors(&project, place).into_iter().filter(|(_, several)| *several);
        links.several.extend(step.map(|step| (step, several.map(|(name, _)| name).collect())));
    }
    Ok(Some(links))
}

/// The steps of a project, ready for the loop.
pub fn working<'a>(project: &Project, tasks: &'a [(Task, Option<ContextBuilder>)]) -> Vec<Working<'a>> {
    let steps = project.steps.iter().zip(tasks);
    steps
        .map(|(setup, (task, context))| Working {
            task,
            context: context.as_ref(),
            is_source: setup.config.step.each == Each::Source,
            until: setup.config.until.map(|it| it.accepted),
        })
        .collect()
}
