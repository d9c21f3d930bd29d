//! Where work items stand: the only writer of `standing`.
//!
//! Most statements are about the standings that were chosen before, in a scratch table: one or a million. What the
//! record says of an exact task is looked up in one place too, for a plan, for a single work item and for a dry run
//! alike.

use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::record::{Forced, Marks};
use crate::record::{AttemptOutcome, CacheId, WorkStatus};
use crate::store::{Statement, sql};

/// Every step that takes from it has seen where it stands now, or none takes from it.
pub const HANDED_ON: i64 = 2;
/// The same, but for steps that join by a field: they look at their sources once all of these are decided.
pub const NOT_GATHERED: i64 = 1;
/// The steps that take from it have not seen where it stands now.
pub const NOT_HANDED_ON: i64 = 0;

/// Makes the scratch tables of a connection.
pub fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    for statement in [sql::STANDING_CREATE_CHOSEN, sql::STANDING_CREATE_WANTED, sql::STANDING_CREATE_FOUND] {
        connection.execute_batch(statement.text)?;
    }
    Ok(())
}

/// Which standings a statement is about.
#[derive(Clone, Copy, Debug)]
pub enum Choice<'a> {
    /// One, by its rowid.
    One(i64),
    /// A work item's, by its rowid.
    WorkItem(i64),
    /// Every one, those outside the plan too.
    All,
    /// All of a step's that are planned.
    Planned(i64),
    /// Those of a step's plan that are open and have an exact task.
    Open(i64),
    /// Those of a step's plan that are not waiting.
    NotWaiting(i64),
    /// Those of a step's plan that are made from nothing in the plan.
    Orphans(i64),
    /// Those of the plan with a status.
    Status(WorkStatus),
    /// Those of the plan that failed or were rejected in one way.
    Kind(&'a AttemptOutcome),
    /// Those of a step's plan before a position that a forced round has not opened yet.
    OutsideRound {
        /// The step.
        step: i64,
        /// The position.
        before: i64,
        /// The round.
        round: i64,
    },
    /// Decided ones of a step's plan before a position that are to be tried again.
    Due {
        /// The step.
        step: i64,
        /// The position.
        before: i64,
        /// How many attempts a work item may have.
        max_attempts: u32,
    },
}

/// Adds standings to those that are chosen; returns how many.
pub fn choose(tx: &Connection, choice: Choice<'_>) -> rusqlite::Result<usize> {
    match choice {
        Choice::One(standing) => sql::STANDING_CHOOSE.execute(tx, &[(":standing", &standing)]),
        Choice::WorkItem(item) => sql::STANDING_CHOOSE_WORK_ITEM.execute(tx, &[(":work_item", &item)]),
        Choice::All => sql::STANDING_CHOOSE_ALL.execute(tx, &[]),
        Choice::Planned(step) => sql::STANDING_CHOOSE_PLANNED.execute(tx, &[(":step", &step)]),
        Choice::Open(step) => sql::STANDING_CHOOSE_OPEN.execute(tx, &[(":step", &step)]),
        Choice::NotWaiting(step) => sql::STANDING_CHOOSE_NOT_WAITING.execute(tx, &[(":step", &step)]),
        Choice::Orphans(step) => sql::STANDING_CHOOSE_ORPHANS.execute(tx, &[(":step", &step)]),
        Choice::Status(status) => sql::STANDING_CHOOSE_STATUS.execute(tx, &[(":status", &status)]),
        Choice::Kind(kind) => sql::STANDING_CHOOSE_KIND.execute(tx, &[(":kind", kind)]),
        Choice::OutsideRound { step, before, round } => sql::STANDING_CHOOSE_OUTSIDE_ROUND
            .execute(tx, &[(":step", &step), (":before", &before), (":round", &round)]),
        Choice::Due { step, before, max_attempts } => sql::STANDING_CHOOSE_DUE.execute(
            tx,
            &[
                (":step", &step),
                (":before", &before),
                (":unanswered", &words(AttemptOutcome::is_tried_again)),
                (":max_attempts", &max_attempts),
                (":final", &words(AttemptOutcome::is_final)),
            ],
        ),
    }
}

/// The outcomes of which something holds, as a list.
fn words(holds: impl Fn(AttemptOutcome) -> bool) -> Value {
    AttemptOutcome::ALL.iter().filter(|it| holds(**it)).map(|it| it.as_str()).collect::<Vec<_>>().into()
}

/// How many standings are chosen, and how many of them are planned and decided.
pub fn chosen(tx: &Connection) -> rusqlite::Result<(usize, usize)> {
    sql::STANDING_COUNT_CHOSEN.row(tx, &[], |row| {
        let count = |name| row.get::<_, i64>(name).map(|it| usize::try_from(it).unwrap_or_default());
        Ok((count("chosen")?, count("decided")?))
    })
}

/// Runs a statement about what is chosen, after which nothing is.
fn on_chosen(tx: &Connection, statement: Statement, parameters: crate::store::Named<'_>) -> rusqlite::Result<usize> {
    let changed = statement.execute(tx, parameters)?;
    sql::STANDING_CLEAR_CHOSEN.execute(tx, &[])?;
    Ok(changed)
}

/// How standings that are opened from the beginning are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// With the sample number that they have: the tape answers what it was asked before.
    Same,
    /// Each with a new one of its own.
    Anew,
    /// All with this one.
    Given(u32),
}

/// Opens what is chosen from the beginning, in a round; returns how many.
pub fn reopen(tx: &Transaction<'_>, round: i64, sample: Sample) -> rusqlite::Result<usize> {
    let given = if let Sample::Given(sample) = sample { Some(sample) } else { None };
    let anew = sample == Sample::Anew;
    on_chosen(tx, sql::STANDING_REOPEN, &[(":round", &round), (":anew", &anew), (":sample", &given)])
}

/// Opens what is chosen for its exact task and sample again; returns how many.
pub fn open_again(tx: &Transaction<'_>) -> rusqlite::Result<usize> {
    on_chosen(tx, sql::STANDING_OPEN_AGAIN, &[])
}

/// Gives what is chosen the status that its sources leave it, and takes its exact task away; returns how many changed.
pub fn wait(tx: &Transaction<'_>, status: WorkStatus, reason: Option<&str>) -> rusqlite::Result<usize> {
    on_chosen(tx, sql::STANDING_WAIT, &[(":status", &status), (":reason", &reason)])
}

/// Takes what is chosen out of the plan; returns how many.
pub fn unplan(tx: &Transaction<'_>) -> rusqlite::Result<usize> {
    on_chosen(tx, sql::STANDING_UNPLAN, &[])
}

/// Lets the record answer what is chosen: what people decided, and accepted outputs for the very same task; returns how
/// many it answered.
pub fn restore(tx: &Transaction<'_>, marks: Marks) -> rusqlite::Result<usize> {
    sql::STANDING_CLEAR_WANTED.execute(tx, &[])?;
    on_chosen(tx, sql::STANDING_WANT_CHOSEN, &[])?;
    look_up(tx, marks)?;
    sql::STANDING_RESTORE.execute(tx, &[])
}

/// Looks up what the record says of the exact tasks in the scratch table `wanted`; what it finds is in `found`.
pub fn look_up(tx: &Connection, marks: Marks) -> rusqlite::Result<usize> {
    sql::STANDING_CLEAR_FOUND.execute(tx, &[])?;
    sql::STANDING_LOOK_UP.execute(tx, &[(":tape_round", &marks.tape_round)])
}

/// An exact task for which a standing is opened.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// The standing.
    pub standing: i64,
    /// The task.
    pub task: i64,
    /// The exact task.
    pub cache_id: CacheId,
    /// The round before which nothing counts; 0 where there is none.
    pub floor: i64,
    /// The forced round in which it is opened.
    pub forced: Option<Forced>,
}

/// Opens a standing for an exact task.
pub fn ready(tx: &Transaction<'_>, ready: &Ready) -> rusqlite::Result<()> {
    sql::STANDING_READY
        .execute(
            tx,
            &[
                (":standing", &ready.standing),
                (":task", &ready.task),
                (":cache_id", &ready.cache_id),
                (":floor", &ready.floor),
                (":round", &ready.forced.map(|it| it.round)),
                (":sample", &ready.forced.map(|it| it.sample)),
            ],
        )
        .map(|_| ())
}

/// Where a standing is after an attempt or a decision.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    /// The standing.
    pub standing: i64,
    /// Where it is.
    pub status: WorkStatus,
    /// How many attempts it took.
    pub attempts: u32,
    /// The attempt that says so.
    pub last_attempt: i64,
    /// The accepted output.
    pub cache_entry: Option<i64>,
    /// Whether something may be made from it.
    pub is_followed: bool,
}

/// Sets where a standing is.
pub fn settle(tx: &Connection, settled: &Settled) -> rusqlite::Result<()> {
    // What is tried again is as open as it was.
    let handed_on = match (settled.status, settled.is_followed) {
        (WorkStatus::Pending, _) => None,
        (_, true) => Some(NOT_HANDED_ON),
        (_, false) => Some(HANDED_ON),
    };
    sql::STANDING_SETTLE
        .execute(
            tx,
            &[
                (":status", &settled.status),
                (":attempts", &settled.attempts),
                (":last_attempt", &settled.last_attempt),
                (":cache_entry", &settled.cache_entry),
                (":handed_on", &handed_on),
                (":standing", &settled.standing),
            ],
        )
        .map(|_| ())
}

/// Leaves a standing out, and says why.
pub fn skip(tx: &Connection, standing: i64, reason: &str) -> rusqlite::Result<()> {
    sql::STANDING_SKIP.execute(tx, &[(":reason", &reason), (":standing", &standing)]).map(|_| ())
}

/// Marks the standings `first` to `last` of a step as handed on, as far as `to`.
pub fn handed_on(tx: &Connection, step: i64, (first, last): (i64, i64), to: i64) -> rusqlite::Result<()> {
    sql::STANDING_HANDED_ON
        .execute(tx, &[(":to", &to), (":step", &step), (":first", &first), (":last", &last)])
        .map(|_| ())
}

/// Says that the steps which need everything have looked at the standings `first` to `last` of a step.
pub fn gathered(tx: &Connection, step: i64, (first, last): (i64, i64)) -> rusqlite::Result<()> {
    sql::STANDING_GATHERED.execute(tx, &[(":step", &step), (":first", &first), (":last", &last)]).map(|_| ())
}

/// Gives one standing the status that its sources leave it, and takes its exact task away.
pub fn wait_one(tx: &Connection, standing: i64, status: WorkStatus, reason: Option<&str>) -> rusqlite::Result<()> {
    sql::STANDING_WAIT_ONE
        .execute(tx, &[(":status", &status), (":reason", &reason), (":standing", &standing)])
        .map(|_| ())
}

/// Takes one standing out of the plan.
pub fn unplan_one(tx: &Connection, standing: i64) -> rusqlite::Result<()> {
    sql::STANDING_UNPLAN_ONE.execute(tx, &[(":standing", &standing)]).map(|_| ())
}

/// The standing of a work item that is planned for the first time.
#[derive(Clone, Debug)]
pub struct New<'a> {
    /// The work item.
    pub work_item: i64,
    /// Its step.
    pub step: i64,
    /// The row it goes back to.
    pub input_row: Option<i64>,
    /// The group it goes back to.
    pub row_group: Option<i64>,
    /// The place of the input row or group that it goes back to.
    pub position: i64,
    /// Its place among those that this became.
    pub path: Option<&'a str>,
    /// What is asked about, where that is the task itself.
    pub item: Option<&'a str>,
    /// The images that it shows.
    pub images: Option<&'a Value>,
    /// The task.
    pub task: i64,
    /// The exact task, where it is known.
    pub cache_id: Option<CacheId>,
    /// The round in which it is opened.
    pub round: Option<i64>,
    /// Its sample number.
    pub sample: u32,
    /// Where it stands.
    pub status: WorkStatus,
    /// Why it is skipped or blocked.
    pub reason: Option<&'a str>,
    /// How many of its sources are open.
    pub open_sources: i64,
    /// How far it is handed on.
    pub handed_on: i64,
}

/// Adds a standing; returns its rowid.
pub fn insert(tx: &Connection, new: &New<'_>) -> rusqlite::Result<i64> {
    let cache_id = new.cache_id.map(|it| it.to_string()).unwrap_or_default();
    sql::STANDING_INSERT.insert(
        tx,
        &[
            (":work_item", &new.work_item),
            (":step", &new.step),
            (":input_row", &new.input_row),
            (":row_group", &new.row_group),
            (":position", &new.position),
            (":path", &new.path),
            (":item", &new.item),
            (":images", &new.images),
            (":task", &new.task),
            (":cache_id", &cache_id),
            (":round", &new.round),
            (":sample", &new.sample),
            (":status", &new.status),
            (":reason", &new.reason),
            (":open_sources", &new.open_sources),
            (":handed_on", &new.handed_on),
        ],
    )
}
