//! The projects of an evaluation, read and compiled: what is wrong with any of them is said before anything is written.

use std::path::Path;

use super::options::EvalOptions;
use super::select::named;
use crate::config::{Experiment, Variant};
use crate::engine::acquire;
use crate::engine::channels;
use crate::engine::compile;
use crate::engine::error::EngineError;
use crate::engine::expansion::expansion;
use crate::engine::gold::{self, GoldReader};
use crate::engine::input::{self, InputReader};
use crate::engine::model_notes;
use crate::engine::options::RunOptions;
use crate::engine::pipeline::Policy;
use crate::engine::pricing::{check_budget, check_variant_budget};
use crate::engine::prompt_versions;
use crate::engine::run::{check_folder, db_path};
use crate::engine::servers::{self, FoundServer, Inquiry};
use crate::engine::task::asked_by;
use crate::project::{Project, ProjectError};
use crate::stage::ingest::SourceFile;

/// A variant with its project, ready for work.
pub(super) struct PreparedVariant {
    pub(super) variant: Variant,
    pub(super) project: Project,
    /// Whether it is worked on. The baseline is there where it is not, too: what the record has of it is compared with.
    pub(super) is_asked: bool,
}

/// What an evaluation works on.
pub(super) struct Prepared {
    /// The task itself.
    pub(super) base: Project,
    pub(super) experiment: Experiment,
    /// Those that are asked for, and the baseline.
    pub(super) variants: Vec<PreparedVariant>,
    pub(super) servers: Vec<FoundServer>,
    /// What the input is, with its columns; each reader reads it from the begin.
    pub(super) source: SourceFile,
    pub(super) columns: Vec<String>,
}

impl Prepared {
    /// Reads the configuration and its variants, and compiles every template; also returns notes for people.
    pub(super) fn of(options: &EvalOptions) -> Result<(Self, Vec<String>), EngineError> {
        let base = Project::of(options.run.origin())?;
        let db = db_path(&options.run, &base);
        let base = acquire::with_recorded(base, &db)?;
        let experiment = base.config.experiment.clone().ok_or(EngineError::NoExperiment)?;
        if options.requires_better && experiment.decide.is_none() {
            return Err(EngineError::NothingDecides);
        }
        let variants = base.variants(options.run.origin())?;
        let asked = named(&variants.iter().map(|(variant, _)| variant).collect::<Vec<_>>(), &options.variants)?;
        let (source, table) = input::open(&base)?;
        let columns = table.columns().to_vec();
        let mut notes: Vec<String> = source.inferred(&columns).into_iter().collect();
        let (mut found, mut prepared) = (Vec::<FoundServer>::new(), Vec::with_capacity(variants.len()));
        let (base, said) = resolved(base, &db, &mut found)?;
        notes.extend(said);
        let mut asks: Vec<(String, Vec<serde_json::Value>)> = Vec::with_capacity(variants.len());
        for (index, ((variant, project), is_asked)) in variants.into_iter().zip(asked).enumerate() {
            if !is_asked && index != experiment.baseline {
                continue;
            }
            let in_variant = |error: EngineError| error.in_variant(&variant.name);
            check_schemas(&project).map_err(in_variant)?;
            let (project, said) = resolved(project, &db, &mut found)?;
            let mut project = project;
            let compiled = compile::compile_all(&mut project, &columns, &source.kinds).map_err(in_variant)?;
            let asked = asked_by(&project, &compiled);
            if let Some((other, _)) = asks.iter().find(|(_, other)| *other == asked) {
                return Err(same(&base, other, &variant.name));
            }
            asks.push((variant.name.clone(), asked));
            compile::check_metrics(&project, &experiment, (&columns, &source.kinds)).map_err(in_variant)?;
            check_budget(&project).map_err(|error| in_variant(error.into()))?;
            if experiment.budget_per_variant.is_some_and(|it| it.max_cost_usd.is_some()) {
                check_variant_budget(&project).map_err(|error| in_variant(error.into()))?;
            }
            expansion(&project, &columns).map_err(in_variant)?;
            notes.extend(said);
            notes.extend(model_notes::notes(&project, &options.run.overrides));
            notes.extend(compiled.into_iter().flat_map(|it| it.notes));
            prepared.push(PreparedVariant { variant, project, is_asked });
        }
        if let Some(gold) = &experiment.gold {
            gold::open(&base, gold, &columns)?;
        }
        notes.extend(prompt_versions::notes(prepared.iter().map(|it| &it.project), &db));
        let all = Self { base, experiment, variants: prepared, servers: found, source, columns };
        Ok((all, notes))
    }

    /// Checks that all models can be asked, before the run file is made, and that the files can be written.
    pub(super) fn check(&self, db: &Path, options: &RunOptions) -> Result<(), EngineError> {
        check_folder(&self.base, db, &Policy::of(options, &self.base)?)?;
        // With an existing run file its answers may suffice, and no key is needed.
        if !db.exists() {
            for PreparedVariant { variant, project, .. } in self.asked() {
                let policy = Policy::of(options, project)?;
                channels::open_all(project, &policy.selection).map_err(|error| error.in_variant(&variant.name))?;
            }
        }
        Ok(())
    }

    /// The variants that are worked on, in their order.
    pub(super) fn asked(&self) -> impl Iterator<Item = &PreparedVariant> {
        self.variants.iter().filter(|it| it.is_asked)
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

/// Refuses a schema that a model is to write first: that is no part of an evaluation.
fn check_schemas(project: &Project) -> Result<(), EngineError> {
    let Some(setup) = project.steps.iter().find(|setup| setup.unwritten) else { return Ok(()) };
    let path = setup.config.schema.as_ref().and_then(|schema| schema.path.as_deref()).unwrap_or_default();
    Err(EngineError::Unwritten { path: project.dir.join(path) })
}

/// The project with the kinds of its servers. `found` has those that are known already, and gets the others.
fn resolved(project: Project, db: &Path, found: &mut Vec<FoundServer>) -> Result<(Project, Vec<String>), EngineError> {
    let (project, servers) = match found.as_slice() {
        [] => servers::resolve(project, Some(db), Inquiry::Network)?,
        known => servers::resolve_with(project, known, Inquiry::Network)?,
    };
    for server in servers.found {
        if !found.iter().any(|it| it.base_url == server.base_url) {
            found.push(server);
        }
    }
    Ok((project, servers.notes))
}

/// The error that two variants ask exactly the same: then they would share their attempts, and differ in nothing that
/// is measured.
fn same(base: &Project, one: &str, other: &str) -> EngineError {
    let error = ProjectError::Metric {
        key: "experiment".to_owned(),
        reason: format!("the variants `{one}` and `{other}` ask exactly the same"),
        hint: Some(
            "they differ in settings that are no part of a request or a check (retries, workers, prices, cache, `until` \
             …), or in files with equal content: leave one out; `repeats` asks the same again"
                .to_owned(),
        ),
    };
    match &base.places {
        Some(places) => error.at(places, "").into(),
        None => error.into(),
    }
}
