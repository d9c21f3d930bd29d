//! What a step makes of several work items together.
//!
//! A work item that joins others counts those of them that are open. It is worked out when none is, and nothing is left
//! to be handed on that it may still be made from.

use rusqlite::{Connection, Transaction};
use serde_json::{Value, json};

use super::lineage::{Origin, join_source};
use super::parent::{Parent, Waits, waits_for};
use super::spread::{children, connect, find};
use super::{BATCH, Batch, Link, Links};
use crate::config::{Each, JoinKey};
use crate::record::{SourceKind, WorkId, WorkStatus, canonical};
use crate::stage::plan::{cache_id, work_id};
use crate::stage::standing::{self, Choice, New, Ready};
use crate::store::sql;

/// Adds `parent` to the work item that joins it with others, and takes it from the one that did before, where its key
/// was another one. Both have to be worked out again.
pub(super) fn add(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    parent: &Parent,
    batch: &mut Batch,
) -> rusqlite::Result<()> {
    let Each::Join { by, .. } = &link.each else { return Ok(()) };
    let mut current = None;
    if parent.planned {
        let source = join_source(&join_key(tx, links, by, parent)?);
        current = Some(joined(tx, links, link, by, parent, &source)?);
    }
    for (_, child) in children(tx, link.step, parent.id)? {
        batch.handed.looked_at += 1;
        if current != Some(child.id) {
            cut(tx, child.id, parent.id)?;
        }
        standing::choose(tx, Choice::One(child.id))?;
        standing::wait(tx, WorkStatus::Pending, None)?;
    }
    Ok(())
}

/// The standing that joins `parent` with others by a key, with an edge to it.
fn joined(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    by: &JoinKey,
    parent: &Parent,
    source: &str,
) -> rusqlite::Result<i64> {
    let (input_row, row_group) = match by {
        JoinKey::Row => (parent.input_row, parent.row_group),
        JoinKey::Group => (None, parent.row_group),
        JoinKey::Field(_) => (None, None),
    };
    let work_id = work_id(&link.name, source);
    let child = match find(tx, link.step, work_id)? {
        Some(child) if child.planned => child.id,
        Some(child) => {
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
            child.id
        }
        None => insert(tx, links, link, parent, (work_id, source), (input_row, row_group))?,
    };
    let is_open = parent.is_open();
    let edge = sql::DERIVE_FIND_EDGE.first(tx, &[(":parent", &parent.id), (":child", &child)], |row| {
        Ok((row.get::<_, i64>("id")?, row.get::<_, bool>("is_open")?))
    })?;
    match edge {
        Some((_, before)) if before == is_open => return Ok(child),
        Some((edge, _)) => {
            sql::DERIVE_OPEN_EDGE.execute(tx, &[(":is_open", &is_open), (":edge", &edge)])?;
            count_source(tx, child, if is_open { 1 } else { -1 })?;
        }
        None => {
            let number = link.parents.iter().position(|step| *step == parent.step);
            let number = number.map_or(1, |it| i64::try_from(it).unwrap_or(0) + 1);
            connect(tx, child, parent.id, number, is_open)?;
            if is_open {
                count_source(tx, child, 1)?;
            }
        }
    }
    Ok(child)
}

fn insert(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    parent: &Parent,
    (work_id, source): (WorkId, &str),
    (input_row, row_group): (Option<i64>, Option<i64>),
) -> rusqlite::Result<i64> {
    let work_item = sql::PLAN_INSERT_ITEM.insert(
        tx,
        &[
            (":work_id", &work_id),
            (":step", &link.step),
            (":source_kind", &SourceKind::Join),
            (":source", &source),
        ],
    )?;
    let (round, sample) = links.opening(parent.round);
    let handed_on = if links.is_followed(link.step) { standing::NOT_HANDED_ON } else { standing::HANDED_ON };
    standing::insert(
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
            status: WorkStatus::Pending,
            reason: None,
            open_sources: 0,
            handed_on,
        },
    )
}

fn count_source(tx: &Transaction<'_>, child: i64, by: i64) -> rusqlite::Result<()> {
    sql::STANDING_OPEN_SOURCES.execute(tx, &[(":by", &by), (":standing", &child)]).map(|_| ())
}

fn cut(tx: &Transaction<'_>, child: i64, parent: i64) -> rusqlite::Result<()> {
    let edge = sql::DERIVE_FIND_EDGE.first(tx, &[(":parent", &parent), (":child", &child)], |row| {
        Ok((row.get::<_, i64>("id")?, row.get::<_, bool>("is_open")?))
    })?;
    let Some((edge, was_open)) = edge else { return Ok(()) };
    if was_open {
        count_source(tx, child, -1)?;
    }
    sql::DERIVE_CUT_EDGE.execute(tx, &[(":edge", &edge)]).map(|_| ())
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

/// Lets steps that need everything look at the next standings of those that one of them takes from; returns whether there
/// were any.
pub(super) fn gather(tx: &Transaction<'_>, links: &Links, link: &Link, batch: &mut Batch) -> rusqlite::Result<bool> {
    for step in &link.parents {
        let count = i64::try_from(BATCH).unwrap_or(1);
        let next = sql::DERIVE_NEXT_GATHERED
            .all(tx, &[(":step", step), (":count", &count)], |row| row.get::<_, i64>("id"))?;
        if next.is_empty() {
            continue;
        }
        for id in next {
            let parent = Parent::read(tx, id)?;
            for taker in links.of(*step).filter(|link| link.needs_all()) {
                add(tx, links, taker, &parent, batch)?;
            }
            standing::handed_on(tx, id, standing::HANDED_ON)?;
            batch.handed.looked_at += 1;
        }
        return Ok(true);
    }
    Ok(false)
}

/// Works out the next work items of a step all of whose sources are decided; returns whether there were any.
pub(super) fn work_out(tx: &Transaction<'_>, links: &Links, link: &Link, batch: &mut Batch) -> rusqlite::Result<bool> {
    let count = i64::try_from(BATCH).unwrap_or(1);
    let next = sql::DERIVE_NEXT_COMPLETE
        .all(tx, &[(":step", &link.step), (":count", &count)], |row| row.get::<_, i64>("id"))?;
    let mut is_any = false;
    for id in next {
        is_any = true;
        work_out_one(tx, links, link, id, batch)?;
        if batch.handed.looked_at >= BATCH {
            break;
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
    work_id: WorkId,
}

fn read(tx: &Connection, child: i64) -> rusqlite::Result<Vec<Joined>> {
    let mut found = sql::DERIVE_EDGES.all(tx, &[(":child", &child)], |row| {
        Ok(Joined {
            edge: row.get("id")?,
            number: row.get("number")?,
            planned: row.get("planned")?,
            status: row.get("status")?,
            cache_entry: row.get("cache_entry")?,
            position: row.get("position")?,
            path: row.get("path")?,
            input_row: row.get("input_row")?,
            row_group: row.get("row_group")?,
            work_id: row.get("work_id")?,
        })
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
    id: i64,
    batch: &mut Batch,
) -> rusqlite::Result<()> {
    let (gone, sources): (Vec<_>, Vec<_>) = read(tx, id)?.into_iter().partition(|it| !it.planned);
    batch.handed.looked_at += 1 + gone.len() + sources.len();
    for it in gone {
        sql::DERIVE_CUT_EDGE.execute(tx, &[(":edge", &it.edge)])?;
    }
    let Some(waits) = together(&sources) else {
        standing::choose(tx, Choice::One(id))?;
        return standing::unplan(tx).map(|_| ());
    };
    place(tx, link, id, &sources)?;
    if let Waits::Yes(status, reason) = waits {
        if status == WorkStatus::Pending {
            // It is asked for again when what it waits for is handed on.
            let open = i64::try_from(sources.iter().filter(|it| it.status == status).count()).unwrap_or(1);
            return sql::STANDING_SET_OPEN_SOURCES.execute(tx, &[(":open", &open), (":standing", &id)]).map(|_| ());
        }
        standing::choose(tx, Choice::One(id))?;
        return standing::wait(tx, status, reason.as_deref()).map(|_| ());
    }
    let entries: Vec<i64> = sources.iter().filter_map(|it| it.cache_entry).collect();
    let own = Parent::read(tx, id)?;
    let item = own.joined_by.as_ref().map(canonical::to_string);
    let input_id = Origin::of(tx, links, id, &entries)?.input_id(item.as_deref());
    let cache_id = cache_id(own.work_id, input_id, link.task_id);
    let (floor, forced) = (links.marks.round, links.is_forced(own.round));
    standing::ready(tx, &Ready { standing: id, task: link.task, cache_id, floor, forced })?;
    batch.open.push(id);
    let position = sources.iter().map(|it| it.position).min().unwrap_or(own.position);
    batch.handed.is_ready(link.step, position);
    Ok(())
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
fn place(tx: &Transaction<'_>, link: &Link, id: i64, sources: &[Joined]) -> rusqlite::Result<()> {
    let Each::Join { by, .. } = &link.each else { return Ok(()) };
    let Some(first) = sources.iter().min_by_key(|it| (it.position, &it.path)) else { return Ok(()) };
    let group = sources.iter().find_map(|it| it.row_group);
    let (input_row, row_group, path) = match by {
        JoinKey::Row => (first.input_row, group, None),
        JoinKey::Group => (None, group, None),
        JoinKey::Field(_) => (None, None, first.path.as_deref()),
    };
    sql::STANDING_PLACE_JOIN
        .execute(
            tx,
            &[
                (":standing", &id),
                (":position", &first.position),
                (":path", &path),
                (":input_row", &input_row),
                (":row_group", &row_group),
            ],
        )
        .map(|_| ())
}
