//! A standing becomes a source of the work item that joins it with others.
//!
//! Such a work item counts those of its sources that are open. [`super::complete`] works it out once none is, and
//! nothing is left to be handed on that it may still be made from.

use rusqlite::{Connection, Transaction};
use serde_json::{Value, json};

use super::batch::TransactionWork;
use super::child::{ChildStanding, children, connect, find, work_item};
use super::links::{Link, Links};
use super::parent::ParentStanding;
use super::source::join_source;
use crate::config::{Each, JoinKey};
use crate::record::{SourceKind, WorkId, WorkStatus};
use crate::stage::plan::work_id;
use crate::stage::standing::{self, NewStanding};
use crate::store::sql;

/// What [`add`] did.
#[derive(Default)]
pub(super) struct JoinResult {
    /// The work item, if it was made just now.
    pub(super) made: Option<ParentStanding>,
    /// The work items that joined the standing before and do so no more.
    left: Vec<ChildStanding>,
}

/// Adds `parent` to the work item that joins it with others. `is_new` says that nothing is made from `parent` yet. The
/// caller hands on what was made, and then calls [`leave`].
pub(super) fn add(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    parent: &ParentStanding,
    is_new: bool,
    batch: &mut TransactionWork,
) -> rusqlite::Result<JoinResult> {
    let Each::Join { by, .. } = &link.each else { return Ok(JoinResult::default()) };
    let before = if is_new { Vec::new() } else { children(tx, link.step, parent.id)? };
    batch.handed.looked_at += before.len();
    let (mut current, mut made) = (None, None);
    if parent.planned {
        let source = join_source(&join_key(tx, links, by, parent)?);
        let work_id = work_id(&link.name, &source);
        let known = before.iter().find(|(id, _)| *id == work_id).map(|(_, child)| child.clone());
        current = Some(work_id);
        match known.map_or_else(|| find(tx, link.step, work_id), |known| Ok(Some(known)))? {
            Some(child) => join(tx, link, by, parent, &child)?,
            None => {
                let child = insert(tx, links, link, by, parent, (work_id, &source))?;
                connect(tx, child.id, parent.id, place_of(link, parent), parent.is_open())?;
                made = Some(child);
            }
        }
    }
    let left = before.into_iter().filter(|(work_id, _)| current != Some(*work_id)).map(|(_, child)| child);
    Ok(JoinResult { made, left: left.collect() })
}

/// Takes the standing from the work items that joined it before, when its key was another one. They have to be worked
/// out again.
pub(super) fn leave(tx: &Transaction<'_>, added: &JoinResult) -> rusqlite::Result<()> {
    for child in &added.left {
        if let Some(edge) = child.edge {
            if child.is_open {
                count_source(tx, child.id, -1)?;
            }
            sql::DERIVE_CUT_EDGE.execute(tx, &[(":edge", &edge)])?;
        }
        child.wait(tx, WorkStatus::Pending, None)?;
    }
    Ok(())
}

/// Returns the number of the parent's step among those that `link` takes from, from 1.
fn place_of(link: &Link, parent: &ParentStanding) -> i64 {
    let place = link.parents.iter().position(|step| *step == parent.step);
    place.map_or(1, |it| i64::try_from(it).unwrap_or(0) + 1)
}

/// Returns the row and the group that a join by this key goes back to.
fn origin_of(by: &JoinKey, parent: &ParentStanding) -> (Option<i64>, Option<i64>) {
    match by {
        JoinKey::Row => (parent.input_row, parent.row_group),
        JoinKey::Group => (None, parent.row_group),
        JoinKey::Field(_) => (None, None),
    }
}

/// Adds `parent` to a join that is in the run file.
fn join(
    tx: &Transaction<'_>,
    link: &Link,
    by: &JoinKey,
    parent: &ParentStanding,
    child: &ChildStanding,
) -> rusqlite::Result<()> {
    if !child.planned {
        let (input_row, row_group) = origin_of(by, parent);
        let none: Option<&str> = None;
        sql::STANDING_PLACE.execute(
            tx,
            &[
                (":standing", &child.id),
                (":task", &link.task),
                (":input_row", &input_row),
                (":row_group", &row_group),
                (":position", &parent.position),
                (":path", &none),
                (":item", &none),
            ],
        )?;
    }
    let (number, is_open) = (place_of(link, parent), parent.is_open());
    match child.edge {
        Some(_) if (child.number, child.is_open) == (number, is_open) => {}
        Some(edge) => {
            // A changed `each` may name the steps in another order.
            sql::DERIVE_OPEN_EDGE.execute(tx, &[(":number", &number), (":is_open", &is_open), (":edge", &edge)])?;
            if child.is_open != is_open {
                count_source(tx, child.id, if is_open { 1 } else { -1 })?;
            }
        }
        None => {
            connect(tx, child.id, parent.id, number, is_open)?;
            if is_open {
                count_source(tx, child.id, 1)?;
            }
        }
    }
    child.wait(tx, WorkStatus::Pending, None)
}

/// Makes the join for the key of `parent`, with this one source so far.
fn insert(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    by: &JoinKey,
    parent: &ParentStanding,
    (work_id, source): (WorkId, &str),
) -> rusqlite::Result<ParentStanding> {
    let may_be_known = !links.is_new(link.step);
    let work_item = work_item(tx, work_id, (link.step, SourceKind::Join), source, may_be_known)?;
    let (round, sample) = links.opening(parent.round);
    let (input_row, row_group) = origin_of(by, parent);
    let status = WorkStatus::Pending;
    let id = standing::insert(
        tx,
        &NewStanding {
            work_item,
            step: link.step,
            input_row,
            row_group,
            position: parent.position,
            path: None,
            item: None,
            images: None,
            task: link.task,
            cache_id: None,
            round,
            sample,
            status,
            reason: None,
            open_sources: i64::from(parent.is_open()),
            // The caller hands it on right away.
            handed_on: links.handed_on(link.step),
        },
    )?;
    let (planned, path, cache_entry, joined_by) = (true, None, None, None);
    let row_id = parent.row_id.filter(|_| input_row.is_some());
    let group_key = parent.group_key.clone().filter(|_| row_group.is_some());
    let step = link.step;
    let of = parent.clone();
    Ok(ParentStanding {
        id,
        step,
        work_id,
        planned,
        status,
        path,
        input_row,
        row_group,
        cache_entry,
        round,
        row_id,
        group_key,
        joined_by,
        ..of
    })
}

/// Changes the number of open sources of a join by `by`.
fn count_source(tx: &Transaction<'_>, child: i64, by: i64) -> rusqlite::Result<()> {
    sql::STANDING_OPEN_SOURCES.execute(tx, &[(":by", &by), (":standing", &child)]).map(|_| ())
}

/// Returns the key that a work item is joined by. Without a value for it, it is joined with nothing but itself.
pub(super) fn join_key(
    tx: &Connection,
    links: &Links,
    by: &JoinKey,
    parent: &ParentStanding,
) -> rusqlite::Result<Value> {
    let itself = || json!({"of": parent.work_id.to_string()});
    Ok(match by {
        JoinKey::Row => parent.row_id.map_or_else(itself, |id| json!({"row": id.to_string()})),
        JoinKey::Group => parent.group_key.as_ref().map_or_else(itself, |key| json!({"group": key})),
        JoinKey::Field(field) => {
            let Some(entry) = parent.cache_entry else { return Ok(itself()) };
            let output: Value = serde_json::from_str(&links.nodes.get(tx, entry)?.output).unwrap_or_default();
            output.get(field).map_or_else(itself, |value| json!({"key": value}))
        }
    })
}
