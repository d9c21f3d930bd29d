//! What a work item that is made from others goes back to: the part of its exact task that follows from it
//! ([`VisibleInput`]), and what templates see of it ([`lineage`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use super::links::Links;
use super::nodes::AcceptedNode;
use super::parent::{SeenSource, seen};
use crate::prompt::{Lineage, ParentItem, TemplateValue};
use crate::record::{InputId, canonical};

/// What prompts, checks and judges may see of a derived work item, except for its own element or join key.
#[derive(Debug)]
pub struct VisibleInput {
    source: Vec<u8>,
    group: Vec<u8>,
    inputs: Vec<u8>,
}

impl VisibleInput {
    /// Returns the origin of what sees a row and a group and is made from the outputs `entries` (rowids). `reads_lines`
    /// says whether its step reads the lines at which rows of documents stand.
    pub(super) fn of(
        tx: &Connection,
        links: &Links,
        seen: &SeenSource,
        reads_lines: bool,
        entries: &[i64],
    ) -> rusqlite::Result<Self> {
        let mut digests = Vec::with_capacity(entries.len());
        for entry in entries {
            digests.push(links.nodes.get(tx, *entry)?.digest(reads_lines).to_string());
        }
        let (source, group) = (seen.row(reads_lines), seen.group.clone());
        Ok(Self { source, group, inputs: canonical::to_vec(&json!(digests)) })
    }

    /// The same, with the row and the group from the columns `row_id`, `fields` and those of the group.
    pub fn read(
        tx: &Connection,
        links: &Links,
        row: &Row<'_>,
        reads_lines: bool,
        entries: &[i64],
    ) -> rusqlite::Result<Self> {
        Self::of(tx, links, &seen(row, links)?, reads_lines, entries)
    }

    /// Returns the id of the input of a work item with this origin; `item` is its own element or key in canonical JSON.
    #[must_use]
    pub fn input_id(&self, item: Option<&str>) -> InputId {
        let own = item.unwrap_or("null").as_bytes();
        InputId::of_canonical(&[b"\"derived\"", &self.source, &self.group, own, &self.inputs])
    }
}

/// Returns what templates of a work item of `step` see of the outputs `entries` (rowids); `own` is its own element or
/// key.
pub fn lineage(
    tx: &Connection,
    links: &Links,
    step: i64,
    entries: &[i64],
    own: Option<&Value>,
) -> rusqlite::Result<Lineage> {
    let mut parents = Vec::with_capacity(entries.len());
    for entry in entries {
        let node = links.nodes.get(tx, *entry)?;
        let (step, work_id) = (node.step.clone(), node.work_id.to_string());
        parents.push(ParentItem { step, work_id, item: node.item.clone(), output: node.shown()?.clone() });
    }
    // A work item that is made of one whole output has no item of its own: the output is its item.
    let item = match (own, parents.as_slice()) {
        (Some(own), _) => Some(TemplateValue::new(own)),
        (None, [one]) => Some(one.output.clone()),
        (None, _) => None,
    };
    let steps = steps(tx, links, step, entries)?;
    Ok(Lineage::new(item, steps, parents))
}

/// Returns the outputs `entries` (rowids) and all that they were made from, each once, depth first in the order given.
/// What steps were made from that are not in `behind` is left out.
pub fn ancestors(
    tx: &Connection,
    links: &Links,
    entries: &[i64],
    behind: Option<&BTreeSet<String>>,
) -> rusqlite::Result<Vec<Rc<AcceptedNode>>> {
    links.nodes.ancestors(tx, entries, behind)
}

/// Returns those outputs that a work item goes back to and its templates read, by the name of their step, and for a
/// step with perspectives by perspective.
fn steps(tx: &Connection, links: &Links, step: i64, entries: &[i64]) -> rusqlite::Result<TemplateValue> {
    let mut found: Vec<(String, Vec<TemplateValue>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let read = links.read_by(step);
    for node in links.nodes.ancestors(tx, entries, read.map(|it| &it.behind))? {
        if read.is_some_and(|it| !it.names.contains(&node.step)) {
            continue;
        }
        let place = *places.entry(node.step.clone()).or_insert_with(|| {
            found.push((node.step.clone(), Vec::new()));
            found.len() - 1
        });
        found[place].1.push(node.shown()?.clone());
    }
    // A list may be empty: all of its work items may be skipped.
    for name in links.several_of(step) {
        if !places.contains_key(name) {
            found.push((name.clone(), Vec::new()));
        }
    }
    let mut steps: BTreeMap<String, TemplateValue> = BTreeMap::new();
    let mut roles: BTreeMap<String, BTreeMap<String, TemplateValue>> = BTreeMap::new();
    for (name, mut outputs) in found {
        let value = if links.are_several(step, &name) {
            TemplateValue::list(outputs)
        } else {
            outputs.pop().unwrap_or_else(|| TemplateValue::new(&Value::Null))
        };
        match name.split_once('.') {
            None => drop(steps.insert(name, value)),
            Some((head, perspective)) => {
                roles.entry(head.to_owned()).or_default().insert(perspective.to_owned(), value);
            }
        }
    }
    steps.extend(roles.into_iter().map(|(head, roles)| (head, TemplateValue::object(roles))));
    Ok(TemplateValue::object(steps))
}
