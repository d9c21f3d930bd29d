//! Rows become work items, with or without the context of their group.

use rusqlite::Transaction;

use super::asked::{self, AskedGroup};
use super::ids::{Identity, group_identity, row_source, work_id};
use super::items::{PlannedSource, images_of, insert};
use super::request::PlanRequest;
use super::tally::PlanTally;
use crate::prompt::TemplateRow;
use crate::record::{GroupContextId, RowId, SourceKind};
use crate::stage::StageContext;
use crate::stage::context_error::ContextError;
use crate::stage::ingest::read_typed_fields;
use crate::store::sql;

/// Makes each row a work item.
pub(super) fn plan_rows(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    tally: &mut PlanTally,
) -> Result<(), ContextError> {
    let columns = &request.dataset.columns;
    let sorted = request.dataset.seen_columns(request.reads_lines);
    let identity = Identity { keyed: request.keyed, columns, sorted: &sorted };
    let mut buffer = Vec::new();
    sql::PLAN_ROWS.each(tx, &[(":dataset", &request.dataset.id)], |row| {
        let row_id: RowId = row.get("row_id")?;
        let source = row_source(row_id);
        let work_id = work_id(request.step_name, &source);
        let needed = request.keyed || request.context.is_some() || request.images.is_some() || request.asked.is_some();
        let fields = if needed { read_typed_fields(row)? } else { Vec::new() };
        let images = images_of(tx, ctx, request, tally, Some(&fields), None)?;
        let input_id = identity.of_row(row_id, &fields, None, images.as_ref(), &mut buffer);
        if let Some(context) = request.context {
            let built = context.row_context(&TemplateRow::of_fields(request.columns, &fields)).map_err(|source| {
                let subject = format!("row {}", row.get::<_, i64>("row_index").unwrap_or_default() + 1);
                ContextError::Prompt { subject, source: Box::new(source) }
            })?;
            tally.note_truncations(tx, ctx, &work_id.to_string(), &built)?;
            if fields.iter().all(|field| field.text.is_empty()) {
                ctx.anomaly(tx, "empty_row", Some(&work_id.to_string()), "every field of the row is empty")?;
            }
        }
        asked::count(tx, request, Some(&fields), None, images.as_ref())?;
        let from =
            PlannedSource { kind: SourceKind::Row, source: None, row: Some(row.get("id")?), group: None, images };
        insert(tx, request, tally, work_id, &from, input_id)
    })
}

/// Makes each row a work item that sees the group which [`super::groups`] has recorded for it.
pub(super) fn plan_rows_with_group(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    column: usize,
    first_group: i64,
    tally: &mut PlanTally,
) -> Result<(), ContextError> {
    let columns = &request.dataset.columns;
    let sorted = request.dataset.seen_columns(request.reads_lines);
    let identity = Identity { keyed: request.keyed, columns, sorted: &sorted };
    let mut buffer = Vec::new();
    let column = i64::try_from(column).unwrap_or(i64::MAX);
    sql::PLAN_ROWS_WITH_GROUP.each(
        tx,
        &[(":dataset", &request.dataset.id), (":column", &column), (":first_group", &first_group)],
        |row| {
            let row_id: RowId = row.get("row_id")?;
            let key: String = row.get("group_key")?;
            let row_count = row.get("row_count")?;
            let context: GroupContextId = row.get("group_context_id")?;
            let group = group_identity(context, &key, row_count);
            let needed = request.keyed || request.images.is_some() || request.asked.is_some();
            let fields = if needed { read_typed_fields(row)? } else { Vec::new() };
            let images = images_of(tx, ctx, request, tally, Some(&fields), Some((&key, row_count)))?;
            let input_id = identity.of_row(row_id, &fields, Some(group), images.as_ref(), &mut buffer);
            let shown = context.to_string();
            let asked_group = AskedGroup { context: &shown, key: &key, rows: row_count };
            asked::count(tx, request, Some(&fields), Some(asked_group), images.as_ref())?;
            let source = row_source(row_id);
            let work_id = work_id(request.step_name, &source);
            let from = PlannedSource {
                kind: SourceKind::Row,
                source: None,
                row: Some(row.get("id")?),
                group: Some(row.get("row_group")?),
                images,
            };
            insert(tx, request, tally, work_id, &from, input_id)
        },
    )
}
