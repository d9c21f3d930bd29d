//! One work item of a plan.

use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::ids::cache_id;
use super::request::PlanRequest;
use super::tally::PlanTally;
use crate::prompt::{TemplateGroup, TemplateRow};
use crate::record::{Field, InputId, SourceKind, WorkId, WorkStatus};
use crate::stage::StageContext;
use crate::stage::context_error::ContextError;
use crate::stage::standing::{self, NewStanding};
use crate::store::sql;

/// What a work item is made of.
pub(super) struct PlannedSource {
    pub(super) kind: SourceKind,
    /// What its id is computed from beside the name of its step, in canonical JSON; `None` for a row, whose id says it.
    pub(super) source: Option<String>,
    pub(super) row: Option<i64>,
    pub(super) group: Option<i64>,
    pub(super) images: Option<Value>,
}

/// Returns the images that the next work item shows, as they are part of its exact task.
pub(super) fn images_of(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    tally: &mut PlanTally,
    fields: Option<&[Field]>,
    group: Option<(&str, i64)>,
) -> Result<Option<Value>, ContextError> {
    let Some(plan) = &request.images else { return Ok(None) };
    let row = fields.map(|fields| TemplateRow::of_fields(request.columns, fields));
    let group = group.map(|(key, rows)| TemplateGroup::new(key, usize::try_from(rows).unwrap_or(usize::MAX)));
    let images = plan.of_item(tx, ctx, &mut tally.images, tally.position, row.as_ref(), group.as_ref())?;
    Ok(images.to_value())
}

/// Adds the next work item: to the scratch table if the plan is merged later, otherwise directly.
pub(super) fn insert(
    tx: &Transaction<'_>,
    request: &PlanRequest<'_>,
    tally: &mut PlanTally,
    work_id: WorkId,
    from: &PlannedSource,
    input_id: InputId,
) -> Result<(), ContextError> {
    let cache_id = cache_id(work_id, input_id, request.task_id, request.repeat);
    if tally.known {
        sql::PLAN_INSERT_PLANNED.execute(
            tx,
            &[
                (":position", &tally.position),
                (":work_id", &work_id),
                (":source_kind", &from.kind),
                (":source", &from.source),
                (":input_row", &from.row),
                (":row_group", &from.group),
                (":images", &from.images),
                (":cache_id", &cache_id),
            ],
        )?;
    } else {
        let made_of = from.source.as_deref();
        let work_item =
            insert_work_item(tx, work_id, (request.step, from.kind), from.row.filter(|_| made_of.is_none()), made_of)?;
        standing::insert(
            tx,
            &NewStanding {
                work_item,
                step: request.step,
                input_row: from.row,
                row_group: from.group,
                position: tally.position,
                path: None,
                item: None,
                images: from.images.as_ref(),
                task: request.task,
                cache_id: Some(cache_id),
                round: Some(request.floor).filter(|round| *round > 0),
                sample: 1,
                status: WorkStatus::Pending,
                reason: None,
                open_sources: 0,
                // `plan` sets this for all of them at the end.
                handed_on: standing::HANDED_ON,
            },
        )?;
    }
    tally.position += 1;
    Ok(())
}

/// Adds a work item of a step, for all variants of the step; returns its rowid. One that is made of a row refers to
/// that row; any other keeps its `source`, in canonical JSON.
pub fn insert_work_item(
    tx: &Connection,
    work_id: WorkId,
    (step, kind): (i64, SourceKind),
    row: Option<i64>,
    source: Option<&str>,
) -> rusqlite::Result<i64> {
    sql::PLAN_INSERT_ITEM.insert(
        tx,
        &[
            (":work_id", &work_id),
            (":step", &step),
            (":source_kind", &kind),
            (":input_row", &row),
            (":source", &source),
        ],
    )
}
