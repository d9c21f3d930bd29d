//! What a step makes of one work item alone: one of its output, one of each element of a list in it, or one of each
//! combination of values.

use std::collections::HashMap;
use std::{mem, vec};

use rusqlite::Transaction;
use serde_json::Value;

use super::batch::{BATCH, TransactionWork};
use super::child::{ChildStanding, children, connect, find, work_item};
use super::elements::{ElementLines, Elements, elements};
use super::lineage::VisibleInput;
use super::links::{Link, Links};
use super::parent::ParentStanding;
use super::source::{element_source, output_source, pending_source};
use super::waits::{Waits, waits_for};
use crate::config::Each;
use crate::record::{CacheId, SourceKind, WorkId, WorkStatus, canonical};
use crate::stage::gold;
use crate::stage::plan::{cache_id, work_id};
use crate::stage::standing::{self, NewStanding, ReadyStanding};
use crate::store::sql;

/// What one step makes of one work item, in progress.
#[derive(Debug)]
pub(super) struct Spread {
    parent: ParentStanding,
    kind: SourceKind,
    to_make: RemainingItems,
    waits: Waits,
    /// Where the elements that are to be made have lines of a document.
    places: ElementLines,
    /// Whether what they are made from has lines of a document.
    has_lines: bool,
    /// The gold answer of their row or group, in a step that reads it.
    gold: Option<String>,
    /// What all of them share; `None` while they wait.
    origin: Option<VisibleInput>,
    /// What the step made of it earlier, by work id.
    before: HashMap<WorkId, ChildStanding>,
    /// Whether the run file may hold a work item of the step that was made from this one earlier, but is not now.
    may_be_known: bool,
    /// How many equal elements there were so far, by their text.
    equal: HashMap<String, u64>,
    /// The position of the next element in its list, from 0.
    next: usize,
    /// The steps that the parent has still to be handed on to, this one first.
    steps_left: Vec<i64>,
}

/// What is still to be made.
#[derive(Debug)]
enum RemainingItems {
    Nothing,
    Output,
    /// One work item that stands for a list that is not known.
    StandIn,
    /// One work item for each of these.
    Elements(vec::IntoIter<Value>),
}

/// A work item to be made: what its id is computed from, its path and its own item.
struct SpreadTarget {
    source: String,
    path: Option<String>,
    item: Option<String>,
    /// The item with lines of the document, if it has any.
    placed: Option<String>,
}

impl SpreadTarget {
    /// The item as it counts for a step that does or does not read lines.
    fn seen(&self, reads_lines: bool) -> Option<&str> {
        self.placed.as_deref().filter(|_| reads_lines).or(self.item.as_deref())
    }
}

/// The result of [`Spread::go_on`].
#[expect(clippy::large_enum_variant, reason = "returned for each work item, for which a box would allocate")]
pub(super) enum SpreadProgress {
    /// This work item was just made, and must be handed on before the next one is made.
    Made(ParentStanding),
    /// One transaction has done enough.
    Paused,
    Done,
}

impl Spread {
    /// Begins what `link` makes of `parent`.
    pub(super) fn begin(
        tx: &Transaction<'_>,
        links: &Links,
        link: &Link,
        parent: ParentStanding,
    ) -> rusqlite::Result<Self> {
        let kind = kind_of(&link.each);
        let mut waits = waits_for(parent.status, parent.work_id);
        let mut places = ElementLines::default();
        let to_make = match (&link.each, &waits) {
            _ if !parent.planned => RemainingItems::Nothing,
            (Each::Output { .. }, _) => RemainingItems::Output,
            (_, Waits::Yes(..)) => RemainingItems::StandIn,
            (_, Waits::No) => match elements(tx, links, link, &parent)? {
                Ok(Elements { values, lines: found }) => {
                    places = found;
                    RemainingItems::Elements(values.into_iter())
                }
                Err(reason) => {
                    waits = Waits::Yes(WorkStatus::Blocked, Some(reason));
                    RemainingItems::StandIn
                }
            },
        };
        let origin = match (&waits, parent.cache_entry) {
            (Waits::No, Some(entry)) if parent.planned => {
                Some(VisibleInput::of(tx, links, &parent.seen, links.reads_lines(link.step), &[entry])?)
            }
            _ => None,
        };
        let has_lines = match parent.cache_entry {
            Some(entry) if origin.is_some() => links.nodes.get(tx, entry)?.has_lines,
            _ => false,
        };
        let gold = if links.reads_gold(link.step) { gold_of(tx, &parent)? } else { None };
        let before = children(tx, link.step, parent.id)?.into_iter().collect();
        let may_be_known = !links.is_new(link.step);
        let (equal, next, steps_left) = (HashMap::new(), 0, Vec::new());
        Ok(Self {
            parent,
            kind,
            to_make,
            waits,
            places,
            has_lines,
            gold,
            origin,
            before,
            may_be_known,
            equal,
            next,
            steps_left,
        })
    }

    /// Begins what `link` makes of a standing that was made just now, so that nothing is made from it yet.
    pub(super) fn of_new(links: &Links, link: &Link, parent: ParentStanding) -> Self {
        let kind = kind_of(&link.each);
        let waits = waits_for(parent.status, parent.work_id);
        let to_make = if kind == SourceKind::Output { RemainingItems::Output } else { RemainingItems::StandIn };
        let (before, equal, steps_left) = (HashMap::new(), HashMap::new(), Vec::new());
        let may_be_known = !links.is_new(link.step);
        let places = ElementLines::default();
        let (has_lines, gold, origin, next) = (false, None, None, 0);
        Self {
            parent,
            kind,
            to_make,
            waits,
            places,
            has_lines,
            gold,
            origin,
            before,
            may_be_known,
            equal,
            next,
            steps_left,
        }
    }

    pub(super) fn with_steps_left(mut self, steps: Vec<i64>) -> Self {
        self.steps_left = steps;
        self
    }

    pub(super) fn steps_left(&self) -> &[i64] {
        &self.steps_left
    }

    pub(super) fn into_parent(self) -> ParentStanding {
        self.parent
    }

    /// Makes work items until one is new or the transaction has done enough.
    pub(super) fn go_on(
        &mut self,
        tx: &Transaction<'_>,
        links: &Links,
        link: &Link,
        batch: &mut TransactionWork,
    ) -> rusqlite::Result<SpreadProgress> {
        loop {
            let is_long = matches!(&self.to_make, RemainingItems::Elements(left) if !left.as_slice().is_empty());
            if is_long && batch.handed.looked_at >= BATCH {
                return Ok(SpreadProgress::Paused);
            }
            let Some(target) = self.next_target() else { break };
            if let Some(made) = self.make(tx, links, link, &target, batch)? {
                return Ok(SpreadProgress::Made(made));
            }
        }
        // Taken out last: what joins them never sees less than there is.
        for child in mem::take(&mut self.before).into_values().filter(|child| child.planned) {
            standing::unplan_one(tx, child.id)?;
            batch.handed.looked_at += 1;
        }
        Ok(SpreadProgress::Done)
    }

    /// Takes the next work item from what is still to be made.
    fn next_target(&mut self) -> Option<SpreadTarget> {
        let parent = &self.parent;
        if let RemainingItems::Elements(left) = &mut self.to_make {
            let element = left.next()?;
            let text = canonical::to_string(&element);
            let occurrence = self.equal.entry(text.clone()).or_default();
            *occurrence += 1;
            let source = element_source(parent.work_id, &text, *occurrence);
            let before = parent.path.as_deref().map(|path| format!("{path}.")).unwrap_or_default();
            let path = Some(format!("{before}{:08}", self.next));
            self.next += 1;
            return Some(SpreadTarget { source, path, item: Some(text), placed: self.places.placed(&element) });
        }
        match mem::replace(&mut self.to_make, RemainingItems::Nothing) {
            RemainingItems::Output => {
                let source = output_source(parent.work_id);
                let gold = self.gold.clone();
                Some(SpreadTarget { source, path: parent.path.clone(), item: gold.clone(), placed: gold })
            }
            RemainingItems::StandIn => {
                Some(SpreadTarget { source: pending_source(parent.work_id), path: None, item: None, placed: None })
            }
            RemainingItems::Nothing | RemainingItems::Elements(_) => None,
        }
    }

    /// Finds one work item or makes it, and sets where it stands; returns it if it is new.
    fn make(
        &mut self,
        tx: &Transaction<'_>,
        links: &Links,
        link: &Link,
        target: &SpreadTarget,
        batch: &mut TransactionWork,
    ) -> rusqlite::Result<Option<ParentStanding>> {
        batch.handed.looked_at += 1;
        let work_id = work_id(&link.name, &target.source);
        let item = target.seen(links.reads_lines(link.step));
        let repeat = links.at.repeat;
        let exact = self.origin.as_ref().map(|origin| cache_id(work_id, origin.input_id(item), link.task_id, repeat));
        let known = match self.before.remove(&work_id) {
            Some(child) => Some(child),
            None if self.may_be_known => find(tx, link.step, work_id)?,
            None => None,
        };
        let Some(child) = known else {
            let child = self.insert(tx, links, link, target, (work_id, exact))?;
            if let Some(exact) = exact {
                batch.handed.is_ready(link.step, self.parent.position);
                // Another variant may have asked for it.
                if self.may_be_known {
                    let forced = links.forced_by(self.parent.round);
                    let (standing, floor) = (child.id, links.marks.round);
                    standing::ready(tx, &ReadyStanding { standing, task: link.task, cache_id: exact, floor, forced })?;
                    batch.open.push(child.id);
                }
            }
            connect(tx, child.id, self.parent.id, 1, false)?;
            return Ok(Some(child));
        };
        if child.edge.is_none() {
            connect(tx, child.id, self.parent.id, 1, false)?;
        }
        self.place(tx, link, child.id, target)?;
        match (exact, &self.waits) {
            (Some(exact), _) if child.cache_id == exact.to_string() => {
                if child.status == WorkStatus::Pending {
                    batch.handed.is_ready(link.step, self.parent.position);
                }
                // What it goes back to may have other lines, which others read.
                if self.has_lines && links.is_followed(link.step) {
                    links.nodes.clear();
                    standing::hand_on_one(tx, child.id)?;
                }
            }
            (Some(exact), _) => {
                let forced = links.forced_by(self.parent.round);
                let (standing, floor) = (child.id, links.marks.round);
                standing::ready(tx, &ReadyStanding { standing, task: link.task, cache_id: exact, floor, forced })?;
                batch.open.push(child.id);
                batch.handed.is_ready(link.step, self.parent.position);
            }
            (None, Waits::Yes(status, reason)) => child.wait(tx, *status, reason.as_deref())?,
            (None, Waits::No) => {}
        }
        Ok(None)
    }

    fn insert(
        &self,
        tx: &Transaction<'_>,
        links: &Links,
        link: &Link,
        target: &SpreadTarget,
        (work_id, cache_id): (WorkId, Option<CacheId>),
    ) -> rusqlite::Result<ParentStanding> {
        let made_of = (link.step, self.kind);
        let work_item = work_item(tx, work_id, made_of, &target.source, self.may_be_known)?;
        let (status, reason) = match &self.waits {
            Waits::No => (WorkStatus::Pending, None),
            Waits::Yes(status, reason) => (*status, reason.as_deref()),
        };
        let (round, sample) = links.opening(self.parent.round);
        let id = standing::insert(
            tx,
            &NewStanding {
                work_item,
                step: link.step,
                input_row: self.parent.input_row,
                row_group: self.parent.row_group,
                position: self.parent.position,
                path: target.path.as_deref(),
                item: target.placed.as_deref(),
                images: None,
                task: link.task,
                cache_id,
                round,
                sample,
                status,
                reason,
                open_sources: 0,
                // The caller hands it on right away.
                handed_on: links.handed_on(link.step),
            },
        )?;
        Ok(ParentStanding {
            id,
            step: link.step,
            work_id,
            planned: true,
            status,
            path: target.path.clone(),
            cache_entry: None,
            round,
            joined_by: None,
            ..self.parent.clone()
        })
    }

    fn place(&self, tx: &Transaction<'_>, link: &Link, child: i64, target: &SpreadTarget) -> rusqlite::Result<()> {
        sql::STANDING_PLACE
            .execute(
                tx,
                &[
                    (":standing", &child),
                    (":task", &link.task),
                    (":input_row", &self.parent.input_row),
                    (":row_group", &self.parent.row_group),
                    (":position", &self.parent.position),
                    (":path", &target.path),
                    (":item", &target.placed),
                ],
            )
            .map(|_| ())
    }
}

/// The gold answer of what a standing comes from.
fn gold_of(tx: &Transaction<'_>, parent: &ParentStanding) -> rusqlite::Result<Option<String>> {
    match (parent.row_id, &parent.group_key) {
        (Some(row), _) => gold::of_row(tx, row),
        (None, Some(key)) => gold::of_group(tx, key),
        (None, None) => Ok(None),
    }
}

fn kind_of(each: &Each) -> SourceKind {
    match each {
        Each::Output { .. } => SourceKind::Output,
        Each::Pairs { .. } => SourceKind::Pair,
        _ => SourceKind::Element,
    }
}
