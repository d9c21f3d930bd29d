//! A standing is handed on to the steps that take from it, and whatever is made new is handed on in turn.

use rusqlite::Transaction;

use super::batch::TransactionWork;
use super::join;
use super::links::{Link, Links};
use super::parent::ParentStanding;
use super::spread::{Spread, SpreadProgress};
use crate::stage::standing;

/// Work that one transaction left for the next.
#[derive(Debug, Default)]
pub struct PendingDerivation {
    pub(super) spread: Option<Spread>,
}

/// Hands a standing on to the steps that take from it; returns whether that is done. The rest of a list that is too
/// long for one transaction is kept in `under_way`.
pub(super) fn hand_on(
    tx: &Transaction<'_>,
    links: &Links,
    parent: &ParentStanding,
    under_way: &mut PendingDerivation,
    batch: &mut TransactionWork,
) -> rusqlite::Result<bool> {
    batch.handed.looked_at += 1;
    let takers: Vec<&Link> = links.of(parent.step).filter(|link| !link.needs_all()).collect();
    hand_to(tx, links, parent, &takers, under_way, batch)
}

/// Hands a standing on to these steps; returns whether that is done.
fn hand_to(
    tx: &Transaction<'_>,
    links: &Links,
    parent: &ParentStanding,
    takers: &[&Link],
    under_way: &mut PendingDerivation,
    batch: &mut TransactionWork,
) -> rusqlite::Result<bool> {
    for (at, link) in takers.iter().enumerate() {
        if link.joins() {
            add_to_join(tx, links, link, parent, false, batch)?;
            continue;
        }
        let mut spread = Spread::begin(tx, links, link, parent.clone())?;
        if !make_all(tx, links, link, &mut spread, batch)? {
            let left = takers[at..].iter().map(|link| link.step).collect();
            under_way.spread = Some(spread.with_steps_left(left));
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes what a step makes of one work item, and hands on each that is new before the next is made; returns whether it
/// is done.
fn make_all(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    spread: &mut Spread,
    batch: &mut TransactionWork,
) -> rusqlite::Result<bool> {
    loop {
        match spread.go_on(tx, links, link, batch)? {
            SpreadProgress::Made(made) => hand_on_new(tx, links, &made, batch)?,
            SpreadProgress::Paused => return Ok(false),
            SpreadProgress::Done => return Ok(true),
        }
    }
}

/// Adds a standing to the work item of a step that joins it with others.
pub(super) fn add_to_join(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    parent: &ParentStanding,
    is_new: bool,
    batch: &mut TransactionWork,
) -> rusqlite::Result<()> {
    let added = join::add(tx, links, link, parent, is_new, batch)?;
    if let Some(made) = &added.made {
        hand_on_new(tx, links, made, batch)?;
    }
    join::leave(tx, &added)
}

/// Hands on a standing that was made just now, so that nothing is made from it yet.
fn hand_on_new(
    tx: &Transaction<'_>,
    links: &Links,
    parent: &ParentStanding,
    batch: &mut TransactionWork,
) -> rusqlite::Result<()> {
    for link in links.of(parent.step).filter(|link| !link.needs_all()) {
        if link.joins() {
            add_to_join(tx, links, link, parent, true, batch)?;
        } else {
            make_all(tx, links, link, &mut Spread::of_new(links, link, parent.clone()), batch)?;
        }
    }
    Ok(())
}

/// Continues what an earlier transaction left in `under_way`.
pub(super) fn resume(
    tx: &Transaction<'_>,
    links: &Links,
    under_way: &mut PendingDerivation,
    batch: &mut TransactionWork,
) -> rusqlite::Result<()> {
    let Some(mut spread) = under_way.spread.take() else { return Ok(()) };
    let steps = spread.steps_left().to_vec();
    let takers: Vec<&Link> = steps.iter().filter_map(|step| links.all.iter().find(|link| link.step == *step)).collect();
    let Some((first, rest)) = takers.split_first() else { return Ok(()) };
    if !make_all(tx, links, first, &mut spread, batch)? {
        under_way.spread = Some(spread);
        return Ok(());
    }
    let parent: ParentStanding = spread.into_parent();
    if hand_to(tx, links, &parent, rest, under_way, batch)? {
        standing::handed_on(tx, parent.step, (parent.id, parent.id), links.handed_on(parent.step))?;
    }
    Ok(())
}
