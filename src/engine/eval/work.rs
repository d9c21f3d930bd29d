//! The work of an evaluation, in its session: the stages of each variant in each repeat, one after the other.

use std::collections::BTreeMap;
use std::time::Instant;

use super::at_work::EvalWork;
use super::compiled::{Prepared, PreparedVariant};
use super::measuring::Measuring;
use super::summary::EvalSummary;
use crate::dispatch::{BudgetLimits, BudgetStop, VariantLimits};
use crate::engine::compile;
use crate::engine::error::EngineError;
use crate::engine::options::RunEvent;
use crate::engine::pipeline::{Pipeline, Policy};
use crate::engine::register;
use crate::engine::run::has_stopped;
use crate::engine::session::now;
use crate::engine::stages::results_view;
use crate::experiment::ending;
use crate::price::Money;
use crate::record::VariantAt;
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
        measuring.check_gold(self).map_err(|error| error.placed(&self.prepared.base, ""))?;
        self.plan_others(&numbers, &dataset, &knowledge)?;
        for repeat in 1..=self.prepared.experiment.repeats {
            for (index, (number, config)) in numbers.iter().copied().enumerate() {
                let is_stopped = self.done[index].budget.is_some();
                if !self.prepared.variants[index].is_asked || is_stopped {
                    continue;
                }
                let at = VariantAt { number, repeat };
                self.variant(index, (at, config), &dataset, &knowledge)?;
                if self.is_cut_short {
                    return measuring.measure(self);
                }
            }
        }
        if let Some(forced) = self.forced.filter(|_| self.limited.is_none() && self.options.variants.is_empty()) {
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
        pipeline.acquire()?;
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
        dataset: &Dataset,
        knowledge: &BTreeMap<String, i64>,
    ) -> Result<(), EngineError> {
        let (of, repeats) = (self.prepared.asked().count(), self.prepared.experiment.repeats);
        let number = 1 + self.prepared.variants[..index].iter().filter(|it| it.is_asked).count();
        let Prepared { variants, columns, source, .. } = self.prepared;
        let PreparedVariant { variant, project, .. } = &variants[index];
        self.audience.see(&RunEvent::Variant { name: variant.name.clone(), number, of, repeat: at.repeat, repeats });
        // It was compiled before, to find errors early; what is compiled is used up.
        let compiled = compile::compile_again(project, columns, &source.kinds)?;
        let policy = Policy::of(&self.options.run, project)?;
        let own = self.prepared.experiment.budget_per_variant.map(|it| VariantLimits {
            variant: at.number,
            limits: BudgetLimits { max_cost: it.max_cost_usd.and_then(Money::from_usd), max_requests: it.max_requests },
        });
        let mut pipeline = Pipeline::new(self.session, project, policy, self.audience);
        pipeline.of_variant = own;
        (pipeline.at, pipeline.config) = (at, Some(config));
        pipeline.knowledge.clone_from(knowledge);
        pipeline.interrupts = self.interrupts.clone();
        pipeline.contract()?;
        let planned = pipeline.prepare(compiled, dataset)?;
        let result = pipeline.plan(&planned, dataset, Some(source)).and_then(|()| pipeline.generate(&planned));
        let result = result.and_then(|()| has_stopped(&mut pipeline));
        let outcome = std::mem::take(&mut pipeline.outcome);
        // What comes from the world has to name the variant, too.
        let result = result.map_err(|error| match error {
            error if error.is_interruption() => error,
            error => error.in_variant(&variant.name),
        });
        let work = &mut self.done[index];
        work.add(&outcome);
        if let Some((task, _)) = planned.tasks.iter().rfind(|(task, _)| !task.name.starts_with("metric:")) {
            work.counts = work.counts.plus(plan::count(&self.session.connection, task.step)?);
        }
        self.limited = self.limited.or(outcome.limited);
        self.forced = planned.links.forced;
        let of_variant = self.done[index].budget.as_ref().is_some_and(BudgetStop::is_of_variant);
        // One that may spend no more stops alone.
        if result? && !of_variant {
            self.is_cut_short = true;
        }
        Ok(())
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
        let paid = self.done.iter().any(|it| it.used.cost != Money::ZERO) || budget.is_some();
        let connection = &session.connection;
        let money = if paid { money::gather(connection)? } else { money::gather_quickly(connection)? };
        let asked = self.prepared.variants.iter().map(|it| it.is_asked);
        let named: Vec<&str> = self.prepared.asked().map(|it| it.variant.name.as_str()).collect();
        let baseline = self.prepared.experiment.variants.get(self.prepared.experiment.baseline);
        Ok(EvalSummary {
            db: session.path.clone(),
            baseline: baseline.map(|it| it.name.clone()).unwrap_or_default(),
            repeats: self.prepared.experiment.repeats,
            lost_calls: session.unfinished.calls as u64,
            variants: self
                .done
                .into_iter()
                .zip(asked)
                .filter(|(_, is_asked)| *is_asked)
                .map(|(work, _)| work)
                .collect(),
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
