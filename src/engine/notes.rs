//! Notes for people about a plan and its results.

use rusqlite::Connection;
use serde_json::Value;

use super::planned::Planned;
use crate::project::Project;
use crate::stage::plan;
use crate::store::sql;

/// The notes that a stage left in its counts.
pub(super) fn of_counts(counts: &Value) -> Vec<String> {
    let notes = counts["notes"].as_array();
    notes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Notes on the steps that reached `until.accepted` before all of their work items were decided.
pub(super) fn enough(connection: &Connection, project: &Project, planned: &Planned) -> rusqlite::Result<Vec<String>> {
    let mut notes = Vec::new();
    for (setup, (task, _)) in project.steps.iter().zip(&planned.tasks) {
        let Some(until) = setup.config.until else { continue };
        let counts = plan::count(connection, task.step)?;
        if counts.accepted >= until.accepted && counts.pending > 0 {
            notes.push(format!(
                "step `{}`: {} accepted are enough (`until.accepted`); {} stay open",
                task.name, counts.accepted, counts.pending
            ));
        }
    }
    Ok(notes)
}

/// A note on decisions of people that no longer apply to the plan, if there are any.
pub(super) fn left_behind(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let items: i64 = sql::REVIEW_OUT_OF_FORCE.row(connection, &[], |row| row.get("items"))?;
    Ok(match items {
        0 => None,
        1 => Some("the decision on 1 work item was made for an earlier task or input and no longer applies".to_owned()),
        _ => Some(format!(
            "the decisions on {items} work items were made for an earlier task or input and no longer apply"
        )),
    })
}
