//! What a step makes of one work item alone: its output, the elements of a list in it, or combinations of values.

use std::collections::HashMap;

use rusqlite::{Connection, ToSql, Transaction};
use serde_json::Value;

use super::combinations::combinations;
use super::lineage::{Origin, element_source, output_source, pending_source};
use super::parent::{self, Parent, Waits, waits_for};
use super::{BATCH, Batch, Link, Links, UnderWay};
use crate::config::Each;
use crate::record::{CacheId, SourceKind, WorkId, WorkStatus, canonical};
use crate::stage::plan::{cache_id, insert_work_item, work_id};
use crate::stage::standing::{self, New, Ready};
use crate::store::sql;

/// What one step makes of one work item, as far as it has come.
#[derive(Debug)]
pub(super) struct Spread {
    parent: Parent,
    kind: SourceKind,
    wanted: Wanted,
    waits: Waits,
    /// What is seen of all of them alike; none where they wait.
    origin: Option<Origin>,
    /// What the step made of it before, by work id.
    before: HashMap<WorkId, Child>,
    /// Whether the step may have a work item that is made from this one no more, but was once.
    may_be_known: bool,
    /// How many equal elements there were, by their texts.
    equal: HashMap<String, u64>,
    next: usize,
    steps_left: Vec<i64>,
}

/// What is to be there.
#[derive(Debug)]
enum Wanted {
    /// Nothing.
    None,
    /// The output itself.
    Output,
    /// One that stands for a list that is not known.
    StandIn,
    /// Each of these.
    Elements(Vec<Value>),
}

/// A standing that is there already.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) id: i64,
    pub(super) planned: bool,
    pub(super) status: WorkStatus,
    pub(super) cache_id: String,
    /// The edge to it, where that is there, and whether it is open.
    pub(super) edge: Option<i64>,
    pub(super) is_open: bool,
}

impl Child {
    /// Whether it waits for what it is made from already.
    pub(super) fn is_waiting(&self) -> bool {
        self.status == WorkStatus::Pending && self.cache_id.is_empty()
    }
}

/// Where a work item is to be: its source, its place, and what is seen of it.
struct Place<'a> {
    source: String,
    path: Option<String>,
    item: Option<&'a str>,
}

impl Spread {
    /// What `link` makes of `parent`, from its beginning.
    pub(super) fn begin(tx: &Transaction<'_>, links: &Links, link: &Link, parent: Parent) -> rusqlite::Result<Self> {
        let kind = kind_of(&link.each);
        let mut waits = waits_for(parent.status, parent.work_id);
        let wanted = match (&link.each, &waits) {
            _ if !parent.planned => Wanted::None,
            (Each::Output { .. }, _) => Wanted::Output,
            (_, Waits::Yes(..)) => Wanted::StandIn,
            (_, Waits::No) => match elements(tx, links, link, &parent)? {
                Ok(elements) => Wanted::Elements(elements),
                Err(reason) => {
                    waits = Waits::Yes(WorkStatus::Blocked, Some(reason));
                    Wanted::StandIn
                }
            },
        };
        let origin = match (&waits, parent.cache_entry) {
            (Waits::No, Some(entry)) if parent.planned => Some(Origin::of(tx, links, &parent.seen, &[entry])?),
            _ => None,
        };
        let before = children(tx, link.step, parent.id)?.into_iter().collect();
        let may_be_known = !links.is_new(link.step);
        let (equal, next, steps_left) = (HashMap::new(), 0, Vec::new());
        Ok(Self { parent, kind, wanted, waits, origin, before, may_be_known, equal, next, steps_left })
    }

    /// What `link` makes of something that was just made and is in nothing yet.
    pub(super) fn of_new(links: &Links, link: &Link, parent: Parent) -> Self {
        let kind = kind_of(&link.each);
        let waits = waits_for(parent.status, parent.work_id);
        let wanted = if kind == SourceKind::Output { Wanted::Output } else { Wanted::StandIn };
        let (before, equal, steps_left) = (HashMap::new(), HashMap::new(), Vec::new());
        let may_be_known = !links.is_new(link.step);
        Self { parent, kind, wanted, waits, origin: None, before, may_be_known, equal, next: 0, steps_left }
    }

    pub(super) fn with_steps_left(mut self, steps: Vec<i64>) -> Self {
        self.steps_left = steps;
        self
    }

    pub(super) fn steps_left(&self) -> &[i64] {
        &self.steps_left
    }

    pub(super) fn into_parent(self) -> Parent {
        self.parent
    }

    /// Goes on as far as one transaction may; returns whether it is done.
    pub(super) fn go_on(
        &mut self,
        tx: &Transaction<'_>,
        links: &Links,
        link: &Link,
        batch: &mut Batch,
    ) -> rusqlite::Result<bool> {
        match std::mem::replace(&mut self.wanted, Wanted::None) {
            Wanted::None => {}
            Wanted::Output => {
                let place =
                    Place { source: output_source(self.parent.work_id), path: self.parent.path.clone(), item: None };
                self.make(tx, links, link, &place, batch)?;
            }
            Wanted::StandIn => {
                let place = Place { source: pending_source(self.parent.work_id), path: None, item: None };
                self.make(tx, links, link, &place, batch)?;
            }
            Wanted::Elements(elements) => {
                let is_done = self.make_elements(tx, links, link, &elements, batch)?;
                if !is_done {
                    self.wanted = Wanted::Elements(elements);
                    return Ok(false);
                }
            }
        }
        // Taken out last: what joins them never sees less than there is.
        for child in std::mem::take(&mut self.before).into_values().filter(|child| child.planned) {
            standing::unplan_one(tx, child.id)?;
            batch.handed.looked_at += 1;
        }
        Ok(true)
    }

    fn make_elements(
        &mut self,
        tx: &Transaction<'_>,
        links: &Links,
        link: &Link,
        elements: &[Value],
        batch: &mut Batch,
    ) -> rusqlite::Result<bool> {
        let before = self.parent.path.as_deref().map(|path| format!("{path}.")).unwrap_or_default();
        while let Some(element) = elements.get(self.next) {
            if batch.handed.looked_at >= BATCH {
                return Ok(false);
            }
            let text = canonical::to_string(element);
            let occurrence = self.equal.entry(text.clone()).or_default();
            *occurrence += 1;
            let source = element_source(self.parent.work_id, &text, *occurrence);
            let path = Some(format!("{before}{:08}", self.next));
            self.make(tx, links, link, &Place { source, path, item: Some(&text) }, batch)?;
            self.next += 1;
        }
        Ok(true)
    }

    /// Makes one work item, or finds it, and lets it stand where it does.
    fn make(
        &mut self,
        tx: &Transaction<'_>,
        links: &Links,
        link: &Link,
        place: &Place<'_>,
        batch: &mut Batch,
    ) -> rusqlite::Result<()> {
        batch.handed.looked_at += 1;
        let work_id = work_id(&link.name, &place.source);
        let exact = self.origin.as_ref().map(|origin| cache_id(work_id, origin.input_id(place.item), link.task_id));
        let known = match self.before.remove(&work_id) {
            Some(child) => Some(child),
            None if self.may_be_known => find(tx, link.step, work_id)?,
            None => None,
        };
        let Some(child) = known else {
            let child = self.insert(tx, links, link, place, (work_id, exact))?;
            if exact.is_some() {
                batch.handed.is_ready(link.step, self.parent.position);
            }
            connect(tx, child.id, self.parent.id, 1, false)?;
            return parent::hand_on_new(tx, links, &child, batch);
        };
        if child.edge.is_none() {
            connect(tx, child.id, self.parent.id, 1, false)?;
        }
        self.place(tx, link, child.id, place)?;
        match (exact, &self.waits) {
            (Some(exact), _) if child.cache_id == exact.to_string() => {
                if child.status == WorkStatus::Pending {
                    batch.handed.is_ready(link.step, self.parent.position);
                }
            }
            (Some(exact), _) => {
                let forced = links.forced_by(self.parent.round);
                let (standing, floor) = (child.id, links.marks.round);
                standing::ready(tx, &Ready { standing, task: link.task, cache_id: exact, floor, forced })?;
                batch.open.push(child.id);
                batch.handed.is_ready(link.step, self.parent.position);
            }
            (None, Waits::Yes(status, reason)) => parent::wait(tx, &child, *status, reason.as_deref())?,
            (None, Waits::No) => {}
        }
        Ok(())
    }

    fn insert(
        &self,
        tx: &Transaction<'_>,
        links: &Links,
        link: &Link,
        place: &Place<'_>,
        (work_id, cache_id): (WorkId, Option<CacheId>),
    ) -> rusqlite::Result<Parent> {
        let work_item = insert_work_item(tx, work_id, (link.step, self.kind), None, Some(&place.source))?;
        let (status, reason) = match &self.waits {
            Waits::No => (WorkStatus::Pending, None),
            Waits::Yes(status, reason) => (*status, reason.as_deref()),
        };
        let (round, sample) = links.opening(self.parent.round);
        let id = standing::insert(
            tx,
            &New {
                work_item,
                step: link.step,
                input_row: self.parent.input_row,
                row_group: self.parent.row_group,
                position: self.parent.position,
                path: place.path.as_deref(),
                item: None,
                images: None,
                task: link.task,
                cache_id,
                round,
                sample,
                status,
                reason,
                open_sources: 0,
                // What is made from it is made right after it.
                handed_on: links.handed_on(link.step),
            },
        )?;
        Ok(Parent {
            id,
            step: link.step,
            work_id,
            planned: true,
            status,
            path: place.path.clone(),
            cache_entry: None,
            round,
            joined_by: None,
            ..self.parent.clone()
        })
    }

    fn place(&self, tx: &Transaction<'_>, link: &Link, child: i64, place: &Place<'_>) -> rusqlite::Result<()> {
        let no_item: Option<&str> = None;
        sql::STANDING_PLACE
            .execute(
                tx,
                &[
                    (":standing", &child),
                    (":task", &link.task),
                    (":input_row", &self.parent.input_row),
                    (":row_group", &self.parent.row_group),
                    (":position", &self.parent.position),
                    (":path", &place.path),
                    (":item", &no_item),
                ],
            )
            .map(|_| ())
    }
}

fn kind_of(each: &Each) -> SourceKind {
    match each {
        Each::Output { .. } => SourceKind::Output,
        Each::Pairs { .. } => SourceKind::Pair,
        _ => SourceKind::Element,
    }
}

/// Goes on with what is under way.
pub(super) fn go_on(
    tx: &Transaction<'_>,
    links: &Links,
    under_way: &mut UnderWay,
    batch: &mut Batch,
) -> rusqlite::Result<()> {
    match under_way.spread.take() {
        Some(spread) => parent::resume(tx, links, spread, under_way, batch),
        None => Ok(()),
    }
}

/// The columns of [`Child`], which are read of very many rows.
const COLUMNS: [&str; 6] = ["id", "planned", "status", "cache_id", "edge", "is_open"];

/// What a step made of a standing, by work id.
pub(super) fn children(tx: &Transaction<'_>, step: i64, parent: i64) -> rusqlite::Result<Vec<(WorkId, Child)>> {
    let mut found = Vec::new();
    let parameters = [(":parent", &parent as &dyn ToSql), (":step", &step)];
    sql::DERIVE_CHILDREN.each_at::<rusqlite::Error, _>(tx, &parameters, COLUMNS, |row, at| {
        found.push((row.get("work_id")?, child(row, at)?));
        Ok(())
    })?;
    Ok(found)
}

/// The standing of a step's work item, where it has one.
pub(super) fn find(tx: &Transaction<'_>, step: i64, work_id: WorkId) -> rusqlite::Result<Option<Child>> {
    let mut found = None;
    let parameters = [(":work_id", &work_id as &dyn ToSql), (":step", &step)];
    sql::DERIVE_FIND.each_at::<rusqlite::Error, _>(tx, &parameters, COLUMNS, |row, at| {
        found = Some(child(row, at)?);
        Ok(())
    })?;
    Ok(found)
}

fn child(row: &rusqlite::Row<'_>, at: [usize; 6]) -> rusqlite::Result<Child> {
    let [id, planned, status, cache_id, edge, is_open] = at;
    Ok(Child {
        id: row.get(id)?,
        planned: row.get(planned)?,
        status: row.get(status)?,
        cache_id: row.get(cache_id)?,
        edge: row.get(edge)?,
        is_open: row.get(is_open)?,
    })
}

/// Records that `child` is made from `parent`, which a work item that joins several waits for where it is open.
pub(super) fn connect(
    tx: &Transaction<'_>,
    child: i64,
    parent: i64,
    number: i64,
    is_open: bool,
) -> rusqlite::Result<()> {
    sql::DERIVE_INSERT_EDGE
        .execute(tx, &[(":child", &child), (":parent", &parent), (":number", &number), (":is_open", &is_open)])
        .map(|_| ())
}

/// The elements or combinations in an output, or why there are none.
pub(super) fn elements(
    tx: &Connection,
    links: &Links,
    link: &Link,
    parent: &Parent,
) -> rusqlite::Result<Result<Vec<Value>, String>> {
    let (Each::Element { of, field } | Each::Pairs { of, field }) = &link.each else { return Ok(Ok(Vec::new())) };
    let mut output = match parent.cache_entry {
        Some(entry) => serde_json::from_str(&links.nodes.get(tx, entry)?.output).unwrap_or_default(),
        None => Value::Null,
    };
    Ok(elements_in(&mut output, link, (of, field), parent.work_id))
}

/// The elements or combinations in the field of an output.
fn elements_in(
    output: &mut Value,
    link: &Link,
    (of, field): (&str, &str),
    parent: WorkId,
) -> Result<Vec<Value>, String> {
    let value = output.get_mut(field).map(Value::take);
    match (&link.each, value) {
        (_, None) => Err(format!("the output of `{of}` has no `{field}`")),
        // What is optional and was left empty has no elements.
        (_, Some(Value::Null)) => Ok(Vec::new()),
        (Each::Pairs { .. }, Some(axes)) => {
            let seed = format!("{} {}", link.seed, parent);
            combinations(&axes, link.pairs, &seed).map_err(|error| format!("`{of}.{field}`: {error}"))
        }
        (_, Some(Value::Array(elements))) => Ok(elements),
        (_, Some(_)) => Err(format!("`{field}` in the output of `{of}` is no list")),
    }
}
