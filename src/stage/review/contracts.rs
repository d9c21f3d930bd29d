//! The schemas that outputs are held to, as tasks recorded them.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::Value;

use super::standing::standing;
use crate::config;
use crate::record::{VariantAt, canonical};
use crate::schema::{AnswerKind, Contract, Scrutiny};
use crate::store::sql;

/// The schemas of tasks, each compiled once, and the evidence that the tasks declare.
#[derive(Debug, Default)]
pub struct Contracts(HashMap<i64, TaskContract>);

#[derive(Clone, Debug)]
pub(super) struct TaskContract {
    /// `None` if the recorded schema cannot be read.
    pub(super) contract: Option<Arc<Contract>>,
    pub(super) evidence: Arc<[config::Evidence]>,
}

impl Contracts {
    /// Returns the schema of a work item's task under a variant; `None` if the recorded schema cannot be read.
    pub fn of_item(
        &mut self,
        connection: &Connection,
        item: i64,
        at: VariantAt,
    ) -> rusqlite::Result<Option<Arc<Contract>>> {
        let task = standing(connection, item, at)?.task;
        Ok(self.of_task(connection, task)?.contract)
    }

    /// Returns the schema and the evidence of a task (rowid).
    pub(super) fn of_task(&mut self, connection: &Connection, task: i64) -> rusqlite::Result<TaskContract> {
        if let Some(known) = self.0.get(&task) {
            return Ok(known.clone());
        }
        let parts: Value = sql::REVIEW_TASK.row(connection, &[(":task", &task)], |row| row.get("parts"))?;
        let evidence = Vec::<config::Evidence>::deserialize(&parts["evidence"]).unwrap_or_default();
        let found = TaskContract { contract: contract_of(&parts).map(Arc::new), evidence: evidence.into() };
        self.0.insert(task, found.clone());
        Ok(found)
    }
}

fn contract_of(parts: &Value) -> Option<Contract> {
    let kind = AnswerKind::of_key(parts["answer"].as_str())?;
    let closed = canonical::to_string(&parts["schema"]["closed"]);
    let contract = Contract::parse_as(kind, Some(&closed), "the recorded schema", Scrutiny::Recorded).ok()?;
    Some(if parts["verdict"] == true { contract.of_verdicts() } else { contract })
}
