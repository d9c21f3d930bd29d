//! The work items that one step makes from one work item.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::combinations::combinations;
use super::lineage::{derived_input_id, element_work_id, join_work_id, output_work_id, pending_work_id};
use super::{Link, Links};
use crate::config::{Each, JoinKey};
use crate::record::{CacheId, RowId, SourceKind, WorkId, WorkStatus, canonical};
use crate::stage::plan::cache_id;
use crate::store::{Statement, sql};

/// A work item that was made, changed or taken out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) id: i64,
    /// Whether it has an exact task that is to be asked.
    pub(super) is_ready: bool,
}

/// What others are made from.
struct Parent {
    id: i64,
    step: i64,
    work_id: WorkId,
    planned: bool,
    status: WorkStatus,
    position: i64,
    path: Option<String>,
    input_row: Option<i64>,
    row_group: Option<i64>,
    cache_entry: Option<i64>,
    output: Option<Value>,
    row_id: Option<RowId>,
    group_key: Option<String>,
}

/// A work item that is asked for.
struct Wanted {
    work_id: WorkId,
    kind: SourceKind,
    item: Option<Value>,
    /// Where it stands among those that its row or group became.
    path: Option<String>,
}

/// Where a work item stands by what it is made from.
enum Standing {
    Ready,
    Not(WorkStatus, Option<String>),
}

/// Makes the work items of `link` from the work item `parent`; returns all that were touched.
pub(super) fn children(tx: &Transaction<'_>, links: &Links, link: &Link, parent: i64) -> rusqlite::Result<Vec<Made>> {
    let parent = read(tx, parent)?;
    let made = if let Each::Join { by, .. } = &link.each {
        let joined = joined(tx, link, by, &parent)?;
        joined.into_iter().map(|id| rejoin(tx, links, link, id)).collect::<rusqlite::Result<_>>()?
    } else {
        spread(tx, links, link, &parent)?
    };
    sql::DERIVE_MARK.execute(tx, &[(":step", &link.step), (":task", &link.task), (":parent", &parent.id)])?;
    Ok(made)
}

/// Makes the work items of `link` from many work items. What joins several of them is worked out once, at the end.
pub(super) fn all_children(tx: &Transaction<'_>, links: &Links, link: &Link, parents: &[i64]) -> rusqlite::Result<()> {
    let Each::Join { by, .. } = &link.each else {
        return parents.iter().try_for_each(|parent| children(tx, links, link, *parent).map(|_| ()));
    };
    let mut touched = std::collections::BTreeSet::new();
    for parent in parents {
        touched.extend(joined(tx, link, by, &read(tx, *parent)?)?);
        sql::DERIVE_MARK.execute(tx, &[(":step", &link.step), (":task", &link.task), (":parent", parent)])?;
    }
    touched.into_iter().try_for_each(|id| rejoin(tx, links, link, id).map(|_| ()))
}

fn read(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<Parent> {
    sql::DERIVE_PARENT.row(tx, &[(":item", &id)], |row| {
        Ok(Parent {
            id,
            step: row.get("step")?,
            work_id: row.get("work_id")?,
            planned: row.get("planned")?,
            status: row.get("status")?,
            position: row.get("position")?,
            path: row.get("path")?,
            input_row: row.get("input_row")?,
            row_group: row.get("row_group")?,
            cache_entry: row.get("cache_entry")?,
            output: row.get("output")?,
            row_id: row.get("row_id")?,
            group_key: row.get("group_key")?,
        })
    })
}

/// The work items of a step that takes from one, which go back to `parent` alone.
fn spread(tx: &Transaction<'_>, links: &Links, link: &Link, parent: &Parent) -> rusqlite::Result<Vec<Made>> {
    let mut made = Vec::new();
    let (wanted, standing) = wanted(link, parent);
    for (number, wanted) in (1..).zip(&wanted) {
        let id = placed(tx, link, wanted, parent.input_row, parent.row_group, parent.position)?;
        connect(tx, sql::DERIVE_FIND_EDGE, id, parent.id, number, parent.cache_entry)?;
        made.push(Made { id, is_ready: stand(tx, links, link, id, &standing)? });
    }
    // Taken out last: what joins them never sees less than there is.
    let before = sql::DERIVE_CHILDREN
        .all(tx, &[(":parent", &parent.id), (":step", &link.step)], |row| row.get::<_, i64>("id"))?;
    let kept: std::collections::HashSet<i64> = made.iter().map(|made| made.id).collect();
    for id in before {
        if !kept.contains(&id) {
            sql::DERIVE_UNPLAN.execute(tx, &[(":item", &id)])?;
            made.push(Made { id, is_ready: false });
        }
    }
    Ok(made)
}

fn wanted(link: &Link, parent: &Parent) -> (Vec<Wanted>, Standing) {
    if !parent.planned {
        return (Vec::new(), Standing::Ready);
    }
    if let Each::Output { .. } = link.each {
        let wanted = Wanted {
            work_id: output_work_id(&link.name, parent.work_id),
            kind: SourceKind::Output,
            item: None,
            path: parent.path.clone(),
        };
        return (vec![wanted], standing_of(parent));
    }
    let kind = if matches!(link.each, Each::Pairs { .. }) { SourceKind::Pair } else { SourceKind::Element };
    let stand_in = || Wanted { work_id: pending_work_id(&link.name, parent.work_id), kind, item: None, path: None };
    match standing_of(parent) {
        Standing::Ready => match elements(link, parent) {
            Ok(elements) => {
                let mut wanted: Vec<Wanted> = Vec::with_capacity(elements.len());
                let mut equal: std::collections::HashMap<String, u64> = std::collections::HashMap::new();
                let before = parent.path.as_deref().map(|path| format!("{path}.")).unwrap_or_default();
                for (number, element) in elements.into_iter().enumerate() {
                    let occurrence = equal.entry(canonical::to_string(&element)).or_default();
                    *occurrence += 1;
                    let work_id = element_work_id(&link.name, parent.work_id, &element, *occurrence);
                    let path = Some(format!("{before}{number:08}"));
                    wanted.push(Wanted { work_id, kind, item: Some(element), path });
                }
                (wanted, Standing::Ready)
            }
            Err(reason) => (vec![stand_in()], Standing::Not(WorkStatus::Blocked, Some(reason))),
        },
        standing @ Standing::Not(..) => (vec![stand_in()], standing),
    }
}

/// The elements or combinations in an output.
fn elements(link: &Link, parent: &Parent) -> Result<Vec<Value>, String> {
    let (Each::Element { of, field } | Each::Pairs { of, field }) = &link.each else { return Ok(Vec::new()) };
    let value = parent.output.as_ref().and_then(|output| output.get(field));
    match (&link.each, value) {
        (_, None) => Err(format!("the output of `{of}` has no `{field}`")),
        // What is optional and was left empty has no elements.
        (_, Some(Value::Null)) => Ok(Vec::new()),
        (Each::Pairs { .. }, Some(axes)) => {
            let seed = format!("{} {}", link.seed, parent.work_id);
            combinations(axes, link.pairs, &seed).map_err(|error| format!("`{of}.{field}`: {error}"))
        }
        (_, Some(Value::Array(elements))) => Ok(elements.clone()),
        (_, Some(_)) => Err(format!("`{field}` in the output of `{of}` is no list")),
    }
}

fn standing_of(parent: &Parent) -> Standing {
    standing(parent.status, parent.work_id)
}

fn standing(status: WorkStatus, work_id: WorkId) -> Standing {
    match status {
        WorkStatus::Accepted => Standing::Ready,
        WorkStatus::Pending => Standing::Not(WorkStatus::Pending, None),
        WorkStatus::Skipped => {
            Standing::Not(WorkStatus::Skipped, Some(format!("{work_id}, which it is made from, is skipped")))
        }
        WorkStatus::Rejected | WorkStatus::Failed | WorkStatus::Blocked => {
            Standing::Not(WorkStatus::Blocked, Some(format!("{work_id}, which it is made from, is {status}")))
        }
    }
}

/// The work item that joins `parent` with others, and the one that did before, where its key was another one.
fn joined(tx: &Transaction<'_>, link: &Link, by: &JoinKey, parent: &Parent) -> rusqlite::Result<Vec<i64>> {
    let key = if parent.planned { Some(join_key(by, parent)) } else { None };
    let mut touched = Vec::new();
    let current = match &key {
        None => None,
        Some(key) => {
            let item = match by {
                JoinKey::Row | JoinKey::Group => None,
                JoinKey::Field(_) => key.get("key").cloned(),
            };
            let wanted = Wanted { work_id: join_work_id(&link.name, key), kind: SourceKind::Join, item, path: None };
            let (row, group) = match by {
                JoinKey::Row => (parent.input_row, parent.row_group),
                JoinKey::Group => (None, parent.row_group),
                JoinKey::Field(_) => (None, None),
            };
            let id = placed(tx, link, &wanted, row, group, parent.position)?;
            let number = link.parents.iter().position(|step| *step == parent.step);
            let number = number.map_or(1, |it| i64::try_from(it).unwrap_or(0) + 1);
            connect(tx, sql::DERIVE_FIND_JOIN_EDGE, id, parent.id, number, parent.cache_entry)?;
            touched.push(id);
            Some(id)
        }
    };
    let before = sql::DERIVE_CHILDREN
        .all(tx, &[(":parent", &parent.id), (":step", &link.step)], |row| row.get::<_, i64>("id"))?;
    for id in before.into_iter().filter(|id| current != Some(*id)) {
        disconnect(tx, id, parent.id)?;
        touched.push(id);
    }
    Ok(touched)
}

/// What a work item is joined by. One that has no output has no field either, and stands for itself.
fn join_key(by: &JoinKey, parent: &Parent) -> Value {
    let itself = || json!({"of": parent.work_id.to_string()});
    match by {
        JoinKey::Row => parent.row_id.map_or_else(itself, |id| json!({"row": id.to_string()})),
        JoinKey::Group => parent.group_key.as_ref().map_or_else(itself, |key| json!({"group": key})),
        JoinKey::Field(field) => parent
            .output
            .as_ref()
            .and_then(|output| output.get(field))
            .map_or_else(itself, |value| json!({"key": value})),
    }
}

/// Works out where a work item stands that joins others.
fn rejoin(tx: &Transaction<'_>, links: &Links, link: &Link, id: i64) -> rusqlite::Result<Made> {
    // While anything is open the rest need not be looked at: whoever is decided last has it done.
    if sql::DERIVE_ANY_OPEN_EDGE.first(tx, &[(":child", &id)], |_| Ok(()))?.is_some() {
        wait(tx, id, WorkStatus::Pending, None)?;
        return Ok(Made { id, is_ready: false });
    }
    let parents = sql::DERIVE_EDGES.all(tx, &[(":child", &id)], |row| {
        Ok((
            row.get::<_, i64>("id")?,
            row.get::<_, i64>("number")?,
            row.get::<_, bool>("planned")?,
            row.get::<_, WorkStatus>("status")?,
            row.get::<_, WorkId>("work_id")?,
            (row.get::<_, Option<i64>>("cache_entry")?, row.get::<_, Option<i64>>("current")?),
        ))
    })?;
    let mut standing = None;
    for (edge, number, planned, status, work_id, (recorded, current)) in &parents {
        if !planned {
            sql::DERIVE_CUT_EDGE.execute(tx, &[(":edge", edge)])?;
            continue;
        }
        if recorded != current {
            sql::DERIVE_MOVE_EDGE.execute(tx, &[(":edge", edge), (":number", number), (":cache_entry", current)])?;
        }
        let own = self::standing(*status, *work_id);
        // What is open may change everything; what failed is worse than what was skipped.
        let weight = |it: &Standing| match it {
            Standing::Not(WorkStatus::Skipped, _) => 0,
            Standing::Ready => 1,
            Standing::Not(WorkStatus::Pending, _) => 3,
            Standing::Not(..) => 2,
        };
        if standing.as_ref().is_none_or(|it| weight(&own) > weight(it)) {
            standing = Some(own);
        }
    }
    let Some(standing) = standing else {
        sql::DERIVE_UNPLAN.execute(tx, &[(":item", &id)])?;
        return Ok(Made { id, is_ready: false });
    };
    if matches!(&link.each, Each::Join { by: JoinKey::Row, .. }) {
        sql::DERIVE_GROUP_OF_JOIN.execute(tx, &[(":item", &id)])?;
    }
    Ok(Made { id, is_ready: stand(tx, links, link, id, &standing)? })
}

/// The work item that is wanted, there and planned.
fn placed(
    tx: &Transaction<'_>,
    link: &Link,
    wanted: &Wanted,
    input_row: Option<i64>,
    row_group: Option<i64>,
    position: i64,
) -> rusqlite::Result<i64> {
    let found: Option<i64> =
        sql::DERIVE_FIND.first(tx, &[(":work_id", &wanted.work_id), (":step", &link.step)], |row| row.get("id"))?;
    let item = wanted.item.as_ref().map(canonical::to_string);
    match found {
        Some(id) => {
            sql::DERIVE_PLACE.execute(
                tx,
                &[
                    (":item_id", &id),
                    (":task", &link.task),
                    (":input_row", &input_row),
                    (":row_group", &row_group),
                    (":item", &item),
                    (":path", &wanted.path),
                ],
            )?;
            Ok(id)
        }
        None => sql::DERIVE_INSERT.insert(
            tx,
            &[
                (":work_id", &wanted.work_id),
                (":step", &link.step),
                (":source_kind", &wanted.kind),
                (":input_row", &input_row),
                (":row_group", &row_group),
                (":item", &item),
                (":path", &wanted.path),
                (":position", &position),
                (":task", &link.task),
            ],
        ),
    }
}

/// Records that `child` is made from `parent`.
fn connect(
    tx: &Transaction<'_>,
    find: Statement,
    child: i64,
    parent: i64,
    number: i64,
    cache_entry: Option<i64>,
) -> rusqlite::Result<()> {
    let found = find.first(tx, &[(":child", &child), (":parent", &parent)], |row| {
        Ok((row.get::<_, i64>("id")?, (row.get::<_, i64>("number")?, row.get::<_, Option<i64>>("cache_entry")?)))
    })?;
    match found {
        Some((_, edge)) if edge == (number, cache_entry) => Ok(()),
        Some((id, _)) => sql::DERIVE_MOVE_EDGE
            .execute(tx, &[(":edge", &id), (":number", &number), (":cache_entry", &cache_entry)])
            .map(|_| ()),
        None => sql::DERIVE_INSERT_EDGE
            .execute(
                tx,
                &[(":child", &child), (":parent", &parent), (":number", &number), (":cache_entry", &cache_entry)],
            )
            .map(|_| ()),
    }
}

fn disconnect(tx: &Transaction<'_>, child: i64, parent: i64) -> rusqlite::Result<()> {
    let edge: Option<i64> =
        sql::DERIVE_FIND_JOIN_EDGE.first(tx, &[(":child", &child), (":parent", &parent)], |row| row.get("id"))?;
    match edge {
        Some(edge) => sql::DERIVE_CUT_EDGE.execute(tx, &[(":edge", &edge)]).map(|_| ()),
        None => Ok(()),
    }
}

/// Lets a work item wait, be blocked or be skipped.
pub(super) fn wait(
    tx: &Transaction<'_>,
    item: i64,
    status: WorkStatus,
    reason: Option<&String>,
) -> rusqlite::Result<()> {
    sql::DERIVE_WAIT.execute(tx, &[(":status", &status), (":reason", &reason), (":item", &item)]).map(|_| ())
}

/// Lets a work item stand where it does; returns whether it is to be asked now.
fn stand(tx: &Transaction<'_>, links: &Links, link: &Link, item: i64, standing: &Standing) -> rusqlite::Result<bool> {
    if let Standing::Not(status, reason) = standing {
        wait(tx, item, *status, reason.as_ref())?;
        return Ok(false);
    }
    let (work_id, input_id) = derived_input_id(tx, links, link.step, item)?;
    let wanted = cache_id(work_id, input_id, link.task_id);
    let (status, current) = sql::DERIVE_FIND.row(tx, &[(":work_id", &work_id), (":step", &link.step)], |row| {
        Ok((row.get::<_, WorkStatus>("status")?, row.get::<_, String>("cache_id")?))
    })?;
    // Blocked is never said of an exact task; skipped may be, by the step's own condition.
    if current == CacheId::to_string(&wanted) {
        return Ok(status == WorkStatus::Pending);
    }
    sql::DERIVE_READY.execute(tx, &[(":item", &item), (":cache_id", &wanted)])?;
    if links.use_cache {
        let restored =
            sql::DERIVE_RESTORE.execute(tx, &[(":item", &item), (":after", &links.after), (":cache_id", &wanted)])?;
        return Ok(restored == 0);
    }
    Ok(true)
}
