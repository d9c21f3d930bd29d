//! Accepted outputs as work items are made from them, each read once and kept while it is in use.
//!
//! An accepted output and everything that it was made from never change. The digest of a node stands for the output and
//! all of its ancestors, so the cost of an id depends on the number of direct sources alone, however large or old they
//! are.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::inputs::inputs;
use crate::prompt::TemplateValue;
use crate::record::{Digest, SourceKind, WorkId};
use crate::store::sql;

/// An accepted output, and what it was made from.
#[derive(Debug)]
pub struct AcceptedNode {
    /// The name of its step.
    pub step: String,
    pub work_id: WorkId,
    /// The output as recorded: canonical JSON.
    pub output: String,
    pub(super) item: Option<Value>,
    /// The outputs that it was made from (rowids).
    inputs: Vec<i64>,
    /// The digest of the output and of all its ancestors.
    pub(super) digest: Digest,
    shown: OnceCell<TemplateValue>,
}

impl AcceptedNode {
    pub(super) fn shown(&self) -> rusqlite::Result<&TemplateValue> {
        if let Some(shown) = self.shown.get() {
            return Ok(shown);
        }
        let value: Value = serde_json::from_str(&self.output).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
        })?;
        Ok(self.shown.get_or_init(|| TemplateValue::new(&value)))
    }
}

/// A cache of accepted outputs.
#[derive(Debug, Default)]
pub struct Nodes {
    known: RefCell<HashMap<i64, Rc<AcceptedNode>>>,
    bytes: Cell<usize>,
}

/// The most outputs, and the most bytes of them, that are kept.
const MOST: (usize, usize) = (4_096, 2 << 20);

impl Nodes {
    /// Returns the accepted output with the rowid `entry`.
    pub fn get(&self, tx: &Connection, entry: i64) -> rusqlite::Result<Rc<AcceptedNode>> {
        if let Some(node) = self.known.borrow().get(&entry) {
            return Ok(Rc::clone(node));
        }
        let node = Rc::new(self.read(tx, entry)?);
        self.keep(entry, &node);
        Ok(node)
    }

    fn keep(&self, entry: i64, node: &Rc<AcceptedNode>) {
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST.0 || self.bytes.get() > MOST.1 {
            known.clear();
            self.bytes.set(0);
        }
        self.bytes.set(self.bytes.get() + node.output.len());
        known.insert(entry, Rc::clone(node));
    }

    fn read(&self, tx: &Connection, entry: i64) -> rusqlite::Result<AcceptedNode> {
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

    /// Keeps an output that was just accepted, since it is needed next.
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
    ) -> rusqlite::Result<AcceptedNode> {
        let mut before = Vec::with_capacity(inputs.len());
        for input in &inputs {
            before.push(self.get(tx, *input)?.digest.to_string());
        }
        let content = Digest::of_bytes(output.as_bytes()).to_string();
        let digest = Digest::of_value(&json!(["lineage", 1, step, work_id.to_string(), content, before]));
        Ok(AcceptedNode { step, work_id, output, item, inputs, digest, shown: OnceCell::new() })
    }

    /// Returns these outputs and all of their ancestors, each once, depth first in the order given.
    pub(super) fn ancestors(&self, tx: &Connection, entries: &[i64]) -> rusqlite::Result<Vec<Rc<AcceptedNode>>> {
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
