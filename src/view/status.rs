//! Where a run stands: its steps, the latest work of each stage, what it cost, what was odd.

use rusqlite::Connection;
use serde::Serialize;
use serde_json::Value;

use super::count;
use super::money::{self, Money};
use super::rows::Cell;
use crate::record::{InvocationStatus, Stage};
use crate::store::sql;

/// Where a run stands, at one moment.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The run's name, once a configuration is recorded.
    pub run: Option<String>,
    /// Whether answers of the plan are samples that no model gave.
    pub samples: bool,
    /// The latest invocation.
    pub invocation: Option<Invocation>,
    /// How far each step is.
    pub steps: Vec<Progress>,
    /// Why work items are skipped or blocked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held_back: Vec<HeldBack>,
    /// The latest work of each stage, in the order of the pipeline.
    pub stages: Vec<StageStatus>,
    /// What was used, by step and model.
    pub costs: Vec<Cost>,
    /// How many calls were made.
    pub calls: u64,
    /// Whether these are few enough for their tokens and costs to be added up by step and model.
    pub adds_up: bool,
    /// What all of it cost.
    pub money: Money,
    /// What the latest work of the stages found odd.
    pub anomalies: Vec<AnomalyKind>,
    /// Calls whose process ended before the answer was read; they may have been billed.
    pub lost_calls: u64,
    /// Calls that are out now, or were when their process ended without a word.
    pub in_flight_calls: u64,
}

/// One execution of a command that writes.
#[derive(Debug, Serialize)]
pub struct Invocation {
    /// The command.
    pub command: String,
    /// The version of Casebook.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// How it stands, as it said itself: one that was killed still says `running`.
    pub status: String,
    /// Whether a process is writing now.
    pub writing: bool,
    /// What it said at its end.
    pub message: Option<String>,
    /// When it began, UTC.
    pub started_at: String,
    /// When it ended, UTC.
    pub ended_at: Option<String>,
}

impl Invocation {
    /// Whether it ended without a word, by a signal or a power cut.
    #[must_use]
    pub fn was_killed(&self) -> bool {
        self.status == InvocationStatus::Killed.as_str()
            || self.status == InvocationStatus::Running.as_str() && !self.writing
    }
}

/// Of how many calls at most `status` adds up tokens and costs by step and model: it is to answer at once.
const ADDED_UP: u64 = 50_000;
/// How many reasons are listed.
const REASONS: i64 = 20;

/// Work items that are left out or wait, for the same reason.
#[derive(Debug, Serialize)]
pub struct HeldBack {
    /// The step.
    pub step: String,
    /// `skipped` or `blocked`.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// How many.
    pub items: u64,
}

/// How many work items of a step stand where.
#[derive(Clone, Debug, Serialize)]
pub struct Progress {
    /// The step.
    pub step: String,
    /// All of them.
    pub planned: u64,
    /// With an output.
    pub accepted: u64,
    /// With valid answers that did not pass.
    pub rejected: u64,
    /// Without a valid answer.
    pub failed: u64,
    /// Left out.
    pub skipped: u64,
    /// Waiting for what was not accepted.
    pub blocked: u64,
    /// Not decided.
    pub pending: u64,
    /// Of the pending: asked and not answered yet.
    pub in_flight: u64,
}

impl Progress {
    /// The columns of [`Progress::cells`].
    pub const COLUMNS: &'static [&'static str] =
        &["step", "planned", "accepted", "rejected", "failed", "skipped", "blocked", "pending", "in_flight"];

    /// The counts as a row.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let counts = [
            self.planned,
            self.accepted,
            self.rejected,
            self.failed,
            self.skipped,
            self.blocked,
            self.pending,
            self.in_flight,
        ];
        std::iter::once(Cell::from(self.step.as_str())).chain(counts.map(Cell::from)).collect()
    }
}

/// The latest work of a stage.
#[derive(Debug, Serialize)]
pub struct StageStatus {
    /// The stage.
    #[serde(serialize_with = "word")]
    pub stage: Stage,
    /// The step, for stages that belong to one.
    pub step: Option<String>,
    /// `done`, `reused`, `failed` or `interrupted`.
    pub status: String,
    /// Whether `clean` has set it aside since.
    pub set_aside: bool,
    /// The command that did it.
    pub command: String,
    /// How much of everything.
    pub counts: Value,
    /// Why it failed.
    pub message: Option<String>,
    /// When it began, UTC.
    pub started_at: String,
    /// When it ended, UTC.
    pub ended_at: String,
}

/// What a step used of a model. `None` is unknown, not nothing.
#[derive(Debug, Serialize)]
pub struct Cost {
    /// The step.
    pub step: String,
    /// The model.
    pub model: String,
    /// Calls made.
    pub calls: u64,
    /// Tokens sent.
    pub input_tokens: Option<i64>,
    /// Tokens answered.
    pub output_tokens: Option<i64>,
    /// Of those sent: read from the provider's cache.
    pub cached_tokens: Option<i64>,
    /// Of those sent: written to the provider's cache.
    pub cache_write_tokens: Option<i64>,
    /// Of those answered: spent on reasoning.
    pub reasoning_tokens: Option<i64>,
    /// The sum of the known costs.
    pub cost_usd: Option<f64>,
    /// What answers that were used more than once would have cost.
    pub saved_usd: Option<f64>,
    /// Calls whose cost is not known.
    pub unpriced_calls: u64,
}

/// What was found odd how often.
#[derive(Debug, Serialize)]
pub struct AnomalyKind {
    /// The stage that found it.
    pub stage: String,
    /// Its kind.
    pub kind: String,
    /// How often.
    pub count: u64,
    /// What the first finding is about.
    pub subject: Option<String>,
    /// The first finding.
    pub detail: String,
}

/// Reads where the run stands, all of it at the same moment. `writing` says whether a process holds the lock.
pub fn gather(connection: &Connection, writing: bool) -> rusqlite::Result<Status> {
    let snapshot = connection.unchecked_transaction()?;
    let latest = sql::VIEW_LATEST_INVOCATION.first(&snapshot, &[], |row| {
        let invocation = Invocation {
            command: row.get("command")?,
            version: row.get("version")?,
            pid: row.get("pid")?,
            status: row.get("status")?,
            writing,
            message: row.get("message")?,
            started_at: row.get("started_at")?,
            ended_at: row.get("ended_at")?,
        };
        Ok((invocation, row.get("run_name")?))
    })?;
    let (invocation, run) = latest.map_or((None, None), |(invocation, name)| (Some(invocation), name));
    let (lost_calls, in_flight_calls) =
        sql::VIEW_CALL_OUTCOMES.row(&snapshot, &[], |row| Ok((count(row, "lost")?, count(row, "in_flight")?)))?;
    let calls = sql::VIEW_CALLS.row(&snapshot, &[], |row| count(row, "calls"))?;
    Ok(Status {
        run,
        samples: sql::VIEW_ANY_SAMPLES.row(&snapshot, &[], |row| row.get("samples"))?,
        invocation,
        steps: steps(&snapshot)?,
        held_back: held_back(&snapshot)?,
        stages: stages(&snapshot)?,
        costs: if calls > ADDED_UP { Vec::new() } else { costs(&snapshot)? },
        money: money::gather_within(&snapshot, ADDED_UP)?,
        calls,
        adds_up: calls <= ADDED_UP,
        anomalies: anomalies(&snapshot)?,
        lost_calls,
        in_flight_calls,
    })
}

/// Why work items are skipped or blocked, by step.
fn held_back(connection: &Connection) -> rusqlite::Result<Vec<HeldBack>> {
    sql::VIEW_REPORT_HELD_BACK.all(connection, &[(":limit", &REASONS)], |row| {
        Ok(HeldBack {
            step: row.get("step")?,
            status: row.get("status")?,
            reason: row.get("reason")?,
            items: count(row, "items")?,
        })
    })
}

/// How far each step is, in their order.
pub fn steps(connection: &Connection) -> rusqlite::Result<Vec<Progress>> {
    sql::VIEW_PROGRESS.all(connection, &[], |row| {
        Ok(Progress {
            step: row.get("step")?,
            planned: count(row, "planned")?,
            accepted: count(row, "accepted")?,
            rejected: count(row, "rejected")?,
            failed: count(row, "failed")?,
            skipped: count(row, "skipped")?,
            blocked: count(row, "blocked")?,
            pending: count(row, "pending")?,
            in_flight: count(row, "in_flight")?,
        })
    })
}

fn stages(connection: &Connection) -> rusqlite::Result<Vec<StageStatus>> {
    let words = Value::from(Stage::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>());
    let mut stages = sql::VIEW_LATEST_MANIFESTS.all(connection, &[(":stages", &words)], |row| {
        Ok(StageStatus {
            stage: row.get("stage")?,
            step: row.get("step")?,
            status: row.get("status")?,
            set_aside: row.get("set_aside")?,
            command: row.get("command")?,
            counts: row.get("counts")?,
            message: row.get("message")?,
            started_at: row.get("started_at")?,
            ended_at: row.get("ended_at")?,
        })
    })?;
    stages.sort_by_key(|it| it.stage);
    Ok(stages)
}

fn costs(connection: &Connection) -> rusqlite::Result<Vec<Cost>> {
    sql::VIEW_COSTS.all(connection, &[], |row| {
        Ok(Cost {
            step: row.get("step")?,
            model: row.get("model")?,
            calls: count(row, "calls")?,
            input_tokens: row.get("input_tokens")?,
            output_tokens: row.get("output_tokens")?,
            cached_tokens: row.get("cached_tokens")?,
            cache_write_tokens: row.get("cache_write_tokens")?,
            reasoning_tokens: row.get("reasoning_tokens")?,
            cost_usd: row.get("cost_usd")?,
            saved_usd: row.get("saved_usd")?,
            unpriced_calls: count(row, "unpriced_calls")?,
        })
    })
}

fn anomalies(connection: &Connection) -> rusqlite::Result<Vec<AnomalyKind>> {
    sql::VIEW_ANOMALY_KINDS.all(connection, &[], |row| {
        Ok(AnomalyKind {
            stage: row.get("stage")?,
            kind: row.get("kind")?,
            count: count(row, "n")?,
            subject: row.get("subject")?,
            detail: row.get("detail")?,
        })
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn word<S: serde::Serializer>(stage: &Stage, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(stage.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;
    use crate::view::fixture;

    #[test]
    fn steps_stages_and_anomalies_are_those_of_the_latest_work() {
        let status = gather(&fixture::run_file(), false).unwrap();
        assert_eq!(status.run.as_deref(), Some("tickets"));
        let step = &status.steps[0];
        assert_eq!((step.planned, step.accepted, step.failed, step.pending, step.in_flight), (3, 1, 1, 1, 0));
        let stages: Vec<(&str, &str)> =
            status.stages.iter().map(|it| (it.stage.as_str(), it.status.as_str())).collect();
        assert_eq!(stages, [("contract", "done"), ("ingest", "reused"), ("generate", "interrupted")]);
        // Reused work is as odd as it was.
        assert_eq!((status.anomalies.len(), status.anomalies[0].count), (1, 2));
        assert_eq!((status.lost_calls, status.in_flight_calls), (2, 0));
        assert!(status.samples);
    }

    #[test]
    fn unknown_tokens_and_costs_stay_unknown() {
        let status = gather(&fixture::run_file(), false).unwrap();
        let cost = &status.costs[0];
        assert_eq!((cost.calls, cost.input_tokens, cost.output_tokens, cost.cost_usd), (6, Some(19), None, None));
        assert_eq!(cost.unpriced_calls, 6);
    }

    #[test]
    fn what_was_set_aside_is_marked_from_that_stage_on() {
        let connection = fixture::run_file();
        connection
            .execute_batch(
                "INSERT INTO invocation VALUES (2, 'u2', 'clean', '0.1.0', 42, NULL, 'done', NULL, 't', 't');
                 INSERT INTO round VALUES (1, 2, 1, 'clean', 'plan', 0, NULL, '{}', 't')",
            )
            .unwrap();
        let marked = |status: Status| status.stages.iter().map(|it| it.set_aside).collect::<Vec<_>>();
        assert_eq!(marked(gather(&connection, false).unwrap()), [false, false, true]);
    }

    #[test]
    fn a_running_invocation_that_nobody_runs_was_killed() {
        let connection = fixture::run_file();
        connection.execute_batch("UPDATE invocation SET status = 'running', ended_at = NULL").unwrap();
        let killed = |writing| gather(&connection, writing).unwrap().invocation.unwrap().was_killed();
        assert!(killed(false));
        assert!(!killed(true));
        let status = gather(&connection, true).unwrap();
        assert_eq!((status.lost_calls, status.in_flight_calls, status.steps[0].in_flight), (0, 2, 1));
    }

    #[test]
    fn an_empty_run_file_has_nothing_and_no_samples() {
        let status = gather(&scratch(), false).unwrap();
        assert!(status.run.is_none() && status.invocation.is_none() && status.steps.is_empty() && !status.samples);
    }
}
