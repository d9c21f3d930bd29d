//! Whether what a step takes from is there, where a run does not generate it itself.

use rusqlite::Connection;

use super::error::EngineError;
use super::planned::Planned;
use super::selection::Selection;
use crate::stage::derive::{self, Link};
use crate::stage::plan;

/// Refuses to generate steps that take from others of which nothing is decided and which are not generated now.
pub(super) fn check_sources(
    connection: &Connection,
    planned: &Planned,
    selection: &Selection,
) -> Result<(), EngineError> {
    let place_of = |step: i64| planned.tasks.iter().position(|(task, _)| task.step == step);
    for link in &planned.links.all {
        if !place_of(link.step).is_some_and(|place| selection.has(place)) {
            continue;
        }
        let mut missing = Vec::new();
        for parent in &link.parents {
            let Some(place) = place_of(*parent).filter(|place| !selection.has(*place)) else { continue };
            if !has_run(connection, planned, *parent)? {
                missing.push(planned.tasks[place].0.name.clone());
            }
        }
        if !missing.is_empty() {
            return Err(EngineError::SourcesNotRun { step: link.name.clone(), sources: missing });
        }
    }
    Ok(())
}

/// Whether anything of a step is decided, or there is nothing to decide.
fn has_run(connection: &Connection, planned: &Planned, step: i64) -> Result<bool, EngineError> {
    let counts = plan::count(connection, step)?;
    if counts.pending < counts.planned {
        return Ok(true);
    }
    let link: Option<&Link> = planned.links.all.iter().find(|it| it.step == step);
    let may_grow = match link {
        Some(link) => derive::is_open(connection, &planned.links, link)?,
        None => false,
    };
    Ok(counts.planned == 0 && !may_grow)
}
