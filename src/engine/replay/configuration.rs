//! The configurations that work items were planned with, ready for work again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::engine::error::EngineError;
use crate::engine::project::Project;
use crate::engine::{links, task};
use crate::prompt::ContextBuilder;
use crate::stage::derive::Links;
use crate::stage::generate::Task;
use crate::stage::ingest;
use crate::store::sql;

/// A recorded configuration over a data set.
pub(super) struct Configuration {
    /// The tasks, step by step, and how contexts are built for each.
    pub(super) tasks: Vec<(Task, Option<ContextBuilder>)>,
    /// How the steps are made from each other.
    pub(super) links: Links,
}

/// The configurations of a run file, each compiled once.
pub(super) struct Configurations<'c> {
    connection: &'c Connection,
    dir: PathBuf,
    /// By the rowids of the configuration and of the data set.
    known: HashMap<(i64, i64), Result<Rc<Configuration>, String>>,
    /// Where the task of each rowid is.
    tasks: HashMap<i64, Option<(Rc<Configuration>, usize)>>,
}

impl<'c> Configurations<'c> {
    pub(super) fn new(connection: &'c Connection, db: &Path) -> Self {
        let dir = db.parent().map(Path::to_owned).unwrap_or_default();
        Self { connection, dir, known: HashMap::new(), tasks: HashMap::new() }
    }

    /// The configuration that a task belongs to, and its place among the tasks there; `None` where the record does not
    /// say, or no configuration comes to that task any more.
    pub(super) fn of_task(&mut self, task: i64) -> Result<Option<(Rc<Configuration>, usize)>, EngineError> {
        if let Some(known) = self.tasks.get(&task) {
            return Ok(known.clone());
        }
        let plan = sql::REPLAY_PLAN_OF_TASK.first(self.connection, &[(":task", &task)], |row| {
            Ok((row.get::<_, Option<i64>>("config")?, row.get::<_, i64>("dataset")?))
        })?;
        let found = match plan {
            Some((Some(config), dataset)) => self.get(config, dataset)?.and_then(|configuration| {
                let place = configuration.tasks.iter().position(|(it, _)| it.row == task)?;
                Some((configuration, place))
            }),
            _ => None,
        };
        self.tasks.insert(task, found.clone());
        Ok(found)
    }

    /// Why configurations cannot be used again.
    pub(super) fn problems(&self) -> impl Iterator<Item = &String> {
        self.known.values().filter_map(|it| it.as_ref().err())
    }

    fn get(&mut self, config: i64, dataset: i64) -> Result<Option<Rc<Configuration>>, EngineError> {
        if !self.known.contains_key(&(config, dataset)) {
            let read = match self.read(config, dataset) {
                Ok(configuration) => Ok(Rc::new(configuration)),
                Err(EngineError::Store(error)) => return Err(error.into()),
                Err(error) => Err(format!("configuration {config} cannot be used again: {error}")),
            };
            self.known.insert((config, dataset), read);
        }
        Ok(self.known.get(&(config, dataset)).and_then(|it| it.as_ref().ok()).cloned())
    }

    fn read(&self, config: i64, dataset: i64) -> Result<Configuration, EngineError> {
        let connection = self.connection;
        let snapshot: Value = sql::REPLAY_CONFIG.row(connection, &[(":config", &config)], |row| row.get("snapshot"))?;
        let dataset = ingest::recorded(connection, &json!({"dataset": dataset}))?
            .ok_or(EngineError::Store(rusqlite::Error::QueryReturnedNoRows))?;
        let project = Project::recorded(&snapshot, &self.dir)?;
        let compiled = task::compile_all(&project, &dataset.columns)?;
        let tasks = task::recorded_all(connection, &project, compiled)?;
        let links = links::links(connection, &project, &tasks, &dataset.columns)?;
        Ok(Configuration { tasks, links })
    }
}
