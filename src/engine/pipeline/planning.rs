//! Planning: plans the work items of every step, and decides those that the record answers.

use serde_json::{Value, json};

use super::{DataSource, Pipeline};
use crate::config::Each;
use crate::engine::error::EngineError;
use crate::engine::images;
use crate::engine::notes;
use crate::engine::options::Limited;
use crate::engine::planned::Planned;
use crate::engine::session::now;
use crate::engine::sources::check_sources;
use crate::engine::stages::{Planning, derive_stage, note_plan, plan_message, plan_stage};
use crate::record::Stage;
use crate::stage::ingest::{self, Dataset};
use crate::stage::plan::{self, Counts, ImageSource, PlanUnit, Reopening};
use crate::store::sql;
use crate::view::text::thousands;

impl Pipeline<'_, '_> {
    /// Plans every step. `file` is the input, where it was read from a file.
    pub(in crate::engine) fn plan(
        &mut self,
        planned: &Planned,
        dataset: &Dataset,
        file: Option<&ingest::SourceFile>,
    ) -> Result<(), EngineError> {
        // The place of each step over the input, with the message of its plan.
        let mut messages = Vec::new();
        for place in 0..planned.tasks.len() {
            if self.project.steps[place].config.step.each == Each::Source {
                let message = match (self.policy.sources, file) {
                    (DataSource::FilesAndModels | DataSource::FilesAndRecord, Some(file)) => {
                        self.plan_from_file(planned, place, dataset, file)?
                    }
                    _ => self.plan_from_record(planned, place, dataset)?,
                };
                messages.push((place, message));
            }
        }
        if let Some(forced) = planned.links.forced {
            let tx = self.session.transaction()?;
            for (task, _) in planned.tasks.iter().filter(|(task, _)| self.policy.generates(task.place)) {
                plan::force(&tx, task.step, self.policy.before(), forced)?;
            }
            tx.commit()?;
        }
        self.outcome.limited = self.limited(planned)?;
        self.settle_with_record(planned, true)?;
        if self.policy.wants(Stage::Plan) {
            derive_stage(self.session, &planned.links, dataset)?;
        } else {
            self.check_derived(planned)?;
        }
        self.settle_with_record(planned, false)?;
        self.outcome.counts = planned.count(&self.session.connection)?;
        let Counts { planned: items, pending, .. } = self.outcome.counts;
        if planned.count_of(&self.session.connection, &self.policy.selection)?.pending > 0 {
            if self.policy.wants(Stage::Generate) {
                check_sources(&self.session.connection, planned, &self.policy.selection)?;
            }
            self.open_channels()?;
        }
        let messages = self.messages_of_steps(planned, &messages)?;
        let [items, pending] = [items, pending].map(thousands);
        self.tell(Stage::Plan, format!("{items} work items ({}); {pending} open", messages.join("; ")));
        Ok(())
    }

    /// Refuses derived steps that have changed since they were planned.
    fn check_derived(&mut self, planned: &Planned) -> Result<(), EngineError> {
        let connection = &self.session.connection;
        for link in &planned.links.all {
            let step: &[(&'static str, &dyn rusqlite::ToSql)] = &[(":step", &link.step)];
            let task: Option<i64> = sql::RECORD_LATEST_PLAN.first(connection, step, |row| row.get("task"))?;
            if task != Some(link.task) {
                return Err(self.policy.missing(Stage::Plan));
            }
        }
        Ok(())
    }

    /// The message of each step's plan, in the order of the steps: of a step that takes from others, how many work
    /// items it has so far.
    fn messages_of_steps(&self, planned: &Planned, of_input: &[(usize, String)]) -> Result<Vec<String>, EngineError> {
        let is_open = self.outcome.counts.pending > 0;
        let mut messages = Vec::with_capacity(planned.tasks.len());
        for (place, (task, _)) in planned.tasks.iter().enumerate() {
            let step = &self.project.steps[place].config.step;
            messages.push(match of_input.iter().find(|(of, _)| *of == place) {
                Some((_, message)) => step.prefixed(message),
                None => {
                    let count = thousands(plan::count(&self.session.connection, task.step)?.planned);
                    step.prefixed(&if is_open { format!("{count} so far") } else { count })
                }
            });
        }
        Ok(messages)
    }

    /// The share of the input that the limit selects, where that is not all of it.
    fn limited(&self, planned: &Planned) -> Result<Option<Limited>, EngineError> {
        let Some(limit) = self.policy.limit else { return Ok(None) };
        let (mut of, mut what) = (0, "rows");
        for ((task, _), grouping) in planned.tasks.iter().zip(&planned.groupings) {
            if self.project.steps[task.place].config.step.each == Each::Source {
                of = of.max(plan::count(&self.session.connection, task.step)?.planned);
                what = if matches!(grouping, PlanUnit::Groups(_)) { "groups" } else { what };
            }
        }
        Ok((limit < of).then_some(Limited { limit, of, what }))
    }

    /// Decides the work items that the record answers: of the steps over the input, or of the derived steps.
    fn settle_with_record(&mut self, planned: &Planned, of_input: bool) -> Result<(), EngineError> {
        if !self.policy.wants(Stage::Generate) {
            return Ok(());
        }
        for (task, _) in &planned.tasks {
            if (self.project.steps[task.place].config.step.each == Each::Source) == of_input {
                // What is not generated stays as it is, but for what the record answers.
                let before = if self.policy.generates(task.place) { self.policy.before() } else { i64::MIN };
                let reopening = Reopening { before, max_attempts: task.max_attempts };
                let tx = self.session.transaction()?;
                plan::settle_with_record(&tx, task.step, reopening)?;
                tx.commit()?;
            }
        }
        Ok(())
    }

    /// Plans a step from the rows and images on record; returns the message.
    fn plan_from_record(&mut self, planned: &Planned, place: usize, dataset: &Dataset) -> Result<String, EngineError> {
        let (task, context) = &planned.tasks[place];
        let inputs = json!({"dataset": dataset.id, "task_id": task.id.to_string(), "read_again": true});
        let (context, images, grouping) = (context.as_ref(), ImageSource::Record, planned.groupings[place]);
        let planning = Planning { context, dataset, grouping, images, inputs, links: &planned.links };
        let counts = plan_stage(self.session, self.project, task, planning)?;
        Ok(self.say_plan(place, &counts))
    }

    /// Says what the counts of a step's plan note; returns the message.
    fn say_plan(&mut self, place: usize, counts: &Value) -> String {
        let step = &self.project.steps[place].config.step;
        self.note_all(notes::of_counts(counts).iter().map(|note| step.message(note)).collect());
        plan_message(counts)
    }

    /// Plans a step from the rows of a file, unless the record has the same plan; returns the message.
    fn plan_from_file(
        &mut self,
        planned: &Planned,
        place: usize,
        dataset: &Dataset,
        file: &ingest::SourceFile,
    ) -> Result<String, EngineError> {
        let (task, context) = &planned.tasks[place];
        let setup = &self.project.steps[place];
        let dataset_id = file.dataset_id().to_string();
        let mut inputs = json!({"dataset_id": dataset_id, "dataset": dataset.id, "task_id": task.id.to_string()});
        if task.shows_images() {
            inputs["images"] = images::inputs(setup);
        }
        let folder = images::ImageFolder::of(&setup.config, &setup.dir);
        let read = |name: &str| folder.read_given(self.project.given_image(name), name);
        let before = self.policy.before();
        let mut unchanged = self.session.unchanged(Stage::Plan, Some(task.step), &inputs)?;
        // A step that was left out of the task for a while has no planned work items.
        if unchanged.is_some() && plan::count(&self.session.connection, task.step)?.planned == 0 {
            unchanged = None;
        }
        // Image files have to be read to see whether they are unchanged.
        if unchanged.is_some() && task.shows_images() && self.policy.wants(Stage::Plan) {
            let tx = self.session.transaction()?;
            let same = plan::images_unchanged(&tx, task.step, &setup.config.images.dir, &read, before)?;
            tx.commit()?;
            unchanged = unchanged.filter(|_| same);
        }
        if let Some(earlier) = unchanged {
            let invocation = self.session.invocation;
            let project = self.project;
            self.session.reused(Stage::Plan, Some(task.step), &earlier, |tx| {
                note_plan(tx, project, task, (dataset, &planned.links), (invocation, &now()))
            })?;
            // What is answered already is not told again.
            if plan::count(&self.session.connection, task.step)?.pending > 0 {
                self.say_plan(place, &earlier.summary.counts);
            }
            return Ok("unchanged".to_owned());
        }
        if !self.policy.wants(Stage::Plan) {
            return Err(self.policy.missing(Stage::Plan));
        }
        // A plan opens work items, which cannot be asked without a key.
        self.open_channels()?;
        let images = ImageSource::Files { read: &read, before };
        let (context, grouping) = (context.as_ref(), planned.groupings[place]);
        let planning = Planning { context, dataset, grouping, images, inputs, links: &planned.links };
        let counts = plan_stage(self.session, self.project, task, planning)?;
        Ok(self.say_plan(place, &counts))
    }
}
