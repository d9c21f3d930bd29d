//! What handing a standing on would make of it, without writing anything, for replay and `verify`.

use std::collections::HashMap;

use rusqlite::Connection;

use super::complete;
use super::elements::{Elements, elements};
use super::join::join_key;
use super::links::{Link, Links};
use super::parent::ParentStanding;
use super::source::{element_source, join_source, output_source, pending_source};
use super::waits::{Waits, waits_for};
use crate::config::Each;
use crate::record::{WorkStatus, canonical};

/// A work item that a step is to make of a standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedItem {
    /// What its id is computed from beside the name of its step.
    pub source: String,
    /// Its order among the work items of one row. A join has one only once all of its sources are known.
    pub path: Option<String>,
    /// Its element with lines of the document, if it has any.
    pub item: Option<String>,
    /// Its status and the reason, if it has to wait.
    pub waits: Option<(WorkStatus, Option<String>)>,
}

/// All work items that a step is to make of a standing, and what they share.
#[derive(Clone, Debug)]
pub struct ExpectedItems {
    /// The plan position of the standing.
    pub position: i64,
    pub input_row: Option<i64>,
    pub row_group: Option<i64>,
    /// Whether a join has to wait for the standing.
    pub is_open: bool,
    /// The number of the standing's step among those that the step takes from, from 1.
    pub number: i64,
    pub items: Vec<ExpectedItem>,
}

/// Returns what the step `link` is to make of `standing` (rowid).
pub fn expected(connection: &Connection, links: &Links, link: &Link, standing: i64) -> rusqlite::Result<ExpectedItems> {
    let parent = ParentStanding::read(connection, links, standing)?;
    let items = if parent.planned { items(connection, links, link, &parent)? } else { Vec::new() };
    let place = link.parents.iter().position(|step| *step == parent.step).unwrap_or_default();
    Ok(ExpectedItems {
        position: parent.position,
        input_row: parent.input_row,
        row_group: parent.row_group,
        is_open: parent.is_open(),
        number: if link.joins() { i64::try_from(place).unwrap_or_default() + 1 } else { 1 },
        items,
    })
}

fn items(
    connection: &Connection,
    links: &Links,
    link: &Link,
    parent: &ParentStanding,
) -> rusqlite::Result<Vec<ExpectedItem>> {
    let waits = match waits_for(parent.status, parent.work_id) {
        Waits::No => None,
        Waits::Yes(status, reason) => Some((status, reason)),
    };
    let stand_in = |waits| ExpectedItem { source: pending_source(parent.work_id), path: None, item: None, waits };
    Ok(match (&link.each, waits) {
        (Each::Join { by, .. }, _) => {
            let source = join_source(&join_key(connection, links, by, parent)?);
            vec![ExpectedItem { source, path: None, item: None, waits: None }]
        }
        (Each::Output { .. }, waits) => {
            let (source, path) = (output_source(parent.work_id), parent.path.clone());
            vec![ExpectedItem { source, path, item: None, waits }]
        }
        (_, Some(waits)) => vec![stand_in(Some(waits))],
        (_, None) => match elements(connection, links, link, parent)? {
            Err(reason) => vec![stand_in(Some((WorkStatus::Blocked, Some(reason))))],
            Ok(Elements { values: elements, lines }) => {
                let before = parent.path.as_deref().map(|path| format!("{path}.")).unwrap_or_default();
                let mut equal: HashMap<String, u64> = HashMap::new();
                let mut items = Vec::with_capacity(elements.len());
                for (place, element) in elements.iter().enumerate() {
                    let text = canonical::to_string(element);
                    let occurrence = equal.entry(text.clone()).or_default();
                    *occurrence += 1;
                    let source = element_source(parent.work_id, &text, *occurrence);
                    let (path, item) = (Some(format!("{before}{place:08}")), lines.placed(element));
                    items.push(ExpectedItem { source, path, item, waits: None });
                }
                items
            }
        },
    })
}

/// Returns whether a join (rowid) has to wait for its sources; `None` if none of them is planned.
pub fn joined(connection: &Connection, standing: i64) -> rusqlite::Result<Option<Waits>> {
    complete::waits(connection, standing)
}
