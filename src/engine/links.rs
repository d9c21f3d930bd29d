//! The steps of a project as they are made from each other in the record.

use rusqlite::Connection;

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
    tx: &Connection,
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
