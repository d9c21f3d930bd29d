//! Review: the work items that a person is shown, and the person's decisions, one by one or from a file.
//!
//! A review locks the run file like any other command that writes; each decision is committed as it is made.

mod cells;
mod draw;
pub(super) mod error;
mod file;
mod sample;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, ToSql};
use serde_json::{Value, json};

use super::error::EngineError;
use super::session::{Session, now};
use crate::record::{Digest, VariantAt, WorkStatus};
use crate::schema::Contract;
use crate::stage::review::{self, Contracts, Decision};
use crate::store::{Access, sql, step_rowid};
use crate::view::item::{self, FindError, ItemHistory};

use error::{DecisionsError, LineProblem};
use file::DecisionLines;

pub(super) use file::may_have_decisions;
pub use sample::{SampleRequest, SampleSummary, write_sample, write_sample_to};

pub use crate::stage::review::{Decision as HumanDecision, ReviewError, Ruling as HumanRuling};

/// The work items to review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewQueue {
    /// All rejected work items that no person has decided on.
    Rejected,
    /// All failed work items.
    Failed,
    /// This many accepted work items that no person has decided on: always the same ones, spread over the plan.
    Sample(usize),
    /// The work items with these ids, or beginnings of ids.
    Named(Vec<String>),
}

/// A work item as a person is shown it.
#[derive(Debug)]
pub struct Card {
    /// All records of it.
    pub item: ItemHistory,
    /// The output that is to be decided on; `None` where no answer was valid.
    pub output: Option<Value>,
    /// The contract of outputs.
    pub contract: Option<Arc<Contract>>,
}

/// A review at work.
pub struct Review {
    session: Session,
    contracts: Contracts,
    /// The variant that decisions are about, and count in.
    at: VariantAt,
}

impl Review {
    /// Opens the run file at `db` for decisions on the work items of a variant.
    pub fn begin(db: &Path, at: VariantAt) -> Result<Self, EngineError> {
        let session = Session::begin(db, Access::Write, "review", None)?;
        Ok(Self { session, contracts: Contracts::default(), at })
    }

    /// The rowids of the work items to review, in order; only those of `step`, if it is given.
    pub fn queue(&self, queue: &ReviewQueue, step: Option<&str>) -> Result<Vec<i64>, EngineError> {
        let connection = &self.session.connection;
        let VariantAt { number, repeat } = self.at;
        let of_status = |status: WorkStatus| {
            let of: [(&'static str, &dyn ToSql); 4] =
                [(":status", &status), (":step", &step), (":variant", &number), (":repeat", &repeat)];
            sql::REVIEW_UNDECIDED.all(connection, &of, |row| row.get("id"))
        };
        if let Some(step) = step {
            step_rowid(connection, step, self.at)?.ok_or_else(|| EngineError::NoStep {
                name: step.to_owned(),
                hint: "`casebook status DB` lists the steps".to_owned(),
            })?;
        }
        Ok(match queue {
            ReviewQueue::Rejected => of_status(WorkStatus::Rejected)?,
            ReviewQueue::Failed => of_status(WorkStatus::Failed)?,
            ReviewQueue::Sample(count) => self.sampled(*count, step)?,
            ReviewQueue::Named(prefixes) => {
                let mut found = Vec::new();
                for prefix in prefixes {
                    let id = find(connection, prefix, self.at)?;
                    if !found.contains(&id) {
                        found.push(id);
                    }
                }
                found
            }
        })
    }

    /// The first `count` accepted work items in the order of a digest, which is independent of the input's order.
    fn sampled(&self, count: usize, step: Option<&str>) -> Result<Vec<i64>, EngineError> {
        let mut drawn: Vec<(Digest, i64)> = Vec::new();
        let of: [(&'static str, &dyn ToSql); 3] =
            [(":step", &step), (":variant", &self.at.number), (":repeat", &self.at.repeat)];
        sql::REVIEW_SAMPLED.each::<rusqlite::Error>(&self.session.connection, &of, |row| {
            let lot = Digest::of_value(&json!(["review", row.get::<_, String>("work_id")?]));
            if drawn.len() < count || drawn.last().is_some_and(|(last, _)| lot < *last) {
                let place = drawn.partition_point(|(other, _)| *other < lot);
                drawn.insert(place, (lot, row.get("id")?));
                drawn.truncate(count);
            }
            Ok(())
        })?;
        Ok(drawn.into_iter().map(|(_, id)| id).collect())
    }

    /// The card of a work item (rowid).
    pub fn card(&mut self, item: i64) -> Result<Card, EngineError> {
        let connection = &self.session.connection;
        let contract = self.contracts.of_item(connection, item, self.at)?;
        let output = review::output(connection, &mut self.contracts, item, self.at)?;
        Ok(Card { item: item::gather(connection, item, self.at)?, output, contract })
    }

    /// Records a decision; returns the work item's new status.
    pub fn decide(&mut self, item: i64, decision: &Decision) -> Result<WorkStatus, EngineError> {
        let (invocation, item) = (self.session.invocation, (item, self.at));
        let tx = self.session.transaction()?;
        let status = review::decide(&tx, &mut self.contracts, invocation, item, decision, &now())?;
        tx.commit()?;
        Ok(status)
    }

    /// Records one decision on all of `items`, or on none of them if one cannot be decided.
    pub fn decide_all(&mut self, items: &[i64], decision: &Decision) -> Result<(), EngineError> {
        let invocation = self.session.invocation;
        let tx = self.session.transaction()?;
        for item in items {
            review::decide(&tx, &mut self.contracts, invocation, (*item, self.at), decision, &now())?;
        }
        Ok(tx.commit()?)
    }

    /// Ends the review with `result`.
    pub fn end<T>(self, result: Result<T, EngineError>) -> Result<T, EngineError> {
        self.session.conclude(result)
    }
}

/// What became of a file of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenDecisions {
    pub taken: usize,
    /// How many lines had no decision.
    pub undecided: usize,
}

/// Records the decisions of a file about the work items of a variant, all of them or none. `by` and `reason` are the
/// defaults for lines without them.
pub fn decide_from(
    (db, at): (&Path, VariantAt),
    path: &Path,
    by: Option<&str>,
    reason: Option<&str>,
) -> Result<TakenDecisions, EngineError> {
    let DecisionLines { lines, undecided } = file::read(path, by, reason)?;
    Session::hold(db, Access::Write, "review", None, |session| {
        let invocation = session.invocation;
        let tx = session.transaction()?;
        let mut contracts = Contracts::default();
        let mut seen: HashMap<i64, u64> = HashMap::new();
        for line in &lines {
            let of_line = |source: LineProblem| DecisionsError { path: path.to_owned(), line: line.number, source };
            let item = find(&tx, &line.work_id, at).map_err(|error| of_line(error.into()))?;
            if let Some(first) = seen.insert(item, line.number) {
                let twice = LineProblem::DecidedTwice { work_id: line.work_id.clone(), first };
                return Err(of_line(twice).into());
            }
            review::decide(&tx, &mut contracts, invocation, (item, at), &line.decision, &now())
                .map_err(|error| of_line(error.into()))?;
        }
        tx.commit()?;
        Ok(TakenDecisions { taken: lines.len(), undecided })
    })
}

/// The rowid of the one work item of a variant whose id begins with `prefix`. It uses an index; a prefix of no
/// work item, or of several, is an error of [`item::find`].
fn find(connection: &Connection, prefix: &str, at: VariantAt) -> Result<i64, FindError> {
    let lower = prefix.to_ascii_lowercase();
    let of: [(&'static str, &dyn ToSql); 3] = [(":prefix", &lower), (":variant", &at.number), (":repeat", &at.repeat)];
    let found: Vec<i64> = sql::REVIEW_FIND.all(connection, &of, |row| row.get("id"))?;
    match found[..] {
        [id] if !lower.is_empty() => Ok(id),
        _ => Ok(item::find(connection, prefix, at)?.rowid),
    }
}
