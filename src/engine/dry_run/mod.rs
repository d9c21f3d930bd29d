//! The dry run: estimates the requests, the cost and the duration of a run, without any request.
//!
//! The input is planned into a temporary run file that is never committed, and compared with the record, which is only
//! read. Nothing is written beside the project or the run file, and a writer may work at the same time. Where there are
//! many work items, tokens are counted on a sample of them.

mod estimate;
mod forecast;
mod model_estimate;
mod questions;
mod statistics;

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Transaction;

use super::acquire;
use super::error::EngineError;
use super::expansion::expansion;
use super::options::{RunEvent, RunOptions};
use super::pages::PageWriter;
use super::pipeline::Policy;
use super::planned::Planned;
use super::pricing::{check_budget, terms};
use super::register::Register;
use super::run::{author, check_folder, db_path};
use super::servers::{self, Inquiry};
use super::session::now;
use super::stages::{Planning, plan_request};
use super::{compile, images, input, model_notes, notes};
use crate::config::Each;
use crate::price::Money;
use crate::project::{Asking, Project, Setup};
use crate::prompt::ContextBuilder;
use crate::record::{VariantAt, thousands};
use crate::stage::StageContext;
use crate::stage::generate::{Purpose, Task};
use crate::stage::plan::{self, ImageSource};
use crate::store;
pub use estimate::{Estimate, ItemEstimate, RequestEstimate};
use model_estimate::{ExpectedOutput, ModelEstimate};
use questions::{SampledItems, StepTerms};
use statistics::AnswerStatistics;

/// The most work items on which tokens are counted.
const SAMPLE: u64 = 1_000;
/// The assumed duration of a call where none is on record.
const ASSUMED_MS: f64 = 2_000.0;

pub fn dry_run(options: &RunOptions, watch: &mut dyn FnMut(&RunEvent)) -> Result<Estimate, EngineError> {
    let project = Project::of(options.origin())?;
    let db = db_path(options, &project);
    let project = acquire::with_recorded(project, &db)?;
    estimate(options, (project, VariantAt::BASE), watch)
}

/// The estimate of a project that is a variant of the task, in a repeat; the number of one that is not on record is 0.
pub(super) fn estimate(
    options: &RunOptions,
    (project, at): (Project, VariantAt),
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<Estimate, EngineError> {
    let db = db_path(options, &project);
    let (source, mut table) = input::open(&project)?;
    let (mut project, servers) = servers::resolve(project, Some(&db), Inquiry::Record)?;
    let compiled = compile::compile_all(&mut project, table.columns(), &source.kinds)?;
    check_budget(&project)?;
    expansion(&project, table.columns())?;
    let policy = Policy::of(options, &project)?;
    let refused = check_outputs(&project, &db, options, &policy).err();
    let notes = servers.notes.iter().cloned().chain(source.inferred(table.columns()));
    let notes = notes.chain(model_notes::notes(&project, &options.overrides));
    let notes = notes.chain(notes::unread_variables(&compiled, &options.overrides));
    let notes = notes.chain(notes::unused_knowledge(&project, &compiled));
    let notes = notes.chain(notes::other_configuration(&project, &db));
    for note in notes.chain(compiled.iter().flat_map(|it| it.notes.iter().cloned())) {
        watch(&RunEvent::Note(note));
    }
    let before = policy.before();
    let record = if db.exists() { Some(forecast::open(&db)?) } else { None };

    let mut scratch = store::temporary()?;
    let tx = scratch.transaction()?;
    let time = now();
    // The manifest is never read, since nothing is committed.
    let context = StageContext { invocation: 0, manifest: 0, now: &time };
    let mut knowledge = BTreeMap::new();
    for (source, documents) in &table.knowledge {
        knowledge.insert(source.name.clone(), documents.ingest(&tx, &context, source)?.0.id);
    }
    let (dataset, ingested) = table.ingest(&tx, &context, &source, &project)?;
    let register = Register::Record { tx: &tx, now: &time };
    let planned = Planned::of(
        register,
        (&project, VariantAt { repeat: at.repeat, ..VariantAt::BASE }),
        compiled,
        &dataset,
        &knowledge,
    )?;
    planned.documents.load(&tx)?;
    let mut estimate = Estimate::nothing(db, record.is_some(), options.expect_output_tokens);
    estimate.notes.extend(refused.map(|error| format!("a run is refused: {error}")));
    estimate.notes.extend(notes::of_counts(&ingested.counts));
    let left_out = policy.selection.left_out(&project);
    if !left_out.is_empty() {
        estimate.notes.push(format!("not asked for, and not estimated: {}", left_out.join(", ")));
    }
    for ((setup, (task, contexts)), grouping) in project.steps.iter().zip(&planned.tasks).zip(&planned.groupings) {
        if !policy.selection.has(task.place) {
            continue;
        }
        if setup.config.step.each != Each::Source {
            estimate.leave_out(setup);
            continue;
        }
        let folder = images::ImageFolder::of(&setup.config, &setup.dir);
        let read = |name: &str| folder.read(name);
        let planning = Planning {
            context: contexts.as_ref(),
            dataset: &dataset,
            grouping: *grouping,
            images: ImageSource::Files { read: &read, before },
            inputs: serde_json::Value::Null,
            links: &planned.links,
        };
        let request = plan_request(setup, task, &planning);
        let planned = plan::plan(&tx, &context, &request)?;
        let said = notes::of_counts(&planned.counts);
        estimate.notes.extend(said.iter().map(|note| setup.config.step.message(note)));
        let forecast = forecast::of(&tx, record.as_ref(), setup, task, (at, before))?;
        match &setup.asking {
            Some(asking) => estimate.add_asking(&tx, &forecast, (setup, asking), task, contexts.as_ref())?,
            None => estimate.count(&forecast),
        }
    }
    if estimate.requests.is_empty() && estimate.cost_high_usd.is_none() {
        // All that asks is left out, so nothing is known of the cost.
        estimate.cost_low_usd = None;
    }
    let (notes, asks) = author::estimate_notes(&project, options)?;
    estimate.notes.extend(notes);
    if asks {
        (estimate.cost_high_usd, estimate.cost_most_usd) = (None, None);
    }
    Ok(estimate)
}

/// Refuses folders of outputs and pages that belong to another run file, and a template of pages that is wrong.
fn check_outputs(project: &Project, db: &Path, options: &RunOptions, policy: &Policy) -> Result<(), EngineError> {
    check_folder(project, db, policy)?;
    PageWriter::of(project, db, options.overwrite).map(drop)
}

impl Estimate {
    /// Adds a derived step, whose work items are not known yet.
    fn leave_out(&mut self, setup: &Setup) {
        let step = &setup.config.step;
        let parents = step.each.parents().join("`, `");
        if step.is_metric() {
            (self.cost_high_usd, self.cost_most_usd) = (None, None);
            let most =
                self.work_items.map_or_else(|| "as many".to_owned(), |items| format!("up to {}", thousands(items)));
            self.notes.push(format!(
                "`{}` asks a model about each accepted output: {most} requests, less those on record, that no figure \
                 here counts",
                step.name
            ));
        } else if setup.asking.is_some() {
            (self.cost_high_usd, self.cost_most_usd) = (None, None);
            self.notes.push(format!(
                "step `{}` is not estimated: its requests and cost depend on the outputs of `{parents}`",
                step.name
            ));
        } else if self.work_items.is_none() {
            self.notes.push(format!(
                "step `{}` is not estimated: its work items depend on the outputs of `{parents}`; it asks no model",
                step.name
            ));
        }
    }

    /// Notes that a step may ask for more than one answer.
    fn note_unestimated(&mut self, setup: &Setup) {
        (self.cost_high_usd, self.cost_most_usd) = (None, None);
        self.notes.push(format!(
            "step `{}`: one candidate and one attempt, with the first model, are counted",
            setup.config.step.name()
        ));
    }

    /// Adds the work items of a step.
    fn count(&mut self, forecast: &forecast::Forecast<'_>) {
        let count = |kinds: &[&str]| forecast.count(kinds);
        add_to(&mut self.work_items, count(&["new", "changed", "open", "again"]) + forecast.answered());
        add_to(&mut self.new, count(&["new"]));
        add_to(&mut self.changed, count(&["changed"]));
        add_to(&mut self.open, count(&["open", "again"]));
        add_to(&mut self.answered, forecast.answered());
        self.seconds.get_or_insert_default();
    }

    /// Adds a step that asks a model, on a sample of its questions.
    fn add_asking(
        &mut self,
        tx: &Transaction<'_>,
        forecast: &forecast::Forecast<'_>,
        (setup, asking): (&Setup, &Asking),
        task: &Task,
        context: Option<&ContextBuilder>,
    ) -> Result<(), EngineError> {
        let asked_on = StepTerms {
            generation: terms(setup, &asking.llm),
            judges: asking.judges.iter().map(|judge| terms(setup, &judge.config.llm)).collect(),
        };
        if !asking.escalated.is_empty() || task.accept.is_some() {
            self.note_unestimated(setup);
        }
        let stride = forecast.to_ask().div_ceil(SAMPLE).max(1);
        let sampled = questions::sample(tx, forecast, (setup, asking), &asked_on, task, context, stride)?;
        let statistics = forecast.statistics()?;
        self.add(
            setup,
            forecast,
            &sampled,
            ExpectedOutput { given: self.expect_output_tokens, statistics: &statistics },
            (&asked_on, task),
        );
        Ok(())
    }

    /// Adds the requests and costs of a step, scaled up from its sample.
    fn add(
        &mut self,
        setup: &Setup,
        forecast: &forecast::Forecast<'_>,
        sampled: &SampledItems,
        expected: ExpectedOutput<'_>,
        (asked_on, task): (&StepTerms, &Task),
    ) {
        self.count(forecast);
        self.sampled += sampled.items;
        self.decided_by_tape += sampled.decided;
        self.max_attempts = self.max_attempts.max(task.max_attempts);
        let mut requests = Vec::new();
        let several = task.judges().len() > 1;
        let generation = [("llm", Purpose::Generation, None, &asked_on.generation, sampled.generation)];
        let judges = task.judges().iter().zip(&asked_on.judges).zip(&sampled.judges).map(|((judge, terms), counts)| {
            let (key, name) =
                if several { ("judge.judges.llm", Some(judge.name.as_str())) } else { ("judge.llm", None) };
            (key, Purpose::Judge, name, terms, *counts)
        });
        for (key, purpose, judge, terms, counts) in generation.into_iter().chain(judges) {
            let side = ModelEstimate::of(forecast, (sampled.items, counts), expected, purpose, terms);
            self.cost_low_usd = sum(self.cost_low_usd, side.cost(terms, side.low));
            let dearest = side.high.and_then(|output| side.cost(terms, output));
            self.cost_high_usd = sum(self.cost_high_usd, dearest);
            self.cost_most_usd = sum(self.cost_most_usd, side.every_attempt(terms, task.max_attempts));
            self.notes.extend(side.notes(key, terms));
            requests.push(side.shown(&task.name, terms, judge));
        }
        self.per_item.push(ItemEstimate::of(&task.name, forecast.to_ask(), &requests));
        self.notes.extend(notes_of(sampled, forecast.to_ask()));
        let (seconds, bounded_by) = duration(setup, &requests, expected.statistics);
        self.requests.extend(requests);
        *self.seconds.get_or_insert_default() += seconds;
        if self.bounded_by.is_empty() {
            self.bounded_by = bounded_by;
        }
    }
}

fn add_to(sum: &mut Option<u64>, count: u64) {
    *sum.get_or_insert_default() += count;
}

/// The sum of two costs, if both are known.
fn sum(sum: Option<Money>, cost: Option<Money>) -> Option<Money> {
    sum.zip(cost).map(|(sum, cost)| sum.plus(cost)).filter(|it| !it.is_saturated())
}

/// Warnings about the sample.
fn notes_of(sampled: &SampledItems, to_ask: u64) -> Vec<String> {
    let mut notes = Vec::new();
    if sampled.items < to_ask {
        notes.push(format!("tokens were counted on {} of {to_ask} work items", sampled.items));
    }
    if sampled.images > 0 {
        notes.push("an image is counted as 1,000 tokens; providers count from about 80 to about 5,000".to_owned());
    }
    if sampled.unjudged > 0 {
        notes.push(format!(
            "a made-up answer fails the checks of {} of the sampled work items: the prompts of their judges are assumed \
             to be as long as the questions",
            sampled.unjudged
        ));
    }
    if sampled.unaskable > 0 {
        notes.push(format!("{} of the sampled work items cannot be rendered", sampled.unaskable));
    }
    notes
}

/// The duration of all requests, and the limit that sets it.
#[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
fn duration(setup: &Setup, requests: &[RequestEstimate], statistics: &[AnswerStatistics]) -> (f64, String) {
    let Some(llm) = &setup.config.llm else { return (0.0, String::new()) };
    let mut in_flight = 0.0;
    let mut assumed = false;
    for it in requests {
        let known = AnswerStatistics::find(statistics, it.purpose, &it.model);
        assumed |= known.is_none() && it.requests > 0 && it.asks_provider;
        let each = known.map_or(if it.asks_provider { ASSUMED_MS } else { 0.0 }, |it| it.duration_ms);
        // Not under one call's time, however many workers there are.
        in_flight += (it.requests as f64 / llm.max_workers as f64).ceil() * each / 1_000.0;
    }
    let how = if assumed { "2 s each, which is assumed" } else { "as long each as those on record" };
    let mut slowest = (in_flight, format!("{} in flight (`llm.max_workers`), {how}", llm.max_workers));
    let all: f64 = requests.iter().map(|it| it.requests as f64).sum();
    let tokens: f64 = requests.iter().map(|it| (it.input_tokens + it.output_tokens_low) as f64).sum();
    let limits = [
        ("requests_per_minute", llm.rate_limit.requests_per_minute, all),
        ("tokens_per_minute", llm.rate_limit.tokens_per_minute, tokens),
    ];
    for (key, limit, amount) in limits {
        let limit = limit.map(|limit| limit as f64);
        if let Some(limit) = limit.filter(|it| *it > 0.0)
            && amount / limit * 60.0 > slowest.0
        {
            slowest = (amount / limit * 60.0, format!("{limit} (`llm.rate_limit.{key}`)"));
        }
    }
    slowest
}
