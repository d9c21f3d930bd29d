//! The ids of work items that are made from others, worked out again.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::Check;
use crate::engine::error::EngineError;
use crate::engine::links;
use crate::record::{CacheId, RowId, SourceKind, WorkId};
use crate::stage::derive::{Links, derived_input_id, element_work_id, join_work_id, output_work_id, pending_work_id};
use crate::stage::plan;
use crate::store::sql;

/// So many equal elements of one list are told apart.
const EQUAL: u64 = 10_000;

/// Holds each work item that is made from others against what its ids are made of.
pub(super) fn check(connection: &Connection, check: &mut Check) -> Result<(), EngineError> {
    let links = links::recorded(connection)?;
    sql::VERIFY_DERIVED_ITEMS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: WorkId = row.get("work_id")?;
        let named = named(row, found)?;
        check.look(named, || format!("work item {found}"));
        let cache_id: String = row.get("cache_id")?;
        if let Some(links) = links.as_ref().filter(|_| !cache_id.is_empty()) {
            let expected = exact(connection, links, row)?;
            check.look(cache_id == expected.to_string(), || format!("exact task of work item {found}"));
        }
        Ok(())
    })?;
    Ok(())
}

fn exact(connection: &Connection, links: &Links, row: &rusqlite::Row<'_>) -> rusqlite::Result<CacheId> {
    let (work_id, input_id) = derived_input_id(connection, links, row.get("step")?, row.get("id")?)?;
    Ok(plan::cache_id(work_id, input_id, row.get("task_id")?))
}

/// Whether a work item has the id of what it is made from.
fn named(row: &rusqlite::Row<'_>, found: WorkId) -> rusqlite::Result<bool> {
    let step: String = row.get("step_name")?;
    let item: Option<Value> = row.get("item")?;
    let Some(parent) = row.get::<_, Option<WorkId>>("parent")? else { return Ok(false) };
    Ok(match row.get::<_, SourceKind>("source_kind")? {
        SourceKind::Output => found == output_work_id(&step, parent),
        SourceKind::Element | SourceKind::Pair => match item {
            Some(item) => (1..=EQUAL).any(|number| found == element_work_id(&step, parent, &item, number)),
            None => found == pending_work_id(&step, parent),
        },
        SourceKind::Join => {
            let row_id: Option<RowId> = row.get("row_id")?;
            let group: Option<String> = row.get("group_key")?;
            let keys = [
                row_id.map(|id| json!({"row": id.to_string()})),
                group.map(|key| json!({"group": key})),
                item.map(|item| json!({"key": item})),
                Some(json!({"of": parent.to_string()})),
            ];
            keys.iter().flatten().any(|key| found == join_work_id(&step, key))
        }
        SourceKind::Row | SourceKind::Group | SourceKind::Document | SourceKind::Task => true,
    })
}
