//! What a plan counts while it is made, and what it records as odd.

use rusqlite::Transaction;

use super::images::ImageCounts;
use crate::prompt::RenderedContext;
use crate::stage::StageContext;

/// What a plan has counted so far.
#[derive(Default)]
pub(super) struct PlanTally {
    /// Whether the run file has work items of the step, so that the plan has to be merged.
    pub(super) known: bool,
    /// The plan position of the next work item.
    pub(super) position: i64,
    pub(super) groups: i64,
    /// Fields and contexts that were cut.
    pub(super) truncated: u64,
    /// Rows that are missing from the contexts of their groups.
    pub(super) left_out: u64,
    pub(super) images: ImageCounts,
}

/// Records each cut in a context as an anomaly; returns how many there are.
pub(super) fn note_truncations(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    subject: &str,
    built: &RenderedContext,
) -> rusqlite::Result<u64> {
    for cut in &built.truncations {
        let detail = format!("`{}`: {} of {} characters are shown", cut.column, cut.shown, cut.chars);
        ctx.anomaly(tx, "truncated", Some(subject), &detail)?;
    }
    if let Some(cut) = &built.cut {
        let detail = format!("the context: {} of {} characters are shown", cut.shown, cut.chars);
        ctx.anomaly(tx, "truncated", Some(subject), &detail)?;
    }
    Ok(built.truncations.len() as u64 + u64::from(built.cut.is_some()))
}
