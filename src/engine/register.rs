//! The rowids of steps, tasks, specs and shared texts.
//!
//! A run records those that are missing. A replay only looks them up, since it writes nothing; a missing one then has
//! rowid 0, which no row has.

use rusqlite::{Connection, ToSql, Transaction};
use serde_json::{Value, json};

use crate::config::Each;
use crate::project::Project;
use crate::provider::RequestSpec;
use crate::record::{SpecId, TaskId, VariantAt};
use crate::stage::generate::tape;
use crate::stage::share_text;
use crate::store::{sql, step_rowid};

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

    /// The rowids of a project's steps under a variant, in a repeat, in their order.
    pub fn steps(self, project: &Project, at: VariantAt) -> rusqlite::Result<Vec<i64>> {
        match self {
            Self::Record { tx, .. } => record_steps(tx, project, at),
            Self::LookUp(connection) => {
                let names = project.steps.iter().map(|setup| setup.config.step.name());
                names.map(|name| Ok(step_rowid(connection, name, at)?.unwrap_or_default())).collect()
            }
        }
    }

    /// The rowid of a step's task, which all variants of the step may share.
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

/// Records the steps of a project under a variant, in a repeat, in their order; returns their rowids. Steps that it no
/// longer has are taken out of the task.
pub fn record_steps(tx: &Transaction<'_>, project: &Project, at: VariantAt) -> rusqlite::Result<Vec<i64>> {
    let names: Vec<&str> = project.steps.iter().map(|setup| setup.config.step.name()).collect();
    let perspectives = project.steps.iter().map(|setup| setup.config.step.perspective.as_ref().map(|it| &it.name));
    // The step that writes a schema is not part of the task.
    let is_authoring = project.config.step.each == Each::Task;
    let mut steps = Vec::with_capacity(names.len());
    for ((position, name), perspective) in (0_i64..).zip(&names).zip(perspectives) {
        let position = if is_authoring { -1 } else { position };
        // What work items and tasks belong to. The task itself sets its place.
        let record = |at: VariantAt, position: i64| {
            sql::RECORD_INSERT_STEP.execute(
                tx,
                &[
                    (":name", name),
                    (":perspective", &perspective),
                    (":position", &position),
                    (":variant", &at.number),
                    (":repeat", &at.repeat),
                ],
            )
        };
        if at != VariantAt::BASE {
            record(VariantAt::BASE, -1)?;
        }
        record(at, position)?;
        let of: [(&str, &dyn ToSql); 4] =
            [(":name", name), (":position", &position), (":variant", &at.number), (":repeat", &at.repeat)];
        if !is_authoring {
            sql::RECORD_PLACE_STEP.execute(tx, &of)?;
        }
        steps.push(step_rowid(tx, name, at)?.unwrap_or_default());
    }
    let of: [(&str, &dyn ToSql); 3] = [(":names", &json!(names)), (":variant", &at.number), (":repeat", &at.repeat)];
    if !is_authoring && sql::RECORD_RETIRE_STEPS.execute(tx, &of)? > 0 {
        sql::STANDING_UNPLAN_RETIRED.execute(tx, &[])?;
    }
    Ok(steps)
}
