//! Joins all of whose sources are decided: their exact tasks are worked out, or the status that their sources leave
//! them.

use rusqlite::{Connection, ToSql, Transaction};

use super::batch::{BATCH, PAGE, TransactionWork};
use super::lineage::VisibleInput;
use super::links::{Link, Links};
use super::parent::ParentStanding;
use super::waits::{Waits, waits_for};
use crate::config::{Each, JoinKey};
use crate::record::{CacheId, WorkId, WorkStatus, canonical};
use crate::stage::plan::cache_id;
use crate::stage::standing::{self, ReadyStanding};
use crate::store::sql;

/// Works out the next joins of a step whose sources are all decided; returns whether there were any.
pub(super) fn work_out(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    batch: &mut TransactionWork,
) -> rusqlite::Result<bool> {
    let mut is_any = false;
    while batch.handed.looked_at < BATCH {
        let left = PAGE.min(BATCH - batch.handed.looked_at);
        let next = ParentStanding::next(tx, links, sql::DERIVE_NEXT_COMPLETE, link.step, left)?;
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

/// One of the sources of a join.
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

/// The columns of [`Joined`], looked up once for many rows.
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

/// Reads the sources of a join in their order.
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
    own: ParentStanding,
    batch: &mut TransactionWork,
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
            // It is worked out again when that source is handed on.
            let open = i64::try_from(sources.iter().filter(|it| it.status == status).count()).unwrap_or(1);
            return sql::STANDING_SET_OPEN_SOURCES.execute(tx, &[(":open", &open), (":standing", &id)]).map(|_| ());
        }
        return standing::wait_one(tx, id, status, reason.as_deref());
    }
    let cache_id = exact(tx, links, link, &own, &sources)?;
    let mut rounds = sources.iter().map(|it| it.round).chain([own.round]);
    let forced = rounds.find_map(|round| links.forced_by(round));
    let floor = links.marks.round;
    standing::ready(tx, &ReadyStanding { standing: id, task: link.task, cache_id, floor, forced })?;
    batch.open.push(id);
    batch.handed.is_ready(link.step, own.position);
    Ok(())
}

/// Returns the exact task of a join of these sources.
fn exact(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    own: &ParentStanding,
    sources: &[Joined],
) -> rusqlite::Result<CacheId> {
    let entries: Vec<i64> = sources.iter().filter_map(|it| it.cache_entry).collect();
    let item = own.joined_by.as_ref().map(canonical::to_string);
    let input_id =
        VisibleInput::of(tx, links, &own.seen, links.reads_lines(link.step), &entries)?.input_id(item.as_deref());
    Ok(cache_id(own.work_id, input_id, link.task_id, links.at.repeat))
}

/// Moves the joins of a step to the current positions of their sources. A join that sees its sources in another order
/// than before is worked out again.
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
    let own = place(tx, links, link, ParentStanding::read(tx, links, id)?, &sources)?;
    if before.is_empty() || together(&sources) != Some(Waits::No) {
        return Ok(());
    }
    if exact(tx, links, link, &own, &sources)?.to_string() == before {
        return Ok(());
    }
    standing::wait_one(tx, id, WorkStatus::Pending, None)
}

/// Returns whether a join (rowid) has to wait for its sources; `None` if none of them is planned.
pub(super) fn waits(tx: &Connection, id: i64) -> rusqlite::Result<Option<Waits>> {
    let sources: Vec<_> = read(tx, id)?.into_iter().filter(|it| it.planned).collect();
    Ok(together(&sources))
}

/// Returns whether a join of these sources has to wait: an open source counts most, since it may change everything, and
/// a failed one counts more than a skipped one. `None` if there are no sources.
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

/// Moves a join to the position of its first source.
fn place(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    own: ParentStanding,
    sources: &[Joined],
) -> rusqlite::Result<ParentStanding> {
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
    ParentStanding::read(tx, links, own.id)
}
