//! `casebook clean`: sets aside the results of a stage and of all later stages.

use std::path::PathBuf;

use clap::Args;

use super::args::stage_words;
use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::engine;
use crate::record::Stage;
use crate::view::text;

/// Set aside the results of a stage and of all later stages.
///
/// The next run does that work again. Nothing is deleted: what is set aside stays in the run file and its history, but
/// no longer counts. The tape stays, so recorded answers are not asked for again; `--tape` sets it aside too.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook clean demo/tickets.db --from export           let the next run write its files again
  casebook clean demo/tickets.db --from generate         decide again, from the recorded answers
  casebook clean demo/tickets.db --from generate --tape  ask everything again")]
pub struct CleanArgs {
    /// The run file.
    db: PathBuf,
    /// The first stage whose results are set aside: schema, contract, ingest, plan, generate, export or report.
    #[arg(long, value_name = "STAGE", value_parser = stage_words(), hide_possible_values = true)]
    from: Stage,
    /// Set aside the recorded answers too: the next run asks again, and pays again.
    #[arg(long)]
    tape: bool,
}

pub fn run(args: &CleanArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let cleaned = engine::clean(&args.db, args.from, args.tape)?;
    let [items, attempts, calls] = [cleaned.work_items, cleaned.attempts, cleaned.calls].map(text::thousands);
    terminal.tell(&format!(
        "Set aside from `{}` on: {items} work items, {attempts} attempts, {calls} calls. Nothing was deleted.",
        args.from
    ));
    Ok(Exit::Done)
}
