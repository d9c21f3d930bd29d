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
use crate::engine::{Limited, Progress, images, links};
use crate::prompt::ContextBuilder;
use crate::record::Stage;
use crate::stage::derive::Links;
use crate::stage::generate::Task;
use crate::stage::ingest::{self, Dataset};
use crate::stage::plan::{self, Counts, Grouping, ImageSource, Reopening};
use crate::stage::record;

impl Pipeline<'_, '_> {
    pub(super) fn plan(
        &mut self,
        dataset: &Dataset,
        source: &ingest::Source,
        compiled: Vec<Compiled>,
    ) -> Result<Planned, EngineError> {
        let groupings: Vec<Grouping> = compiled.iter().map(|it| it.grouping).collect();
        let time = now();
        let invocation = self.session.invocation;
        let is_forced = self.wanted(Stage::Generate) && self.project.config.cache.asks_again();
        let tx = self.session.transaction()?;
        let tasks = task::record_all(&tx, self.project, compiled, &time)?;
        let mut links = links::links(&tx, self.project, &tasks, &dataset.columns)?;
        if is_forced {
            let detail = json!({"cache": self.project.config.cache});
            links.forced = Some(record::forced(&tx, invocation, Stage::Generate, &detail, &time)?);
        }
        tx.commit()?;
        let mut planned = Planned { tasks, links, restored: 0 };
        if planned.links.forced.is_some_and(|forced| forced.goes_on) {
            self.audience.see(&Progress::Note(
                "an earlier run that asks everything again was not finished: this one goes on with it".to_owned(),
            ));
        }
        let mut told = Vec::new();
        let before = self.before();
        for (place, (task, context)) in planned.tasks.iter().enumerate() {
            let setup = &self.project.steps[place];
            if setup.config.step.each != Each::Source {
                continue;
            }
            let planning = Source { dataset, file: source, grouping: groupings[place], links: &planned.links };
            let message = self.plan_source(setup, task, context.as_ref(), &planning)?;
            told.push(message.unwrap_or_else(|| "unchanged".to_owned()));
        }
        let tx = self.session.transaction()?;
        results_view(&tx, self.project, &dataset.columns)?;
        if let Some(forced) = planned.links.forced {
            for (task, _) in &planned.tasks {
                plan::force(&tx, task.step, before, forced)?;
            }
        }
        tx.commit()?;
        self.limited = self.limited_to(&planned, &groupings)?;
        self.meet_record(&mut planned, true)?;
        if self.wanted(Stage::Plan) {
            derive_stage(&mut self.session, &planned.links, dataset)?;
        }
        self.meet_record(&mut planned, false)?;
        self.counts = planned.count(&self.session)?;
        // Without a key nothing can be asked, and then nothing is opened again either.
        if self.open.is_none() && self.wanted(Stage::Generate) && self.counts.pending > 0 {
            self.open = Some(Channel::open_all(self.project)?);
        }
        let Counts { planned: items, pending, .. } = self.counts;
        self.tell(Stage::Plan, format!("{items} work items ({}); {pending} open", told.join("; ")));
        Ok(planned)
    }

    /// How much of the input the limit lets be worked on, where that is not all of it.
    fn limited_to(&self, planned: &Planned, groupings: &[Grouping]) -> Result<Option<Limited>, EngineError> {
        let Some(limit) = self.options.limit else { return Ok(None) };
        let (mut of, mut what) = (0, "rows");
        for ((task, _), grouping) in planned.tasks.iter().zip(groupings) {
            if self.project.steps[task.place].config.step.each == Each::Source {
                of = of.max(plan::count(&self.session.connection, task.step)?.planned);
                what = if matches!(grouping, Grouping::Groups(_)) { "groups" } else { what };
            }
        }
        Ok((limit < of).then_some(Limited { limit, of, what }))
    }

    /// Lets the work items of the steps over the input, or of the others, meet the record.
    fn meet_record(&mut self, planned: &mut Planned, sources: bool) -> Result<(), EngineError> {
        if !self.wanted(Stage::Generate) {
            return Ok(());
        }
        for place in 0..planned.tasks.len() {
            let is_source = self.project.steps[place].config.step.each == Each::Source;
            if is_source == sources {
                let (task, _) = &planned.tasks[place];
                let reopening = self.reopening(task);
                let tx = self.session.transaction()?;
                planned.restored += plan::settle_with_record(&tx, task.step, reopening)?.restored as u64;
                tx.commit()?;
            }
        }
        Ok(())
    }

    /// Plans a step whose work items come from the input; returns what changed, in words.
    pub(super) fn plan_source(
        &mut self,
        setup: &Setup,
        task: &Task,
        context: Option<&ContextBuilder>,
        planning: &Source<'_>,
    ) -> Result<Option<String>, EngineError> {
        let Source { dataset, file, grouping, links } = *planning;
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
                let invocation = self.session.invocation;
                self.session.reused(Stage::Plan, Some(task.step), &earlier)?;
                let tx = self.session.transaction()?;
                record::planned(&tx, invocation, task.step, task.row, dataset.id, &now())?;
                tx.commit()?;
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
                let planning = Planning { context, dataset, grouping, images, inputs, links };
                Ok(Some(planned(&plan_stage(&mut self.session, self.project, task, planning)?)))
            }
        }
    }

    /// How the record may answer the work items of a step.
    pub(super) fn reopening(&self, task: &Task) -> Reopening {
        Reopening { before: self.before(), max_attempts: task.max_attempts }
    }
}

/// What a step is planned from.
pub(super) struct Source<'a> {
    dataset: &'a Dataset,
    file: &'a ingest::Source,
    grouping: Grouping,
    links: &'a Links,
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
