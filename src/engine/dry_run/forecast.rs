//! The state of a plan on record: scratch tables on a connection that only reads the run file.

use std::cell::OnceCell;
use std::path::Path;

use rusqlite::{Connection, ToSql};

use super::statistics::AnswerStatistics;
use crate::engine::error::EngineError;
use crate::project::Setup;
use crate::record::{Stage, VariantAt};
use crate::stage::generate::{Purpose, Task};
use crate::stage::record::{self, Marks};
use crate::stage::standing::{self, StandingChoice};
use crate::store::{self, Access, sql, step_rowid};

/// How many of the newest calls the statistics of answers are made from.
const NEWEST: i64 = 10_000;

/// The work items of a plan by their state on record.
pub(super) struct Forecast<'a> {
    record: Option<&'a Connection>,
    /// Holds the states where there is no run file.
    scratch: &'a Connection,
    /// Answers of invocations up to this one do not count.
    pub(super) after: i64,
    before: i64,
    counts: Vec<(String, u64)>,
    to_ask: OnceCell<u64>,
}

/// Opens a run file for reading, with scratch tables in the connection's temporary database.
pub(super) fn open(db: &Path) -> Result<Connection, EngineError> {
    let record = store::open(db, Access::Read)?;
    // The file itself was opened only to be read; this lets scratch tables be written.
    record.execute_batch("PRAGMA query_only = OFF")?;
    standing::prepare(&record)?;
    Ok(record)
}

/// Compares the plan in `scratch` with the record.
pub(super) fn of<'a>(
    scratch: &'a Connection,
    record: Option<&'a Connection>,
    setup: &Setup,
    task: &Task,
    (at, before): (VariantAt, i64),
) -> Result<Forecast<'a>, EngineError> {
    let held = record.unwrap_or(scratch);
    // One transaction, so that each work item is not a commit of its own, and the record is read as of one moment.
    // `scratch` is in a transaction already.
    let transaction = record.map(Connection::unchecked_transaction).transpose()?;
    if record.is_none() {
        standing::prepare(held)?;
    }
    copy_plan(scratch, held, task.step)?;
    let marks = match record {
        Some(record) => Marks::of(record, Stage::Generate)?,
        None => Marks::default(),
    };
    let step: Option<i64> = match record {
        Some(record) => step_rowid(record, &task.name, at)?,
        None => None,
    };
    // Without a step nothing is on record.
    if let (Some(record), Some(step)) = (record, step) {
        look_up(record, marks, step, before, task.max_attempts)?;
    }
    let (round, sample) = match record.filter(|_| setup.config.cache.asks_again()) {
        Some(record) => match record::open_round(record, Stage::Generate)? {
            Some(forced) => (forced.round, forced.sample),
            None => (i64::MAX, sql::RECORD_NEXT_SAMPLE.row(record, &[], |row| row.get("sample"))?),
        },
        None => (0, 1),
    };
    let of: [(&str, &dyn ToSql); 4] =
        [(":round", &round), (":sample", &sample), (":variant", &at.number), (":repeat", &at.repeat)];
    sql::PLAN_FORECAST.execute(held, &of)?;
    let counts = sql::PLAN_FORECAST_COUNTS.all(held, &[(":before", &before)], |row| {
        Ok((row.get("state")?, row.get::<_, i64>("items")?.unsigned_abs()))
    })?;
    if let Some(transaction) = transaction {
        transaction.commit()?;
    }
    Ok(Forecast { record, scratch, after: marks.tape, before, counts, to_ask: OnceCell::new() })
}

/// Copies the plan of a step from `scratch` into the scratch tables of `held`, which are made anew.
fn copy_plan(scratch: &Connection, held: &Connection, step: i64) -> rusqlite::Result<()> {
    sql::PLAN_DROP_PLANNED.execute(held, &[])?;
    sql::PLAN_DROP_FORECAST.execute(held, &[])?;
    sql::PLAN_CREATE_PLANNED.execute(held, &[])?;
    sql::PLAN_CREATE_FORECAST.execute(held, &[])?;
    sql::PLAN_ITEMS.each::<rusqlite::Error>(scratch, &[(":step", &step)], |row| {
        let none: Option<i64> = None;
        sql::PLAN_INSERT_PLANNED.execute(
            held,
            &[
                (":position", &row.get::<_, i64>("position")?),
                (":work_id", &row.get::<_, String>("work_id")?),
                (":source_kind", &""),
                (":source", &""),
                (":input_row", &none),
                (":row_group", &none),
                (":images", &none),
                (":cache_id", &row.get::<_, String>("cache_id")?),
            ],
        )?;
        Ok(())
    })
}

/// Finds what the record holds of a plan, with the statements that a run uses.
fn look_up(record: &Connection, marks: Marks, step: i64, before: i64, max_attempts: u32) -> rusqlite::Result<()> {
    sql::PLAN_FIND_KNOWN.execute(record, &[(":step", &step)])?;
    sql::STANDING_CLEAR_WANTED.execute(record, &[])?;
    sql::PLAN_WANT_PLANNED.execute(record, &[(":step", &step), (":floor", &marks.round)])?;
    standing::look_up(record, marks)?;
    sql::STANDING_CLEAR_CHOSEN.execute(record, &[])?;
    standing::choose(record, StandingChoice::Due { step, before, max_attempts }).map(|_| ())
}

impl Forecast<'_> {
    /// The record, where there is one.
    pub(super) fn record(&self) -> Option<&Connection> {
        self.record
    }

    /// How many work items are in one of these states.
    pub(super) fn count(&self, states: &[&str]) -> u64 {
        self.counts.iter().filter(|(state, _)| states.contains(&state.as_str())).map(|(_, count)| count).sum()
    }

    /// How many work items are to be asked.
    pub(super) fn to_ask(&self) -> u64 {
        *self.to_ask.get_or_init(|| self.count(&["new", "changed", "open", "again"]))
    }

    /// How many work items the record answers.
    pub(super) fn answered(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum::<u64>() - self.to_ask()
    }

    /// Every `stride`th work item that is to be asked: its position in the plan, its sample number, and the
    /// invocation up to which answers do not count for it.
    pub(super) fn every(&self, stride: u64) -> rusqlite::Result<Vec<(i64, u32, i64)>> {
        let stride = i64::try_from(stride).unwrap_or(i64::MAX);
        let held = self.record.unwrap_or(self.scratch);
        sql::PLAN_FORECAST_OPEN.all(held, &[(":before", &self.before), (":stride", &stride)], |row| {
            Ok((row.get("position")?, row.get("sample")?, row.get("tape_after")?))
        })
    }

    /// The mean tokens and durations of the models' newest answers.
    pub(super) fn statistics(&self) -> rusqlite::Result<Vec<AnswerStatistics>> {
        let Some(record) = self.record else { return Ok(Vec::new()) };
        sql::VIEW_RECENT_ANSWERS.all(record, &[(":newest", &NEWEST)], |row| {
            let judges = row.get_ref("purpose")?.as_str()? == Purpose::Judge.as_str();
            Ok(AnswerStatistics {
                purpose: if judges { Purpose::Judge } else { Purpose::Generation },
                model: row.get("model")?,
                output_tokens: row.get("output_tokens")?,
                duration_ms: row.get::<_, Option<f64>>("duration_ms")?.unwrap_or_default(),
                calls: row.get::<_, i64>("calls")?.unsigned_abs(),
            })
        })
    }
}
