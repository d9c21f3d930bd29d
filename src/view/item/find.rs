//! Looking up the work item that a user names, by the beginning of its id or by its row.

use rusqlite::{Connection, Row};

use crate::record::VariantAt;
use crate::store::sql;

/// How many candidates an ambiguous choice names.
const CANDIDATES: i64 = 10;

/// Why a user's choice does not name exactly one work item.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    #[error("`{0}` is not a work id: expected up to 40 hex digits")]
    NotAnId(String),
    #[error("no work item's id begins with `{0}`")]
    NoItem(String),
    #[error("`{0}` is a work item of variants alone: the task itself was not run on it")]
    OfVariants(String),
    #[error("`{0}` is no work item of this variant, but of others")]
    OfOthers(String),
    #[error("no work item is made from row {0}")]
    NoRow(u64),
    #[error("no work item of a step `{step}` goes back to row {row}")]
    NoStepRow { row: u64, step: String },
    #[error("{what} is not one work item, but several: {}", list.join(", "))]
    Several {
        /// The choice, as the message names it.
        what: String,
        /// The first of the work items that it fits.
        list: Vec<String>,
    },
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl FindError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotAnId(_) | Self::NoItem(_) => {
                "`casebook sql DB \"SELECT work_id, row_index FROM results\"` lists them"
            }
            Self::OfVariants(_) => "`--variant NAME` names the variant; `casebook run` does the task itself",
            Self::OfOthers(_) => "`--variant NAME` names another variant; without it, the task itself is meant",
            Self::NoRow(_) => "rows are counted from 1; work items of whole groups have no row",
            Self::NoStepRow { .. } => "`casebook status DB` lists the steps; rows are counted from 1",
            Self::Several { what, .. } if what.starts_with("row") && !what.contains("step") => {
                "name the step with `--step`, or give an id"
            }
            Self::Several { .. } => "give more of the id, or the id of one of these",
            Self::Store(_) => return None,
        })
    }

    /// Whether the call is wrong, rather than the run file.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Store(_))
    }
}

/// A work item that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundItem {
    pub rowid: i64,
    pub work_id: String,
    step: String,
}

/// Returns the one work item of a variant whose id begins with `prefix`.
pub fn find(connection: &Connection, prefix: &str, at: VariantAt) -> Result<FoundItem, FindError> {
    let found = looked_up(connection, prefix, Some(at))?;
    if found.is_empty() && !looked_up(connection, prefix, None)?.is_empty() {
        let of_others = if at == VariantAt::BASE { FindError::OfVariants } else { FindError::OfOthers };
        return Err(of_others(prefix.to_ascii_lowercase()));
    }
    only(found, || FindError::NoItem(prefix.to_ascii_lowercase()), &format!("`{}`", prefix.to_ascii_lowercase()))
}

/// Returns the one work item whose id begins with `prefix`, of the task itself or of a variant alone.
pub fn find_anywhere(connection: &Connection, prefix: &str) -> Result<FoundItem, FindError> {
    let found = looked_up(connection, prefix, None)?;
    only(found, || FindError::NoItem(prefix.to_ascii_lowercase()), &format!("`{}`", prefix.to_ascii_lowercase()))
}

/// Returns the work items of a variant whose ids begin with `prefix`; without one, those of all.
fn looked_up(connection: &Connection, prefix: &str, at: Option<VariantAt>) -> Result<Vec<FoundItem>, FindError> {
    let prefix = prefix.to_ascii_lowercase();
    if prefix.is_empty() || prefix.len() > 40 || !prefix.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(FindError::NotAnId(prefix));
    }
    let VariantAt { number, repeat } = at.unwrap_or_default();
    let of: [(&'static str, &dyn rusqlite::ToSql); 5] = [
        (":prefix", &prefix),
        (":most", &CANDIDATES),
        (":anywhere", &at.is_none()),
        (":variant", &number),
        (":repeat", &repeat),
    ];
    Ok(sql::VIEW_FIND_ITEMS.all(connection, &of, candidate)?)
}

/// Returns the work item of a variant that is named by the beginning of its id, else by its `row`, as in [`find_row`].
pub fn find_any(
    connection: &Connection,
    work_id: Option<&str>,
    (row, step): (Option<u64>, Option<&str>),
    at: VariantAt,
) -> Result<FoundItem, FindError> {
    match work_id {
        Some(id) => find(connection, id, at),
        None => find_row(connection, row.unwrap_or(1), step, at),
    }
}

/// Returns the one work item of a variant that goes back to the input's row number `row`, counted from 1; of `step`,
/// where one is given.
pub fn find_row(connection: &Connection, row: u64, step: Option<&str>, at: VariantAt) -> Result<FoundItem, FindError> {
    let index = i64::try_from(row).unwrap_or(i64::MAX) - 1;
    let parameters: &[(&'static str, &dyn rusqlite::ToSql)] = &[
        (":row_index", &index),
        (":step", &step),
        (":most", &CANDIDATES),
        (":variant", &at.number),
        (":repeat", &at.repeat),
    ];
    let found = sql::VIEW_FIND_ROW_ITEMS.all(connection, parameters, candidate)?;
    let what = step.map_or_else(|| format!("row {row}"), |step| format!("row {row} in step `{step}`"));
    if let (true, Some(step)) = (found.is_empty(), step) {
        return Err(FindError::NoStepRow { row, step: step.to_owned() });
    }
    only(found, || FindError::NoRow(row), &what)
}

fn candidate(row: &Row<'_>) -> rusqlite::Result<FoundItem> {
    Ok(FoundItem { rowid: row.get("id")?, work_id: row.get("work_id")?, step: row.get("step")? })
}

fn only(mut found: Vec<FoundItem>, none: impl Fn() -> FindError, what: &str) -> Result<FoundItem, FindError> {
    if found.len() > 1 {
        let short = |it: &FoundItem| format!("{} ({})", it.work_id.get(..12).unwrap_or(&it.work_id), it.step);
        return Err(FindError::Several { what: what.to_owned(), list: found.iter().map(short).collect() });
    }
    found.pop().ok_or_else(none)
}
