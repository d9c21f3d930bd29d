//! A project: files in, one valid [`Project`] out.
//!
//! [`Project`] is a configuration with its prompts, schemas and prices read and checked, the digests of its recorded
//! tables, and one [`Setup`] for each step. The callers read the input, images and keys when they need them.
//!
//! `setup` builds a step, `documents` lists the documents that are named (`left_out`: what is beside them;
//! `list_error`: why it cannot), `given` has projects that are passed in as values, `stdin` rows that are piped in,
//! `graph` has the ancestors of steps, `measured` holds an experiment's metrics against the schema, `models` lists the
//! models, `spec` what the requests to a model share, `reading`
//! reads what the steps name, with the `parts` of prompts, `pins` reads what is pinned, `files` reads files, and
//! `error` says what can be wrong.
//!
//! Depends on `config`, `prompt`, `schema`, `tabular`, `provider` and `price`. Must never touch a run file.

mod acquired;
pub mod documents;
mod error;
mod files;
mod given;
mod gold_seen;
mod gold_words;
pub mod graph;
mod input;
mod left_out;
mod list_error;
mod measured;
mod models;
mod pages;
mod parts;
mod pins;
mod pins_file;
mod reading;
mod setup;
pub mod spec;
mod stdin;
mod variants;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::config::{self, Config, Llm, PinsSource, Places, Provider};
use crate::price::PriceTable;
use crate::provider::ModelFunction;
use crate::record::ServerKind;

pub use acquired::Acquired;
pub use error::ProjectError;
pub use files::{digest, digest_of, format_of, open_table};
pub use given::{Given, GivenImages};
pub use models::{ModelUse, models};
pub use pins::{pinned_steps, prompt_digest};
pub use setup::{Asking, JudgeSetup, Setup};

use files::read_text;
use reading::{read_files, read_tables};
use setup::{FileTexts, as_recorded};

#[derive(Clone, Copy, Debug)]
pub struct ProjectSource<'a> {
    pub config: &'a Path,
    /// The project as values, in place of the file.
    pub given: Option<&'a Arc<Given>>,
    /// Values that override the configuration: a dotted key and a YAML value each.
    pub overrides: &'a [(String, String)],
    /// Whether every provider is replaced by samples.
    pub sample: bool,
    /// The batch that the run is of: a part of its name, and of its output folder's.
    pub batch: Option<&'a str>,
    /// The model of the provider `function`.
    pub function: Option<&'a ModelFunction>,
    /// What is pinned, in place of what the file beside the configuration says.
    pub pins: Option<&'a PinsSource>,
}

impl<'a> ProjectSource<'a> {
    /// The configuration as it is written at `config`, with values over it.
    #[must_use]
    pub fn written(config: &'a Path, overrides: &'a [(String, String)]) -> Self {
        Self { config, given: None, overrides, sample: false, batch: None, function: None, pins: None }
    }
}

/// A configuration with its files.
#[derive(Debug)]
pub struct Project {
    /// The configuration of the run; its blocks of a step are the last step's.
    pub config: Config,
    /// The folder that paths are relative to.
    pub dir: PathBuf,
    /// The steps, each after its parents.
    pub steps: Vec<Setup>,
    /// Whether it is a rehearsal with samples, whose files are kept apart.
    pub rehearsal: bool,
    /// The configuration and its files as the record keeps them.
    pub snapshot: Value,
    /// Where the keys of the configuration are written; `None` for a recorded one.
    pub places: Option<Places>,
    /// The model of the provider `function`, if the program has given one.
    pub function: Option<ModelFunction>,
    /// The values that were passed in place of files.
    given: Option<Arc<Given>>,
    /// What the command wrote, where the table comes from one.
    acquired: Option<Acquired>,
}

impl Project {
    /// Reads and checks the project at `origin`.
    pub fn of(origin: ProjectSource<'_>) -> Result<Self, ProjectError> {
        Self::with_written(origin, &Map::new())
    }

    /// Reads the project with the schemas that a model has `written`, by the names of their steps, in place of files.
    pub fn with_written(origin: ProjectSource<'_>, written: &Map<String, Value>) -> Result<Self, ProjectError> {
        let project = match origin.given {
            None => {
                let (raw, dir) = parsed(origin.config)?;
                Self::read(raw, origin, &dir, written)
            }
            Some(given) => {
                let raw = config::parse(&given.config, &given.name)?;
                Self::read(raw, origin, &given.dir, written)
            }
        };
        Ok(Self { function: origin.function.cloned(), ..project? })
    }

    fn read(
        raw: config::Raw,
        origin: ProjectSource<'_>,
        dir: &Path,
        written: &Map<String, Value>,
    ) -> Result<Self, ProjectError> {
        let places = Places::of(&raw, origin.overrides);
        let pins = pins_file::source(dir, origin.given.map(Arc::as_ref), origin.pins);
        let configs = config::resolve(raw.with_pins(pins.clone()), origin.overrides, origin.sample)?;
        Self::of_configs(configs, places, origin, dir, (written, &pins))
    }

    fn of_configs(
        mut configs: Vec<Config>,
        places: Places,
        origin: ProjectSource<'_>,
        dir: &Path,
        (written, pins): (&Map<String, Value>, &PinsSource),
    ) -> Result<Self, ProjectError> {
        let ProjectSource { sample, given, .. } = origin;
        if let Some(batch) = origin.batch {
            for config in &mut configs {
                config.name_batch(batch);
            }
        }
        let mut files = Map::new();
        let mut tables = Map::new();
        for config in &configs {
            for file in config.files() {
                let is_given = |given: &&Arc<Given>| file.key == "input.path" || given.text(&file.path).is_some();
                if file.key == "input.path" && config.input.is_stdin() || given.as_ref().is_some_and(is_given) {
                    continue;
                }
                let path = dir.join(&file.path);
                let unreadable = |source| unreadable(&file, &path, source).at(&places, config.step.name());
                File::open(&path).map_err(unreadable)?;
            }
        }
        for config in &configs {
            let written = written.get(config.step.name()).and_then(Value::as_str);
            let at_key = |error: ProjectError| error.at(&places, config.step.name());
            read_files(config, dir, given.map(Arc::as_ref), written, &mut files).map_err(at_key)?;
            config.step.put_part(&mut tables, read_tables(config, dir).map_err(at_key)?);
        }
        let project = Self::assemble(configs, dir, &files, &Value::Object(tables), &Value::Null, sample)
            .map_err(|error| error.at(&places, ""))?;
        let project = Self { given: given.cloned(), places: Some(places), ..project };
        project.check_pins(pins)?;
        if let (Some(experiment), Some(last)) = (&project.config.experiment, project.last()) {
            measured::check(experiment, last).map_err(|error| project.placed(error))?;
            let read = (project.steps.as_slice(), &project.snapshot["files"]);
            gold_seen::check_parts(experiment, dir, read).map_err(|error| project.placed(error))?;
            let documents = (project.documents(), project.config.knowledge.as_slice());
            gold_seen::check_documents(experiment, dir, documents).map_err(|error| project.placed(error))?;
        }
        Ok(project)
    }

    /// The project that a run file was made with, from its snapshot. Its input and its tables of recorded answers are
    /// not read: rows and answers are on record.
    pub fn recorded(snapshot: &Value, dir: &Path) -> Result<Self, ProjectError> {
        let configs = Config::from_snapshots(snapshot).map_err(|error| ProjectError::Snapshot(error.to_string()))?;
        let files = snapshot["files"].as_object().ok_or_else(|| ProjectError::Snapshot("no files".to_owned()))?;
        let rehearsal = snapshot["rehearsal"].as_bool().unwrap_or_default();
        Self::assemble(configs, dir, files, &snapshot["tables"], &snapshot["asked"], rehearsal)
    }

    fn assemble(
        configs: Vec<Config>,
        dir: &Path,
        files: &Map<String, Value>,
        tables: &Value,
        asked: &Value,
        rehearsal: bool,
    ) -> Result<Self, ProjectError> {
        let texts = FileTexts(files);
        let last = configs.iter().rfind(|config| !config.step.is_metric());
        let config = last.cloned().ok_or_else(|| ProjectError::Snapshot("no step".to_owned()))?;
        let prices = Arc::new(match &config.prices {
            Some(_) => {
                let (name, text) = texts.get("prices")?;
                PriceTable::parse(&text, &name)?
            }
            None => PriceTable::built_in(),
        });
        // The record names files as the configuration does, so that moving a project does not change it.
        let kept: Map<String, Value> =
            files.iter().map(|(key, entry)| (key.clone(), json!({"name": key, "text": entry["text"]}))).collect();
        let mut snapshot = json!({"files": kept, "tables": tables, "rehearsal": rehearsal});
        if !asked.is_null() {
            snapshot["asked"] = asked.clone();
        }
        Config::put_snapshots(&configs, &mut snapshot);
        let steps = configs
            .into_iter()
            .map(|config| {
                let asked = &asked[config.step.name()];
                Setup::assemble(config, dir, &texts, tables, Arc::clone(&prices))?.asking_as(asked)
            })
            .collect::<Result<_, _>>()?;
        let (dir, given, acquired) = (dir.to_owned(), None, None);
        Ok(Self { config, dir, steps, rehearsal, snapshot, function: None, given, acquired, places: None })
    }

    /// The project for reading the answers of an `earlier` one again: prompts show the earlier schema, so that requests
    /// stay the same, and answers are checked against the schema of this one.
    #[must_use]
    pub fn reading(mut self, earlier: &Self) -> Self {
        let mut asked = Map::new();
        for setup in self.steps.iter_mut().filter(|setup| setup.asking.is_some()) {
            let name = setup.config.step.name();
            let Some(before) = earlier.steps.iter().find(|it| it.config.step.name() == name) else { continue };
            let was = as_recorded(&before.asked, before.quoting.as_ref());
            let is = as_recorded(&setup.contract, setup.quoting.as_ref());
            if before.asking.is_some() && was != is {
                asked.insert(name.to_owned(), was);
                setup.asked = Arc::clone(&before.asked);
                setup.quoting.clone_from(&before.quoting);
            }
        }
        if !asked.is_empty() {
            self.snapshot["asked"] = Value::Object(asked);
        }
        self
    }

    /// The project with the kinds of servers that are `known`, by their addresses. What the configuration says comes
    /// first.
    #[must_use]
    pub fn with_servers(mut self, known: &BTreeMap<String, ServerKind>) -> Self {
        if known.is_empty() {
            return self;
        }
        for setup in &mut self.steps {
            setup.with_servers(known);
        }
        let configs: Vec<Config> = self.steps.iter().map(|setup| setup.config.clone()).collect();
        if let Some(last) = configs.iter().rfind(|config| !config.step.is_metric()) {
            self.config.clone_from(last);
        }
        if !self.snapshot.is_null() {
            Config::put_snapshots(&configs, &mut self.snapshot);
        }
        self
    }

    /// A project with the same input and other steps, without a snapshot, files of objects and those for evaluation
    /// tools; `None` if `steps` is empty.
    pub fn with_steps(&self, steps: Vec<Setup>) -> Option<Self> {
        let mut config = steps.first()?.config.clone();
        config.outputs.keep_tables();
        let (dir, given, function) = (self.dir.clone(), self.given.clone(), self.function.clone());
        let (rehearsal, snapshot, acquired) = (self.rehearsal, Value::Null, self.acquired.clone());
        Some(Self { config, dir, steps, rehearsal, snapshot, function, given, acquired, places: None })
    }

    /// The project as if the step at `place` were its last one, whose outputs are not given to rows of groups, and
    /// without files of objects and those for evaluation tools; `None` if there is no such step.
    #[must_use]
    pub fn ending_at(mut self, place: usize) -> Option<Self> {
        self.steps.truncate(place.checked_add(1)?);
        let mut config = self.steps.get(place)?.config.clone();
        (config.outputs.expand, config.outputs.matching) = (None, None);
        config.outputs.keep_tables();
        Some(Self { config, ..self })
    }

    /// The place of the last step of the task. Steps that ask for metrics come after it.
    #[must_use]
    pub fn last_place(&self) -> usize {
        self.steps.iter().rposition(|setup| !setup.config.step.is_metric()).unwrap_or_default()
    }

    /// The last step of the task.
    #[must_use]
    pub fn last(&self) -> Option<&Setup> {
        self.steps.get(self.last_place())
    }

    /// The folder that files of the run file `db` are written to: `out/` and its name, unless the configuration says
    /// another. A rehearsal's files are kept apart there too.
    #[must_use]
    pub fn out_dir(&self, db: &Path) -> PathBuf {
        match &self.config.outputs.dir {
            Some(dir) if self.rehearsal => self.dir.join(dir).join("sample"),
            Some(dir) => self.dir.join(dir),
            None => self.dir.join("out").join(db.file_stem().unwrap_or_default()),
        }
    }

    /// Whether any answer of this project is a sample.
    #[must_use]
    pub fn samples(&self) -> bool {
        let is_sample = |llm: &Llm| matches!(llm.provider, Provider::Sample(_));
        self.steps
            .iter()
            .filter_map(|setup| setup.asking.as_ref())
            .any(|asking| is_sample(&asking.llm) || asking.judges.iter().any(|judge| is_sample(&judge.config.llm)))
    }
}

/// The error of opening a file that the configuration names.
fn unreadable(file: &config::FileRef, path: &Path, source: io::Error) -> ProjectError {
    if file.key == "input.path" && source.kind() == io::ErrorKind::NotFound && config::is_pattern(&file.path) {
        return ProjectError::TablePattern { key: file.key, pattern: file.path.clone() };
    }
    ProjectError::unreadable(file.key, path, source)
}

/// The name of the run at `origin`, as its configuration writes it, before anything else of that is checked.
pub fn run_name_of(config: &Path) -> Result<Option<String>, ProjectError> {
    Ok(parsed(config)?.0.run_name().map(str::to_owned))
}

/// The configuration file at `path`, and the folder that its paths are relative to.
fn parsed(path: &Path) -> Result<(config::Raw, PathBuf), ProjectError> {
    let text = read_text(path).map_err(|source| ProjectError::of_config(path, source))?;
    let raw = config::parse(&text, &path.display().to_string())?;
    Ok((raw, path.parent().map(Path::to_owned).unwrap_or_default()))
}
