//! The projects of an evaluation, read and compiled: what is wrong with any of them is said before anything is written.

use std::path::Path;

use serde_json::Value;

use super::options::EvalOptions;
use super::select::named;
use crate::config::{Experiment, Location, Variant};
use crate::engine::compile;
use crate::engine::error::EngineError;
use crate::engine::expansion::expansion;
use crate::engine::gold::{self, GoldReader};
use crate::engine::input::{self, InputReader};
use crate::engine::model_notes;
use crate::engine::pricing::{check_budget, check_variant_budget};
use crate::engine::prompt_versions;
use crate::engine::servers::{self, FoundServer, Inquiry};
use crate::engine::task_parts::asked_by;
use crate::project::{Project, ProjectError};
use crate::record::ColumnKind;
use crate::stage::ingest::SourceFile;

/// A variant with its project, ready for work.
pub(super) struct PreparedVariant {
    pub(super) variant: Variant,
    pub(super) project: Project,
    /// Whether it is worked on. Of the others, what the record has is measured, too.
    pub(super) is_asked: bool,
}

impl PreparedVariant {
    /// The error about this variant, with where the variant is written unless it says a place itself.
    pub(super) fn wrong(&self, error: EngineError) -> EngineError {
        wrong(error, &self.variant, &self.project)
    }
}

/// What an evaluation works on.
pub(super) struct Prepared {
    /// The task itself.
    pub(super) base: Project,
    pub(super) experiment: Experiment,
    /// All of them, in their order.
    pub(super) variants: Vec<PreparedVariant>,
    pub(super) servers: Vec<FoundServer>,
    /// What the input is, with its columns; each reader reads it from the begin.
    pub(super) source: SourceFile,
    pub(super) columns: Vec<String>,
}

impl Prepared {
    /// Reads the variants of the task `base`, whose run file is at `db`, and compiles every template; also returns
    /// notes for people. `inquiry` says where the kinds of servers may be looked for.
    pub(super) fn of(
        options: &EvalOptions,
        (base, db): (Project, &Path),
        inquiry: Inquiry,
    ) -> Result<(Self, Vec<String>), EngineError> {
        let experiment = base.config.experiment.clone().ok_or(EngineError::NoExperiment)?;
        if options.requires_better && experiment.decide.is_none() {
            return Err(EngineError::NothingDecides);
        }
        base.check_experiment_files()?;
        let variants = base.variants(options.run.origin())?;
        let asked = named(&variants.iter().map(|(variant, _)| variant).collect::<Vec<_>>(), &options.variants)?;
        let (source, table) = input::open(&base)?;
        let columns = table.columns().to_vec();
        let gold = experiment.gold.as_ref().map(|it| gold::open(&base, it, &columns)).transpose()?;
        let gold = gold.map(|it| it.kinds());
        let mut compiler = Compiler {
            options,
            db,
            inquiry,
            experiment: &experiment,
            table: (&columns, &source.kinds),
            gold: gold.as_deref(),
            servers: Vec::new(),
            notes: source.inferred(&columns).into_iter().collect(),
            asks: Vec::with_capacity(variants.len()),
        };
        let (base, said) = compiler.resolved(base, inquiry)?;
        compiler.notes.extend(said);
        let mut prepared = Vec::with_capacity(variants.len());
        for ((variant, project), is_asked) in variants.into_iter().zip(asked) {
            prepared.push(compiler.prepare(variant, project, is_asked)?);
        }
        let Compiler { servers, mut notes, .. } = compiler;
        notes.extend(prompt_versions::notes(prepared.iter().map(|it| &it.project), db));
        Ok((Self { base, experiment, variants: prepared, servers, source, columns }, notes))
    }

    /// The variants that are worked on, in their order.
    pub(super) fn asked(&self) -> impl Iterator<Item = &PreparedVariant> {
        self.variants.iter().filter(|it| it.is_asked)
    }

    /// The name of the variant that the others are compared with.
    pub(super) fn baseline(&self) -> &str {
        self.experiment.variants.get(self.experiment.baseline).map_or("", |it| it.name.as_str())
    }

    /// The gold answers, before the first is read.
    pub(super) fn open_gold(&self) -> Result<Option<GoldReader>, EngineError> {
        self.experiment.gold.as_ref().map(|gold| gold::open(&self.base, gold, &self.columns)).transpose()
    }

    /// The input, before its first row is read.
    pub(super) fn open(&self) -> Result<InputReader, EngineError> {
        Ok(input::open(&self.base)?.1)
    }
}

/// Compiles one variant after the other.
struct Compiler<'a> {
    options: &'a EvalOptions,
    db: &'a Path,
    inquiry: Inquiry,
    experiment: &'a Experiment,
    /// The columns of the input, and what their cells are.
    table: (&'a [String], &'a [ColumnKind]),
    /// The values of gold answers, and what they are.
    gold: Option<&'a [(String, ColumnKind)]>,
    /// Those that are known so far.
    servers: Vec<FoundServer>,
    notes: Vec<String>,
    /// What each variant so far asks.
    asks: Vec<Asks>,
}

/// What a variant asks, and where it is written.
struct Asks {
    variant: Variant,
    place: Option<Location>,
    steps: Vec<Value>,
}

impl Compiler<'_> {
    fn prepare(&mut self, variant: Variant, project: Project, is_asked: bool) -> Result<PreparedVariant, EngineError> {
        check_schemas(&project).map_err(|error| wrong(error, &variant, &project))?;
        let inquiry = if is_asked { self.inquiry } else { Inquiry::Record };
        let (project, said) = self.resolved(project, inquiry)?;
        let mut prepared = PreparedVariant { variant, project, is_asked };
        let compiled = compile::compile_all(&mut prepared.project, self.table.0, self.table.1);
        let compiled = compiled.map_err(|error| prepared.wrong(error))?;
        self.check_differs(&prepared, asked_by(&prepared.project, &compiled))?;
        self.check(&prepared.project).map_err(|error| prepared.wrong(error))?;
        if is_asked {
            self.notes.extend(said);
            self.notes.extend(model_notes::notes(&prepared.project, &self.options.run.overrides));
            self.notes.extend(compiled.into_iter().flat_map(|it| it.notes));
        }
        Ok(prepared)
    }

    /// Refuses what no variant may have.
    fn check(&self, project: &Project) -> Result<(), EngineError> {
        compile::check_metrics(project, self.experiment, self.table, self.gold)?;
        check_budget(project)?;
        if self.experiment.budget_per_variant.is_some_and(|it| it.max_cost_usd.is_some()) {
            check_variant_budget(project)?;
        }
        expansion(project, self.table.0)?;
        Ok(())
    }

    /// Refuses a variant that asks in its `steps` exactly what an earlier one asks: they would share their attempts,
    /// and differ in nothing that is measured.
    fn check_differs(&mut self, prepared: &PreparedVariant, steps: Vec<Value>) -> Result<(), EngineError> {
        let PreparedVariant { variant, project, .. } = prepared;
        let Some(other) = self.asks.iter().find(|it| it.steps == steps) else {
            let place = place(variant, None, project);
            self.asks.push(Asks { variant: variant.clone(), place, steps });
            return Ok(());
        };
        let at = other.place.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        let error = ProjectError::Metric {
            key: "experiment".to_owned(),
            reason: format!("the variants `{}`{at} and `{}` ask exactly the same", other.variant.name, variant.name),
            hint: Some(
                "they differ in settings that are no part of a request or a check (retries, workers, prices, cache, \
                 `until` …), or in files with equal content: leave one out; `repeats` asks the same again"
                    .to_owned(),
            ),
        };
        Err(match place(variant, Some(&other.variant), project) {
            Some(location) => EngineError::Placed { location, error: Box::new(error.into()) },
            None => error.into(),
        })
    }

    /// The project with the kinds of its servers, and notes on these.
    fn resolved(&mut self, project: Project, inquiry: Inquiry) -> Result<(Project, Vec<String>), EngineError> {
        let (project, servers) = match self.servers.as_slice() {
            known if inquiry == Inquiry::Record || known.is_empty() => {
                servers::resolve(project, Some(self.db), inquiry)?
            }
            known => servers::resolve_with(project, known, inquiry)?,
        };
        for server in servers.found.into_iter().filter(|_| inquiry == self.inquiry) {
            if !self.servers.iter().any(|it| it.base_url == server.base_url) {
                self.servers.push(server);
            }
        }
        Ok((project, servers.notes))
    }
}

/// The error about a variant, with where that is written unless it says a place itself.
fn wrong(error: EngineError, variant: &Variant, project: &Project) -> EngineError {
    let is_placed = error.location().is_some();
    let error = error.in_variant(&variant.name);
    match place(variant, None, project).filter(|_| !is_placed) {
        Some(location) => EngineError::Placed { location, error: Box::new(error) },
        None => error,
    }
}

/// Where a variant is written: a value of its, one in which it differs from `other` if that can be.
fn place(variant: &Variant, other: Option<&Variant>, project: &Project) -> Option<Location> {
    let places = project.places.as_ref()?;
    let differs = |key: &&String| other.is_none_or(|it| it.overlay.get(*key) != variant.overlay.get(*key));
    let at = |key: &String| places.of_step("", key);
    let keys = || variant.overlay.keys().rev();
    keys().filter(differs).find_map(at).or_else(|| keys().find_map(at)).or_else(|| places.of_step("", "experiment"))
}

/// Refuses a schema that a model is to write first: that is no part of an evaluation.
fn check_schemas(project: &Project) -> Result<(), EngineError> {
    let Some(setup) = project.steps.iter().find(|setup| setup.unwritten) else { return Ok(()) };
    let path = setup.config.schema.as_ref().and_then(|schema| schema.path.as_deref()).unwrap_or_default();
    Err(EngineError::Unwritten { path: project.dir.join(path) })
}
