//! What is to be done: every step's work items, held against the record.

use serde_json::{Value, json};

use super::Pipeline;
use crate::config::Each;
use crate::engine::channel::Channel;
use crate::engine::error::EngineError;
use crate::engine::generate::Working;
use crate::engine::project::{Project, Setup};
use crate::engine::session::{Session, now};
use crate::engine::stages::{Planning, derive_stage, plan_stage, results_view};
use crate::engine::task::{self, Compiled};
use crate::engine::{images, links};
use crate::prompt::ContextBuilder;
use crate::record::Stage;
use crate::stage::derive::{self, Links};
use crate::stage::generate::Task;
use crate::stage::ingest::{self, Dataset};
use crate::stage::plan::{self, Counts, Grouping, ImageSource, Reopening};

impl Pipeline<'_, '_> {
    pub(super) fn plan(
        &mut self,
        dataset: &Dataset,
        source: &ingest::Source,
        compiled: Vec<Compiled>,
    ) -> Result<Planned, EngineError> {
        let groupings: Vec<Grouping> = compiled.iter().map(|it| it.grouping).collect();
        let time = now();
        let tx = self.session.transaction()?;
        let tasks = task::record_all(&tx, self.project, compiled, &time)?;
        let links = links::links(&tx, self.project, &tasks, &dataset.columns)?;
        tx.commit()?;
        let mut planned = Planned { tasks, links, restored: 0 };
        let mut told = Vec::new();
        for (place, (task, context)) in planned.tasks.iter().enumerate() {
            let setup = &self.project.steps[place];
            if setup.config.step.each != Each::Source {
                continue;
            }
            let planning = Source { dataset, file: source, grouping: groupings[place] };
            let message = self.plan_source(setup, task, context.as_ref(), &planning)?;
            told.push(message.unwrap_or_else(|| "unchanged".to_owned()));
        }
        if self.wanted(Stage::Generate) {
            self.open_again(&planned)?;
        }
        for (task, _) in &planned.tasks {
            if let Some(link) = planned.links.all.iter().find(|link| link.step == task.step)
                && self.wanted(Stage::Plan)
            {
                derive_stage(&mut self.session, &planned.links, link)?;
            }
            if self.wanted(Stage::Generate) {
                let reopening = self.reopening(task);
                let tx = self.session.transaction()?;
                planned.restored += plan::settle_with_record(&tx, task.step, reopening)?.restored as u64;
                tx.commit()?;
            }
        }
        let tx = self.session.transaction()?;
        derive::number(&tx, &planned.links)?;
        // A step that takes from others may be the last one now, though nothing of the plan is another.
        if !planned.links.all.is_empty() {
            results_view(&tx, self.project, &dataset.columns)?;
        }
        tx.commit()?;
        self.counts = planned.count(&self.session)?;
        // Without a key nothing can be asked, and then nothing is opened again either.
        if self.open.is_none() && self.wanted(Stage::Generate) && self.counts.pending > 0 {
            self.open = Some(Channel::open_all(self.project)?);
        }
        let Counts { planned: items, pending, .. } = self.counts;
        self.tell(Stage::Plan, format!("{items} work items ({}); {pending} open", told.join("; ")));
        Ok(planned)
    }

    /// Plans a step whose work items come from the input; returns what changed, in words.
    pub(super) fn plan_source(
        &mut self,
        setup: &Setup,
        task: &Task,
        context: Option<&ContextBuilder>,
        planning: &Source<'_>,
    ) -> Result<Option<String>, EngineError> {
        let Source { dataset, file, grouping } = *planning;
        let dataset_id = file.dataset_id().to_string();
        let mut inputs = json!({"dataset_id": dataset_id, "dataset": dataset.id, "task_id": task.id.to_string()});
        if task.shows_images() {
            inputs["images"] = images::inputs(setup);
        }
        let folder = images::Folder::of(&setup.config, &setup.dir);
        let read = |name: &str| folder.read(name);
        let mut unchanged = self.session.unchanged(Stage::Plan, Some(task.step), &inputs)?;
        // A step that was not part of the task for a while was taken out of the plan.
        if unchanged.is_some() && plan::count(&self.session.connection, task.step)?.planned == 0 {
            unchanged = None;
        }
        // Whether files are as they were is known once they are read.
        if unchanged.is_some() && task.shows_images() && self.wanted(Stage::Plan) {
            let before = self.before();
            let tx = self.session.transaction()?;
            let same = plan::images_unchanged(&tx, task.step, &setup.config.images.dir, &read, before)?;
            tx.commit()?;
            unchanged = unchanged.filter(|_| same);
        }
        match unchanged {
            Some(earlier) => {
                self.session.reused(Stage::Plan, Some(task.step), &earlier)?;
                Ok(None)
            }
            None if !self.wanted(Stage::Plan) => {
                Err(EngineError::Missing { stage: self.first_stage(), needs: Stage::Plan.as_str() })
            }
            None => {
                // A plan opens work items; without a key nothing could be asked for them.
                if self.open.is_none() && self.wanted(Stage::Generate) {
                    self.open = Some(Channel::open_all(self.project)?);
                }
                let images = ImageSource::Files { read: &read, before: self.before() };
                let planning = Planning { context, dataset, grouping, images, inputs };
                Ok(Some(planned(&plan_stage(&mut self.session, self.project, task, planning)?)))
            }
        }
    }

    /// How the record may answer the work items of a step.
    pub(super) fn reopening(&self, task: &Task) -> Reopening {
        let cache = &self.project.config.cache;
        Reopening { use_cache: cache.enabled, before: self.before(), max_attempts: task.max_attempts }
    }

    /// Opens everything again where that is wanted and all of it is decided.
    pub(super) fn open_again(&mut self, planned: &Planned) -> Result<(), EngineError> {
        if !self.project.config.cache.force || planned.count(&self.session)?.pending > 0 {
            return Ok(());
        }
        let before = self.before();
        let tx = self.session.transaction()?;
        for (task, _) in &planned.tasks {
            plan::open_all(&tx, task.step, before)?;
        }
        Ok(tx.commit()?)
    }
}

/// What a step is planned from.
pub(super) struct Source<'a> {
    dataset: &'a Dataset,
    file: &'a ingest::Source,
    grouping: Grouping,
}

/// The steps of a run, planned.
pub(super) struct Planned {
    pub(super) tasks: Vec<(Task, Option<ContextBuilder>)>,
    pub(super) links: Links,
    /// Work items that the record answered.
    pub(super) restored: u64,
}

impl Planned {
    /// How many work items stand where, in all steps together.
    pub(super) fn count(&self, session: &Session) -> Result<Counts, EngineError> {
        let mut all = Counts::default();
        for (task, _) in &self.tasks {
            all = all.plus(plan::count(&session.connection, task.step)?);
        }
        Ok(all)
    }

    pub(super) fn working(&self, project: &Project) -> Vec<Working<'_>> {
        links::working(project, &self.tasks)
    }
}

/// What a plan did, in words.
fn planned(counts: &Value) -> String {
    let mut told = format!("{} new, {} changed, {} gone", counts["new"], counts["changed"], counts["gone"]);
    if let Some(images) = counts["images"].as_u64() {
        told = format!("{told}; {images} images");
        if let Some(problems) = counts["image_problems"].as_u64().filter(|problems| *problems > 0) {
            told = format!("{told}, {problems} of them cannot be shown");
        }
    }
    told
}
