//! The configurations with which work items were planned, compiled again.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rusqlite::{Connection, ToSql};
use serde_json::{Value, json};

use crate::engine::compile;
use crate::engine::error::EngineError;
use crate::engine::planned::Planned;
use crate::engine::register::Register;
use crate::engine::replay::step::ReplayStep;
use crate::project::Project;
use crate::record::VariantAt;
use crate::stage::ingest;
use crate::store::sql;

type ConfigurationKey = (i64, i64, String);

/// A configuration, and the place of a task among the tasks there.
type PlaceOfTask = (Rc<Planned>, usize);

/// The configurations of a run file, each compiled once.
pub(super) struct Configurations<'c> {
    connection: &'c Connection,
    dir: PathBuf,
    /// By the rowids of the configuration and of the data set, and the data sets of collections, for a variant.
    known: HashMap<(ConfigurationKey, VariantAt), Result<Rc<Planned>, String>>,
    /// The configuration and the place in it of each task of a step, by rowids.
    tasks: HashMap<(i64, i64), Option<PlaceOfTask>>,
}

impl<'c> Configurations<'c> {
    pub(super) fn new(connection: &'c Connection, db: &Path) -> Self {
        let dir = db.parent().map(Path::to_owned).unwrap_or_default();
        Self { connection, dir, known: HashMap::new(), tasks: HashMap::new() }
    }

    /// The configuration that a task of `step` belongs to, and its place among the tasks there; `None` if the record
    /// does not have it, or the configuration no longer compiles to that task.
    pub(super) fn of_task(
        &mut self,
        task: i64,
        step: &ReplayStep,
    ) -> Result<Option<(Rc<Planned>, usize)>, EngineError> {
        if let Some(known) = self.tasks.get(&(task, step.id)) {
            return Ok(known.clone());
        }
        let of: [(&'static str, &dyn ToSql); 2] = [(":task", &task), (":step", &step.id)];
        let plan = sql::REPLAY_PLAN_OF_TASK.first(self.connection, &of, |row| {
            Ok((
                row.get::<_, Option<i64>>("config")?,
                row.get::<_, i64>("dataset")?,
                row.get::<_, String>("knowledge")?,
            ))
        })?;
        let found = match plan {
            Some((Some(config), dataset, knowledge)) => {
                self.get(&((config, dataset, knowledge), step.at))?.and_then(|configuration| {
                    let place = configuration.tasks.iter().position(|(it, _)| it.row == task && it.step == step.id)?;
                    Some((configuration, place))
                })
            }
            _ => None,
        };
        self.tasks.insert((task, step.id), found.clone());
        Ok(found)
    }

    /// The errors of configurations that cannot be compiled again.
    pub(super) fn problems(&self) -> impl Iterator<Item = &String> {
        self.known.values().filter_map(|it| it.as_ref().err())
    }

    fn get(&mut self, of: &(ConfigurationKey, VariantAt)) -> Result<Option<Rc<Planned>>, EngineError> {
        if !self.known.contains_key(of) {
            let read = match planned_again(self.connection, &self.dir, (of.0.0, of.0.1, &of.0.2), of.1) {
                Ok((_, configuration)) => Ok(Rc::new(configuration)),
                Err(EngineError::Store(error)) => return Err(error.into()),
                Err(error) => Err(format!("configuration {} cannot be used again: {error}", of.0.0)),
            };
            self.known.insert(of.clone(), read);
        }
        Ok(self.known.get(of).and_then(|it| it.as_ref().ok()).cloned())
    }
}

/// The project of a recorded configuration, compiled again over a recorded data set (both by rowid) and those of
/// collections (rowids by name, as JSON), with the documents that its templates read. Nothing is written.
pub(in crate::engine) fn planned_again(
    connection: &Connection,
    dir: &Path,
    (config, dataset, knowledge): (i64, i64, &str),
    at: VariantAt,
) -> Result<(Project, Planned), EngineError> {
    let snapshot: Value = sql::REPLAY_CONFIG.row(connection, &[(":config", &config)], |row| row.get("snapshot"))?;
    let dataset = ingest::recorded(connection, &json!({"dataset": dataset}))?
        .ok_or(EngineError::Store(rusqlite::Error::QueryReturnedNoRows))?;
    let knowledge: BTreeMap<String, i64> = serde_json::from_str(knowledge).unwrap_or_default();
    let mut project = Project::recorded(&snapshot, dir)?;
    let compiled = compile::compile_all(&mut project, &dataset.columns, &dataset.kinds)?;
    let planned = Planned::of(Register::LookUp(connection), (&project, at), compiled, &dataset, &knowledge)?;
    planned.documents.load(connection)?;
    Ok((project, planned))
}
