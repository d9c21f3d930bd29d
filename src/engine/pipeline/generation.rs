//! Generation: runs the loop over open work items, and writes the manifest of each step.

use serde_json::{Value, json};

use super::{DataSource, Pipeline};
use crate::dispatch::{self, AnswerSource, GenerationSummary, LoopWork, Models};
use crate::engine::channels;
use crate::engine::error::EngineError;
use crate::engine::planned::Planned;
use crate::engine::pricing::on_record;
use crate::engine::session::{ManifestDraft, now};
use crate::record::{ManifestStatus, Stage};
use crate::stage::ManifestContent;
use crate::stage::generate::{Task, sections};
use crate::stage::plan::{self, Counts};
use crate::view::text::{counted, thousands};

impl Pipeline<'_, '_> {
    /// Generates all open work items within the limit.
    pub(in crate::engine) fn generate(&mut self, planned: &Planned) -> Result<(), EngineError> {
        let counts = planned.count_of(&self.session.connection, &self.policy.selection)?;
        let Counts { accepted, rejected, failed, .. } = counts;
        self.outcome.known = accepted + rejected + failed;
        let from_models = self.policy.sources == DataSource::FilesAndModels;
        if from_models && counts.pending == 0 {
            self.note_generation(planned, ManifestStatus::Reused, &now(), 0)?;
            let count = counts.planned;
            self.tell(Stage::Generate, format!("all {} work items are on record; no call was made", thousands(count)));
            return Ok(());
        }
        // After a signal between two statements, no call must be made.
        if self.session.is_interrupted() {
            return Ok(());
        }
        planned.documents.load(&self.session.connection)?;
        let started = now();
        let models = if from_models { Some(self.models()?) } else { None };
        let steps = planned.working(self.project, &self.policy.selection);
        let work = LoopWork {
            steps: &steps,
            links: &planned.links,
            answers: models.as_ref().map_or(AnswerSource::Tape, AnswerSource::Models),
            before: self.policy.before(),
        };
        let invocation = self.session.invocation;
        let generated = dispatch::generate(&mut self.session.connection, invocation, work, self.audience);
        let masked = models.as_ref().map_or(0, |it| it.transport.masks().found());
        if let Some(models) = models {
            // After a second Ctrl-C or an error, calls may still be in flight.
            self.interrupts.release();
            models.transport.abort();
        }
        let status = match &generated {
            Err(_) | Ok(GenerationSummary { stopped: Some(_), .. }) => ManifestStatus::Failed,
            Ok(GenerationSummary { interrupted: true, .. } | GenerationSummary { budget: Some(_), .. }) => {
                ManifestStatus::Interrupted
            }
            Ok(_) => ManifestStatus::Done,
        };
        let error = generated.map(|summary| self.outcome.generated = summary).err();
        let noted = self.note_generation(planned, status, &started, masked);
        if let Some(note) = masked_note(masked) {
            self.note(note);
        }
        // The first error is returned; a failure to write the manifest follows from it.
        if let Some(error) = error {
            return Err(error.into());
        }
        let counts = noted?;
        self.tell(Stage::Generate, generation_message(counts, &self.outcome.generated));
        for odd in self.outcome.generated.odd.noted() {
            let step = &self.project.steps[odd.place].config.step;
            self.note(step.message(&odd.anomaly.detail));
        }
        Ok(())
    }

    /// Opens the models. From here on signals go to the transport.
    pub(in crate::engine) fn models(&mut self) -> Result<Models, EngineError> {
        let channels = match self.channels.take() {
            Some(open) => open,
            None => self.opened()?,
        };
        let mut models = channels::ready(self.project, channels, self.policy.max_failures)?;
        models.of_variant = self.of_variant;
        for name in models.transport.masks().unsearched() {
            self.note(format!(
                "the secret in {name} is too short or too much like a word to be looked for in responses: where a \
                 server returns it, it goes on record"
            ));
        }
        self.session.stop_heeding()?;
        self.interrupts.hand_to(&models.transport);
        Ok(models)
    }

    /// Writes the manifests of the steps that are generated in one transaction; returns their work items by status.
    /// `masked` is the number of responses that had a secret in them, of whatever step.
    pub(in crate::engine) fn note_generation(
        &mut self,
        planned: &Planned,
        status: ManifestStatus,
        started: &str,
        masked: u64,
    ) -> Result<Counts, EngineError> {
        let prices = if status == ManifestStatus::Reused { Value::Null } else { on_record(self.project) };
        let mut all = Counts::default();
        let (mut notes, mut missing_sections) = (Vec::with_capacity(planned.tasks.len()), Vec::new());
        let mut masked = masked;
        for (place, (task, _)) in planned.tasks.iter().enumerate() {
            if !self.policy.selection.has(place) {
                continue;
            }
            let counts = plan::count(&self.session.connection, task.step)?;
            all = all.plus(counts);
            let mut summary = ManifestContent {
                inputs: self.generation_inputs(task, &prices),
                outputs: Value::Null,
                counts: self.outcome.generated.step_value(place, counts),
            };
            // Of whatever step they were, they are told once.
            if masked > 0 {
                summary.counts["masked_responses"] = json!(std::mem::take(&mut masked));
            }
            let mut anomalies = self.outcome.generated.odd.anomalies(&self.session.connection, task)?;
            if let Some(missing) = sections::missing(&self.session.connection, task)? {
                missing_sections.push(self.project.steps[place].config.step.message(&missing.detail));
                anomalies.push(missing);
            }
            notes.push(ManifestDraft {
                stage: Stage::Generate,
                step: Some(task.step),
                status,
                reused_from: None,
                summary,
                anomalies,
            });
        }
        self.session.write_notes(notes, started)?;
        // What is answered already is not told again.
        if status != ManifestStatus::Reused {
            self.note_all(missing_sections);
        }
        Ok(all)
    }

    fn generation_inputs(&self, task: &Task, prices: &Value) -> Value {
        let mut inputs = json!({"task_id": task.id.to_string()});
        match self.policy.sources {
            DataSource::FilesAndModels | DataSource::FilesAndRecord => inputs["limit"] = json!(self.policy.limit),
            DataSource::Record => inputs["read_again"] = json!(true),
        }
        if let Some(prices) = prices.get(&task.name).filter(|_| self.policy.sources == DataSource::FilesAndModels) {
            inputs["prices"] = prices.clone();
        }
        inputs
    }
}

/// A note on responses that had a secret in them, if there were any.
fn masked_note(masked: u64) -> Option<String> {
    match masked {
        0 => None,
        1 => Some("1 response had a secret in it (a key, or a proxy's password); it is on record as ***".to_owned()),
        _ => Some(format!(
            "{masked} responses had a secret in them (a key, or a proxy's password); it is on record as ***"
        )),
    }
}

fn generation_message(counts: Counts, generated: &GenerationSummary) -> String {
    let mut held_back = String::new();
    for (count, word) in [(counts.skipped, "skipped, "), (counts.blocked, "blocked, ")] {
        if count > 0 {
            held_back = format!("{held_back}{} {word}", thousands(count));
        }
    }
    let [accepted, rejected, failed, pending] =
        [counts.accepted, counts.rejected, counts.failed, counts.pending].map(thousands);
    let (calls, from_tape) = (counted(generated.calls, "call"), counted(generated.from_tape, "answer"));
    format!(
        "{accepted} accepted, {rejected} rejected, {failed} failed, {held_back}{pending} open; {calls}, {from_tape} from \
         the record"
    )
}
