//! What is to be made from a standing, without making it: the same as handing it on comes to, for those who check that.

use std::collections::HashMap;

use rusqlite::Connection;

use super::complete;
use super::elements::elements;
use super::join::join_key;
use super::links::{Link, Links};
use super::parent::Parent;
use super::source::{element_source, join_source, output_source, pending_source};
use super::waits::{Waits, waits_for};
use crate::config::Each;
use crate::record::{WorkStatus, canonical};

/// A work item that a step makes of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// What its id is made of beside its step.
    pub source: String,
    /// Its place among those that the row became; a join has one only once all that it joins is known.
    pub path: Option<String>,
    /// Where it stands as long as it cannot go on, and why.
    pub waits: Option<(WorkStatus, Option<String>)>,
}

/// What all of them have of the standing that they are made from.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its place in the plan.
    pub position: i64,
    /// The row that it goes back to.
    pub input_row: Option<i64>,
    /// The group that it goes back to.
    pub row_group: Option<i64>,
    /// Whether what joins it with others has to wait for it.
    pub is_open: bool,
    /// The place of its step among those that the other takes from.
    pub number: i64,
    /// The work items.
    pub items: Vec<Expected>,
}

/// What a step makes of a standing.
pub fn expected(connection: &Connection, links: &Links, link: &Link, standing: i64) -> rusqlite::Result<Made> {
    let parent = Parent::read(connection, links, standing)?;
    let items = if parent.planned { items(connection, links, link, &parent)? } else { Vec::new() };
    let place = link.parents.iter().position(|step| *step == parent.step).unwrap_or_default();
    Ok(Made {
        position: parent.position,
        input_row: parent.input_row,
        row_group: parent.row_group,
        is_open: parent.is_open(),
        number: if link.joins() { i64::try_from(place).unwrap_or_default() + 1 } else { 1 },
        items,
    })
}

fn items(connection: &Connection, links: &Links, link: &Link, parent: &Parent) -> rusqlite::Result<Vec<Expected>> {
    let waits = match waits_for(parent.status, parent.work_id) {
        Waits::No => None,
        Waits::Yes(status, reason) => Some((status, reason)),
    };
    let stand_in = |waits| Expected { source: pending_source(parent.work_id), path: None, waits };
    Ok(match (&link.each, waits) {
        (Each::Join { by, .. }, _) => {
            let source = join_source(&join_key(connection, links, by, parent)?);
            vec![Expected { source, path: None, waits: None }]
        }
        (Each::Output { .. }, waits) => {
            vec![Expected { source: output_source(parent.work_id), path: parent.path.clone(), waits }]
        }
        (_, Some(waits)) => vec![stand_in(Some(waits))],
        (_, None) => match elements(connection, links, link, parent)? {
            Err(reason) => vec![stand_in(Some((WorkStatus::Blocked, Some(reason))))],
            Ok(elements) => {
                let before = parent.path.as_deref().map(|path| format!("{path}.")).unwrap_or_default();
                let mut equal: HashMap<String, u64> = HashMap::new();
                let mut items = Vec::with_capacity(elements.len());
                for (place, element) in elements.iter().enumerate() {
                    let text = canonical::to_string(element);
                    let occurrence = equal.entry(text.clone()).or_default();
                    *occurrence += 1;
                    let source = element_source(parent.work_id, &text, *occurrence);
                    items.push(Expected { source, path: Some(format!("{before}{place:08}")), waits: None });
                }
                items
            }
        },
    })
}

/// Whether a standing that joins others has to wait for them; `None` where nothing that it joins is planned.
pub fn joined(connection: &Connection, standing: i64) -> rusqlite::Result<Option<Waits>> {
    complete::waits(connection, standing)
}
