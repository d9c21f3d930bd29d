//! The work of an evaluation, in its session: the stages of each variant in each repeat, one after the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::at_work::EvalWork;
use super::compiled::{Prepared, PreparedVariant};
use super::measuring::Measuring;
use super::summary::{EvalSummary, VariantStop, VariantWork};
use crate::config::is_metric;
use crate::dispatch::{BudgetLimits, BudgetStop, VariantLimits};
use crate::engine::compile;
use crate::engine::error::EngineError;
use crate::engine::measure::check_shared;
use crate::engine::options::RunEvent;
use crate::engine::pipeline::{Pipeline, Policy};
use crate::engine::planned::Planned;
use crate::engine::register;
use crate::engine::run::{has_stopped, requests_each};
use crate::engine::session::now;
use crate::engine::stages::results_view;
use crate::experiment::ending;
use crate::price::Money;
use crate::project::Acquired;
use crate::record::VariantAt;
use crate::stage::generate::Task;
use crate::stage::gold::GoldAnswers;
use crate::stage::ingest::Dataset;
use crate::stage::plan;
use crate::stage::record;
use crate::view::money;

/// The data sets of the input, of each collection of knowledge by name (rowids), and of the gold answers.
type Ingested = (Dataset, BTreeMap<String, i64>, Option<GoldAnswers>);

impl EvalWork<'_, '_> {
    /// Works on every variant in every repeat.
    pub(super) fn run(&mut self) -> Result<(), EngineError> {
        let numbers = self.record_variants()?;
        let (dataset, knowledge, gold) = self.ingest()?;
        let measuring = Measuring { numbers: &numbers, dataset: &dataset, gold: gold.as_ref() };
        measuring.check_gold(self.prepared, &self.session.connection)?;
        self.plan_others(&numbers, &dataset, &knowledge)?;
        for repeat in 1..=self.prepared.experiment.repeats {
            for (index, (number, config)) in numbers.iter().copied().enumerate() {
                if !self.prepared.variants[index].is_asked || self.done[index].has_stopped() {
                    continue;
                }
                let at = VariantAt { number, repeat };
                self.variant(index, (at, config), (&dataset, &knowledge))?;
                if self.is_cut_short {
                    return measuring.measure(self);
                }
            }
        }
        let is_whole = self.limited.is_none() && !self.done.iter().any(VariantWork::has_stopped);
        if let Some(forced) = self.forced.filter(|_| is_whole && self.options.variants.is_empty()) {
            let invocation = self.session.invocation;
            let tx = self.session.transaction()?;
            record::end_round(&tx, invocation, forced.round, &now())?;
            tx.commit()?;
        }
        measuring.measure(self)
    }

    /// Records the task's steps and the variants; returns the number of each variant, and the configuration (rowid)
    /// that its steps are planned with.
    fn record_variants(&mut self) -> Result<Vec<(i64, i64)>, EngineError> {
        let time = now();
        let tx = self.session.transaction()?;
        register::record_steps(&tx, &self.prepared.base, VariantAt::BASE)?;
        let mut numbers = Vec::with_capacity(self.prepared.variants.len());
        for PreparedVariant { variant, project, .. } in &self.prepared.variants {
            let overlay = serde_json::json!(variant.overlay);
            let number = record::variant(&tx, &variant.name, &overlay, &time)?;
            numbers.push((number, record::configuration(&tx, &project.snapshot, &time)?));
        }
        tx.commit()?;
        Ok(numbers)
    }

    /// Ingests the input and the gold answers, and makes the view of the results; also returns the data sets of
    /// collections (rowids).
    fn ingest(&mut self) -> Result<Ingested, EngineError> {
        let prepared = self.prepared;
        let policy = Policy::of(&self.options.run, &prepared.base)?;
        let mut pipeline = Pipeline::new(self.session, &prepared.base, policy, self.audience);
        // What was just fetched is kept already.
        if !prepared.base.acquired().is_some_and(Acquired::is_fresh) {
            pipeline.acquire()?;
        }
        let dataset = pipeline.ingest(&prepared.source, prepared.open()?)?;
        let knowledge = std::mem::take(&mut pipeline.knowledge);
        let gold = match prepared.open_gold()? {
            Some(gold) => Some(pipeline.ingest_gold(gold, &dataset)?),
            None => None,
        };
        let tx = self.session.transaction()?;
        results_view(&tx, &prepared.base, &dataset)?;
        tx.commit()?;
        Ok((dataset, knowledge, gold))
    }

    /// Does the work of the variant at `index`.
    fn variant(
        &mut self,
        index: usize,
        (at, config): (VariantAt, i64),
        (dataset, knowledge): (&Dataset, &BTreeMap<String, i64>),
    ) -> Result<(), EngineError> {
        let (of, repeats) = (self.prepared.asked().count(), self.prepared.experiment.repeats);
        let number = 1 + self.prepared.variants[..index].iter().filter(|it| it.is_asked).count();
        let Prepared { variants, columns, source, .. } = self.prepared;
        let PreparedVariant { variant, project, .. } = &variants[index];
        self.audience.see(&RunEvent::Variant { name: variant.name.clone(), number, of, repeat: at.repeat, repeats });
        // It was compiled before, to find errors early; what is compiled is used up.
        let compiled = compile::compile_again(project, columns, &source.kinds)?;
        let other = self.options.against.as_deref().filter(|_| !self.done.iter().any(VariantWork::is_begun));
        let other = other.map(|path| (path, self.prepared.baseline()));
        let mut pipeline = Pipeline::new(self.session, project, Policy::of(&self.options.run, project)?, self.audience);
        pipeline.of_variant = own_limits(self.prepared, at);
        (pipeline.at, pipeline.config) = (at, Some(config));
        pipeline.knowledge.clone_from(knowledge);
        pipeline.interrupts = self.interrupts.clone();
        pipeline.contract()?;
        let planned = pipeline.prepare(compiled, dataset)?;
        let result = pipeline.plan(&planned, dataset, Some(source));
        let result = result.and_then(|()| check_against(&pipeline, &planned, other));
        let result = result.and_then(|()| pipeline.generate(&planned)).and_then(|()| {
            pipeline.outcome.counts = planned.count(&pipeline.session.connection)?;
            has_stopped(&mut pipeline)
        });
        let outcome = std::mem::take(&mut pipeline.outcome);
        let work = &mut self.done[index];
        work.add(&outcome);
        if let Some(last) = last(&planned) {
            work.counts = work.counts.plus(plan::count(&self.session.connection, last.step)?);
        }
        self.limited = self.limited.or(outcome.limited);
        self.forced = planned.links.forced;
        match result {
            // One that may spend no more stops alone.
            Ok(has_ended) => {
                let of_variant = self.done[index].budget.as_ref().is_some_and(BudgetStop::is_of_variant);
                self.is_cut_short |= has_ended && !of_variant;
                Ok(())
            }
            Err(error) => self.stop(index, error),
        }
    }

    /// Ends the work of the variant at `index` for an `error`. The others go on where that is about its models.
    fn stop(&mut self, index: usize, error: EngineError) -> Result<(), EngineError> {
        match error {
            EngineError::Stopped { .. } | EngineError::Secret(_) => {
                let name = &self.prepared.variants[index].variant.name;
                self.audience.see(&RunEvent::Note(format!("variant `{name}` stops, and the others go on: {error}")));
                let hint = error.hint().map(std::borrow::Cow::into_owned);
                self.done[index].stopped = Some(VariantStop { why: error.to_string(), hint });
                let interrupts = self.interrupts.clone();
                Ok(self.session.heed(&interrupts)?)
            }
            EngineError::Evaluate(_) => Err(error),
            error if error.is_interruption() => Err(error),
            // What comes from the world has to name the variant, too.
            error => Err(self.prepared.variants[index].wrong(error)),
        }
    }

    /// The summary of an evaluation whose work ended with `result`.
    pub(super) fn end(self, result: Result<(), EngineError>, started: Instant) -> Result<EvalSummary, EngineError> {
        let session = self.session;
        let interrupted = session.is_interrupted() || self.done.iter().any(|it| it.interrupted);
        match result {
            Err(error) if !(interrupted && error.is_interruption()) => return Err(error),
            _ => {}
        }
        // It is read by statements, which must not be interrupted again.
        session.stop_heeding()?;
        let budget = self.done.iter().find_map(|it| it.budget.clone());
        session.out_of_budget = budget.as_ref().map(ToString::to_string);
        session.failed_in_part = self.done.iter().find_map(VariantWork::said_of_stop);
        let paid = self.done.iter().any(|it| it.used.cost != Money::ZERO) || budget.is_some();
        let connection = &session.connection;
        let money = if paid { money::gather(connection)? } else { money::gather_quickly(connection)? };
        let asked = self.prepared.variants.iter().map(|it| it.is_asked);
        let named: Vec<&str> = self.prepared.asked().map(|it| it.variant.name.as_str()).collect();
        Ok(EvalSummary {
            db: session.path.clone(),
            baseline: self.prepared.baseline().to_owned(),
            repeats: self.prepared.experiment.repeats,
            lost_calls: session.unfinished.calls as u64,
            variants: self
                .done
                .into_iter()
                .zip(asked)
                .filter(|(_, is_asked)| *is_asked)
                .map(|(work, _)| work)
                .collect(),
            requests_each: self.prepared.asked().map(|it| requests_each(&it.project)).max().unwrap_or(1),
            money,
            budget,
            elapsed: started.elapsed(),
            files: self.files,
            ending: self.evaluation.as_ref().map(|it| ending(it, &named, self.options.requires_better)),
            evaluation: self.evaluation,
            interrupted,
            samples: self.prepared.variants.iter().any(|it| it.project.samples()),
            limited: self.limited,
        })
    }
}

/// The bounds on a variant alone.
fn own_limits(prepared: &Prepared, at: VariantAt) -> Option<VariantLimits> {
    prepared.experiment.budget_per_variant.map(|it| VariantLimits {
        variant: at.number,
        limits: BudgetLimits { max_cost: it.max_cost_usd.and_then(Money::from_usd), max_requests: it.max_requests },
    })
}

/// The last step of the task.
fn last(planned: &Planned) -> Option<&Task> {
    planned.tasks.iter().map(|(task, _)| task).rfind(|task| !is_metric(&task.name))
}

/// Refuses another run file that has nothing to compare with: its path, and the name of the baseline.
fn check_against(
    pipeline: &Pipeline<'_, '_>,
    planned: &Planned,
    other: Option<(&Path, &str)>,
) -> Result<(), EngineError> {
    let (Some(other), Some(last)) = (other, last(planned)) else { return Ok(()) };
    let steps: Vec<i64> = planned.tasks.iter().map(|(task, _)| task.step).collect();
    check_shared(&pipeline.session.connection, (&steps, &last.name), other)
}
