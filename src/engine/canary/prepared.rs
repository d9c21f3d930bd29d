//! The pinned task over the canary set, read and compiled: what is wrong with it is said before anything is written.

use std::fs;
use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::error::CanaryError;
use super::options::CanaryOptions;
use crate::config::{Budget, Canary, Experiment, Llm, MetricKind, PINS_FILE, Pin, PinError, PinnedStep, Pins};
use crate::engine::channels;
use crate::engine::compile::{self, CompiledStep};
use crate::engine::error::EngineError;
use crate::engine::expansion::expansion;
use crate::engine::gold::{self, GoldReader};
use crate::engine::input::{self, InputReader};
use crate::engine::model_notes;
use crate::engine::options::RunOptions;
use crate::engine::pipeline::Policy;
use crate::engine::pricing::check_budget;
use crate::engine::servers::{self, FoundServer, Inquiry};
use crate::project::{Project, ProjectError, ProjectSource};
use crate::record::PinStage;
use crate::stage::ingest::{DatasetRole, SourceFile};

/// What a canary works on.
pub(super) struct Prepared {
    pub(super) stage: PinStage,
    pub(super) pin: Pin,
    pub(super) canary: Canary,
    /// The pinned task, with the canary set as its input.
    pub(super) project: Project,
    /// Its metrics and gold answers.
    pub(super) experiment: Experiment,
    /// Whether the gold answers are about the canary set alone, so that one about no row of it is a mistake.
    pub(super) has_own_gold: bool,
    pub(super) servers: Vec<FoundServer>,
    pub(super) source: SourceFile,
    pub(super) columns: Vec<String>,
    /// The run file.
    pub(super) db: PathBuf,
}

impl Prepared {
    /// Reads the configuration, the pins and the canary set, and compiles every template; also returns notes for
    /// people.
    pub(super) fn of(options: &CanaryOptions) -> Result<(Self, Vec<String>), EngineError> {
        let pinned = Pinned::of(options)?;
        let db = pinned.db.clone();
        let (mut project, found) = servers::resolve(pinned.project, Some(&db), Inquiry::Network)?;
        project.config.budget = pinned.budget;
        let (mut source, table) = input::open(&project)?;
        source.role = DatasetRole::Canary;
        let columns = table.columns().to_vec();
        let mut notes: Vec<String> = found.notes;
        notes.extend(source.inferred(&columns));
        let compiled = compile::compile_all(&mut project, &columns, &source.kinds)?;
        let gold = pinned.experiment.gold.as_ref().map(|it| gold::open(&project, it, &columns)).transpose()?;
        let gold = gold.map(|it| it.kinds());
        compile::check_metrics(&project, &pinned.experiment, (&columns, &source.kinds), gold.as_deref())?;
        check_budget(&project)?;
        expansion(&project, &columns)?;
        notes.extend(pinned.notes);
        notes.extend(model_notes::notes(&project, &options.run.overrides));
        notes.extend(compiled.into_iter().flat_map(|it| it.notes));
        let (stage, pin, canary, experiment) = (pinned.stage, pinned.pin, pinned.canary, pinned.experiment);
        let has_own_gold = canary.gold.is_some();
        let servers = found.found;
        Ok((Self { stage, pin, canary, project, experiment, has_own_gold, servers, source, columns, db }, notes))
    }

    /// Checks that all models can be asked, before the run file is made.
    pub(super) fn check(&self, options: &RunOptions) -> Result<(), EngineError> {
        // With an existing run file its answers may suffice, and no key is needed.
        if !self.db.exists() {
            channels::open_all(&self.project, &Policy::of(options, &self.project)?.selection)?;
        }
        Ok(())
    }

    /// The templates, which are used up by a plan.
    pub(super) fn compiled(&self) -> Result<Vec<CompiledStep>, EngineError> {
        compile::compile_again(&self.project, &self.columns, &self.source.kinds)
    }

    /// The canary set, before its first row is read.
    pub(super) fn open(&self) -> Result<InputReader, EngineError> {
        Ok(input::open(&self.project)?.1)
    }

    /// The gold answers, before the first is read.
    pub(super) fn open_gold(&self) -> Result<Option<GoldReader>, EngineError> {
        self.experiment.gold.as_ref().map(|gold| gold::open(&self.project, gold, &self.columns)).transpose()
    }
}

/// A pin, and the task as it says.
pub(super) struct Pinned {
    pub(super) stage: PinStage,
    pub(super) pin: Pin,
    pub(super) canary: Canary,
    pub(super) project: Project,
    /// The limits of each canary. They are no part of the task: one that they stopped goes on with others.
    pub(super) budget: Budget,
    pub(super) experiment: Experiment,
    pub(super) db: PathBuf,
    pub(super) notes: Vec<String>,
}

impl Pinned {
    pub(super) fn of(options: &CanaryOptions) -> Result<Self, EngineError> {
        let origin = options.run.origin();
        let base = Project::of(origin)?;
        let canary = base.config.canary.clone().ok_or(CanaryError::NoCanary)?;
        let pins = pins(&base)?;
        let (stage, pin) = pins.get(&options.stage).map_err(CanaryError::from)?;
        let file = base.dir.join(PINS_FILE).display().to_string();
        pin.check_run(stage, &base.config.run.name, &file).map_err(CanaryError::from)?;
        // How a model is called is no part of a pin: that is said where the variant's model is.
        let as_now = promoted(&base, pin, &options.run.overrides);
        let as_now = Project::of(ProjectSource { overrides: &as_now, ..origin })
            .map_err(|error| EngineError::from(error).in_variant(&pin.variant))?;
        let overrides = settings(&base, &canary, (stage, pin), &as_now, &options.run.overrides);
        // The canary set stands in the place of the input.
        let project = Project::of(ProjectSource { overrides: &overrides, ..origin })
            .map_err(|error| error.renamed("input.path", "canary.path"))?;
        let budget = base.config.budget;
        let (experiment, notes) = measured(&project);
        let name = format!("{}.canary.db", base.config.run.name);
        let db = options.run.db.clone().unwrap_or_else(|| base.dir.join(name));
        Ok(Self { stage, pin: pin.clone(), canary, project, budget, experiment, db, notes })
    }
}

/// What is pinned beside the configuration.
fn pins(base: &Project) -> Result<Pins, EngineError> {
    let path = base.dir.join(PINS_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Pins::parse(&text, &path.display().to_string()).map_err(CanaryError::from)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(CanaryError::from(PinError::NoFile { file: path.display().to_string() }).into())
        }
        Err(source) => Err(ProjectError::File { key: PINS_FILE.into(), path, source }.into()),
    }
}

/// What is set over the configuration so that it is the promoted variant as it is written now, with its models.
fn promoted(base: &Project, pin: &Pin, given: &[(String, String)]) -> Vec<(String, String)> {
    let unwritten = base.config.experiment.as_ref().map(|it| unwritten(base, it)).unwrap_or_default();
    let mut all = overlaid(given, unwritten.into_iter().filter(|(key, _)| !pin.overlay.contains_key(*key)));
    all = overlaid(&all, pin.overlay.iter());
    all.extend(without_variants(base));
    all
}

/// What leaves the variants out, which are not asked and may vary what is pinned. The one that an experiment has to
/// have changes nothing.
fn without_variants(base: &Project) -> Vec<(String, String)> {
    if base.config.experiment.is_none() {
        return Vec::new();
    }
    let mut all: Vec<(String, String)> =
        ["matrix", "exclude", "baseline"].map(|key| (format!("experiment.{key}"), json!(null).to_string())).into();
    let include = json!([{"name": "pinned", "cache.enabled": true}]);
    all.push(("experiment.include".to_owned(), include.to_string()));
    all
}

/// What is set over the configuration: what the pinned variant lays over it, but for its models, which the pin has; and
/// the canary set in place of the input.
fn settings(
    base: &Project,
    canary: &Canary,
    (stage, pin): (PinStage, &Pin),
    as_now: &Project,
    given: &[(String, String)],
) -> Vec<(String, String)> {
    let models: Vec<(&String, String)> = pin.steps.keys().map(|step| (step, key_of(base, step, "llm"))).collect();
    // Judges in a list have no key of their own: their models are those of the configuration.
    let with_judge = pin.steps.iter().filter(|(_, pinned)| pinned.judges.contains_key("judge"));
    let judges: Vec<String> = with_judge.map(|(step, _)| key_of(base, step, "judge.llm")).collect();
    let is_below = |key: &str, own: &str| key.strip_prefix(own).is_some_and(|it| it.is_empty() || it.starts_with('.'));
    let is_pinned = |key: &str| models.iter().map(|(_, own)| own).chain(&judges).any(|own| is_below(key, own));
    let unwritten = base.config.experiment.as_ref().map(|it| unwritten(base, it)).unwrap_or_default();
    let unwritten = unwritten.into_iter().filter(|(key, _)| !is_pinned(key) && !pin.overlay.contains_key(*key));
    let mut all = overlaid(given, unwritten);
    all = overlaid(&all, pin.overlay.iter().filter(|(key, _)| !is_pinned(key)));
    for ((step, key), pinned) in models.into_iter().zip(pin.steps.values()) {
        let llm = as_now.steps.iter().find(|setup| setup.config.step.name() == step);
        let mut block = calling(llm.and_then(|setup| setup.config.llm.as_ref()), pinned);
        block.insert("pin".to_owned(), json!(stage.as_str()));
        all.push((key, Value::Object(block).to_string()));
    }
    let pinned = json!({"pin": stage.as_str()}).to_string();
    all.extend(judges.into_iter().map(|key| (key, pinned.clone())));
    all.extend(without_variants(base));
    let mut set = |key: &str, value: Value| all.push((key.to_owned(), value.to_string()));
    set("input.path", json!(canary.path));
    set("input.command", json!(null));
    if base.config.input.documents.is_none() {
        set("input.format", json!(null));
    }
    if let Some(key) = &canary.key {
        set("input.key", json!(key));
    }
    if let Some(gold) = &canary.gold {
        set("experiment.gold", json!(gold));
    }
    set("cache", json!({}));
    set("until", json!(null));
    set("budget", json!(null));
    all
}

/// What the baseline says of keys that the configuration does not have at the top: those are its values there.
fn unwritten<'a>(base: &Project, experiment: &'a Experiment) -> Vec<(&'a String, &'a Value)> {
    let is_written = |key: &str| {
        let (step, own) = key.strip_prefix("steps.").and_then(|it| it.split_once('.')).unwrap_or(("", key));
        base.places.as_ref().is_some_and(|places| places.of_step(step, own).is_some())
    };
    let baseline = experiment.variants.get(experiment.baseline);
    baseline.into_iter().flat_map(|it| &it.overlay).filter(|(key, _)| !is_written(key)).collect()
}

/// The settings that are `given`, and what a variant lays over the configuration.
fn overlaid<'a>(
    given: &[(String, String)],
    overlay: impl Iterator<Item = (&'a String, &'a Value)>,
) -> Vec<(String, String)> {
    given.iter().cloned().chain(overlay.map(|(key, value)| (key.clone(), value.to_string()))).collect()
}

/// The keys of a model's block that may stand beside a pin: how it is called, and if it is the pinned model, its price.
fn calling(llm: Option<&Llm>, pinned: &PinnedStep) -> Map<String, Value> {
    let Some(Ok(Value::Object(mut block))) = llm.map(serde_json::to_value) else { return Map::new() };
    let is_same = block.get("model") == pinned.llm.get("model");
    let is_calling = |key: &str| ["max_workers", "retry_delay", "timeout_sec", "rate_limit"].contains(&key);
    block.retain(|key, value| !value.is_null() && (is_calling(key) || is_same && key == "price"));
    block
}

/// The key of a block of a step. A perspective's step is written once for all of them.
fn key_of(base: &Project, step: &str, block: &str) -> String {
    let is_plain = base.steps.iter().all(|setup| setup.config.step.own_name().is_none());
    let name = step.split('.').next().unwrap_or(step);
    if is_plain { block.to_owned() } else { format!("steps.{name}.{block}") }
}

/// The metrics of a canary: those of the experiment that ask no model; also notes for people.
fn measured(project: &Project) -> (Experiment, Vec<String>) {
    let of = project.config.experiment.clone();
    let (gold, metrics) = of.map(|it| (it.gold, it.metrics)).unwrap_or_default();
    let asks = |kind: &MetricKind| matches!(kind, MetricKind::Judge { .. });
    let (asking, metrics): (Vec<_>, Vec<_>) = metrics.into_iter().partition(|it| asks(&it.kind));
    let notes = asking
        .iter()
        .map(|it| format!("the metric `{}` asks a model, which is not pinned: a canary leaves it out", it.name));
    let notes = notes.collect();
    let experiment = Experiment {
        variants: Vec::new(),
        baseline: 0,
        repeats: 1,
        gold,
        metrics,
        decide: None,
        gates: Vec::new(),
        budget_per_variant: None,
    };
    (experiment, notes)
}
