//! Work items that are made from others: what they are made from, and the exact tasks that follow from it.
//!
//! What a work item was made from may not be what it is now: its parent was tried again, or the input has changed, and
//! the process ended before that was handed on. As long as anything that it goes back to has not been handed on, what
//! cannot be worked out any more is let be.

use rusqlite::Connection;
use serde_json::Value;

use super::standing::{CheckedStanding, own_item};
use crate::record::{SourceKind, WorkId, WorkStatus};
use crate::stage::derive::{Links, Origin, inputs};
use crate::stage::{plan, standing};
use crate::store::sql;

/// What was found of the work items so far, which come after those that they are made from.
#[derive(Default)]
pub(super) struct Derived {
    /// Standings that go back to something that is not handed on, a bit each by their rowids.
    unsettled: Vec<u64>,
    /// Standings that are not handed on to all steps themselves.
    not_handed_on: Vec<u64>,
    /// How many edges were seen.
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
    /// Takes note of a standing and what it is made from.
    pub(super) fn note(&mut self, standing: &CheckedStanding<'_>, sources: &SourceItems) {
        self.edges += i64::try_from(sources.0.len()).unwrap_or(i64::MAX);
        if standing.handed_on != standing::HANDED_ON {
            set(&mut self.not_handed_on, standing.id);
        }
        // Only what needs everything before it is looked at last.
        let needed = if gathers(standing) { standing::HANDED_ON } else { standing::NOT_GATHERED };
        let moves = |it: &SourceItem| it.handed_on < needed || is_set(&self.unsettled, it.id);
        if sources.0.iter().any(moves) {
            set(&mut self.unsettled, standing.id);
        }
    }

    /// Whether all that a standing goes back to is handed on.
    pub(super) fn is_settled(&self, standing: i64) -> bool {
        !is_set(&self.unsettled, standing)
    }
}

/// Whether a work item joins others by a field, or stands for itself in such a join.
fn gathers(standing: &CheckedStanding<'_>) -> bool {
    standing.kind == Some(SourceKind::Join)
        && !(standing.source[1]["row"].is_string() || standing.source[1]["group"].is_string())
}

/// One of those that a standing is made from.
struct SourceItem {
    id: i64,
    work_id: WorkId,
    planned: bool,
    status: String,
    handed_on: i64,
    cache_entry: Option<i64>,
    is_open: bool,
}

/// What a standing is made from.
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

    /// The outputs that a standing is made from now, in order.
    fn entries(&self) -> Vec<i64> {
        self.0.iter().filter(|it| it.planned).filter_map(|it| it.cache_entry).collect()
    }

    /// How many are counted as open.
    pub(super) fn open(&self) -> i64 {
        i64::try_from(self.0.iter().filter(|it| it.is_open).count()).unwrap_or(i64::MAX)
    }

    /// Whether those that are counted as open are. Only what joins several counts them, once they are handed on.
    pub(super) fn are_counted(&self, is_join: bool) -> bool {
        self.0.iter().all(|it| {
            let is_open = it.planned && it.status == WorkStatus::Pending.as_str();
            if is_join { it.handed_on != standing::HANDED_ON || it.is_open == is_open } else { !it.is_open }
        })
    }

    /// Whether these are what a work item says that it is made from.
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

    /// Whether a standing has the exact task of what it was made from, and of what it is made from now.
    pub(super) fn are_exact(
        &self,
        connection: &Connection,
        links: &Links,
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
        // What is skipped does not hold back what joins it with others.
        let goes_on = [WorkStatus::Accepted, WorkStatus::Skipped].map(WorkStatus::as_str);
        if !self.0.iter().filter(|it| it.planned).all(|it| goes_on.contains(&it.status.as_str())) {
            return Ok(false);
        }
        let is = self.entries();
        Ok(was.as_ref() == Some(&is) || is_exact(connection, links, standing, &is)?)
    }
}

/// Whether a standing's exact task is the one that it has when it is made from these outputs.
fn is_exact(
    connection: &Connection,
    links: &Links,
    standing: &CheckedStanding<'_>,
    entries: &[i64],
) -> rusqlite::Result<bool> {
    let origin = Origin::read(connection, links, standing.row, entries)?;
    let input_id = origin.input_id(own_item(&standing.source).as_deref());
    Ok(plan::cache_id(standing.work_id, input_id, standing.task_id).to_string() == standing.cache_id)
}
