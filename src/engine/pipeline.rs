//! The stages as methods of [`Pipeline`]: `contract`, `ingest` and `prepare` here, `plan` (which also derives, and
//! settles with the record) in `planning`, `generate` in `generation`. `run_stages` in `run`, `run::author` and `parse`
//! call those that they need, in order. Export and report are in `stages`.
//!
//! Each command brings a [`Policy`]: a run and an author ask models, a parse reads the tape. A dry run and a replay
//! begin with the same [`Planned`], and write nothing.
//!
//! Each stage's manifest is written in the stage's own transaction; generation has many, and its manifests come right
//! after the last. The view `results` is made in the transaction of the plan that it shows. [`Session::hold`] ends the
//! invocation, whatever fails.

mod generation;
mod planning;

use std::collections::BTreeMap;

use rusqlite::Transaction;
use serde_json::Value;

use super::audience::Audience;
use super::channels;
use super::compile::CompiledStep;
use super::documents::DocumentReader;
use super::error::EngineError;
use super::gold::GoldReader;
use super::input::InputReader;
use super::notes;
use super::options::{Limited, RunEvent, RunOptions};
use super::planned::Planned;
use super::register::Register;
use super::selection::Selection;
use super::session::{Session, now};
use super::stages::contract_stages;
use crate::dispatch::{Channel, GenerationSummary, MaxFailures, VariantLimits};
use crate::project::Project;
use crate::record::{Stage, VariantAt};
use crate::stage::gold::{self, GoldAnswers};
use crate::stage::ingest::{self, Dataset, DatasetRole};
use crate::stage::plan::Counts;
use crate::stage::record::{self, Forced};
use crate::stage::{ManifestContent, StageContext};
use crate::transport::Interrupts;
use crate::view::text::thousands;

/// Where rows, images and answers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataSource {
    /// Files and models.
    FilesAndModels,
    /// Files, and answers from the run file: no model is asked, and no key is needed.
    FilesAndRecord,
    /// The run file alone: no other file is read, and no model is asked.
    Record,
}

/// What differs between the commands that run the stages.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) sources: DataSource,
    /// The stages to run, and the steps. Stages before the first are taken from the record.
    pub(super) selection: Selection,
    /// Only this many rows or groups of the input are generated.
    pub(super) limit: Option<u64>,
    pub(super) max_failures: Option<MaxFailures>,
    /// Whether files of another run file in the output folder are replaced.
    pub(super) overwrite: bool,
}

impl Policy {
    /// Every stage, with files and models.
    pub(super) const EVERYTHING: Self = Self {
        sources: DataSource::FilesAndModels,
        selection: Selection { from: None, to: None, steps: None },
        limit: None,
        max_failures: None,
        overwrite: false,
    };
    /// Every stage from the record alone.
    pub(super) const FROM_RECORD: Self = Self { sources: DataSource::Record, ..Self::EVERYTHING };

    /// Every stage up to the questions, with files and recorded answers.
    pub(super) const RENDERING: Self = Self { sources: DataSource::FilesAndRecord, ..Self::EVERYTHING };

    /// What the options of a run ask for.
    pub(super) fn of(options: &RunOptions, project: &Project) -> Result<Self, EngineError> {
        let RunOptions { limit, max_failures, overwrite, .. } = *options;
        let selection = Selection::of((options.from.as_ref(), options.to.as_ref()), project)?;
        Ok(Self { selection, limit, max_failures, overwrite, ..Self::EVERYTHING })
    }

    /// Whether `stage` is one of those to run.
    pub(super) fn wants(&self, stage: Stage) -> bool {
        let Selection { from, to, .. } = &self.selection;
        from.is_none_or(|from| from <= stage) && to.is_none_or(|to| stage <= to)
    }

    /// Whether the step at `place` is one of those to generate.
    pub(super) fn generates(&self, place: usize) -> bool {
        self.wants(Stage::Generate) && self.selection.has(place)
    }

    /// The position in the plan before which work items that come from the input are generated.
    pub(super) fn before(&self) -> i64 {
        self.limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
    }

    fn asks_models(&self) -> bool {
        self.sources == DataSource::FilesAndModels && self.wants(Stage::Generate)
    }

    /// Whether work items are opened as a run opens them.
    fn opens_items(&self) -> bool {
        self.sources != DataSource::Record && self.wants(Stage::Generate)
    }

    /// The error that a stage needs the work of an earlier one, which the record does not have.
    pub(super) fn missing(&self, needs: Stage) -> EngineError {
        EngineError::Missing { stage: self.selection.from.unwrap_or(Stage::Contract).as_str(), needs: needs.as_str() }
    }
}

/// A project and the session in which its stages run.
pub(super) struct Pipeline<'a, 'o> {
    pub(super) session: &'a mut Session,
    pub(super) project: &'a Project,
    /// The variant and the repeat that the stages work on.
    pub(super) at: VariantAt,
    /// The configuration (rowid) of the project, where it is not that of the invocation.
    pub(super) config: Option<i64>,
    /// The limits on the spending on the variant, where there are some.
    pub(super) of_variant: Option<VariantLimits>,
    pub(super) policy: Policy,
    pub(super) audience: &'a mut Audience<'o>,
    pub(super) interrupts: Interrupts,
    /// The channels to all models, if they are open already.
    pub(super) channels: Option<Vec<Channel>>,
    pub(super) outcome: PipelineOutcome,
    /// The data sets of the collections of knowledge that were ingested (rowids), by the names of the collections.
    pub(super) knowledge: BTreeMap<String, i64>,
}

/// The counts of the stages that have run.
#[derive(Default)]
pub(super) struct PipelineOutcome {
    pub(super) generated: GenerationSummary,
    /// Work items that the record had decided before any model was asked.
    pub(super) known: u64,
    /// All work items by status, as far as they are known.
    pub(super) counts: Counts,
    /// The share of the input that the limit selects, where that is not all of it.
    pub(super) limited: Option<Limited>,
}

impl<'a, 'o> Pipeline<'a, 'o> {
    pub(super) fn new(
        session: &'a mut Session,
        project: &'a Project,
        policy: Policy,
        audience: &'a mut Audience<'o>,
    ) -> Self {
        Self {
            session,
            project,
            at: VariantAt::BASE,
            config: None,
            of_variant: None,
            policy,
            audience,
            interrupts: Interrupts::default(),
            channels: None,
            outcome: PipelineOutcome::default(),
            knowledge: BTreeMap::new(),
        }
    }

    pub(super) fn tell(&mut self, stage: Stage, message: String) {
        self.audience.see(&RunEvent::Stage { stage, message });
    }

    pub(super) fn note(&mut self, note: String) {
        self.audience.see(&RunEvent::Note(note));
    }

    pub(super) fn note_all(&mut self, notes: Vec<String>) {
        for note in notes {
            self.note(note);
        }
    }

    /// Puts the contracts of all steps on record.
    pub(super) fn contract(&mut self) -> Result<(), EngineError> {
        let message = contract_stages(self.session, self.project, self.at)?;
        if self.policy.wants(Stage::Contract) {
            self.tell(Stage::Contract, message);
        }
        Ok(())
    }

    /// Ingests the collections of knowledge and the input, each unless the record has it unchanged.
    pub(super) fn ingest(
        &mut self,
        source: &ingest::SourceFile,
        mut reader: InputReader,
    ) -> Result<Dataset, EngineError> {
        let project = self.project;
        self.ingest_knowledge(std::mem::take(&mut reader.knowledge))?;
        self.ingest_one(source, |tx, ctx| reader.ingest(tx, ctx, source, project))
    }

    /// Ingests the collections of knowledge, each unless the record has it unchanged.
    pub(super) fn ingest_knowledge(
        &mut self,
        all: Vec<(ingest::SourceFile, DocumentReader)>,
    ) -> Result<(), EngineError> {
        let project = self.project;
        for (source, documents) in all {
            let dataset = self.ingest_one(&source, |tx, ctx| {
                documents.ingest(tx, ctx, &source).map_err(|error| EngineError::from(error).placed(project, ""))
            })?;
            self.knowledge.insert(source.name.clone(), dataset.id);
        }
        Ok(())
    }

    /// Ingests the gold answers to the rows of `input`, unless the record has them unchanged, and puts them at hand.
    /// Those that are about nothing are refused.
    pub(super) fn ingest_gold(&mut self, gold: GoldReader, input: &Dataset) -> Result<GoldAnswers, EngineError> {
        self.gold_answers(gold, input, true)
    }

    /// The same of gold answers that may be about more than the rows of `input`.
    pub(super) fn ingest_gold_of_more(
        &mut self,
        gold: GoldReader,
        input: &Dataset,
    ) -> Result<GoldAnswers, EngineError> {
        self.gold_answers(gold, input, false)
    }

    fn gold_answers(
        &mut self,
        mut gold: GoldReader,
        input: &Dataset,
        are_all_used: bool,
    ) -> Result<GoldAnswers, EngineError> {
        let source = gold.source.clone();
        let project = self.project;
        let placed = |error: EngineError| error.placed(project, "");
        let dataset = self.ingest_one(&source, |tx, ctx| gold.ingest(tx, ctx)).map_err(placed)?;
        let answers = gold.answers(dataset);
        let tx = self.session.transaction()?;
        if are_all_used {
            gold::check(&tx, &answers, input, &source.name).map_err(|error| placed(error.into()))?;
        }
        let counts = gold::load(&tx, &answers, input)?;
        tx.commit()?;
        self.note_all(notes::of_gold(&counts, &source.name));
        Ok(answers)
    }

    fn ingest_one(
        &mut self,
        source: &ingest::SourceFile,
        read: impl FnOnce(&Transaction<'_>, &StageContext<'_>) -> Result<(Dataset, ManifestContent), EngineError>,
    ) -> Result<Dataset, EngineError> {
        let inputs = source.inputs();
        if let Some(earlier) = self.session.unchanged(Stage::Ingest, None, &inputs)?
            && let Some(dataset) = ingest::recorded(&self.session.connection, &earlier.summary.outputs)?
        {
            self.session.reused(Stage::Ingest, None, &earlier, |_| Ok(()))?;
            self.tell(Stage::Ingest, format!("{}, unchanged", rows_of(source, &earlier.summary.counts)));
            self.note_all(notes::of_counts(&earlier.summary.counts));
            return Ok(dataset);
        }
        if !self.policy.wants(Stage::Ingest) {
            return Err(self.policy.missing(Stage::Ingest));
        }
        let (dataset, summary) = self.session.stage(Stage::Ingest, None, read)?;
        self.tell(Stage::Ingest, ingested(source, &summary.counts));
        self.note_all(notes::of_counts(&summary.counts));
        Ok(dataset)
    }

    /// Puts the tasks of all steps on record, and begins a forced round where one is asked for.
    pub(super) fn prepare(&mut self, compiled: Vec<CompiledStep>, dataset: &Dataset) -> Result<Planned, EngineError> {
        let time = now();
        let invocation = self.session.invocation;
        let cache = &self.project.config.cache;
        let generates = (0..self.project.steps.len()).any(|place| self.policy.generates(place));
        let asks_again = generates && self.policy.opens_items() && cache.asks_again();
        if asks_again {
            // Without a key no round begins.
            self.open_channels()?;
        }
        let tx = self.session.transaction()?;
        let register = Register::Record { tx: &tx, now: &time };
        let mut planned = Planned::of(register, (self.project, self.at), compiled, dataset, &self.knowledge)?;
        planned.links.config = self.config;
        if asks_again {
            let detail = serde_json::json!({"cache": cache});
            planned.links.forced = Some(record::forced(&tx, invocation, Stage::Generate, &detail, &time)?);
        }
        tx.commit()?;
        if planned.links.forced.is_some_and(|forced| forced.goes_on) {
            self.note("an earlier run that asks everything again was not finished: this one continues it".to_owned());
        }
        Ok(planned)
    }

    /// Opens the channels to all models, if they are not open yet. It is called before work items are opened, since
    /// without a key none of them could be asked.
    fn open_channels(&mut self) -> Result<(), EngineError> {
        if self.channels.is_none() && self.policy.asks_models() {
            self.channels = Some(self.opened()?);
        }
        Ok(())
    }

    /// Opens the channels to all models; says how tables of recorded answers were read.
    fn opened(&mut self) -> Result<Vec<Channel>, EngineError> {
        let channels = channels::open_all(self.project, &self.policy.selection)?;
        channels::notes(&channels).for_each(|note| self.note(note.clone()));
        Ok(channels)
    }

    /// Ends a forced round, once all its work items have been asked again.
    pub(super) fn end_round(&mut self, forced: Option<Forced>) -> Result<(), EngineError> {
        let Some(forced) = forced.filter(|_| self.outcome.limited.is_none() && self.policy.selection.steps.is_none())
        else {
            return Ok(());
        };
        let invocation = self.session.invocation;
        let tx = self.session.transaction()?;
        record::end_round(&tx, invocation, forced.round, &now())?;
        Ok(tx.commit()?)
    }
}

/// How many rows or sections there are, and of what.
fn rows_of(source: &ingest::SourceFile, counts: &Value) -> String {
    let count = |name: &str| counts[name].as_u64().unwrap_or_default();
    if source.role == DatasetRole::Gold {
        return format!("{} gold answers of {}", thousands(count("rows")), source.name);
    }
    if !source.is_documents() {
        return format!("{} rows of {}", thousands(count("rows")), source.name);
    }
    let of = |count: u64, one: &str| {
        let noun = if count == 1 { one.to_owned() } else { format!("{one}s") };
        format!("{} {noun}", thousands(count))
    };
    let [documents, sections] = [of(count("documents"), "document"), of(count("sections"), "section")];
    format!("{documents}, {sections} of {}", source.name)
}

/// The message of an ingest, with the changes it made to cells.
fn ingested(source: &ingest::SourceFile, counts: &Value) -> String {
    let count = |name: &str| counts[name].as_u64().unwrap_or_default();
    let mut message = rows_of(source, counts);
    for (name, what) in [("cells_cleaned", "cells had white space collapsed"), ("null_tokens", "null words emptied")] {
        if count(name) > 0 {
            message = format!("{message}; {} {what}", thousands(count(name)));
        }
    }
    message
}
