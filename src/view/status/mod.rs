//! Where a run stands: its steps, the latest work of each stage, what it cost, and its anomalies.

mod model;

use rusqlite::Connection;
use serde_json::Value;

use super::count;
use super::money;
use crate::record::Stage;
use crate::store::sql;
use model::{AnomalyKind, HeldBack, ModelUsage, OfVariant, ServerStatus, VariantStep};
pub use model::{Invocation, StageStatus, Status, StepCounts};

/// The most calls whose tokens and costs `status` adds up by step and model, so that it answers at once.
const MOST_ADDED_UP: u64 = 50_000;
/// How many reasons are listed.
const REASONS: i64 = 20;

/// Reads where the run stands, in one transaction. `writing` tells whether a process holds the writer's lock.
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
    let steps = steps_of_variants(&snapshot)?;
    let naming = Naming {
        variants: steps.iter().any(|(_, of)| !of.is_task()),
        repeats: steps.iter().any(|(_, of)| of.repeat.is_some_and(|it| it > 1)),
    };
    Ok(Status {
        run,
        samples: sql::VIEW_ANY_SAMPLES.row(&snapshot, &[], |row| row.get("samples"))?,
        invocation,
        steps: steps.into_iter().map(|(counts, of)| VariantStep { counts, of: naming.of(of) }).collect(),
        held_back: held_back(&snapshot, naming)?,
        stages: stages(&snapshot, naming)?,
        servers: servers(&snapshot)?,
        costs: if calls > MOST_ADDED_UP { Vec::new() } else { costs(&snapshot)? },
        money: money::gather_quickly(&snapshot)?,
        calls,
        adds_up: calls <= MOST_ADDED_UP,
        anomalies: anomalies(&snapshot, naming)?,
        lost_calls,
        in_flight_calls,
    })
}

/// What each server is taken for, in the order of their addresses.
fn servers(connection: &Connection) -> rusqlite::Result<Vec<ServerStatus>> {
    sql::RECORD_SERVERS.all(connection, &[], |row| {
        Ok(ServerStatus {
            base_url: row.get("base_url")?,
            server: row.get("kind")?,
            source: row.get("source")?,
            evidence: row.get("evidence")?,
        })
    })
}

/// Why work items are skipped or blocked, by variant, repeat and step.
fn held_back(connection: &Connection, naming: Naming) -> rusqlite::Result<Vec<HeldBack>> {
    sql::VIEW_REPORT_HELD_BACK.all(connection, &[(":limit", &REASONS), (":anywhere", &true)], |row| {
        Ok(HeldBack {
            step: row.get("step")?,
            of: naming.of(RowOf::read(row)?),
            status: row.get("status")?,
            reason: row.get("reason")?,
            items: count(row, "items")?,
        })
    })
}

/// The work items of each step of the task itself by status, in the order of the steps.
pub fn steps(connection: &Connection) -> rusqlite::Result<Vec<StepCounts>> {
    let all = steps_of_variants(connection)?.into_iter();
    Ok(all.filter(|(_, of)| of.is_task()).map(|(counts, _)| counts).collect())
}

/// The variant and repeat of a row.
struct RowOf {
    number: Option<i64>,
    name: Option<String>,
    repeat: Option<i64>,
}

impl RowOf {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { number: row.get("number")?, name: row.get("variant")?, repeat: row.get("repeat")? })
    }

    /// Whether it is about the task itself.
    fn is_task(&self) -> bool {
        self.number.unwrap_or(1) == 1 && self.repeat.unwrap_or(1) == 1
    }
}

/// What rows have to say of their variants.
#[derive(Clone, Copy)]
struct Naming {
    variants: bool,
    repeats: bool,
}

impl Naming {
    fn of(self, row: RowOf) -> OfVariant {
        OfVariant {
            variant: row.name.filter(|_| self.variants),
            repeat: row.repeat.filter(|_| self.variants && self.repeats),
        }
    }
}

/// The work items of each step under each variant in each repeat.
fn steps_of_variants(connection: &Connection) -> rusqlite::Result<Vec<(StepCounts, RowOf)>> {
    sql::VIEW_PROGRESS.all(connection, &[], |row| {
        let counts = StepCounts {
            step: row.get("step")?,
            planned: count(row, "planned")?,
            accepted: count(row, "accepted")?,
            rejected: count(row, "rejected")?,
            failed: count(row, "failed")?,
            skipped: count(row, "skipped")?,
            blocked: count(row, "blocked")?,
            pending: count(row, "pending")?,
            in_flight: count(row, "in_flight")?,
        };
        Ok((counts, RowOf::read(row)?))
    })
}

fn stages(connection: &Connection, naming: Naming) -> rusqlite::Result<Vec<StageStatus>> {
    let words = Value::from(Stage::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>());
    let mut stages = sql::VIEW_LATEST_MANIFESTS.all(connection, &[(":stages", &words)], |row| {
        Ok(StageStatus {
            stage: row.get("stage")?,
            step: row.get("step")?,
            of: naming.of(RowOf::read(row)?),
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

fn costs(connection: &Connection) -> rusqlite::Result<Vec<ModelUsage>> {
    sql::VIEW_COSTS.all(connection, &[], |row| {
        Ok(ModelUsage {
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

fn anomalies(connection: &Connection, naming: Naming) -> rusqlite::Result<Vec<AnomalyKind>> {
    sql::VIEW_ANOMALY_KINDS.all(connection, &[], |row| {
        Ok(AnomalyKind {
            stage: row.get("stage")?,
            step: row.get("step")?,
            of: naming.of(RowOf::read(row)?),
            kind: row.get("kind")?,
            count: count(row, "n")?,
            subject: row.get("subject")?,
            detail: row.get("detail")?,
        })
    })
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
        let step = &status.steps[0].counts;
        assert_eq!((step.planned, step.accepted, step.failed, step.pending, step.in_flight), (3, 1, 1, 1, 0));
        let stages: Vec<(&str, &str)> =
            status.stages.iter().map(|it| (it.stage.as_str(), it.status.as_str())).collect();
        assert_eq!(stages, [("contract", "done"), ("ingest", "reused"), ("generate", "interrupted")]);
        // Reused work keeps its anomalies.
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
        assert_eq!((status.lost_calls, status.in_flight_calls, status.steps[0].counts.in_flight), (0, 2, 1));
    }

    #[test]
    fn anomalies_of_steps_and_models_are_told_apart() {
        let connection = fixture::run_file();
        connection
            .execute_batch(
                "INSERT INTO step VALUES (8, 'draft', NULL, 8, 1, 1, 8), (9, 'polish', NULL, 9, 1, 1, 9);
                 INSERT INTO manifest
                 SELECT 80 + step.id, 1, 'plan', step.id, 'done', NULL, '{}', '{}', '{}', NULL, 't', 't'
                 FROM step WHERE step.id > 7
                 UNION ALL
                 SELECT 90 + step.id, 1, 'generate', step.id, 'done', NULL, '{}', '{}', '{}', NULL, 't', 't'
                 FROM step WHERE step.id > 7;
                 INSERT INTO anomaly (manifest, kind, subject, detail)
                 VALUES (88, 'group_cut', 'a', '1'), (88, 'group_cut', 'b', '2'), (89, 'group_cut', 'a', '3'),
                        (98, 'thoughts_cut', 'm', '4'), (98, 'thoughts_cut', 'n', '5'), (99, 'thoughts_cut', 'm', '6')",
            )
            .unwrap();
        let status = gather(&connection, false).unwrap();
        let found: Vec<String> = status
            .anomalies
            .iter()
            .filter_map(|it| Some(format!("{} {} {} {}", it.stage, it.step.as_ref()?, it.count, it.detail)))
            .collect();
        assert_eq!(
            found,
            ["generate draft 1 4", "generate draft 1 5", "generate polish 1 6", "plan draft 2 1", "plan polish 1 3"]
        );
    }

    #[test]
    fn an_empty_run_file_has_nothing_and_no_samples() {
        let status = gather(&scratch(), false).unwrap();
        assert!(status.run.is_none() && status.invocation.is_none() && status.steps.is_empty() && !status.samples);
    }
}
