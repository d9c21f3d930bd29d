//! Whether what a step takes from is there, where a run does not generate it itself.

use rusqlite::Connection;

use super::error::EngineError;
use super::planned::Planned;
use super::selection::Selection;
use crate::stage::derive::{self, Link};
use crate::stage::plan;
use crate::store::sql;

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
        let (mut missing, mut stale) = (Vec::new(), Vec::new());
        for parent in &link.parents {
            let Some(place) = place_of(*parent).filter(|place| !selection.has(*place)) else { continue };
            if !has_run(connection, planned, *parent)? {
                let was_decided =
                    sql::RECORD_WAS_DECIDED.row(connection, &[(":step", parent)], |row| row.get("decided"))?;
                let list = if was_decided { &mut stale } else { &mut missing };
                list.push(planned.tasks[place].0.name.clone());
            }
        }
        // Those that never ran are named first; then those that are to run again.
        let are_stale = missing.is_empty();
        let sources = if are_stale { stale } else { missing };
        if !sources.is_empty() {
            return Err(EngineError::SourcesNotRun { step: link.name.clone(), sources, are_stale });
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
