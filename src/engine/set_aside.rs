//! Sets results of single steps or single work items aside. Nothing is deleted; the tape still answers unless that is
//! set aside, too.
//!
//! What is made from them is set aside as well, and so are all exports and reports. Everything else stays.

use std::path::Path;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::error::EngineError;
use super::of_variant::VariantChoice;
use super::recorded::recorded;
use super::selection::{places, rowids_of_all};
use super::session::{Session, now};
use super::upkeep::{CleanSummary, clean, keep_variant};
use super::work_point::WorkPoint;
use crate::project::graph;
use crate::record::{RoundKind, Stage};
use crate::stage::record::{self, Marks, Round};
use crate::stage::standing::{self, StandingChoice};
use crate::store::{Access, sql};
use crate::view::item;

/// What to set aside.
#[derive(Clone, Debug, Default)]
pub struct SetAside {
    /// A stage, with all later ones; or a step, with what is made from its outputs.
    pub from: Option<WorkPoint>,
    /// Only what belongs to the work items with these ids, or beginnings of ids; all if there are none.
    pub work_ids: Vec<String>,
    /// Whether recorded answers no longer answer, too.
    pub tape: bool,
    /// Of all these, only what belongs to this variant.
    pub variant: Option<VariantChoice>,
}

/// Sets aside what is asked for.
pub fn set_aside(db: &Path, what: &SetAside) -> Result<CleanSummary, EngineError> {
    let step = match (&what.from, what.work_ids.as_slice()) {
        (None, []) => return Err(EngineError::NothingSelected),
        (Some(WorkPoint::Stage(Stage::Generate)), []) if what.variant.is_some() => None,
        (Some(WorkPoint::Stage(stage)), []) if what.variant.is_some() => {
            return Err(EngineError::OfAllItems { stage: stage.as_str() });
        }
        (Some(WorkPoint::Stage(stage)), []) => return clean(db, *stage, what.tape),
        (None | Some(WorkPoint::Stage(Stage::Generate)), _) => None,
        (Some(WorkPoint::Stage(stage)), _) => return Err(EngineError::OfAllItems { stage: stage.as_str() }),
        (Some(WorkPoint::Step(name)), _) => Some(name.as_str()),
    };
    Session::hold(db, Access::Write, "clean", None, |session| {
        let invocation = session.invocation;
        let steps = match step {
            Some(name) => Some(with_derived(session, name)?),
            None => None,
        };
        let tx = session.transaction()?;
        choose(&tx, what, steps.as_deref())?;
        let before = Marks::of(&tx, Stage::Generate)?;
        let count = |statement: crate::store::Statement, name: &'static str, after: i64| {
            statement.row(&tx, &[(name, &after)], |row| row.get::<_, i64>("n")).map(i64::unsigned_abs)
        };
        let attempts = count(sql::CLEAN_COUNT_CHOSEN_ATTEMPTS, ":round", before.round)?;
        let calls = if what.tape { count(sql::CLEAN_COUNT_CHOSEN_CALLS, ":after", before.tape)? } else { 0 };
        let (_, decided) = standing::chosen(&tx)?;
        // Of the stages it is the files alone that are set aside as a whole.
        let (kind, stage, detail) = (RoundKind::Clean, Stage::Export, detail(what));
        let begun = Round { kind, stage, tape: false, sample: None, detail: &detail };
        let round = record::round(&tx, invocation, &begun, &now())?;
        standing::set_aside(&tx, round, what.tape)?;
        tx.commit()?;
        Ok(CleanSummary { work_items: decided as u64, attempts, calls })
    })
}

/// Chooses the standings to set aside. `steps` are the rowids of those that are meant, if not all are.
fn choose(tx: &Transaction<'_>, what: &SetAside, steps: Option<&[i64]>) -> Result<(), EngineError> {
    if what.work_ids.is_empty() {
        for step in steps.unwrap_or_default() {
            standing::choose(tx, StandingChoice::Step(*step))?;
        }
        if steps.is_none() {
            standing::choose(tx, StandingChoice::All)?;
        }
        return keep_variant(tx, what.variant.as_ref());
    }
    for prefix in &what.work_ids {
        standing::choose(tx, StandingChoice::WorkItem(item::find_anywhere(tx, prefix)?.rowid))?;
    }
    standing::choose(tx, StandingChoice::MadeFromChosen)?;
    if let (Some(steps), Some(WorkPoint::Step(step))) = (steps, &what.from) {
        standing::keep_steps(tx, steps)?;
        if standing::chosen(tx)? == (0, 0) {
            return Err(EngineError::NothingMade { step: step.clone() });
        }
    }
    keep_variant(tx, what.variant.as_ref())
}

/// The rowids of the steps that are called `name` in the newest plan, and of those that are made from them.
fn with_derived(session: &Session, name: &str) -> Result<Vec<i64>, EngineError> {
    let plan = recorded(&session.connection, &session.path)?;
    let mut names: Vec<&str> = Vec::new();
    for place in places(&plan.project, name)? {
        names.push(plan.project.steps[place].config.step.name());
        names.extend(graph::descendants(&plan.project, place).map(|setup| setup.config.step.name()));
    }
    rowids_of_all(&session.connection, &names)
}

/// What was asked for, as the round keeps it.
fn detail(what: &SetAside) -> Value {
    let ids = what.work_ids.iter().map(|id| format!(" {id}"));
    let from = what.from.iter().map(|from| format!(" --from {from}"));
    let tape = what.tape.then(|| " --tape".to_owned());
    let variant = what.variant.iter().map(|it| format!(" --variant {} --repeat {}", it.name, it.repeat));
    let words: String = ids.chain(from).chain(tape).chain(variant).collect();
    json!({"command": format!("clean{words}"), "tape": what.tape})
}
