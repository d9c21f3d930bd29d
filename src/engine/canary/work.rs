//! The work of a canary, in its session: the stages of a run, in the repeat that is this run's.

use serde_json::json;

use super::at_work::{AskedCanary, CanaryRun};
use super::findings::Findings;
use super::options::CanarySummary;
use crate::dispatch::calls;
use crate::engine::error::EngineError;
use crate::engine::pipeline::{Pipeline, PipelineOutcome, Policy};
use crate::engine::register;
use crate::engine::run::has_stopped;
use crate::engine::session::now;
use crate::engine::stages::results_view;
use crate::record::VariantAt;
use crate::stage::canary::{self, CanaryWork};
use crate::stage::record;

impl CanaryRun<'_, '_> {
    /// Asks, and compares the answers once all are there.
    pub(super) fn run(mut self) -> Result<CanarySummary, EngineError> {
        let lost = self.session.unfinished.calls as u64;
        if lost > 0 {
            self.note(format!(
                "{} in flight when an earlier canary was killed; they may have been billed, and are sent again",
                calls(lost)
            ));
        }
        let asked = self.begin()?;
        let (outcome, is_cut_short) = self.ask(&asked)?;
        let counts = outcome.counts;
        let interrupted = outcome.generated.interrupted || self.session.is_interrupted();
        self.session.out_of_budget = outcome.generated.budget.as_ref().map(ToString::to_string);
        let verdict =
            if is_cut_short || interrupted { None } else { Some(Findings::of(&mut self, &asked, outcome.limited)?) };
        Ok(CanarySummary {
            db: self.session.path.clone(),
            stage: self.prepared.stage,
            variant: self.prepared.pin.variant.clone(),
            number: asked.start.number,
            verdict,
            calls: outcome.generated.calls,
            failed: counts.failed + counts.blocked,
            pending: counts.pending,
            budget: outcome.generated.budget,
            interrupted,
            limited: outcome.limited,
        })
    }

    /// Ingests the canary set and its gold answers, and finds out which run this is.
    fn begin(&mut self) -> Result<AskedCanary, EngineError> {
        let prepared = self.prepared;
        let policy = Policy::of(&self.options.run, &prepared.project)?;
        let mut pipeline = Pipeline::new(self.session, &prepared.project, policy, self.audience);
        let dataset = pipeline.ingest(&prepared.source, prepared.open()?)?;
        let gold = match prepared.open_gold()? {
            Some(gold) if prepared.has_own_gold => Some(pipeline.ingest_gold(gold, &dataset)?),
            Some(gold) => Some(pipeline.ingest_gold_of_more(gold, &dataset)?),
            None => None,
        };
        let time = now();
        let tx = self.session.transaction()?;
        register::record_steps(&tx, &prepared.project, VariantAt::BASE)?;
        let variant = record::variant(&tx, &prepared.pin.variant, &json!(prepared.pin.overlay), &time)?;
        let config = record::configuration(&tx, &prepared.project.snapshot, &time)?;
        results_view(&tx, &prepared.project, &dataset)?;
        let work = CanaryWork { variant, dataset: dataset.id, config };
        let start = canary::start(&tx, work, &time)?;
        tx.commit()?;
        if start.goes_on {
            self.note(format!("canary {} was not finished: this goes on with it", start.number));
        }
        if let Some(number) = start.set_aside {
            self.note(format!(
                "canary {number} was not finished, and is left as it is: it asked something else, or began more than a \
                 day ago"
            ));
        }
        Ok(AskedCanary { start, work, dataset, gold })
    }

    /// Plans and generates; also returns whether that ended early.
    fn ask(&mut self, asked: &AskedCanary) -> Result<(PipelineOutcome, bool), EngineError> {
        let project = &self.prepared.project;
        let policy = Policy::of(&self.options.run, project)?;
        let mut pipeline = Pipeline::new(self.session, project, policy, self.audience);
        (pipeline.at, pipeline.config) = (asked.at(), Some(asked.work.config));
        pipeline.interrupts = self.interrupts.clone();
        pipeline.contract()?;
        let planned = pipeline.prepare(self.prepared.compiled()?, &asked.dataset)?;
        pipeline.plan(&planned, &asked.dataset, Some(&self.prepared.source))?;
        pipeline.generate(&planned)?;
        pipeline.outcome.counts = planned.count(&pipeline.session.connection)?;
        let is_cut_short = has_stopped(&mut pipeline)?;
        Ok((std::mem::take(&mut pipeline.outcome), is_cut_short))
    }
}
