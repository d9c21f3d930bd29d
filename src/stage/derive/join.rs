//! What a step makes of several work items together.
//!
//! A work item that joins others counts those of them that are open. It is worked out when none is, and nothing is left
//! to be handed on that it may still be made from.

use rusqlite::{Connection, ToSql, Transaction};
use serde_json::{Value, json};

use super::lineage::{Origin, join_source};
use super::parent::{self, Parent, Waits, waits_for};
use super::spread::{Child, children, connect, find};
use super::{BATCH, Batch, Link, Links, PAGE};
use crate::config::{Each, JoinKey};
use crate::record::{CacheId, SourceKind, WorkId, WorkStatus, canonical};
use crate::stage::plan::{cache_id, insert_work_item, work_id};
use crate::stage::standing::{self, New, Ready};
use crate::store::sql;

/// Adds `parent` to the work item that joins it with others, and takes it from the one that did before, where its key
/// was another one. Both have to be worked out again. What `is_new` is in none yet.
pub(super) fn add(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    parent: &Parent,
    is_new: bool,
    batch: &mut Batch,
) -> rusqlite::Result<()> {
    let Each::Join { by, .. } = &link.each else { return Ok(()) };
    let before = if is_new { Vec::new() } else { children(tx, link.step, parent.id)? };
    batch.handed.looked_at += before.len();
    let mut current = None;
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
                parent::hand_on_new(tx, links, &child, batch)?;
            }
        }
    }
    for (_, child) in before.iter().filter(|(work_id, _)| current != Some(*work_id)) {
        if let Some(edge) = child.edge {
            if child.is_open {
                count_source(tx, child.id, -1)?;
            }
            sql::DERIVE_CUT_EDGE.execute(tx, &[(":edge", &edge)])?;
        }
        parent::wait(tx, child, WorkStatus::Pending, None)?;
    }
    Ok(())
}

/// The place of a parent's step among those that a step takes from, from 1.
fn place_of(link: &Link, parent: &Parent) -> i64 {
    let place = link.parents.iter().position(|step| *step == parent.step);
    place.map_or(1, |it| i64::try_from(it).unwrap_or(0) + 1)
}

/// The row and the group of what is joined by a key.
fn origin_of(by: &JoinKey, parent: &Parent) -> (Option<i64>, Option<i64>) {
    match by {
        JoinKey::Row => (parent.input_row, parent.row_group),
        JoinKey::Group => (None, parent.row_group),
        JoinKey::Field(_) => (None, None),
    }
}

/// Joins `parent` with others in a standing that is there.
fn join(tx: &Transaction<'_>, link: &Link, by: &JoinKey, parent: &Parent, child: &Child) -> rusqlite::Result<()> {
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
    let is_open = parent.is_open();
    match child.edge {
        Some(_) if child.is_open == is_open => {}
        Some(edge) => {
            sql::DERIVE_OPEN_EDGE.execute(tx, &[(":is_open", &is_open), (":edge", &edge)])?;
            count_source(tx, child.id, if is_open { 1 } else { -1 })?;
        }
        None => {
            connect(tx, child.id, parent.id, place_of(link, parent), is_open)?;
            if is_open {
                count_source(tx, child.id, 1)?;
            }
        }
    }
    parent::wait(tx, child, WorkStatus::Pending, None)
}

/// Adds the standing that joins what has the key of `parent`, with that alone so far.
fn insert(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    by: &JoinKey,
    parent: &Parent,
    (work_id, source): (WorkId, &str),
) -> rusqlite::Result<Parent> {
    let work_item = insert_work_item(tx, work_id, (link.step, SourceKind::Join), None, Some(source))?;
    let (round, sample) = links.opening(parent.round);
    let (input_row, row_group) = origin_of(by, parent);
    let status = WorkStatus::Pending;
    let id = standing::insert(
        tx,
        &New {
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
            // What is made from it is made right after it.
            handed_on: links.handed_on(link.step),
        },
    )?;
    let (planned, path, cache_entry, joined_by) = (true, None, None, None);
    let row_id = parent.row_id.filter(|_| input_row.is_some());
    let group_key = parent.group_key.clone().filter(|_| row_group.is_some());
    let step = link.step;
    let of = parent.clone();
    Ok(Parent {
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

fn count_source(tx: &Transaction<'_>, child: i64, by: i64) -> rusqlite::Result<()> {
    sql::STANDING_OPEN_SOURCES.execute(tx, &[(":by", &by), (":standing", &child)]).map(|_| ())
}

/// What a work item is joined by. One that has no output has no field either, and stands for itself.
pub(super) fn join_key(tx: &Connection, links: &Links, by: &JoinKey, parent: &Parent) -> rusqlite::Result<Value> {
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

/// Lets steps that need everything look at the next standings of those that one of them takes from; returns whether
/// there were any.
pub(super) fn gather(tx: &Transaction<'_>, links: &Links, link: &Link, batch: &mut Batch) -> rusqlite::Result<bool> {
    let mut is_any = false;
    for step in &link.parents {
        while batch.handed.looked_at < BATCH {
            let next = Parent::next(tx, links, sql::DERIVE_NEXT_GATHERED, *step, PAGE)?;
            let Some(ends) = next.first().zip(next.last()).map(|(first, last)| (first.id, last.id)) else { break };
            is_any = true;
            for parent in next {
                for taker in links.of(*step).filter(|link| link.needs_all()) {
                    add(tx, links, taker, &parent, false, batch)?;
                }
                batch.handed.looked_at += 1;
            }
            standing::gathered(tx, *step, ends)?;
        }
    }
    Ok(is_any)
}

/// Works out the next work items of a step all of whose sources are decided; returns whether there were any.
pub(super) fn work_out(tx: &Transaction<'_>, links: &Links, link: &Link, batch: &mut Batch) -> rusqlite::Result<bool> {
    let mut is_any = false;
    while batch.handed.looked_at < BATCH {
        let left = PAGE.min(BATCH - batch.handed.looked_at);
        let next = Parent::next(tx, links, sql::DERIVE_NEXT_COMPLETE, link.step, left)?;
        if next.is_empty() {
            break;
        }
        is_any = true;
        for own in next {
            work_out_one(tx, links, link, own, batch)?;
            if batch.handed.looked_at >= BATCH {
                break;
            }
        }
    }
    Ok(is_any)
}

/// One of those that a work item joins.
struct Joined {
    edge: i64,
    number: i64,
    planned: bool,
    status: WorkStatus,
    cache_entry: Option<i64>,
    position: i64,
    path: Option<String>,
    input_row: Option<i64>,
    row_group: Option<i64>,
    round: Option<i64>,
    work_id: WorkId,
}

/// The columns of [`Joined`], which are read of very many rows.
const COLUMNS: [&str; 11] = [
    "id",
    "number",
    "planned",
    "status",
    "cache_entry",
    "position",
    "path",
    "input_row",
    "row_group",
    "round",
    "work_id",
];

fn read(tx: &Connection, child: i64) -> rusqlite::Result<Vec<Joined>> {
    let mut found = Vec::new();
    sql::DERIVE_EDGES.each_at::<rusqlite::Error, _>(tx, &[(":child", &child)], COLUMNS, |row, at| {
        let [edge, number, planned, status, cache_entry, position, path, input_row, row_group, round, work_id] = at;
        found.push(Joined {
            edge: row.get(edge)?,
            number: row.get(number)?,
            planned: row.get(planned)?,
            status: row.get(status)?,
            cache_entry: row.get(cache_entry)?,
            position: row.get(position)?,
            path: row.get(path)?,
            input_row: row.get(input_row)?,
            row_group: row.get(row_group)?,
            round: row.get(round)?,
            work_id: row.get(work_id)?,
        });
        Ok(())
    })?;
    found.sort_by(|one, two| {
        (one.number, one.position, &one.path, one.work_id).cmp(&(two.number, two.position, &two.path, two.work_id))
    });
    Ok(found)
}

fn work_out_one(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    own: Parent,
    batch: &mut Batch,
) -> rusqlite::Result<()> {
    let id = own.id;
    let (gone, sources): (Vec<_>, Vec<_>) = read(tx, id)?.into_iter().partition(|it| !it.planned);
    batch.handed.looked_at += 1 + gone.len() + sources.len();
    for it in gone {
        sql::DERIVE_CUT_EDGE.execute(tx, &[(":edge", &it.edge)])?;
    }
    let Some(waits) = together(&sources) else { return standing::unplan_one(tx, id) };
    let own = place(tx, links, link, own, &sources)?;
    if let Waits::Yes(status, reason) = waits {
        if status == WorkStatus::Pending {
            // It is asked for again when what it waits for is handed on.
            let open = i64::try_from(sources.iter().filter(|it| it.status == status).count()).unwrap_or(1);
            return sql::STANDING_SET_OPEN_SOURCES.execute(tx, &[(":open", &open), (":standing", &id)]).map(|_| ());
        }
        return standing::wait_one(tx, id, status, reason.as_deref());
    }
    let cache_id = exact(tx, links, link, &own, &sources)?;
    let mut rounds = sources.iter().map(|it| it.round).chain([own.round]);
    let forced = rounds.find_map(|round| links.forced_by(round));
    let floor = links.marks.round;
    standing::ready(tx, &Ready { standing: id, task: link.task, cache_id, floor, forced })?;
    batch.open.push(id);
    batch.handed.is_ready(link.step, own.position);
    Ok(())
}

/// The exact task of what joins these.
fn exact(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    own: &Parent,
    sources: &[Joined],
) -> rusqlite::Result<CacheId> {
    let entries: Vec<i64> = sources.iter().filter_map(|it| it.cache_entry).collect();
    let item = own.joined_by.as_ref().map(canonical::to_string);
    let input_id = Origin::of(tx, links, &own.seen, &entries)?.input_id(item.as_deref());
    Ok(cache_id(own.work_id, input_id, link.task_id))
}

/// Puts the work items of a step where those that they join are now. One that sees them in another order than before is
/// worked out again.
pub(super) fn replace(tx: &Transaction<'_>, links: &Links, link: &Link) -> rusqlite::Result<()> {
    let count = i64::try_from(PAGE).unwrap_or(1);
    let mut after = 0;
    loop {
        let page = [(":step", &link.step as &dyn ToSql), (":after", &after), (":count", &count)];
        let planned: Vec<(i64, String)> =
            sql::DERIVE_PLANNED.all(tx, &page, |row| Ok((row.get("id")?, row.get("cache_id")?)))?;
        let Some((last, _)) = planned.last() else { return Ok(()) };
        after = *last;
        for (id, before) in &planned {
            replace_one(tx, links, link, *id, before)?;
        }
    }
}

fn replace_one(tx: &Transaction<'_>, links: &Links, link: &Link, id: i64, before: &str) -> rusqlite::Result<()> {
    let sources: Vec<_> = read(tx, id)?.into_iter().filter(|it| it.planned).collect();
    let own = place(tx, links, link, Parent::read(tx, links, id)?, &sources)?;
    if before.is_empty() || together(&sources) != Some(Waits::No) {
        return Ok(());
    }
    if exact(tx, links, link, &own, &sources)?.to_string() == before {
        return Ok(());
    }
    standing::wait_one(tx, id, WorkStatus::Pending, None)
}

/// Where a standing that joins others is by what they are; `None` where none of them is planned.
pub(super) fn waits(tx: &Connection, id: i64) -> rusqlite::Result<Option<Waits>> {
    let sources: Vec<_> = read(tx, id)?.into_iter().filter(|it| it.planned).collect();
    Ok(together(&sources))
}

/// Where that stands which is made from all of these: what is open may change everything, and what failed is worse than
/// what was skipped. `None` where there are none.
fn together(sources: &[Joined]) -> Option<Waits> {
    let weight = |it: &Waits| match it {
        Waits::Yes(WorkStatus::Skipped, _) => 0,
        Waits::No => 1,
        Waits::Yes(WorkStatus::Pending, _) => 3,
        Waits::Yes(..) => 2,
    };
    let mut heaviest: Option<Waits> = None;
    for it in sources {
        let own = waits_for(it.status, it.work_id);
        if heaviest.as_ref().is_none_or(|heaviest| weight(&own) > weight(heaviest)) {
            heaviest = Some(own);
        }
    }
    heaviest
}

/// Puts a work item that joins others where the first of them is.
fn place(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    own: Parent,
    sources: &[Joined],
) -> rusqlite::Result<Parent> {
    let Each::Join { by, .. } = &link.each else { return Ok(own) };
    let Some(first) = sources.iter().min_by_key(|it| (it.position, &it.path)) else { return Ok(own) };
    let group = sources.iter().find_map(|it| it.row_group);
    let (input_row, row_group, path) = match by {
        JoinKey::Row => (first.input_row, group, None),
        JoinKey::Group => (None, group, None),
        JoinKey::Field(_) => (None, None, first.path.as_deref()),
    };
    let is_there = (own.position, own.path.as_deref(), own.input_row, own.row_group)
        == (first.position, path, input_row, row_group);
    if is_there {
        return Ok(own);
    }
    sql::STANDING_PLACE_JOIN.execute(
        tx,
        &[
            (":standing", &own.id),
            (":position", &first.position),
            (":path", &path),
            (":input_row", &input_row),
            (":row_group", &row_group),
        ],
    )?;
    Parent::read(tx, links, own.id)
}
