//! What a plan counts while it is made, and what it records as odd.

use rusqlite::Transaction;

use super::images::ImageCounts;
use super::request::{PlanRequest, PlanUnit};
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
    /// Those of them that are whole contexts.
    pub(super) contexts_cut: u64,
    /// The rows of all groups.
    pub(super) grouped: u64,
    /// Those of them that are missing from the contexts of their groups.
    pub(super) left_out: u64,
    /// Those of these that are above the most rows of a context; the others do not fit into its characters.
    pub(super) above_max: u64,
    pub(super) images: ImageCounts,
}

impl PlanTally {
    /// What contexts leave out, for people.
    pub(super) fn notes(&self, request: &PlanRequest<'_>) -> Vec<String> {
        let mut notes = Vec::new();
        if self.left_out > 0 {
            let (max, chars) = ("`grouping.max_rows_per_group`", "`context.max_context_chars`");
            let keys = match (self.above_max, self.left_out - self.above_max) {
                (0, _) => chars.to_owned(),
                (_, 0) => max.to_owned(),
                (above, longer) => format!("{max}: {above}, {chars}: {longer}"),
            };
            notes.push(format!(
                "contexts leave out {} of {} rows, which the model does not see there ({keys})",
                self.left_out, self.grouped
            ));
        }
        let values = self.truncated - self.contexts_cut;
        if values > 0 {
            let key = "`context.truncate_field_chars`";
            notes.push(format!("contexts show only the beginning of {values} values ({key})"));
        }
        if self.contexts_cut > 0 {
            let of = if matches!(request.grouping, PlanUnit::Rows) { "row's" } else { "group's first row's" };
            let key = "`context.max_context_chars`";
            notes.push(format!("{} contexts show only the beginning of their {of} text ({key})", self.contexts_cut));
        }
        notes
    }

    /// Records each cut in a context as an anomaly, and counts it.
    pub(super) fn note_truncations(
        &mut self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        subject: &str,
        built: &RenderedContext,
    ) -> rusqlite::Result<()> {
        note_truncations(tx, ctx, subject, built)?;
        self.truncated += built.truncations.len() as u64 + u64::from(built.cut.is_some());
        self.contexts_cut += u64::from(built.cut.is_some());
        Ok(())
    }
}

fn note_truncations(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    subject: &str,
    built: &RenderedContext,
) -> rusqlite::Result<()> {
    for cut in &built.truncations {
        let detail = format!("`{}`: {} of {} characters are shown", cut.column, cut.shown, cut.chars);
        ctx.anomaly(tx, "truncated", Some(subject), &detail)?;
    }
    if let Some(cut) = &built.cut {
        let detail = format!("the context: {} of {} characters are shown", cut.shown, cut.chars);
        ctx.anomaly(tx, "truncated", Some(subject), &detail)?;
    }
    Ok(())
}
