//! Steps that join by a field look at their sources here, once all of these are decided.

use rusqlite::Transaction;

use super::batch::{BATCH, PAGE, TransactionWork};
use super::hand_on::add_to_join;
use super::links::{Link, Links};
use super::parent::ParentStanding;
use crate::stage::standing;
use crate::store::sql;

/// Hands the next standings that `link` takes from on to the steps that need all of their sources; returns whether
/// there were any.
pub(super) fn gather(
    tx: &Transaction<'_>,
    links: &Links,
    link: &Link,
    batch: &mut TransactionWork,
) -> rusqlite::Result<bool> {
    let mut is_any = false;
    for step in &link.parents {
        while batch.handed.looked_at < BATCH {
            let next = ParentStanding::next(tx, links, sql::DERIVE_NEXT_GATHERED, *step, PAGE)?;
            let Some(ends) = next.first().zip(next.last()).map(|(first, last)| (first.id, last.id)) else { break };
            is_any = true;
            for parent in next {
                for taker in links.of(*step).filter(|link| link.needs_all()) {
                    add_to_join(tx, links, taker, &parent, false, batch)?;
                }
                batch.handed.looked_at += 1;
            }
            standing::gathered(tx, *step, ends)?;
        }
    }
    Ok(is_any)
}
