//! Derived work items: checks that they are exactly those that follow from the outputs that were handed on.

use std::collections::HashMap;

use rusqlite::Connection;

use super::configuration::Configurations;
use super::step::ReplayStep;
use crate::config::is_metric;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::engine::planned::Planned;
use crate::record::{WorkId, WorkStatus};
use crate::stage::derive::{ExpectedItem, ExpectedItems, Link, Waits, expected, joined};
use crate::stage::standing;
use crate::store::sql;

/// A planned work item that is derived from another.
struct DerivedItem {
    position: i64,
    path: Option<String>,
    input_row: Option<i64>,
    row_group: Option<i64>,
    item: Option<String>,
    status: String,
    reason: Option<String>,
    has_task: bool,
    number: i64,
    is_open: bool,
}

impl DerivedItem {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, Self)> {
        let child = Self {
            position: row.get("position")?,
            path: row.get("path")?,
            input_row: row.get("input_row")?,
            row_group: row.get("row_group")?,
            item: row.get("item")?,
            status: row.get("status")?,
            reason: row.get("reason")?,
            has_task: !row.get::<_, String>("cache_id")?.is_empty(),
            number: row.get("number")?,
            is_open: row.get("is_open")?,
        };
        Ok((row.get::<_, Option<String>>("source")?.unwrap_or_default(), child))
    }

    /// Whether it is as derived from its parent.
    fn is(&self, expected: &ExpectedItem, made: &ExpectedItems, link: &Link) -> bool {
        if link.joins() {
            return (self.number, self.is_open) == (made.number, made.is_open);
        }
        let place = (self.position, self.input_row, self.row_group, &self.path);
        place == (made.position, made.input_row, made.row_group, &expected.path)
            // The gold answer of a row is none of its parent's.
            && (self.item == expected.item || is_metric(&link.name))
            && self.number == 1
            && match &expected.waits {
                None => self.has_task,
                Some((status, reason)) => !self.has_task && self.status == status.as_str() && self.reason == *reason,
            }
    }
}

/// Compares the derived work items of each step with those that follow from its parents.
pub(super) fn check(
    connection: &Connection,
    steps: &[ReplayStep],
    configurations: &mut Configurations<'_>,
) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("what was made from work items follows from their outputs");
    for step in steps {
        let planned: Option<i64> =
            sql::RECORD_LATEST_PLAN.first(connection, &[(":step", &step.id)], |row| row.get("task"))?;
        let Some(planned) = planned else { continue };
        let Some((configuration, _)) = configurations.of_task(planned, step)? else { continue };
        let Some(link) = configuration.links.all.iter().find(|link| link.task == planned) else { continue };
        for parent in &link.parents {
            of_parents(connection, &configuration, link, *parent, &mut check)?;
        }
        if link.joins() {
            of_joins(connection, link, &mut check)?;
        }
    }
    Ok(check)
}

/// Compares the work items that a step derived from the standings of one parent.
fn of_parents(
    connection: &Connection,
    configuration: &Planned,
    link: &Link,
    parent: i64,
    check: &mut VerifyCheck,
) -> Result<(), EngineError> {
    let needed = if link.needs_all() { standing::HANDED_ON } else { standing::NOT_GATHERED };
    sql::REPLAY_PARENTS.each::<EngineError>(connection, &[(":step", &parent)], |row| {
        let (id, work_id): (i64, WorkId) = (row.get("id")?, row.get("work_id")?);
        if row.get::<_, i64>("handed_on")? < needed {
            return Ok(());
        }
        let made = expected(connection, &configuration.links, link, id)?;
        let children =
            sql::REPLAY_CHILDREN.all(connection, &[(":parent", &id), (":step", &link.step)], DerivedItem::read)?;
        let count = children.len();
        let children: HashMap<String, DerivedItem> = children.into_iter().collect();
        let is_all = count == made.items.len() && children.len() == count;
        check.require(is_all, || {
            format!("step {} made {count} of {} work items of {work_id}", link.name, made.items.len())
        });
        for item in &made.items {
            let is_there = children.get(&item.source).is_some_and(|child| child.is(item, &made, link));
            check.require(is_there, || format!("step {} did not make {} of {work_id}", link.name, item.source));
        }
        Ok(())
    })
}

/// Checks the status of the work items that join others.
fn of_joins(connection: &Connection, link: &Link, check: &mut VerifyCheck) -> Result<(), EngineError> {
    sql::REPLAY_JOINS.each::<EngineError>(connection, &[(":step", &link.step)], |row| {
        let (id, work_id): (i64, WorkId) = (row.get("id")?, row.get("work_id")?);
        let (status, reason): (String, Option<String>) = (row.get("status")?, row.get("reason")?);
        let has_task = !row.get::<_, String>("cache_id")?.is_empty();
        let is_pending = !has_task && status == WorkStatus::Pending.as_str();
        let open: i64 = row.get("open_sources")?;
        let sources = sql::VERIFY_SOURCES.all(connection, &[(":child", &id)], |row| row.get::<_, i64>("handed_on"))?;
        if sources.iter().any(|handed_on| *handed_on != standing::HANDED_ON) {
            return Ok(());
        }
        let fine = match joined(connection, id)? {
            // It is joined when all its sources are decided; a process may have ended before that.
            None => is_pending,
            _ if is_pending && open == 0 => true,
            Some(Waits::No) => has_task,
            Some(Waits::Yes(waits, why)) => !has_task && status == waits.as_str() && reason == why,
        };
        check.require(fine, || {
            format!("work item {work_id} of step {} does not stand where its sources leave it", link.name)
        });
        Ok(())
    })
}
