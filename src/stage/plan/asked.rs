//! How many different requests a plan comes to, where prompts do not show the whole of a row: rows with an equal
//! request share one answer, which is right for equal rows and may surprise for others.
//!
//! What a first request is made of is compared by hash, without rendering it, in a scratch table, so that memory does
//! not grow with the rows.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::Arc;

use rusqlite::Transaction;
use serde_json::Value;

use super::request::{AskedOf, PlanRequest, PlanUnit};
use crate::prompt::{TemplateColumns, TemplateGroup, TemplateRow, Vars};
use crate::record::{Field, thousands};
use crate::store::sql;

/// A group, as requests show it.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskedGroup<'a> {
    /// The id of its context.
    pub(super) context: &'a str,
    pub(super) key: &'a str,
    pub(super) rows: i64,
}

/// Makes the scratch table, if requests are counted.
pub(super) fn begin(tx: &Transaction<'_>, request: &PlanRequest<'_>) -> rusqlite::Result<()> {
    if request.asked.is_some() {
        sql::PLAN_DROP_ASKED.execute(tx, &[])?;
        sql::PLAN_CREATE_ASKED.execute(tx, &[])?;
    }
    Ok(())
}

/// Counts the next work item: its fields, if it is made of a row, its group and its images.
pub(super) fn count(
    tx: &Transaction<'_>,
    request: &PlanRequest<'_>,
    fields: Option<&[Field]>,
    group: Option<AskedGroup<'_>>,
    images: Option<&Value>,
) -> rusqlite::Result<()> {
    let Some(asked) = &request.asked else { return Ok(()) };
    if !is_met(asked, request.columns, fields, group) {
        return Ok(());
    }
    let shown = fields.map(|fields| asked.columns.iter().filter_map(|at| fields.get(*at)).collect::<Vec<_>>());
    let key = group.filter(|_| asked.group).map(|it| (it.key, it.rows));
    let context = group.filter(|_| asked.context).map(|it| it.context);
    let source = match fields {
        Some(fields) => hash(&fields),
        None => hash(&group.map(|it| it.key)),
    };
    let question = hash(&(shown, key, context, images.map(Value::to_string)));
    sql::PLAN_INSERT_ASKED.execute(tx, &[(":source", &source), (":request", &question)]).map(|_| ())
}

/// How many different rows or groups there are, and how many different requests; drops the scratch table. `None` if
/// they were not counted.
pub(super) fn end(tx: &Transaction<'_>, request: &PlanRequest<'_>) -> rusqlite::Result<Option<(u64, u64)>> {
    if request.asked.is_none() {
        return Ok(None);
    }
    let counts = sql::PLAN_COUNT_ASKED.row(tx, &[], |row| {
        let count = |name: &str| row.get::<_, i64>(name).map(i64::unsigned_abs);
        Ok((count("sources")?, count("requests")?))
    })?;
    sql::PLAN_DROP_ASKED.execute(tx, &[])?;
    Ok(Some(counts))
}

/// What is to be said of a plan whose work items share requests.
pub(super) fn note(request: &PlanRequest<'_>, (sources, requests): (u64, u64)) -> Option<SharedNote> {
    let is_group = matches!(request.grouping, PlanUnit::Groups(_));
    let (what, one) = if is_group { ("groups", "group") } else { ("rows", "row") };
    let asked = request.asked.as_ref()?;
    let is_blind = asked.columns.is_empty() && !asked.group && !asked.context && request.images.is_none();
    let hint = if is_group { "`{{ context }}`" } else { "`{{ row.COLUMN }}` or `{{ context }}`" };
    (requests < sources).then(|| {
        if is_blind {
            let sources = thousands(sources);
            let text = format!(
                "the prompt shows nothing of its {one}: all {sources} {what} come to one request, and share its answer. \
                 Show them, as in {hint} (placeholders in single braces need `prompts.syntax: braces`); \
                 `cache.share: false` asks the same for each"
            );
            return SharedNote { kind: "prompt_shows_nothing", text };
        }
        let sources = thousands(sources);
        let requests = match requests {
            1 => "1 request".to_owned(),
            count => format!("{} different requests", thousands(count)),
        };
        let text = format!(
            "{sources} different {what} come to {requests}, and {what} with an equal request share \
             one answer: `cache.share: false` asks for each"
        );
        SharedNote { kind: "shared_requests", text }
    })
}

/// What is to be said of requests that are shared.
pub(super) struct SharedNote {
    /// The kind of the anomaly.
    pub(super) kind: &'static str,
    pub(super) text: String,
}

/// Whether a work item meets the step's condition. One for which it cannot be told asks nothing either.
fn is_met(
    asked: &AskedOf<'_>,
    columns: &Arc<TemplateColumns>,
    fields: Option<&[Field]>,
    group: Option<AskedGroup<'_>>,
) -> bool {
    let Some(when) = asked.when else { return true };
    let mut vars = Vars::new();
    if let Some(fields) = fields {
        vars = vars.row(&TemplateRow::of_fields(columns, fields));
    }
    if let Some(group) = group {
        vars = vars.group(&TemplateGroup::new(group.key, usize::try_from(group.rows).unwrap_or(usize::MAX)));
    }
    when.holds(&vars).unwrap_or(false)
}

/// A hash for this process alone, in the form that the scratch table keeps.
fn hash(value: &impl Hash) -> i64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish().cast_signed()
}
