//! Where work items stand. Only the statements under `sql/standing/` write the table `standing`; this file runs most of
//! them.
//!
//! Most functions change the standings that [`choose`] has put into a scratch table, whether these are one or a
//! million. [`look_up`] finds what the run file says of exact tasks, for a plan, a single work item and a dry run
//! alike.

use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::record::{Forced, Marks};
use crate::record::{AttemptOutcome, CacheId, VariantAt, WorkStatus};
use crate::store::{Statement, sql};

/// Every step that takes from it has seen its present status, or no step takes from it.
pub const HANDED_ON: i64 = 2;
/// The same, except for steps that join by a field: these look at their sources once all of them are decided.
pub const NOT_GATHERED: i64 = 1;
/// The steps that take from it have not seen its present status.
pub const NOT_HANDED_ON: i64 = 0;

/// Creates the scratch tables of a connection.
pub fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    for statement in [sql::STANDING_CREATE_CHOSEN, sql::STANDING_CREATE_WANTED, sql::STANDING_CREATE_FOUND] {
        connection.execute_batch(statement.text)?;
    }
    Ok(())
}

/// Which standings to choose.
#[derive(Clone, Copy, Debug)]
pub enum StandingChoice<'a> {
    /// One (rowid).
    One(i64),
    /// Those of a work item (rowid).
    WorkItem(i64),
    /// All of them, including those outside the plan.
    All,
    /// All of a step, including those outside the plan.
    Step(i64),
    /// What is made from those that are chosen already, and what is made from that.
    MadeFromChosen,
    /// Of the plan of a step: those that are open and have an exact task.
    Open(i64),
    /// Of the plan of a step: those that do not wait for sources.
    NotWaiting(i64),
    /// Of the plan of a step: those without a planned source.
    Orphans(i64),
    /// Of all plans: those with this status.
    Status(WorkStatus),
    /// Of all plans: those that failed or were rejected with this outcome.
    Kind(&'a AttemptOutcome),
    /// Of the plan of a step, before a position: those that the forced round has not opened yet.
    OutsideRound { step: i64, before: i64, round: i64 },
    /// Of the plan of a step, before a position: decided ones that may be tried again.
    Due {
        step: i64,
        before: i64,
        /// How many attempts a work item may have.
        max_attempts: u32,
    },
    /// Of the plan of a step, at a position: decided ones that may be tried again.
    DueAt { step: i64, position: i64, max_attempts: u32 },
}

/// Adds standings to the chosen ones; returns how many were added.
pub fn choose(tx: &Connection, choice: StandingChoice<'_>) -> rusqlite::Result<usize> {
    match choice {
        StandingChoice::One(standing) => sql::STANDING_CHOOSE.execute(tx, &[(":standing", &standing)]),
        StandingChoice::WorkItem(item) => sql::STANDING_CHOOSE_WORK_ITEM.execute(tx, &[(":work_item", &item)]),
        StandingChoice::All => sql::STANDING_CHOOSE_ALL.execute(tx, &[]),
        StandingChoice::Step(step) => sql::STANDING_CHOOSE_STEP.execute(tx, &[(":step", &step)]),
        StandingChoice::MadeFromChosen => sql::STANDING_CHOOSE_MADE.execute(tx, &[]),
        StandingChoice::Open(step) => sql::STANDING_CHOOSE_OPEN.execute(tx, &[(":step", &step)]),
        StandingChoice::NotWaiting(step) => sql::STANDING_CHOOSE_NOT_WAITING.execute(tx, &[(":step", &step)]),
        StandingChoice::Orphans(step) => sql::STANDING_CHOOSE_ORPHANS.execute(tx, &[(":step", &step)]),
        StandingChoice::Status(status) => sql::STANDING_CHOOSE_STATUS.execute(tx, &[(":status", &status)]),
        StandingChoice::Kind(kind) => sql::STANDING_CHOOSE_KIND.execute(tx, &[(":kind", kind)]),
        StandingChoice::OutsideRound { step, before, round } => sql::STANDING_CHOOSE_OUTSIDE_ROUND
            .execute(tx, &[(":step", &step), (":before", &before), (":round", &round)]),
        StandingChoice::Due { step, before, max_attempts } => sql::STANDING_CHOOSE_DUE.execute(
            tx,
            &[
                (":step", &step),
                (":before", &before),
                (":unanswered", &words(AttemptOutcome::is_tried_again)),
                (":max_attempts", &max_attempts),
                (":final", &words(AttemptOutcome::is_final)),
            ],
        ),
        StandingChoice::DueAt { step, position, max_attempts } => sql::STANDING_CHOOSE_DUE_AT.execute(
            tx,
            &[
                (":step", &step),
                (":position", &position),
                (":unanswered", &words(AttemptOutcome::is_tried_again)),
                (":max_attempts", &max_attempts),
                (":final", &words(AttemptOutcome::is_final)),
            ],
        ),
    }
}

/// Returns the words of the outcomes for which `holds` is true.
fn words(holds: impl Fn(AttemptOutcome) -> bool) -> Value {
    AttemptOutcome::ALL.iter().filter(|it| holds(**it)).map(|it| it.as_str()).collect::<Vec<_>>().into()
}

/// Returns how many standings are chosen, and how many of these are planned and decided.
pub fn chosen(tx: &Connection) -> rusqlite::Result<(usize, usize)> {
    sql::STANDING_COUNT_CHOSEN.row(tx, &[], |row| {
        let count = |name| row.get::<_, i64>(name).map(|it| usize::try_from(it).unwrap_or_default());
        Ok((count("chosen")?, count("decided")?))
    })
}

/// Runs a statement about the chosen standings and clears the choice; returns how many rows it changed.
fn on_chosen(
    tx: &Connection,
    statement: Statement,
    parameters: crate::store::NamedParameters<'_>,
) -> rusqlite::Result<usize> {
    let changed = statement.execute(tx, parameters)?;
    sql::STANDING_CLEAR_CHOSEN.execute(tx, &[])?;
    Ok(changed)
}

/// The sample number of reopened standings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleNumber {
    /// Unchanged: recorded answers answer the same requests again.
    Same,
    /// A new one for each.
    New,
    /// This one for all.
    Given(u32),
}

/// Reopens the chosen standings in a round; returns how many. Those without an exact task wait until they are told
/// again where their sources leave them.
pub fn reopen(tx: &Transaction<'_>, round: i64, sample: SampleNumber) -> rusqlite::Result<usize> {
    let number = if let SampleNumber::Given(sample) = sample { Some(sample) } else { None };
    let anew = sample == SampleNumber::New;
    sql::STANDING_HAND_ON_TO_CHOSEN.execute(tx, &[])?;
    on_chosen(tx, sql::STANDING_REOPEN, &[(":round", &round), (":anew", &anew), (":sample", &number)])
}

/// Of the chosen standings, keeps those of these steps (rowids).
pub fn keep_steps(tx: &Connection, steps: &[i64]) -> rusqlite::Result<usize> {
    sql::STANDING_KEEP_STEPS.execute(tx, &[(":steps", &Value::from(steps))])
}

/// Of the chosen standings, keeps those of a variant in a repeat.
pub fn keep_variant(tx: &Connection, at: VariantAt) -> rusqlite::Result<usize> {
    sql::STANDING_KEEP_VARIANT.execute(tx, &[(":variant", &at.number), (":repeat", &at.repeat)])
}

/// Opens the chosen standings anew in the round of a `clean`: what was tried before no longer counts, nor, with `tape`,
/// what was answered; returns how many.
pub fn set_aside(tx: &Transaction<'_>, round: i64, tape: bool) -> rusqlite::Result<usize> {
    sql::STANDING_HAND_ON_TO_CHOSEN.execute(tx, &[])?;
    on_chosen(tx, sql::STANDING_SET_ASIDE, &[(":round", &round), (":tape", &tape)])
}

/// Opens the chosen standings again for the same exact task and sample; returns how many.
pub fn open_again(tx: &Transaction<'_>) -> rusqlite::Result<usize> {
    on_chosen(tx, sql::STANDING_OPEN_AGAIN, &[])
}

/// Gives the chosen standings the status that their sources leave them, and removes their exact tasks; returns how many
/// changed.
pub fn wait(tx: &Transaction<'_>, status: WorkStatus, reason: Option<&str>) -> rusqlite::Result<usize> {
    on_chosen(tx, sql::STANDING_WAIT, &[(":status", &status), (":reason", &reason)])
}

/// Takes the chosen standings out of the plan; returns how many.
pub fn unplan(tx: &Transaction<'_>) -> rusqlite::Result<usize> {
    on_chosen(tx, sql::STANDING_UNPLAN, &[])
}

/// Restores recorded results for the chosen standings: decisions of people, and accepted outputs for the same exact
/// task; returns how many it restored.
pub fn restore(tx: &Transaction<'_>, marks: Marks) -> rusqlite::Result<usize> {
    sql::STANDING_CLEAR_WANTED.execute(tx, &[])?;
    on_chosen(tx, sql::STANDING_WANT_CHOSEN, &[])?;
    look_up(tx, marks)?;
    sql::STANDING_RESTORE.execute(tx, &[])
}

/// Looks up what the run file says of the exact tasks in the scratch table `wanted`, and puts it into `found`; returns
/// how many it found.
pub fn look_up(tx: &Connection, marks: Marks) -> rusqlite::Result<usize> {
    sql::STANDING_CLEAR_FOUND.execute(tx, &[])?;
    sql::STANDING_LOOK_UP.execute(tx, &[(":tape_round", &marks.tape_round)])
}

/// A standing to open for an exact task.
#[derive(Clone, Copy, Debug)]
pub struct ReadyStanding {
    pub standing: i64,
    pub task: i64,
    pub cache_id: CacheId,
    /// Attempts from rounds before this one do not count; 0 if all count.
    pub floor: i64,
    /// The forced round in which it is opened, if it is.
    pub forced: Option<Forced>,
}

/// Opens a standing for an exact task.
pub fn ready(tx: &Transaction<'_>, ready: &ReadyStanding) -> rusqlite::Result<()> {
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

/// The state of a standing after an attempt or a decision. All ids are rowids.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    pub standing: i64,
    pub status: WorkStatus,
    pub attempts: u32,
    /// The attempt that decides it.
    pub last_attempt: i64,
    /// The accepted output.
    pub cache_entry: Option<i64>,
    /// Whether any step takes from its step.
    pub is_followed: bool,
}

/// Writes the state of a standing.
pub fn settle(tx: &Connection, settled: &Settled) -> rusqlite::Result<()> {
    // A standing that is tried again is as open as before: nothing changes for what is made from it.
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

/// Marks a standing as skipped.
pub fn skip(tx: &Connection, standing: i64, reason: &str) -> rusqlite::Result<()> {
    sql::STANDING_SKIP.execute(tx, &[(":reason", &reason), (":standing", &standing)]).map(|_| ())
}

/// Marks the standings `first` to `last` of a step as handed on; `to` is [`HANDED_ON`] or [`NOT_GATHERED`].
pub fn handed_on(tx: &Connection, step: i64, (first, last): (i64, i64), to: i64) -> rusqlite::Result<()> {
    sql::STANDING_HANDED_ON
        .execute(tx, &[(":to", &to), (":step", &step), (":first", &first), (":last", &last)])
        .map(|_| ())
}

/// Marks the standings `first` to `last` of a step as seen by the steps that join by a field.
pub fn gathered(tx: &Connection, step: i64, (first, last): (i64, i64)) -> rusqlite::Result<()> {
    sql::STANDING_GATHERED.execute(tx, &[(":step", &step), (":first", &first), (":last", &last)]).map(|_| ())
}

/// Marks one standing to be handed on again, if it is accepted.
pub fn hand_on_one(tx: &Connection, standing: i64) -> rusqlite::Result<()> {
    sql::STANDING_HAND_ON_ONE.execute(tx, &[(":standing", &standing)]).map(|_| ())
}

/// Gives one standing the status that its sources leave it, and removes its exact task.
pub fn wait_one(tx: &Connection, standing: i64, status: WorkStatus, reason: Option<&str>) -> rusqlite::Result<()> {
    sql::STANDING_WAIT_ONE
        .execute(tx, &[(":status", &status), (":reason", &reason), (":standing", &standing)])
        .map(|_| ())
}

/// Takes one standing out of the plan.
pub fn unplan_one(tx: &Connection, standing: i64) -> rusqlite::Result<()> {
    sql::STANDING_UNPLAN_ONE.execute(tx, &[(":standing", &standing)]).map(|_| ())
}

/// The standing of a work item that is planned for the first time. All ids are rowids.
#[derive(Clone, Debug)]
pub struct NewStanding<'a> {
    pub work_item: i64,
    pub step: i64,
    pub input_row: Option<i64>,
    pub row_group: Option<i64>,
    /// The plan position of its row or group, from 0.
    pub position: i64,
    /// Its order among the work items of one row.
    pub path: Option<&'a str>,
    /// The item of the prompt, if the work item stands for the task itself.
    pub item: Option<&'a str>,
    pub images: Option<&'a Value>,
    pub task: i64,
    /// The exact task, once it is known.
    pub cache_id: Option<CacheId>,
    pub round: Option<i64>,
    pub sample: u32,
    pub status: WorkStatus,
    /// Why it is skipped or blocked.
    pub reason: Option<&'a str>,
    /// How many of its sources are open, for a join.
    pub open_sources: i64,
    /// [`HANDED_ON`], [`NOT_GATHERED`] or [`NOT_HANDED_ON`].
    pub handed_on: i64,
}

/// Adds a standing; returns its rowid.
pub fn insert(tx: &Connection, new: &NewStanding<'_>) -> rusqlite::Result<i64> {
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
