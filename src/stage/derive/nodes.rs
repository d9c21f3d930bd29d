//! Accepted outputs as work items are made from them, each read once and kept while it is in use.
//!
//! An accepted output and everything that it was made from never change, but for lines of documents, which follow
//! their rows: where these moved, what is kept is forgotten ([`Nodes::clear`]). The digest of a node stands for the
//! output and all of its ancestors, so the cost of an id depends on the number of direct sources alone, however
//! large or old they are. Of an output with evidence, the digest has the lines of the row, which do not change where
//! the row moves in its document; a second digest has the lines of the document, for steps that read these.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use rusqlite::{Connection, ToSql};
use serde_json::{Value, json};

use super::inputs::present_inputs;
use crate::prompt::TemplateValue;
use crate::record::{ClaimPlaces, Digest, SourceKind, VariantAt, WorkId, canonical, shift};
use crate::stage::moved::claims_of;
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
    /// The digest of the output and of all its ancestors, with lines of rows.
    digest: Digest,
    /// The same with lines of documents.
    placed: Digest,
    /// Where the claims of the output stand, and where the row that they are about begins in its document.
    pub(super) claims: Vec<ClaimPlaces>,
    pub(super) first_line: Option<i64>,
    /// Whether the output or any that it was made from has evidence.
    pub(super) has_lines: bool,
    shown: OnceCell<TemplateValue>,
}

impl AcceptedNode {
    /// Returns the digest of the output and of all its ancestors, for a step that does or does not read lines.
    pub(super) fn digest(&self, reads_lines: bool) -> Digest {
        if reads_lines { self.placed } else { self.digest }
    }

    /// Returns how much has to be added to a line of the row for the line of the document.
    pub(super) fn offset(&self) -> i64 {
        self.first_line.map_or(0, |first_line| first_line - 1)
    }

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
    /// The variant and the repeat whose standings say which lines are present.
    at: VariantAt,
    known: RefCell<HashMap<i64, Rc<AcceptedNode>>>,
    bytes: Cell<usize>,
    /// What ids need of outputs, which is kept longer: to make the digest of a large join again, its sources need not
    /// be read again.
    digests: RefCell<HashMap<i64, NodeDigests>>,
}

/// What the digest of an output needs of those that it was made from.
#[derive(Clone, Copy, Debug)]
struct NodeDigests {
    digest: Digest,
    placed: Digest,
    has_lines: bool,
}

/// An accepted output as it is read.
struct NodeContent {
    step: String,
    work_id: WorkId,
    output: String,
    item: Option<Value>,
    claims: Vec<ClaimPlaces>,
    first_line: Option<i64>,
}

/// An output with the lines of its row, in canonical form.
fn in_row(output: &str, claims: &[ClaimPlaces], first_line: i64) -> String {
    let mut value: Value = serde_json::from_str(output).unwrap_or_default();
    shift(&mut value, claims, 1 - first_line);
    canonical::to_string(&value)
}

/// The most outputs, and the most bytes of them, that are kept.
const MOST: (usize, usize) = (4_096, 2 << 20);
/// The most outputs whose digests are kept.
const MOST_DIGESTS: usize = 1 << 16;

impl Nodes {
    /// No outputs yet, for a variant and a repeat.
    #[must_use]
    pub fn of(at: VariantAt) -> Self {
        Self { at, ..Self::default() }
    }

    /// Returns the accepted output with the rowid `entry`.
    pub fn get(&self, tx: &Connection, entry: i64) -> rusqlite::Result<Rc<AcceptedNode>> {
        if let Some(node) = self.known.borrow().get(&entry) {
            return Ok(Rc::clone(node));
        }
        let node = Rc::new(self.read(tx, entry)?);
        self.keep(entry, &node);
        Ok(node)
    }

    /// Forgets all outputs: what they were made from has other lines now.
    pub(super) fn clear(&self) {
        self.known.borrow_mut().clear();
        self.bytes.set(0);
        self.digests.borrow_mut().clear();
    }

    fn keep(&self, entry: i64, node: &Rc<AcceptedNode>) {
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST.0 || self.bytes.get() > MOST.1 {
            known.clear();
            self.bytes.set(0);
        }
        self.bytes.set(self.bytes.get() + node.output.len());
        known.insert(entry, Rc::clone(node));
        let mut digests = self.digests.borrow_mut();
        if digests.len() >= MOST_DIGESTS {
            digests.clear();
        }
        let AcceptedNode { digest, placed, has_lines, .. } = **node;
        digests.insert(entry, NodeDigests { digest, placed, has_lines });
    }

    /// What the digests of outputs that were made from the output with the rowid `entry` need of it.
    fn digests(&self, tx: &Connection, entry: i64) -> rusqlite::Result<NodeDigests> {
        if let Some(known) = self.digests.borrow().get(&entry) {
            return Ok(*known);
        }
        let AcceptedNode { digest, placed, has_lines, .. } = *self.get(tx, entry)?;
        Ok(NodeDigests { digest, placed, has_lines })
    }

    fn read(&self, tx: &Connection, entry: i64) -> rusqlite::Result<AcceptedNode> {
        let VariantAt { number, repeat } = self.at;
        let of: [(&str, &dyn ToSql); 3] = [(":cache_entry", &entry), (":variant", &number), (":repeat", &repeat)];
        let (attempt, kind, content) = sql::DERIVE_NODE.row(tx, &of, |row| {
            let evidence: Option<Value> = row.get("evidence")?;
            let content = NodeContent {
                step: row.get("step")?,
                work_id: row.get("work_id")?,
                output: row.get("output")?,
                item: row.get("item")?,
                claims: claims_of(evidence.as_ref())?,
                first_line: row.get("first_line")?,
            };
            Ok((row.get::<_, i64>("attempt")?, row.get::<_, SourceKind>("source_kind")?, content))
        })?;
        let is_source = matches!(kind, SourceKind::Row | SourceKind::Group | SourceKind::Document | SourceKind::Task);
        let inputs = if is_source { Vec::new() } else { present_inputs(tx, attempt, self.at)? };
        self.make(tx, content, inputs)
    }

    /// Keeps an output without evidence that was just accepted, since it is needed next.
    pub fn add(
        &self,
        tx: &Connection,
        entry: i64,
        (step, work_id): (&str, WorkId),
        output: String,
        (item, inputs): (Option<Value>, Vec<i64>),
    ) -> rusqlite::Result<()> {
        let step = step.to_owned();
        let content = NodeContent { step, work_id, output, item, claims: Vec::new(), first_line: None };
        let node = self.make(tx, content, inputs)?;
        self.keep(entry, &Rc::new(node));
        Ok(())
    }

    fn make(&self, tx: &Connection, content: NodeContent, inputs: Vec<i64>) -> rusqlite::Result<AcceptedNode> {
        let NodeContent { step, work_id, output, item, claims, first_line } = content;
        let (mut before, mut placed_before) = (Vec::with_capacity(inputs.len()), Vec::new());
        let mut has_lines = first_line.is_some();
        for input in &inputs {
            let node = self.digests(tx, *input)?;
            before.push(node.digest.to_string());
            placed_before.push(node.placed.to_string());
            has_lines |= node.has_lines;
        }
        let digest = |output: &str, before: &[String]| {
            let content = Digest::of_bytes(output.as_bytes()).to_string();
            Digest::of_value(&json!(["lineage", 1, step, work_id.to_string(), content, before]))
        };
        let placed = digest(&output, &placed_before);
        let digest = match first_line {
            Some(first_line) => digest(&in_row(&output, &claims, first_line), &before),
            None if has_lines => digest(&output, &before),
            None => placed,
        };
        let shown = OnceCell::new();
        Ok(AcceptedNode { step, work_id, output, item, inputs, digest, placed, claims, first_line, has_lines, shown })
    }

    /// Returns these outputs and all of their ancestors, each once, depth first in the order given. Only outputs of the
    /// steps in `behind` are followed further, if it is set.
    pub(super) fn ancestors(
        &self,
        tx: &Connection,
        entries: &[i64],
        behind: Option<&BTreeSet<String>>,
    ) -> rusqlite::Result<Vec<Rc<AcceptedNode>>> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut left: Vec<i64> = entries.iter().rev().copied().collect();
        while let Some(entry) = left.pop() {
            if seen.insert(entry) {
                let node = self.get(tx, entry)?;
                if behind.is_none_or(|behind| behind.contains(&node.step)) {
                    left.extend(node.inputs.iter().rev());
                }
                found.push(node);
            }
        }
        Ok(found)
    }
}
