//! A project ready for work: its tasks, and the links between its steps. Run, parse, dry run and replay all begin with
//! it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::json;

use super::compile::CompiledStep;
use super::error::EngineError;
use super::register::Register;
use super::selection::Selection;
use super::task;
use crate::config::Each;
use crate::dispatch::WorkingStep;
use crate::project::{Project, graph};
use crate::prompt::{ContextBuilder, DocumentUse};
use crate::record::{Stage, VariantAt};
use crate::stage::derive::{Link, Links, Nodes, ReadSteps};
use crate::stage::generate::Task;
use crate::stage::ingest::Dataset;
use crate::stage::knowledge::RecordedDocuments;
use crate::stage::plan::{self, Counts, PlanUnit};
use crate::stage::record::Marks;
use crate::store::sql;

/// The steps of a project, each with its task.
pub(super) struct Planned {
    /// The tasks in the order of the steps, each with the builder of its contexts.
    pub(super) tasks: Vec<(Task, Option<ContextBuilder>)>,
    /// The links between the steps.
    pub(super) links: Links,
    /// Whether rows or groups become work items, for each step.
    pub(super) groupings: Vec<PlanUnit>,
    /// The documents that templates read. They have to be loaded before anything is rendered.
    pub(super) documents: Arc<RecordedDocuments>,
}

impl Planned {
    /// The tasks and links of `project`, whose templates are `compiled`, with rowids from `register`. `dataset` is the
    /// input, and `knowledge` has the data set of each collection (rowids). The steps are of a variant and a repeat.
    pub(super) fn of(
        register: Register<'_>,
        (project, at): (&Project, VariantAt),
        compiled: Vec<CompiledStep>,
        dataset: &Dataset,
        knowledge: &BTreeMap<String, i64>,
    ) -> Result<Self, EngineError> {
        let groupings = compiled.iter().map(|it| it.grouping).collect();
        let uses = compiled.iter().map(|it| it.documents.clone()).fold(DocumentUse::default(), DocumentUse::and);
        let input = dataset.is_documents.then_some(dataset.id);
        let documents = Arc::new(RecordedDocuments::new(knowledge.clone(), input, uses));
        let read = task::ReadDocuments::of(register.connection(), &documents, (input, knowledge))?;
        let read_steps: Vec<Option<ReadSteps>> = compiled.iter().map(|it| it.read_steps.clone()).collect();
        let tasks = task::tasks(register, (project, at), compiled, &read)?;
        let mut links = links(register.connection(), (project, at), &tasks, dataset)?;
        let read_by = tasks.iter().zip(read_steps).filter_map(|((task, _), read)| Some((task.step, read?)));
        links.read = read_by.collect();
        links.knowledge = json!(knowledge).to_string();
        Ok(Self { tasks, links, groupings, documents })
    }

    /// The work items of all steps by status.
    pub(super) fn count(&self, connection: &Connection) -> rusqlite::Result<Counts> {
        let mut all = Counts::default();
        for (task, _) in &self.tasks {
            all = all.plus(plan::count(connection, task.step)?);
        }
        Ok(all)
    }

    /// The work items by status of the steps of a selection.
    pub(super) fn count_of(&self, connection: &Connection, selection: &Selection) -> rusqlite::Result<Counts> {
        let mut all = Counts::default();
        for (task, _) in self.tasks.iter().filter(|(task, _)| selection.has(task.place)) {
            all = all.plus(plan::count(connection, task.step)?);
        }
        Ok(all)
    }

    /// The steps in the loop's form, which works on those of the selection.
    pub(super) fn working(&self, project: &Project, selection: &Selection) -> Vec<WorkingStep<'_>> {
        let steps = project.steps.iter().zip(&self.tasks);
        steps
            .map(|(setup, (task, context))| WorkingStep {
                task,
                context: context.as_ref(),
                is_selected: selection.has(task.place),
                is_source: setup.config.step.each == Each::Source,
                until: setup.config.until.map(|it| it.accepted),
            })
            .collect()
    }
}

/// The links between the steps of a project over its input.
fn links(
    connection: &Connection,
    (project, at): (&Project, VariantAt),
    tasks: &[(Task, Option<ContextBuilder>)],
    dataset: &Dataset,
) -> Result<Links, EngineError> {
    let step_of = |name: &String| tasks.iter().find(|(task, _)| task.name == *name).map(|(task, _)| task.step);
    let mut links = Links {
        keyed: dataset.is_keyed(project.config.input.key.as_deref()),
        columns: dataset.columns.clone(),
        is_documents: dataset.is_documents,
        reading_gold: tasks.iter().filter(|(task, _)| !task.gold.is_empty()).map(|(task, _)| task.step).collect(),
        reading_lines: tasks.iter().filter(|(task, _)| task.reads_lines).map(|(task, _)| task.step).collect(),
        marks: Marks::of(connection, Stage::Generate)?,
        has_record: sql::GENERATE_ANY_ATTEMPT.row(connection, &[], |row| row.get("any"))?,
        at,
        nodes: Nodes::of(at),
        ..Links::default()
    };
    for (place, (setup, (task, _))) in project.steps.iter().zip(tasks).enumerate() {
        let step = &setup.config.step;
        if step.each == Each::Source {
            continue;
        }
        if !sql::PLAN_ANY_KNOWN.row(connection, &[(":step", &task.step)], |row| row.get::<_, bool>("known"))? {
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
