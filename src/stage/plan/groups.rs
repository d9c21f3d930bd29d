//! Rows are grouped by the value of a column, and each group gets its context.

use std::sync::Arc;

use rusqlite::Transaction;
use serde_json::json;

use super::asked::{self, AskedGroup};
use super::ids::{group_identity, group_input_id, group_source, work_id};
use super::items::{PlannedSource, images_of, insert};
use super::request::PlanRequest;
use super::tally::PlanTally;
use crate::prompt::{ContextBuilder, RenderedContext, TemplateRow};
use crate::record::{GroupContextId, SourceKind};
use crate::stage::context_error::ContextError;
use crate::stage::ingest::read_typed_fields;
use crate::stage::{StageContext, share_text};
use crate::store::sql;

/// Records the groups of the data set; returns the rowid of the first. With `as_items`, each becomes a work item.
pub(super) fn plan_groups(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    column: usize,
    as_items: bool,
    tally: &mut PlanTally,
) -> Result<i64, ContextError> {
    let first_group: i64 = sql::PLAN_NEXT_GROUP.row(tx, &[], |row| row.get("id"))?;
    let keep = request.context.map_or(0, ContextBuilder::max_rows);
    let mut current: Option<GroupRows> = None;
    let column = i64::try_from(column).unwrap_or(i64::MAX);
    sql::PLAN_ROWS_BY_GROUP.each::<ContextError>(
        tx,
        &[(":dataset", &request.dataset.id), (":column", &column)],
        |row| {
            let key = row.get_ref("group_key")?.as_str().map_err(rusqlite::Error::from)?;
            if current.as_ref().is_none_or(|group| group.key != key) {
                let total: i64 = row.get("row_count")?;
                let next = GroupRows { key: key.to_owned(), total: total.unsigned_abs(), rows: Vec::new() };
                if let Some(group) = current.replace(next) {
                    finish_group(tx, ctx, request, &group, as_items, tally)?;
                }
            }
            if let Some(group) = &mut current
                && group.rows.len() < keep
            {
                group.rows.push(TemplateRow::of_fields(request.columns, &read_typed_fields(row)?));
            }
            Ok(())
        },
    )?;
    if let Some(group) = current {
        finish_group(tx, ctx, request, &group, as_items, tally)?;
    }
    Ok(first_group)
}

/// A group while its rows are read.
struct GroupRows {
    key: String,
    /// How many rows it has.
    total: u64,
    /// Those of them that its context may hold.
    rows: Vec<Arc<TemplateRow>>,
}

/// Records a group with its context, once its rows are read.
fn finish_group(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    group: &GroupRows,
    as_item: bool,
    tally: &mut PlanTally,
) -> Result<(), ContextError> {
    let built = request.context.map(|builder| build_context(builder, group)).transpose()?;
    let (text, included) = built.as_ref().map_or(("", 0), |it| (it.text.as_str(), it.rows_included));
    let context = share_text(tx, text)?;
    let group_context_id = GroupContextId::of(&[json!(text)]);
    let row_count = i64::try_from(group.total).unwrap_or(i64::MAX);
    let row_group = sql::PLAN_INSERT_GROUP.insert(
        tx,
        &[
            (":dataset", &request.dataset.id),
            (":group_context_id", &group_context_id),
            (":group_key", &group.key),
            (":row_count", &row_count),
            (":included_rows", &i64::try_from(included).unwrap_or(i64::MAX)),
            (":context", &context),
        ],
    )?;
    tally.groups += 1;
    note_oddities(tx, ctx, group, built.as_ref(), tally)?;
    if as_item {
        let source = group_source(&group.key);
        let work_id = work_id(request.step_name, &source);
        let images = images_of(tx, ctx, request, tally, None, Some((&group.key, row_count)))?;
        let input_id = group_input_id(group_identity(group_context_id, &group.key, row_count), images.as_ref());
        let from =
            PlannedSource { kind: SourceKind::Group, source: Some(source), row: None, group: Some(row_group), images };
        let context = group_context_id.to_string();
        let group = AskedGroup { context: &context, key: &group.key, rows: row_count };
        asked::count(tx, request, None, Some(group), from.images.as_ref())?;
        insert(tx, request, tally, work_id, &from, input_id)?;
    }
    Ok(())
}

fn build_context(builder: &ContextBuilder, group: &GroupRows) -> Result<RenderedContext, ContextError> {
    let total = usize::try_from(group.total).unwrap_or(usize::MAX);
    builder
        .group_context(&group.key, total, group.rows.iter().cloned())
        .map_err(|source| ContextError::Prompt { subject: format!("group `{}`", group.key), source: Box::new(source) })
}

/// Records what is odd about a group as anomalies, and counts it.
fn note_oddities(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    group: &GroupRows,
    built: Option<&RenderedContext>,
    tally: &mut PlanTally,
) -> rusqlite::Result<()> {
    if group.key.is_empty() {
        ctx.anomaly(tx, "empty_group_key", None, &format!("{} rows have no value to group by", group.total))?;
    }
    if let Some(built) = built {
        tally.note_truncations(tx, ctx, &group.key, built)?;
        let left_out = group.total.saturating_sub(built.rows_included as u64);
        tally.grouped += group.total;
        if left_out > 0 {
            tally.left_out += left_out;
            tally.above_max += group.total.saturating_sub(group.rows.len() as u64);
            let detail = format!("{left_out} of {} rows are not in the context", group.total);
            ctx.anomaly(tx, "group_cut", Some(&group.key), &detail)?;
        }
    }
    Ok(())
}
