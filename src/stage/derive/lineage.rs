//! What a work item goes back to: the ids that it has by it, and what templates see of it.
//!
//! An accepted output and all that it was made from never change, so each is read once and shared by whatever is made
//! from it. Its digest stands for it and all before it: what a work item is made from costs as much as there are direct
//! sources, however large or old they are.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use super::Links;
use super::parent::seen;
use crate::prompt::{Lineage, Shown, Source};
use crate::record::{Digest, InputId, SourceKind, WorkId, canonical};
use crate::store::sql;

/// What the work item that is one output of another step is made of.
#[must_use]
pub fn output_source(parent: WorkId) -> String {
    format!("[\"output\",\"{parent}\"]")
}

/// What a work item is made of that is an element of a list, or a combination; `occurrence` tells equal ones apart,
/// from
/// 1. The element is in canonical form.
#[must_use]
pub fn element_source(parent: WorkId, element: &str, occurrence: u64) -> String {
    format!("[\"element\",\"{parent}\",{element},{occurrence}]")
}

/// What the work item is made of that stands for a list that is not known.
#[must_use]
pub fn pending_source(parent: WorkId) -> String {
    format!("[\"elements\",\"{parent}\"]")
}

/// What a work item is made of that joins others.
#[must_use]
pub fn join_source(key: &Value) -> String {
    canonical::to_string(&json!(["join", key]))
}

/// An accepted output, and what it was made from.
#[derive(Debug)]
pub struct Node {
    /// The name of its step.
    pub step: String,
    /// Its work item.
    pub work_id: WorkId,
    /// The output as it is recorded.
    pub output: String,
    item: Option<Value>,
    /// The outputs that it was made from, by their rowids.
    inputs: Vec<i64>,
    /// Of the output and all before it.
    digest: Digest,
    shown: OnceCell<Shown>,
}

impl Node {
    fn shown(&self) -> rusqlite::Result<&Shown> {
        if let Some(shown) = self.shown.get() {
            return Ok(shown);
        }
        let value: Value = serde_json::from_str(&self.output).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
        })?;
        Ok(self.shown.get_or_init(|| Shown::new(&value)))
    }
}

/// Accepted outputs that are in use.
#[derive(Debug, Default)]
pub struct Nodes {
    known: RefCell<HashMap<i64, Rc<Node>>>,
    bytes: Cell<usize>,
}

/// How many outputs, and how many bytes of them, are kept at most.
const MOST: (usize, usize) = (4_096, 2 << 20);

impl Nodes {
    /// The accepted output with this rowid.
    pub fn get(&self, tx: &Connection, entry: i64) -> rusqlite::Result<Rc<Node>> {
        if let Some(node) = self.known.borrow().get(&entry) {
            return Ok(Rc::clone(node));
        }
        let node = Rc::new(self.read(tx, entry)?);
        self.keep(entry, &node);
        Ok(node)
    }

    fn keep(&self, entry: i64, node: &Rc<Node>) {
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST.0 || self.bytes.get() > MOST.1 {
            known.clear();
            self.bytes.set(0);
        }
        self.bytes.set(self.bytes.get() + node.output.len());
        known.insert(entry, Rc::clone(node));
    }

    fn read(&self, tx: &Connection, entry: i64) -> rusqlite::Result<Node> {
        let (attempt, kind, made) = sql::DERIVE_NODE.row(tx, &[(":cache_entry", &entry)], |row| {
            let (step, work_id): (String, WorkId) = (row.get("step")?, row.get("work_id")?);
            let (output, item): (String, Option<Value>) = (row.get("output")?, row.get("item")?);
            Ok((row.get::<_, i64>("attempt")?, row.get::<_, SourceKind>("source_kind")?, (step, work_id, output, item)))
        })?;
        let is_source = matches!(kind, SourceKind::Row | SourceKind::Group | SourceKind::Document | SourceKind::Task);
        let inputs = if is_source { Vec::new() } else { inputs(tx, attempt)? };
        let (step, work_id, output, item) = made;
        self.make(tx, step, work_id, output, item, inputs)
    }

    /// Keeps an output that was just accepted, since what is made from it is worked out next.
    pub fn add(
        &self,
        tx: &Connection,
        entry: i64,
        (step, work_id): (&str, WorkId),
        output: String,
        (item, inputs): (Option<Value>, Vec<i64>),
    ) -> rusqlite::Result<()> {
        let node = self.make(tx, step.to_owned(), work_id, output, item, inputs)?;
        self.keep(entry, &Rc::new(node));
        Ok(())
    }

    fn make(
        &self,
        tx: &Connection,
        step: String,
        work_id: WorkId,
        output: String,
        item: Option<Value>,
        inputs: Vec<i64>,
    ) -> rusqlite::Result<Node> {
        let mut before = Vec::with_capacity(inputs.len());
        for input in &inputs {
            before.push(self.get(tx, *input)?.digest.to_string());
        }
        let content = Digest::of_bytes(output.as_bytes()).to_string();
        let digest = Digest::of_value(&json!(["lineage", 1, step, work_id.to_string(), content, before]));
        Ok(Node { step, work_id, output, item, inputs, digest, shown: OnceCell::new() })
    }

    /// These outputs and all that they go back to, each once: whatever is named first comes first.
    fn ancestors(&self, tx: &Connection, entries: &[i64]) -> rusqlite::Result<Vec<Rc<Node>>> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut left: Vec<i64> = entries.iter().rev().copied().collect();
        while let Some(entry) = left.pop() {
            if seen.insert(entry) {
                let node = self.get(tx, entry)?;
                left.extend(node.inputs.iter().rev());
                found.push(node);
            }
        }
        Ok(found)
    }
}

/// Which outputs an attempt was made from, by their rowids, in order.
pub fn inputs(tx: &Connection, attempt: i64) -> rusqlite::Result<Vec<i64>> {
    sql::DERIVE_INPUTS.all(tx, &[(":attempt", &attempt)], |row| row.get("cache_entry"))
}

/// The outputs that a standing is made from, by their rowids, in order: those of the attempt `made_in`, or else those
/// that it would be made from now.
pub fn inputs_of(tx: &Connection, standing: i64, made_in: Option<i64>) -> rusqlite::Result<Vec<i64>> {
    const COLUMNS: [&str; 6] = ["number", "position", "path", "work_id", "planned", "cache_entry"];
    if let Some(attempt) = made_in {
        return inputs(tx, attempt);
    }
    let mut found: Vec<(i64, i64, Option<String>, WorkId, i64)> = Vec::new();
    sql::DERIVE_EDGES.each_at::<rusqlite::Error, _>(tx, &[(":child", &standing)], COLUMNS, |row, at| {
        let [number, position, path, work_id, planned, cache_entry] = at;
        if let (true, Some(entry)) = (row.get(planned)?, row.get(cache_entry)?) {
            found.push((row.get(number)?, row.get(position)?, row.get(path)?, row.get(work_id)?, entry));
        }
        Ok(())
    })?;
    found.sort();
    Ok(found.into_iter().map(|(.., entry)| entry).collect())
}

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
