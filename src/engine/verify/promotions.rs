//! The rule about promotions: what is pinned is what was measured, and the evidence is what the evaluation says.

use std::path::Path;

use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use crate::config::Pin;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::engine::promote::Evidence;
use crate::experiment::{Better, Evaluation};
use crate::project::{Project, pinned_steps};
use crate::record::{VariantId, canonical};
use crate::stage::artifact;
use crate::store::sql;

/// Checks every promotion; nothing where there is none.
pub(super) fn check(connection: &Connection) -> Result<Option<VerifyCheck>, EngineError> {
    let mut check = VerifyCheck::new("what is pinned is what was measured, and its evidence what the evaluation says");
    let mut any = false;
    sql::VERIFY_PROMOTIONS.each::<EngineError>(connection, &[], |row| {
        any = true;
        let id: i64 = row.get("id")?;
        let problem = problem(connection, row)?;
        check.require(problem.is_none(), || format!("promotion {id}: {}", problem.unwrap_or_default()));
        Ok(())
    })?;
    Ok(any.then_some(check))
}

/// What is wrong with a promotion.
fn problem(connection: &Connection, row: &Row<'_>) -> Result<Option<String>, EngineError> {
    let wrong = |what: &str| Ok(Some(what.to_owned()));
    let Ok(pin) = serde_json::from_value::<Pin>(row.get("pin")?) else { return wrong("its pin cannot be read") };
    let same = |name: &str, of: &str| Ok::<bool, rusqlite::Error>(row.get::<_, String>(name)? == of);
    if !same("promoted_by", &pin.promoted_by)? || !same("promoted_at", &pin.promoted_at)? {
        return wrong("its pin says another name or time");
    }
    if !same("uid", &pin.evaluation)? || !same("stage", "evaluate")? {
        return wrong("its pin names another evaluation");
    }
    if row.get::<_, VariantId>("variant_id")? != VariantId::of(&[json!(pin.overlay)]) {
        return wrong("its pin is of another variant");
    }
    let snapshot: Value = row.get("snapshot")?;
    let Ok(project) = Project::recorded(&snapshot, Path::new("")) else {
        return wrong("the configuration that was measured cannot be read");
    };
    let steps = serde_json::to_value(pinned_steps(&project)).unwrap_or_default();
    if canonical::to_string(&steps) != canonical::to_string(&pin.steps_value()) {
        return wrong("what is pinned is not what was measured");
    }
    let Some(evidence) = evidence(connection, row)? else { return wrong("its evaluation cannot be read") };
    let verdict: Option<String> = row.get("verdict")?;
    // As the record gives it back: a number may lose its last digit on the way.
    let again = |value: Value| serde_json::from_str::<Value>(&value.to_string()).unwrap_or_default();
    let equal = |name: &str, value: Value| {
        let recorded: Value = row.get(name)?;
        Ok::<bool, rusqlite::Error>(canonical::to_string(&recorded) == canonical::to_string(&again(value)))
    };
    let is_evidence = equal("metrics", evidence.metrics_value())? && equal("gates", evidence.gates_value())?;
    if !is_evidence || verdict.as_deref() != evidence.verdict.map(Better::word) {
        return wrong("its evidence is not what the evaluation says");
    }
    Ok(None)
}

/// What the file of the evaluation says of the promoted variant.
fn evidence(connection: &Connection, row: &Row<'_>) -> Result<Option<Evidence>, EngineError> {
    let Some(file) = row.get::<_, Option<i64>>("file")? else { return Ok(None) };
    let number: i64 = row.get("variant")?;
    let mut bytes = Vec::new();
    artifact::read(connection, file, &mut bytes)?;
    let Ok(evaluation) = serde_json::from_slice::<Evaluation>(&bytes) else { return Ok(None) };
    let name = evaluation.variants.iter().find(|it| it.number == number).map(|it| it.name.clone());
    Ok(name.and_then(|name| Evidence::of(&evaluation, &name).ok()))
}
