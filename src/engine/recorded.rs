//! The project and the data set of a run file's newest plan.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use super::compile;
use super::error::EngineError;
use crate::project::Project;
use crate::record::VariantAt;
use crate::stage::ingest::{self, Dataset};
use crate::store::{sql, step_rowid};

/// The newest plan's project and data set.
pub(super) struct RecordedPlan {
    pub(super) project: Project,
    pub(super) dataset: Dataset,
    /// The data set of each collection of knowledge (rowids by name).
    pub(super) knowledge: BTreeMap<String, i64>,
    /// The rowid of the last step.
    pub(super) step: i64,
}

/// Reads the newest configuration and plan from the run file at `path`.
pub(super) fn recorded(connection: &Connection, path: &Path) -> Result<RecordedPlan, EngineError> {
    let empty = || EngineError::Empty(path.to_owned());
    let dir = path.parent().map(Path::to_owned).unwrap_or_default();
    let snapshot = sql::RECORD_LATEST_CONFIG.first(connection, &[], |row| row.get::<_, Value>("snapshot"))?;
    let plan = sql::RECORD_LATEST_DATASET
        .first(connection, &[], |row| Ok((row.get::<_, i64>("dataset")?, row.get::<_, String>("knowledge")?)))?;
    let (dataset, knowledge) = plan.ok_or_else(empty)?;
    let knowledge = serde_json::from_str(&knowledge).unwrap_or_default();
    let outputs = serde_json::json!({"dataset": dataset});
    let dataset = ingest::recorded(connection, &outputs)?.ok_or_else(empty)?;
    let mut project = Project::recorded(&snapshot.ok_or_else(empty)?, &dir)?;
    let name = project.config.step.name();
    let step = step_rowid(connection, name, VariantAt::BASE)?.ok_or_else(empty)?;
    // Templates that no longer compile are an error here, before anything uses them.
    compile::compile_all(&mut project, &dataset.columns, &dataset.kinds)?;
    Ok(RecordedPlan { project, dataset, knowledge, step })
}
