//! What is asked: the ways to the models are opened, the loop runs, and each step's manifest is written.

use serde_json::{Value, json};

use super::Pipeline;
use super::planning::Planned;
use crate::engine::channel::{Channel, ways};
use crate::engine::error::EngineError;
use crate::engine::generate::{Answers, Channels, LaneSpec, Outcome, Way, generate};
use crate::engine::session::now;
use crate::engine::terms::{Terms, on_record};
use crate::provider::RetryPolicy;
use crate::record::{ManifestStatus, Stage};
use crate::stage::Summary;
use crate::stage::generate::Task;
use crate::stage::plan::{self, Counts};
use crate::transport::Transport;

impl Pipeline<'_, '_> {
    pub(super) fn generate(&mut self, planned: &Planned) -> Result<(), EngineError> {
        let counts = self.counts;
        if counts.pending == 0 {
            for (task, _) in &planned.tasks {
                let counts = plan::count(&self.session.connection, task.step)?;
                let summary = self.generated(task, Outcome::default().to_value(counts), None);
                self.session.note(Stage::Generate, Some(task.step), ManifestStatus::Reused, None, summary, &now())?;
            }
            self.tell(Stage::Generate, format!("all {} work items are on record; no call was made", counts.planned));
            return Ok(());
        }
        // A signal that came between two statements must not be answered by starting to pay.
        if self.session.is_interrupted() {
            return Ok(());
        }
        let started = now();
        let channels = self.channels()?;
        let working = planned.working(self.project);
        let before = self.before();
        let (links, audience) = (&planned.links, &mut *self.audience);
        let answers = Answers::Models(&channels);
        let generated = generate(&mut self.session, &working, links, answers, before, counts, audience);
        // The second Ctrl-C, and an error, leave what was in flight behind.
        self.interrupts.release();
        channels.transport.abort();
        let error = match generated {
            Ok(outcome) => {
                self.outcome = outcome;
                None
            }
            Err(error) => Some(error),
        };
        let status = match &self.outcome {
            _ if error.is_some() => ManifestStatus::Failed,
            Outcome { stopped: Some(_), .. } => ManifestStatus::Failed,
            Outcome { interrupted: true, .. } | Outcome { budget: Some(_), .. } => ManifestStatus::Interrupted,
            Outcome { .. } => ManifestStatus::Done,
        };
        let noted = self.note_generation(planned, status, &started);
        if let Some(error) = error {
            // The first error is the one to tell; that it could not be noted follows from it.
            return Err(error);
        }
        let counts = noted?;
        let mut held = String::new();
        for (count, word) in [(counts.skipped, "skipped, "), (counts.blocked, "blocked, ")] {
            if count > 0 {
                held = format!("{held}{count} {word}");
            }
        }
        let message = format!(
            "{} accepted, {} rejected, {} failed, {held}{} open; {} calls, {} answers from the record",
            counts.accepted, counts.rejected, counts.failed, counts.pending, self.outcome.calls, self.outcome.from_tape
        );
        self.tell(Stage::Generate, message);
        Ok(())
    }

    /// The ways to all models, open.
    pub(super) fn channels(&mut self) -> Result<Channels, EngineError> {
        let open = match self.open.take() {
            Some(open) => open,
            None => Channel::open_all(self.project)?,
        };
        let most = ways(self.project).filter(|it| it.judging.is_none()).map(|it| it.llm);
        let (workers, retries) =
            most.fold((1, 0), |(workers, retries), llm| (llm.max_workers.max(workers), llm.retries.max(retries)));
        let (lanes, lane_of) = LaneSpec::of(ways(self.project).map(|it| it.llm));
        let ways = open.into_iter().zip(Terms::of_all(self.project)).zip(lane_of);
        let transport = Transport::start(workers)?;
        self.session.stop_heeding()?;
        self.interrupts.hand_to(&transport);
        Ok(Channels {
            transport,
            ways: ways.map(|((channel, terms), lane)| Way { channel, terms, lane }).collect(),
            max_workers: workers,
            retry: RetryPolicy { retries, ..RetryPolicy::default() },
            lanes,
            max_failures: self.options.max_failures,
            budget: self.project.config.budget,
        })
    }

    /// What a step's manifest says of its generation.
    pub(super) fn generated(&self, task: &Task, counts: Value, prices: Option<Value>) -> Summary {
        let mut inputs = json!({"task_id": task.id.to_string(), "limit": self.options.limit});
        if let Some(prices) = prices {
            inputs["prices"] = prices;
        }
        Summary { inputs, outputs: Value::Null, counts }
    }

    /// Writes a manifest for each step that was generated; returns how many work items stand where.
    pub(super) fn note_generation(
        &mut self,
        planned: &Planned,
        status: ManifestStatus,
        started: &str,
    ) -> Result<Counts, EngineError> {
        let prices = on_record(self.project);
        let mut all = Counts::default();
        let several = planned.tasks.len() > 1;
        for (place, (task, _)) in planned.tasks.iter().enumerate() {
            let counts = plan::count(&self.session.connection, task.step)?;
            all = all.plus(counts);
            let (value, prices) = if several {
                (self.outcome.step_value(place, counts), prices.get(&task.name).cloned())
            } else {
                (self.outcome.to_value(counts), Some(prices.clone()))
            };
            let summary = self.generated(task, value, prices);
            self.session.note(Stage::Generate, Some(task.step), status, None, summary, started)?;
        }
        Ok(all)
    }
}
