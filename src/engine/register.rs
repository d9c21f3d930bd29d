//! The rowids of steps, tasks, specs and shared texts.
//!
//! A run records those that are missing. A replay only looks them up, since it writes nothing; a missing one then has
//! rowid 0, which no row has.

use rusqlite::{Connection, Transaction};
use serde_json::{Value, json};

use crate::config::Each;
use crate::project::Project;
use crate::provider::RequestSpec;
use crate::record::{SpecId, TaskId};
use crate::stage::generate::tape;
use crate::stage::share_text;
use crate::store::sql;

/// Where rowids come from.
#[derive(Clone, Copy)]
pub enum Register<'a> {
    /// From the record, to which missing ones are added.
    Record { tx: &'a Transaction<'a>, now: &'a str },
    /// From the record as it is.
    LookUp(&'a Connection),
}

impl<'a> Register<'a> {
    /// The connection on which rowids are looked up.
    pub fn connection(self) -> &'a Connection {
        match self {
            Self::Record { tx, .. } => tx,
            Self::LookUp(connection) => connection,
        }
    }

    /// The rowids of a project's steps, in their order.
    pub fn steps(self, project: &Project) -> rusqlite::Result<Vec<i64>> {
        match self {
            Self::Record { tx, .. } => record_steps(tx, project),
            Self::LookUp(connection) => {
                let names = project.steps.iter().map(|setup| setup.config.step.name());
                names
                    .map(|name| {
                        let found =
                            sql::RECORD_STEP_ROWID.first(connection, &[(":name", &name)], |row| row.get("id"))?;
                        Ok(found.unwrap_or_default())
                    })
                    .collect()
            }
        }
    }

    /// The rowid of a step's task.
    pub fn task(self, step: i64, id: TaskId, parts: &Value) -> rusqlite::Result<i64> {
        let find = |connection: &Connection| {
            sql::RECORD_TASK_ROWID.first(connection, &[(":task_id", &id)], |row| row.get("id"))
        };
        let found: Option<i64> = match self {
            Self::Record { tx, now } => {
                let parts = parts.to_string();
                sql::RECORD_INSERT_TASK
                    .execute(tx, &[(":task_id", &id), (":step", &step), (":parts", &parts), (":now", &now)])?;
                find(tx)?
            }
            Self::LookUp(connection) => find(connection)?,
        };
        Ok(found.unwrap_or_default())
    }

    /// The rowid of a party's spec.
    pub fn spec(self, spec: &RequestSpec, id: SpecId) -> rusqlite::Result<i64> {
        match self {
            Self::Record { tx, .. } => tape::spec(tx, spec, id),
            Self::LookUp(connection) => {
                let found = sql::GENERATE_SPEC_ROWID.first(connection, &[(":spec_id", &id)], |row| row.get("id"))?;
                Ok(found.unwrap_or_default())
            }
        }
    }

    /// The rowid of a text that messages share; `None` where no messages are recorded.
    pub fn text(self, body: &str) -> rusqlite::Result<Option<i64>> {
        match self {
            Self::Record { tx, .. } => share_text(tx, body).map(Some),
            Self::LookUp(_) => Ok(None),
        }
    }
}

/// Records the steps of a project, in their order; returns their rowids. Steps that it no longer has are taken out of
/// the task.
pub fn record_steps(tx: &Transaction<'_>, project: &Project) -> rusqlite::Result<Vec<i64>> {
    let names: Vec<&str> = project.steps.iter().map(|setup| setup.config.step.name()).collect();
    let perspectives = project.steps.iter().map(|setup| setup.config.step.perspective.as_ref().map(|it| &it.name));
    let mut steps = Vec::with_capacity(names.len());
    // The step that writes a schema is not part of the task.
    if project.config.step.each == Each::Task {
        for name in &names {
            let none: Option<&str> = None;
            sql::RECORD_INSERT_STEP.execute(tx, &[(":name", name), (":perspective", &none), (":position", &-1)])?;
            steps.push(sql::RECORD_STEP_ROWID.row(tx, &[(":name", name)], |row| row.get("id"))?);
        }
        return Ok(steps);
    }
    for ((position, name), perspective) in (0_i64..).zip(&names).zip(perspectives) {
        sql::RECORD_INSERT_STEP
            .execute(tx, &[(":name", name), (":perspective", &perspective), (":position", &position)])?;
        sql::RECORD_PLACE_STEP.execute(tx, &[(":name", name), (":position", &position)])?;
        steps.push(sql::RECORD_STEP_ROWID.row(tx, &[(":name", name)], |row| row.get("id"))?);
    }
    if sql::RECORD_RETIRE_STEPS.execute(tx, &[(":names", &json!(names))])? > 0 {
        sql::STANDING_UNPLAN_RETIRED.execute(tx, &[])?;
    }
    Ok(steps)
}
