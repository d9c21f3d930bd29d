//! Single rows become work items while others are worked on: nothing that is planned already is read or changed, but
//! for the work item of the same row.

use rusqlite::Transaction;

use super::ids::{Identity, cache_id, row_source, work_id};
use super::items::insert_work_item;
use super::request::PlanRequest;
use crate::record::{CacheId, Field, RowId, SourceKind, WorkId, WorkStatus};
use crate::stage::ingest::sorted_columns;
use crate::stage::record::Marks;
use crate::stage::standing::{self, NewStanding, ReadyStanding, StandingChoice};
use crate::store::sql;

/// A row as a work item of a step.
#[derive(Clone, Debug)]
pub struct RowItem {
    pub work_id: WorkId,
    pub cache_id: CacheId,
    /// Where it stands already, if it does.
    pub known: Option<KnownItem>,
}

/// A work item that the run file has. All ids are rowids.
#[derive(Clone, Copy, Debug)]
pub struct KnownItem {
    pub work_item: i64,
    pub standing: i64,
    pub status: WorkStatus,
    /// Its place in the plan.
    pub position: i64,
    /// Whether its exact task is the one that the row comes for.
    pub is_same: bool,
}

/// What came of a row that was admitted. All ids are rowids.
#[derive(Clone, Copy, Debug)]
pub struct AdmittedRow {
    pub work_item: i64,
    pub position: i64,
    /// Whether it was opened now.
    pub is_opened: bool,
    /// Whether recorded results were restored for it.
    pub is_restored: bool,
}

/// Finds out what a row is as a work item.
pub fn row_item(
    tx: &Transaction<'_>,
    request: &PlanRequest<'_>,
    row_id: RowId,
    fields: &[Field],
    buffer: &mut Vec<u8>,
) -> rusqlite::Result<RowItem> {
    let columns = &request.dataset.columns;
    let sorted = sorted_columns(columns);
    let identity = Identity { keyed: request.keyed, columns, sorted: &sorted };
    let work_id = work_id(request.step_name, &row_source(row_id));
    let input_id = identity.of_row(row_id, fields, None, None, buffer);
    let cache_id = cache_id(work_id, input_id, request.task_id, request.repeat);
    let known = sql::LIVE_FIND.first(tx, &[(":work_id", &work_id), (":step", &request.step)], |row| {
        Ok(KnownItem {
            work_item: row.get("work_item")?,
            standing: row.get("id")?,
            status: row.get("status")?,
            position: row.get("position")?,
            is_same: row.get_ref("cache_id")?.as_str()? == cache_id.to_string(),
        })
    })?;
    Ok(RowItem { work_id, cache_id, known })
}

/// Plans a row (rowid): at `position`, if the run file has no work item of it. One that is known keeps its place; if
/// the row comes for another exact task, it is opened for that, and what is on record for it counts.
pub fn admit_row(
    tx: &Transaction<'_>,
    request: &PlanRequest<'_>,
    item: &RowItem,
    (input_row, position): (i64, i64),
    marks: Marks,
) -> rusqlite::Result<AdmittedRow> {
    let Some(known) = item.known else { return plan_new(tx, request, item, input_row, position) };
    let KnownItem { work_item, standing, position, is_same, .. } = known;
    let mut admitted = AdmittedRow { work_item, position, is_opened: false, is_restored: false };
    if !is_same {
        sql::STANDING_PLACE_ROW.execute(tx, &[(":input_row", &input_row), (":standing", &standing)])?;
        open_for(tx, request, standing, item.cache_id)?;
        standing::choose(tx, StandingChoice::One(standing))?;
        admitted.is_restored = standing::restore(tx, marks)? > 0;
        admitted.is_opened = !admitted.is_restored;
    }
    Ok(admitted)
}

/// Opens a standing for another exact task.
pub fn open_for(
    tx: &Transaction<'_>,
    request: &PlanRequest<'_>,
    standing: i64,
    cache_id: CacheId,
) -> rusqlite::Result<()> {
    standing::ready(tx, &ReadyStanding { standing, task: request.task, cache_id, floor: request.floor, forced: None })
}

fn plan_new(
    tx: &Transaction<'_>,
    request: &PlanRequest<'_>,
    item: &RowItem,
    input_row: i64,
    position: i64,
) -> rusqlite::Result<AdmittedRow> {
    let work_item = insert_work_item(tx, item.work_id, (request.step, SourceKind::Row), Some(input_row), None)?;
    standing::insert(
        tx,
        &NewStanding {
            work_item,
            step: request.step,
            input_row: Some(input_row),
            row_group: None,
            position,
            path: None,
            item: None,
            images: None,
            task: request.task,
            cache_id: Some(item.cache_id),
            round: Some(request.floor).filter(|round| *round > 0),
            sample: 1,
            status: WorkStatus::Pending,
            reason: None,
            open_sources: 0,
            handed_on: request.handed_on(),
        },
    )?;
    Ok(AdmittedRow { work_item, position, is_opened: true, is_restored: false })
}
