//! `plan`: rows become work items, row by row or by group, and every work item meets what the record holds of it.
//!
//! Where the record has work items already, the plan is put together in a scratch table and merged into them with one
//! statement a question: which are new, which have moved, which have another exact task now, which the record answers.

mod ids;
mod images;
mod settle;

use std::sync::Arc;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::ingest::{Dataset, read_fields, sorted_columns};
use super::standing::{self, New};
use super::{StageContext, Summary, share_text};
use crate::prompt::{Columns, Context, ContextBuilder, Group, PromptError, Row};
use crate::record::{GroupContextId, InputId, RowId, SourceKind, TaskId, WorkId, WorkStatus};
use crate::store::sql;
use images::Seen;
use settle::{Merged, merge};

pub use ids::{Identity, cache_id, group_identity, group_input_id, group_source, row_source, work_id};
pub use images::{ImageFault, ImagePlan, ImageSource, images_unchanged};
pub use settle::{Reopening, force, settle_with_record};

/// What becomes a work item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Each row.
    Rows,
    /// Each group of rows that share a value of the column (by position).
    Groups(usize),
    /// Each row, with the context of its group.
    RowsWithGroup(usize),
}

/// What the plan is made for.
#[derive(Debug)]
pub struct PlanRequest<'a> {
    /// The step's rowid.
    pub step: i64,
    /// The step's name.
    pub step_name: &'a str,
    /// The task's rowid.
    pub task: i64,
    /// The task.
    pub task_id: TaskId,
    /// The rows.
    pub dataset: &'a Dataset,
    /// Their columns, as templates see them.
    pub columns: &'a Arc<Columns>,
    /// Whether a column gives rows their identity; then their other fields are part of their exact task.
    pub keyed: bool,
    /// What becomes a work item.
    pub grouping: Grouping,
    /// How contexts are built; `None` where no prompt uses one.
    pub context: Option<&'a ContextBuilder>,
    /// Which images are shown; `None` where no prompt shows one.
    pub images: Option<ImagePlan<'a>>,
    /// The round before which nothing that was tried counts; 0 where there is none.
    pub floor: i64,
    /// Whether other steps take from this one.
    pub is_followed: bool,
}

impl PlanRequest<'_> {
    /// Where what is made from a new work item stands: there is nothing yet.
    fn handed_on(&self) -> i64 {
        if self.is_followed { standing::NOT_HANDED_ON } else { standing::HANDED_ON }
    }
}

/// Why there is no plan. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A context could not be rendered.
    #[error("cannot build the context of {subject}: {source}")]
    Context {
        /// The row or group.
        subject: String,
        /// What the template says.
        #[source]
        source: Box<PromptError>,
    },
    /// The record did not take it.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

/// How many work items stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub planned: u64,
    /// Not decided.
    pub pending: u64,
    /// With an output.
    pub accepted: u64,
    /// With valid answers that did not pass.
    pub rejected: u64,
    /// Without a valid answer.
    pub failed: u64,
    /// Left out by the configuration.
    pub skipped: u64,
    /// Waiting for what was not accepted.
    pub blocked: u64,
}

impl Counts {
    /// The counts as a manifest keeps them.
    #[must_use]
    pub fn to_value(self) -> Value {
        json!({
            "planned": self.planned, "pending": self.pending, "accepted": self.accepted, "rejected": self.rejected,
            "failed": self.failed, "skipped": self.skipped, "blocked": self.blocked,
        })
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            planned: self.planned + other.planned,
            pending: self.pending + other.pending,
            accepted: self.accepted + other.accepted,
            rejected: self.rejected + other.rejected,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            blocked: self.blocked + other.blocked,
        }
    }

    /// Whether planned = accepted + rejected + failed + skipped + blocked + pending.
    #[must_use]
    pub fn conserved(self) -> bool {
        self.planned == self.pending + self.accepted + self.rejected + self.failed + self.skipped + self.blocked
    }
}

/// Counts the work items of the current plan.
pub fn count(tx: &rusqlite::Connection, step: i64) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    sql::PLAN_COUNT.each::<rusqlite::Error>(tx, &[(":step", &step)], |row| {
        let items = row.get::<_, i64>("items")?.unsigned_abs();
        counts.planned += items;
        match row.get::<_, WorkStatus>("status")? {
            WorkStatus::Pending => counts.pending = items,
            WorkStatus::Accepted => counts.accepted = items,
            WorkStatus::Rejected => counts.rejected = items,
            WorkStatus::Failed => counts.failed = items,
            WorkStatus::Skipped => counts.skipped = items,
            WorkStatus::Blocked => counts.blocked = items,
        }
        Ok(())
    })?;
    Ok(counts)
}

/// Makes the plan and merges it into the work items.
pub fn plan(tx: &Transaction<'_>, ctx: &StageContext<'_>, request: &PlanRequest<'_>) -> Result<Summary, PlanError> {
    sql::PLAN_DROP_PLANNED.execute(tx, &[])?;
    sql::PLAN_CREATE_PLANNED.execute(tx, &[])?;
    sql::PLAN_DROP_IMAGE_READ.execute(tx, &[])?;
    sql::PLAN_CREATE_IMAGE_READ.execute(tx, &[])?;
    let known = sql::PLAN_ANY_KNOWN.row(tx, &[(":step", &request.step)], |row| row.get("known"))?;
    let mut tally = Tally { known, ..Tally::default() };
    // Digests come in no order: into an index that is there each of them dirties a page of its own.
    let is_first = !sql::PLAN_ANY_ITEM.row(tx, &[], |row| row.get::<_, bool>("any"))?;
    if is_first {
        tx.execute_batch(sql::PLAN_DROP_INDEX.text)?;
    }
    match request.grouping {
        Grouping::Rows => plan_rows(tx, ctx, request, &mut tally)?,
        Grouping::Groups(column) => {
            plan_groups(tx, ctx, request, column, true, &mut tally)?;
        }
        Grouping::RowsWithGroup(column) => {
            let first_group = plan_groups(tx, ctx, request, column, false, &mut tally)?;
            plan_rows_with_group(tx, ctx, request, column, first_group, &mut tally)?;
        }
    }
    sql::PLAN_DROP_IMAGE_READ.execute(tx, &[])?;
    if is_first {
        tx.execute_batch(sql::PLAN_CREATE_INDEX.text)?;
    }
    let merged = if known { merge(tx, request)? } else { Merged::all_new(tally.position) };
    if !known && request.is_followed {
        // Not with each insert: with one index more, an insert that splits a page in all of them changes more than
        // 64 KiB. That moves SQLite's statement journal to a file, and all later statements of the transaction write
        // their pages to it.
        sql::STANDING_HAND_ON_AGAIN.execute(tx, &[(":parents", &json!([request.step]))])?;
    }
    let mut counts = json!({
        "work_items": tally.position, "groups": tally.groups, "truncated": tally.truncated,
        "rows_left_out_of_contexts": tally.left_out, "new": merged.new, "changed": merged.changed,
        "gone": merged.gone, "status": count(tx, request.step)?.to_value(),
    });
    if request.images.is_some() {
        counts["images"] = json!(tally.seen.shown);
        counts["image_problems"] = json!(tally.seen.problems);
    }
    Ok(Summary { inputs: Value::Null, outputs: json!({"task_id": request.task_id.to_string()}), counts })
}

#[derive(Default)]
struct Tally {
    /// Whether the record has work items of the step at all; else the plan need not be merged into it.
    known: bool,
    position: i64,
    groups: i64,
    truncated: u64,
    left_out: u64,
    seen: Seen,
}

fn plan_rows(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    tally: &mut Tally,
) -> Result<(), PlanError> {
    let columns = &request.dataset.columns;
    let sorted = sorted_columns(columns);
    let identity = Identity { keyed: request.keyed, columns, sorted: &sorted };
    let mut buffer = Vec::new();
    sql::PLAN_ROWS.each(tx, &[(":dataset", &request.dataset.id)], |row| {
        let row_id: RowId = row.get("row_id")?;
        let source = row_source(row_id);
        let work_id = work_id(request.step_name, &source);
        let needed = request.keyed || request.context.is_some() || request.images.is_some();
        let fields = if needed { read_fields(row)? } else { Vec::new() };
        let images = images_of(tx, ctx, request, tally, Some(&fields), None)?;
        let input_id = identity.of_row(row_id, &fields, None, images.as_ref(), &mut buffer);
        if let Some(context) = request.context {
            let built = context.row_context(&Row::new(request.columns, &fields)).map_err(|source| {
                let subject = format!("row {}", row.get::<_, i64>("row_index").unwrap_or_default() + 1);
                PlanError::Context { subject, source: Box::new(source) }
            })?;
            tally.truncated += note_truncations(tx, ctx, &work_id.to_string(), &built)?;
            if fields.iter().all(String::is_empty) {
                ctx.anomaly(tx, "empty_row", Some(&work_id.to_string()), "every field of the row is empty")?;
            }
        }
        let from =
            PlannedSource { kind: SourceKind::Row, source: None, row: Some(row.get("id")?), group: None, images };
        insert(tx, request, tally, work_id, &from, input_id)
    })
}

/// Records the groups of the data set; returns the rowid of the first. With `as_items` each is a work item.
fn plan_groups(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    column: usize,
    as_items: bool,
    tally: &mut Tally,
) -> Result<i64, PlanError> {
    let first_group: i64 = sql::PLAN_NEXT_GROUP.row(tx, &[], |row| row.get("id"))?;
    let keep = request.context.map_or(0, ContextBuilder::max_rows);
    let mut current: Option<GroupRows> = None;
    let column = i64::try_from(column).unwrap_or(i64::MAX);
    sql::PLAN_ROWS_BY_GROUP.each::<PlanError>(
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
                group.rows.push(Row::new(request.columns, read_fields(row)?));
            }
            Ok(())
        },
    )?;
    if let Some(group) = current {
        finish_group(tx, ctx, request, &group, as_items, tally)?;
    }
    Ok(first_group)
}

/// The rows of a group that its context may hold.
struct GroupRows {
    key: String,
    total: u64,
    rows: Vec<Arc<Row>>,
}

fn finish_group(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    group: &GroupRows,
    as_item: bool,
    tally: &mut Tally,
) -> Result<(), PlanError> {
    let built = match request.context {
        Some(builder) => Some(
            builder
                .group_context(
                    &group.key,
                    usize::try_from(group.total).unwrap_or(usize::MAX),
                    group.rows.iter().cloned(),
                )
                .map_err(|source| PlanError::Context {
                    subject: format!("group `{}`", group.key),
                    source: Box::new(source),
                })?,
        ),
        None => None,
    };
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
    if group.key.is_empty() {
        ctx.anomaly(tx, "empty_group_key", None, &format!("{row_count} rows have no value to group by"))?;
    }
    if let Some(built) = &built {
        tally.truncated += note_truncations(tx, ctx, &group.key, built)?;
        let left_out = group.total.saturating_sub(built.rows_included as u64);
        if left_out > 0 {
            tally.left_out += left_out;
            let detail = format!("{left_out} of {} rows are not in the context", group.total);
            ctx.anomaly(tx, "group_cut", Some(&group.key), &detail)?;
        }
    }
    if as_item {
        let source = group_source(&group.key);
        let work_id = work_id(request.step_name, &source);
        let images = images_of(tx, ctx, request, tally, None, Some((&group.key, row_count)))?;
        let input_id = group_input_id(group_identity(group_context_id, &group.key, row_count), images.as_ref());
        let from =
            PlannedSource { kind: SourceKind::Group, source: Some(source), row: None, group: Some(row_group), images };
        insert(tx, request, tally, work_id, &from, input_id)?;
    }
    Ok(())
}

fn plan_rows_with_group(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    column: usize,
    first_group: i64,
    tally: &mut Tally,
) -> Result<(), PlanError> {
    let columns = &request.dataset.columns;
    let sorted = sorted_columns(columns);
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
            let group = group_identity(row.get("group_context_id")?, &key, row_count);
            let fields = if request.keyed || request.images.is_some() { read_fields(row)? } else { Vec::new() };
            let images = images_of(tx, ctx, request, tally, Some(&fields), Some((&key, row_count)))?;
            let input_id = identity.of_row(row_id, &fields, Some(group), images.as_ref(), &mut buffer);
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

struct PlannedSource {
    kind: SourceKind,
    /// What its id is made of beside its step, in canonical form; `None` for a row, whose id says it.
    source: Option<String>,
    row: Option<i64>,
    group: Option<i64>,
    images: Option<Value>,
}

/// The images that the next work item shows, as its exact task is made of them.
fn images_of(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
    tally: &mut Tally,
    fields: Option<&[String]>,
    group: Option<(&str, i64)>,
) -> Result<Option<Value>, PlanError> {
    let Some(plan) = &request.images else { return Ok(None) };
    let row = fields.map(|fields| Row::new(request.columns, fields));
    let group = group.map(|(key, rows)| Group::new(key, usize::try_from(rows).unwrap_or(usize::MAX)));
    let images = plan.of_item(tx, ctx, &mut tally.seen, tally.position, row.as_ref(), group.as_ref())?;
    Ok(images.to_value())
}

fn insert(
    tx: &Transaction<'_>,
    request: &PlanRequest<'_>,
    tally: &mut Tally,
    work_id: WorkId,
    from: &PlannedSource,
    input_id: InputId,
) -> Result<(), PlanError> {
    let cache_id = cache_id(work_id, input_id, request.task_id);
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
            &New {
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
                // All of them are handed on at the end.
                handed_on: standing::HANDED_ON,
            },
        )?;
    }
    tally.position += 1;
    Ok(())
}

/// Adds a work item of a step; returns its rowid. A row is known by the row that it was first made for, anything else
/// by what it is made of, in canonical form.
pub fn insert_work_item(
    tx: &rusqlite::Connection,
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

fn note_truncations(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    subject: &str,
    built: &Context,
) -> rusqlite::Result<u64> {
    for cut in &built.truncations {
        let detail = format!("`{}`: {} of {} characters are shown", cut.column, cut.kept, cut.chars);
        ctx.anomaly(tx, "truncated", Some(subject), &detail)?;
    }
    if let Some(cut) = &built.cut {
        let detail = format!("the context: {} of {} characters are shown", cut.kept, cut.chars);
        ctx.anomaly(tx, "truncated", Some(subject), &detail)?;
    }
    Ok(built.truncations.len() as u64 + u64::from(built.cut.is_some()))
}
