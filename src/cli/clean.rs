//! `casebook clean`: sets aside the results of a stage and of all later stages.

use std::path::PathBuf;

use clap::Args;

use super::args::VariantArg;
use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::engine::{self, SetAside, WorkPoint};
use crate::view::text;

/// Set aside the results of a stage, a step or a work item, and all that comes after.
///
/// The next run does that work again. Nothing is deleted: what is set aside stays in the run file and its history, but
/// no longer counts. The tape stays, so recorded answers are not asked for again; `--tape` sets it aside too.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook clean demo/tickets.db --from export           let the next run write its files again
  casebook clean demo/tickets.db --from generate         decide again, from the recorded answers
  casebook clean demo/tickets.db --from generate --tape  ask everything again
  casebook clean chain/chain.db --from section           decide one step again, and what is made from it
  casebook clean demo/tickets.db 40c39f --tape           ask about one work item again")]
pub struct CleanArgs {
    /// The run file.
    db: PathBuf,
    /// Set aside the results of these work items alone, by their ids or the first characters of these, and of what is
    /// made from them.
    #[arg(value_name = "WORK_ID")]
    work_ids: Vec<String>,
    /// The first stage whose results are set aside: acquire, schema, contract, ingest, plan, generate, export or
    /// report. Or a step: its results, and those that are made from them.
    #[arg(long, value_name = "STAGE|STEP", required_unless_present = "work_ids")]
    from: Option<WorkPoint>,
    /// Set aside the recorded answers too: the next run asks again, and pays again.
    #[arg(long)]
    tape: bool,
    /// Of all this, only what belongs to this variant of an experiment, in its repeat.
    #[command(flatten)]
    variant: VariantArg,
}

pub fn run(args: &CleanArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let what = SetAside {
        from: args.from.clone(),
        work_ids: args.work_ids.clone(),
        tape: args.tape,
        variant: args.variant.choice(),
    };
    let cleaned = engine::set_aside(&args.db, &what)?;
    let items = text::counted(cleaned.work_items, "work item");
    let (attempts, calls) = (text::counted(cleaned.attempts, "attempt"), text::counted(cleaned.calls, "call"));
    let from = args.from.as_ref().map(|from| format!(" from `{from}` on")).unwrap_or_default();
    terminal.tell(&format!("Set aside{from}: {items}, {attempts}, {calls}. Nothing was deleted."));
    Ok(Exit::Done)
}
