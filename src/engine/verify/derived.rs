//! Rules about derived work items: their sources, and the exact tasks that follow from these.
//!
//! The sources of a work item may have changed since: its parent was tried again, or the input has changed, and the
//! process ended before that was handed on. As long as any of its ancestors has not been handed on, what can no longer
//! be recomputed is not a problem.

use rusqlite::Connection;
use serde_json::Value;

use super::standing::{CheckedStanding, own_item};
use crate::record::{SourceKind, WorkId, WorkStatus};
use crate::stage::derive::{Links, VisibleInput, inputs};
use crate::stage::{plan, standing};
use crate::store::sql;

/// The state of the standings that were read so far; each is read after its sources.
#[derive(Default)]
pub(super) struct Derived {
    /// Standings with an ancestor that is not handed on, one bit each by rowid.
    unsettled: Vec<u64>,
    /// Standings that are not handed on to all steps themselves.
    not_handed_on: Vec<u64>,
    /// The number of edges that were read.
    pub(super) edges: i64,
}

fn set(bits: &mut Vec<u64>, id: i64) {
    let place = usize::try_from(id / 64).unwrap_or_default();
    if bits.len() <= place {
        bits.resize(place + 1, 0);
    }
    bits[place] |= 1 << (id % 64);
}

fn is_set(bits: &[u64], id: i64) -> bool {
    usize::try_from(id / 64).ok().and_then(|place| bits.get(place)).is_some_and(|it| it >> (id % 64) & 1 == 1)
}

impl Derived {
    /// Adds a standing and its sources.
    pub(super) fn note(&mut self, standing: &CheckedStanding<'_>, sources: &SourceItems) {
        self.edges += i64::try_from(sources.0.len()).unwrap_or(i64::MAX);
        if standing.handed_on != standing::HANDED_ON {
            set(&mut self.not_handed_on, standing.id);
        }
        // A join by a field is derived last, once its sources are handed on completely.
        let needed = if gathers(standing) { standing::HANDED_ON } else { standing::NOT_GATHERED };
        let moves = |it: &SourceItem| it.handed_on < needed || is_set(&self.unsettled, it.id);
        if sources.0.iter().any(moves) {
            set(&mut self.unsettled, standing.id);
        }
    }

    /// Whether all ancestors of a standing are handed on.
    pub(super) fn is_settled(&self, standing: i64) -> bool {
        !is_set(&self.unsettled, standing)
    }
}

/// Whether a work item joins others by a field, or stands for itself in such a join.
fn gathers(standing: &CheckedStanding<'_>) -> bool {
    standing.kind == Some(SourceKind::Join)
        && !(standing.source[1]["row"].is_string() || standing.source[1]["group"].is_string())
}

/// One of the sources of a standing.
struct SourceItem {
    id: i64,
    work_id: WorkId,
    planned: bool,
    status: String,
    handed_on: i64,
    cache_entry: Option<i64>,
    is_open: bool,
}

/// The sources of a standing.
#[derive(Default)]
pub(super) struct SourceItems(Vec<SourceItem>);

impl SourceItems {
    pub(super) fn read(connection: &Connection, standing: i64) -> rusqlite::Result<Self> {
        let mut found = sql::VERIFY_SOURCES.all(connection, &[(":child", &standing)], |row| {
            let source = SourceItem {
                id: row.get("id")?,
                work_id: row.get("work_id")?,
                planned: row.get("planned")?,
                status: row.get("status")?,
                handed_on: row.get("handed_on")?,
                cache_entry: row.get("cache_entry")?,
                is_open: row.get("is_open")?,
            };
            let path: Option<String> = row.get("path")?;
            Ok(((row.get::<_, i64>("number")?, row.get::<_, i64>("position")?, path, source.work_id), source))
        })?;
        found.sort_by(|(one, _), (two, _)| one.cmp(two));
        Ok(Self(found.into_iter().map(|(_, source)| source).collect()))
    }

    /// The current outputs of the sources, in order.
    fn entries(&self) -> Vec<i64> {
        self.0.iter().filter(|it| it.planned).filter_map(|it| it.cache_entry).collect()
    }

    /// The number of sources that are counted as open.
    pub(super) fn open(&self) -> i64 {
        i64::try_from(self.0.iter().filter(|it| it.is_open).count()).unwrap_or(i64::MAX)
    }

    /// Whether the open sources are the ones counted as open. Only joins count them, once they are handed on.
    pub(super) fn are_counted(&self, is_join: bool) -> bool {
        self.0.iter().all(|it| {
            let is_open = it.planned && it.status == WorkStatus::Pending.as_str();
            if is_join { it.handed_on != standing::HANDED_ON || it.is_open == is_open } else { !it.is_open }
        })
    }

    /// Whether these are the sources that the work item's identity names.
    pub(super) fn fit(&self, standing: &CheckedStanding<'_>, is_settled: bool) -> bool {
        let is_one = |id: &Value| self.0.iter().any(|it| id.as_str() == Some(it.work_id.to_string().as_str()));
        let source = &standing.source[1];
        if standing.kind != Some(SourceKind::Join) {
            return self.0.len() == 1 && is_one(source);
        }
        let any = self.0.iter().any(|it| it.planned);
        let key = match (source["row"].as_str(), source["group"].as_str()) {
            (Some(row), _) => standing.row_id.is_some_and(|id| id.to_string() == row),
            (None, Some(group)) => standing.group_key.as_deref() == Some(group),
            (None, None) => source["of"].is_null() || is_one(&source["of"]),
        };
        !is_settled || (any && key)
    }

    /// Whether a standing's exact task follows from its recorded inputs, and from its current sources. Beside the links
    /// is whether its task reads the lines at which rows of documents stand.
    pub(super) fn are_exact(
        &self,
        connection: &Connection,
        links: (&Links, bool),
        standing: &CheckedStanding<'_>,
        is_settled: bool,
    ) -> rusqlite::Result<bool> {
        let was = match standing.last_attempt {
            Some(attempt) => Some(inputs(connection, attempt)?),
            None => None,
        };
        if let Some(entries) = &was
            && !is_exact(connection, links, standing, entries)?
        {
            return Ok(!is_settled);
        }
        if !is_settled {
            return Ok(true);
        }
        // A skipped source does not hold back a join.
        let goes_on = [WorkStatus::Accepted, WorkStatus::Skipped].map(WorkStatus::as_str);
        if !self.0.iter().filter(|it| it.planned).all(|it| goes_on.contains(&it.status.as_str())) {
            return Ok(false);
        }
        let is = self.entries();
        Ok(was.as_ref() == Some(&is) || is_exact(connection, links, standing, &is)?)
    }
}

/// Whether a standing's exact task follows from these outputs.
fn is_exact(
    connection: &Connection,
    (links, reads_lines): (&Links, bool),
    standing: &CheckedStanding<'_>,
    entries: &[i64],
) -> rusqlite::Result<bool> {
    let origin = VisibleInput::read(connection, links, standing.row, reads_lines, entries)?;
    let placed: Option<Value> = standing.row.get("item")?;
    let input_id = origin.input_id(own_item(&standing.source, placed.as_ref(), reads_lines).as_deref());
    Ok(plan::cache_id(standing.work_id, input_id, standing.task_id, links.at.repeat).to_string() == standing.cache_id)
}
