//! `plan`: rows become work items, one for each row or one for each group, and the run file answers those that it can.
//!
//! If a step has no work items yet, they are inserted directly. Otherwise the plan is made in a scratch table and
//! merged, with one statement for each question: which work items are new, which have moved, which have another exact
//! task now.
//!
//! - [`plan()`] makes the plan from a [`PlanRequest`], over `rows` and `groups`, with `items`, `images`, `asked` and
//!   `tally`;
//! - [`admit_row`] plans a single row while others are worked on;
//! - [`settle_with_record`] lets recorded answers and decisions count, and [`force`] opens everything again;
//! - `ids` says what work items and exact tasks are made of; [`Counts`] is how many work items have which status.
//!
//! Image files are read through a function that the caller passes in; apart from that there is no I/O beyond
//! statements.

mod admit;
mod asked;
mod counts;
mod groups;
mod ids;
mod images;
mod items;
mod request;
mod rows;
mod settle;
mod tally;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::{ManifestContent, StageContext};
use crate::stage::context_error::ContextError;
use crate::store::sql;
use groups::plan_groups;
use rows::{plan_rows, plan_rows_with_group};
use settle::{Merged, merge};
use tally::PlanTally;

pub use admit::{RowItem, admit_row, open_for, row_item};
pub use counts::{Counts, count, count_before};
pub use ids::{Identity, cache_id, group_identity, group_input_id, work_id};
pub use images::{ImageFault, ImagePlan, ImageSource, images_unchanged};
pub use items::insert_work_item;
pub use request::{AskedOf, PlanRequest, PlanUnit};
pub use settle::{Reopening, force, settle_with_record};

/// Makes the plan of a step and merges it into the work items of the run file.
pub fn plan(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &PlanRequest<'_>,
) -> Result<ManifestContent, ContextError> {
    sql::PLAN_DROP_PLANNED.execute(tx, &[])?;
    sql::PLAN_CREATE_PLANNED.execute(tx, &[])?;
    sql::PLAN_DROP_IMAGE_READ.execute(tx, &[])?;
    sql::PLAN_CREATE_IMAGE_READ.execute(tx, &[])?;
    let known = sql::PLAN_ANY_KNOWN.row(tx, &[(":step", &request.step)], |row| row.get("known"))?;
    let mut tally = PlanTally { known, ..PlanTally::default() };
    // Digests come in random order, so each insert into an existing index would write a page of its own: for the first
    // plan the index is built afterwards.
    let is_first = !sql::PLAN_ANY_ITEM.row(tx, &[], |row| row.get::<_, bool>("any"))?;
    if is_first {
        tx.execute_batch(sql::PLAN_DROP_INDEX.text)?;
    }
    asked::begin(tx, request)?;
    match request.grouping {
        PlanUnit::Rows => plan_rows(tx, ctx, request, &mut tally)?,
        PlanUnit::Groups(column) => {
            plan_groups(tx, ctx, request, column, true, &mut tally)?;
        }
        PlanUnit::RowsWithGroup(column) => {
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
        // Not with each insert: with one more index, an insert that splits a page in all of them changes more than
        // 64 KiB. That moves SQLite's statement journal to a file, to which all later statements of the transaction
        // then write their pages.
        sql::STANDING_HAND_ON_AGAIN.execute(tx, &[(":parents", &json!([request.step]))])?;
    }
    let mut counts = json!({
        "work_items": tally.position, "groups": tally.groups, "truncated": tally.truncated,
        "rows_left_out_of_contexts": tally.left_out, "new": merged.new, "changed": merged.changed,
        "gone": merged.gone, "status": count(tx, request.step)?.to_value(),
    });
    if merged.moved > 0 {
        counts["moved"] = json!(merged.moved);
    }
    if request.images.is_some() {
        counts["images"] = json!(tally.images.shown);
        counts["image_problems"] = json!(tally.images.problems);
    }
    let mut notes = tally.notes(request);
    if let Some(requests) = asked::end(tx, request)? {
        (counts["different"], counts["requests"]) = (json!(requests.0), json!(requests.1));
        if let Some(note) = asked::note(request, requests) {
            ctx.anomaly(tx, note.kind, None, &note.text)?;
            notes.push(note.text);
        }
    }
    if !notes.is_empty() {
        counts["notes"] = json!(notes);
    }
    Ok(ManifestContent { inputs: Value::Null, outputs: json!({"task_id": request.task_id.to_string()}), counts })
}
