//! Work items that are made from other steps' outputs: which there are, what each is made from, and when it can go on.
//!
//! A step's work items follow from the state of those that it takes from, one parent at a time: [`refresh`] brings a
//! step up to date before anything is asked, [`follow`] does the same for one work item that was just decided. Until
//! all that it is made from is accepted, a work item has no exact task and waits; where something of that failed or
//! was rejected, it is blocked. A list that is not known yet is stood for by one work item, so that nothing is lost
//! meanwhile.
//!
//! Nothing depends on the order in which parents are decided: ids are made of contents, and [`number`] puts the work
//! items in the order of what they are made from.

mod combinations;
mod lineage;
mod make;

use rusqlite::{Connection, Transaction};

use crate::config::{Each, JoinKey, Pairs};
use crate::record::TaskId;
use crate::store::sql;

pub use combinations::combinations;
pub use lineage::{derived_input_id, element_work_id, join_work_id, lineage, output_work_id, pending_work_id};

/// A step that takes from others.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its rowid.
    pub step: i64,
    /// Its name.
    pub name: String,
    /// Its task's rowid.
    pub task: i64,
    /// Its task.
    pub task_id: TaskId,
    /// What becomes a work item.
    pub each: Each,
    /// The rowids of the steps that it takes from, in the order of [`Each::parents`].
    pub parents: Vec<i64>,
    /// How combinations are put together.
    pub pairs: Option<Pairs>,
    /// The run's seed.
    pub seed: u64,
}

impl Link {
    /// Whether it needs all that it takes from before it can make any of its own.
    #[must_use]
    pub fn needs_all(&self) -> bool {
        matches!(&self.each, Each::Join { by: JoinKey::Field(_), .. })
    }
}

/// The steps of a task that take from others, each after those that it takes from.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The steps.
    pub all: Vec<Link>,
    /// Names of the steps in whose outputs a step may find several of one, by the rowid of the step that looks.
    pub several: Vec<(i64, Vec<String>)>,
    /// Whether a column gives rows their identity; then their other fields are part of their exact task.
    pub keyed: bool,
    /// The input's columns.
    pub columns: Vec<String>,
    /// Attempts up to this one are set aside.
    pub after: i64,
    /// Whether accepted outputs on record are used again.
    pub use_cache: bool,
}

impl Links {
    /// Whether a step may find several outputs of the step called `name`.
    #[must_use]
    pub fn are_several(&self, step: i64, name: &str) -> bool {
        self.several.iter().any(|(at, names)| *at == step && names.iter().any(|it| it == name))
    }

    /// The steps of which a step may find several outputs.
    fn several_of(&self, step: i64) -> impl Iterator<Item = &String> {
        self.several.iter().filter(move |(at, _)| *at == step).flat_map(|(_, names)| names)
    }

    /// The steps that take from a step.
    fn of(&self, parent: i64) -> impl Iterator<Item = &Link> {
        self.all.iter().filter(move |link| link.parents.contains(&parent))
    }
}

/// Brings the work items of one step up to date with those that it takes from; returns how many of these had changed.
pub fn refresh(tx: &Transaction<'_>, links: &Links, link: &Link) -> rusqlite::Result<usize> {
    let parents = serde_json::json!(link.parents);
    // What the step made before it took from these, or from work items that are gone.
    if sql::DERIVE_ANY_FOREIGN.row(tx, &[(":step", &link.step), (":parents", &parents)], |row| row.get("any"))? {
        sql::DERIVE_CUT_FOREIGN.execute(tx, &[(":step", &link.step), (":parents", &parents)])?;
        sql::DERIVE_UNPLAN_ORPHANS.execute(tx, &[(":step", &link.step)])?;
        sql::DERIVE_FORGET.execute(tx, &[(":step", &link.step)])?;
    }
    if link.needs_all() && is_open(tx, links, link)? {
        // What was made of everything holds no more when something of it is open again.
        let planned = sql::DERIVE_PLANNED.all(tx, &[(":step", &link.step)], |row| row.get::<_, i64>("id"))?;
        for id in &planned {
            make::wait(tx, *id, crate::record::WorkStatus::Pending, None)?;
        }
        sql::DERIVE_FORGET.execute(tx, &[(":step", &link.step)])?;
        return Ok(planned.len());
    }
    let mut changed = Vec::new();
    for parent in &link.parents {
        let stale =
            sql::DERIVE_STALE.all(tx, &[(":step", &link.step), (":parent", parent), (":task", &link.task)], |row| {
                row.get::<_, i64>("id")
            })?;
        changed.extend(stale);
    }
    make::all_children(tx, links, link, &changed)?;
    Ok(changed.len())
}

/// Whether anything that a step takes from is open, or may still come to be: a step that needs all that it takes from
/// has no work items before.
pub fn is_open(tx: &Connection, links: &Links, link: &Link) -> rusqlite::Result<bool> {
    for parent in &link.parents {
        if let Some(above) = links.all.iter().find(|it| it.step == *parent)
            && is_open(tx, links, above)?
        {
            return Ok(true);
        }
        if sql::DERIVE_IS_OPEN.row(tx, &[(":step", parent)], |row| row.get("any"))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Brings all that is made from one work item up to date, and what is made from that; returns the work items that can
/// go on now, each with its step's rowid.
pub fn follow(tx: &Transaction<'_>, links: &Links, step: i64, item: i64) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut ready = Vec::new();
    // A work item is followed after all that was made before it, so that what joins several is looked at once all are
    // there.
    let mut left = std::collections::VecDeque::from([(step, item)]);
    while let Some((step, item)) = left.pop_front() {
        for link in links.of(step).filter(|link| !link.needs_all()) {
            for made in make::children(tx, links, link, item)? {
                if made.is_ready {
                    ready.push((link.step, made.id));
                }
                left.push_back((link.step, made.id));
            }
        }
    }
    // What was ready for a moment may wait again.
    let mut goes_on = Vec::with_capacity(ready.len());
    let mut seen = std::collections::HashSet::new();
    for (step, item) in ready {
        if seen.insert(item) && sql::GENERATE_CLAIM_ITEM.first(tx, &[(":item", &item)], |_| Ok(()))?.is_some() {
            goes_on.push((step, item));
        }
    }
    Ok(goes_on)
}

/// Puts the work items of all steps that take from others in the order of what they are made from.
pub fn number(tx: &Transaction<'_>, links: &Links) -> rusqlite::Result<()> {
    for link in &links.all {
        sql::DERIVE_NUMBER.execute(tx, &[(":step", &link.step)])?;
    }
    Ok(())
}
