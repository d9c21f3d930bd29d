//! Upkeep of a run file: opens work items again, and discards results.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::EngineError;
use super::of_variant::VariantChoice;
use super::recorded::recorded;
use super::selection::steps_of;
use super::session::{Session, now};
use crate::record::{AttemptOutcome, RoundKind, Stage, WorkStatus};
use crate::stage::record::{self, Marks, Round};
use crate::stage::standing::{self, SampleNumber, StandingChoice};
use crate::store::{self, Access, sql};
use crate::view::item;

/// Which work items to try again.
#[derive(Clone, Debug, Default)]
pub struct RetrySelection {
    /// All failed work items.
    pub failed: bool,
    /// All rejected work items.
    pub rejected: bool,
    /// Failed and rejected work items whose last attempt has one of these outcomes.
    pub kinds: Vec<AttemptOutcome>,
    /// The work items with these ids, or beginnings of ids.
    pub work_ids: Vec<String>,
    /// Of all these, only those of this step.
    pub step: Option<String>,
    /// Of all these, only those of this variant.
    pub variant: Option<VariantChoice>,
}

/// The counts of a clean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanSummary {
    /// Work items that are open again.
    pub work_items: u64,
    /// Attempts that no longer count.
    pub attempts: u64,
    /// Answers that the tape no longer gives.
    pub calls: u64,
}

/// Opens work items again, each with a new sample number, so that the tape does not answer; returns their number.
pub fn retry(db: &Path, selection: &RetrySelection) -> Result<usize, EngineError> {
    if !selection.failed && !selection.rejected && selection.kinds.is_empty() && selection.work_ids.is_empty() {
        return Err(EngineError::NothingSelected);
    }
    Session::hold(db, Access::Write, "retry", None, |session| {
        let invocation = session.invocation;
        let steps = match &selection.step {
            Some(name) => {
                let plan = recorded(&session.connection, &session.path)?;
                Some(steps_of(&session.connection, &plan.project, name)?)
            }
            None => None,
        };
        let tx = session.transaction()?;
        for prefix in &selection.work_ids {
            standing::choose(&tx, StandingChoice::WorkItem(item::find_anywhere(&tx, prefix)?.rowid))?;
        }
        for (wanted, status) in [(selection.failed, WorkStatus::Failed), (selection.rejected, WorkStatus::Rejected)] {
            if wanted {
                standing::choose(&tx, StandingChoice::Status(status))?;
            }
        }
        for kind in &selection.kinds {
            standing::choose(&tx, StandingChoice::Kind(kind))?;
        }
        if let Some(steps) = &steps {
            standing::keep_steps(&tx, steps)?;
        }
        keep_variant(&tx, selection.variant.as_ref())?;
        let kinds: Vec<&str> = selection.kinds.iter().map(|it| it.as_str()).collect();
        let detail = json!({
            "failed": selection.failed, "rejected": selection.rejected, "kinds": kinds, "work_ids": selection.work_ids,
        });
        let detail = match &selection.step {
            Some(step) => with(detail, "step", step.as_str()),
            None => detail,
        };
        let detail = match &selection.variant {
            Some(variant) => with(with(detail, "variant", variant.name.as_str()), "repeat", variant.repeat),
            None => detail,
        };
        let (kind, stage) = (RoundKind::Retry, Stage::Generate);
        let begun = Round { kind, stage, tape: false, sample: None, detail: &detail };
        let round = record::round(&tx, invocation, &begun, &now())?;
        let opened = standing::reopen(&tx, round, SampleNumber::New)?;
        tx.commit()?;
        Ok(opened)
    })
}

/// Of the chosen standings, keeps those of a variant, if one is meant.
pub(super) fn keep_variant(tx: &Connection, variant: Option<&VariantChoice>) -> Result<(), EngineError> {
    if let Some(variant) = variant {
        let at = store::variant_named(tx, &variant.name, variant.repeat)??;
        standing::keep_variant(tx, at)?;
    }
    Ok(())
}

/// The value with one more key.
fn with(mut value: Value, key: &str, more: impl Into<Value>) -> Value {
    value[key] = more.into();
    value
}

/// Discards the results of a stage and of all later ones. Nothing is deleted; the tape still answers unless `tape` is
/// set.
pub fn clean(db: &Path, from: Stage, tape: bool) -> Result<CleanSummary, EngineError> {
    if tape && from > Stage::Generate {
        return Err(EngineError::TapeInUse { stage: from.as_str() });
    }
    Session::hold(db, Access::Write, "clean", None, |session| {
        let invocation = session.invocation;
        let tx = session.transaction()?;
        let before = Marks::of(&tx, Stage::Generate)?;
        let count = |statement: crate::store::Statement, name: &'static str, after: i64| {
            statement.row(&tx, &[(name, &after)], |row| row.get::<_, i64>("n")).map(i64::unsigned_abs)
        };
        let mut cleaned = CleanSummary::default();
        if tape {
            cleaned.calls = count(sql::CLEAN_COUNT_CALLS, ":after", before.tape)?;
        }
        let detail = json!({});
        let round = Round { kind: RoundKind::Clean, stage: from, tape, sample: None, detail: &detail };
        let round = record::round(&tx, invocation, &round, &now())?;
        if from <= Stage::Generate {
            cleaned.attempts = count(sql::CLEAN_COUNT_ATTEMPTS, ":round", before.round)?;
            standing::choose(&tx, StandingChoice::All)?;
            let (_, decided) = standing::chosen(&tx)?;
            cleaned.work_items = decided as u64;
            standing::reopen(&tx, round, SampleNumber::Same)?;
        }
        tx.commit()?;
        Ok(cleaned)
    })
}
