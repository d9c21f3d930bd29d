//! The next request of a recorded work item, from the record alone.

use std::path::Path;

use rusqlite::{Connection, ToSql};

use super::model::{RenderedItem, RenderedRequest, rendered};
use super::walk::{Answers, walk};
use crate::engine::error::EngineError;
use crate::engine::replay::configuration::planned_again;
use crate::record::{SourceKind, VariantAt};
use crate::stage::generate::tape::{self, Contexts};
use crate::store::sql;

/// A work item where it stands.
struct StandingItem {
    standing: i64,
    task: i64,
    /// The step (rowid).
    step: i64,
    is_derived: bool,
    item: RenderedItem,
}

/// The request that the work item (rowid) waits for. `None` if it is decided, waits for other work items, or the record
/// does not have its configuration in a form that still compiles.
pub fn next_request(connection: &Connection, db: &Path, item: i64) -> Result<Option<RenderedRequest>, EngineError> {
    let Some(found) = standing(connection, item)? else { return Ok(None) };
    let of: [(&'static str, &dyn ToSql); 2] = [(":task", &found.task), (":step", &found.step)];
    let plan = sql::REPLAY_PLAN_OF_TASK.first(connection, &of, |row| {
        Ok((row.get::<_, Option<i64>>("config")?, row.get::<_, i64>("dataset")?, row.get::<_, String>("knowledge")?))
    })?;
    let Some((Some(config), dataset, knowledge)) = plan else { return Ok(None) };
    let dir = db.parent().map(Path::to_owned).unwrap_or_default();
    let (project, planned) = match planned_again(connection, &dir, (config, dataset, &knowledge), VariantAt::BASE) {
        Ok(planned) => planned,
        Err(EngineError::Store(error)) => return Err(error.into()),
        // A configuration of an older version may no longer compile.
        Err(_) => return Ok(None),
    };
    let Some((task, builder)) = planned.tasks.iter().find(|(task, _)| task.row == found.task) else { return Ok(None) };
    let mut contexts = Contexts::default();
    let (builder, links) = (builder.as_ref(), &planned.links);
    let work = if found.is_derived {
        tape::claim_one(connection, task, links, builder, &mut contexts, (found.standing, None))?
    } else {
        tape::claim_source(connection, task, builder, &mut contexts, found.standing)?
    };
    let answers = Answers { connection, after: links.marks.tape, made_up: &[] };
    let walked = walk(task, work, &answers)?;
    match walked.questions.last().filter(|last| !last.answered) {
        Some(last) => Ok(rendered(connection, &project, &found.item, last)?),
        None => Ok(None),
    }
}

/// The work item, if it is open.
fn standing(connection: &Connection, item: i64) -> rusqlite::Result<Option<StandingItem>> {
    sql::RENDER_STANDING.first(connection, &[(":item", &item)], |row| {
        let index: Option<i64> = row.get("row_index")?;
        let kind: Option<SourceKind> = row.get::<_, String>("source_kind")?.parse().ok();
        Ok(StandingItem {
            standing: row.get("id")?,
            task: row.get("task")?,
            step: row.get("step_rowid")?,
            is_derived: !matches!(kind, Some(SourceKind::Row | SourceKind::Group | SourceKind::Document)),
            item: RenderedItem {
                step: row.get("step")?,
                work_id: row.get("work_id")?,
                cache_id: row.get("cache_id")?,
                row: index.map(|index| index.unsigned_abs() + 1),
                group: row.get("group_key")?,
            },
        })
    })
}
