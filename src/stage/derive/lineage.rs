//! What a work item that is made from others goes back to: the part of its exact task that follows from it ([`Origin`]),
//! and what templates see of it ([`lineage`]).

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use super::links::Links;
use super::parent::seen;
use crate::prompt::{Lineage, Shown, Source};
use crate::record::{InputId, canonical};

/// What a prompt, a check or a judge may see of a work item that is made from others, but for its own item.
#[derive(Debug)]
pub struct Origin {
    source: Vec<u8>,
    group: Vec<u8>,
    inputs: Vec<u8>,
}

impl Origin {
    /// The origin of what sees this row and group, in canonical form, and is made from these outputs.
    pub fn of(tx: &Connection, links: &Links, seen: &(Vec<u8>, Vec<u8>), entries: &[i64]) -> rusqlite::Result<Self> {
        let mut digests = Vec::with_capacity(entries.len());
        for entry in entries {
            digests.push(links.nodes.get(tx, *entry)?.digest.to_string());
        }
        let (source, group) = seen.clone();
        Ok(Self { source, group, inputs: canonical::to_vec(&json!(digests)) })
    }

    /// The origin of what goes back to the row and the group that a row of the record has in `row_id`, `fields` and the
    /// group's columns, and is made from these outputs.
    pub fn read(tx: &Connection, links: &Links, row: &Row<'_>, entries: &[i64]) -> rusqlite::Result<Self> {
        Self::of(tx, links, &seen(row, links)?, entries)
    }

    /// The id of what may be seen of one whose own item is this, in canonical form.
    #[must_use]
    pub fn input_id(&self, item: Option<&str>) -> InputId {
        let own = item.unwrap_or("null").as_bytes();
        InputId::of_canonical(&[b"\"derived\"", &self.source, &self.group, own, &self.inputs])
    }
}

/// What templates see of what a work item of a step is made from; `own` is its own item.
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
        parents.push(Source { step, work_id, item: node.item.clone(), output: node.shown()?.clone() });
    }
    // A work item that is another's output has no item of its own: that output is it.
    let item = match (own, parents.as_slice()) {
        (Some(own), _) => Some(Shown::new(own)),
        (None, [one]) => Some(one.output.clone()),
        (None, _) => None,
    };
    let steps = steps(tx, links, step, entries)?;
    Ok(Lineage::new(item, steps, parents))
}

/// The outputs that a work item goes back to, by the names of their steps; those of a step with perspectives by these.
fn steps(tx: &Connection, links: &Links, step: i64, entries: &[i64]) -> rusqlite::Result<Shown> {
    let mut found: Vec<(String, Vec<Shown>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for node in links.nodes.ancestors(tx, entries)? {
        let place = *places.entry(node.step.clone()).or_insert_with(|| {
            found.push((node.step.clone(), Vec::new()));
            found.len() - 1
        });
        found[place].1.push(node.shown()?.clone());
    }
    // What may be several may be none, where all of it is skipped.
    for name in links.several_of(step) {
        if !places.contains_key(name) {
            found.push((name.clone(), Vec::new()));
        }
    }
    let mut steps: BTreeMap<String, Shown> = BTreeMap::new();
    let mut roles: BTreeMap<String, BTreeMap<String, Shown>> = BTreeMap::new();
    for (name, mut outputs) in found {
        let value = if links.are_several(step, &name) {
            Shown::list(outputs)
        } else {
            outputs.pop().unwrap_or_else(|| Shown::new(&Value::Null))
        };
        match name.split_once('.') {
            None => drop(steps.insert(name, value)),
            Some((head, perspective)) => {
                roles.entry(head.to_owned()).or_default().insert(perspective.to_owned(), value);
            }
        }
    }
    steps.extend(roles.into_iter().map(|(head, roles)| (head, Shown::object(roles))));
    Ok(Shown::object(steps))
}
