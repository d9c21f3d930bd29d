//! `casebook verify`: checks a run file against all its rules.

use std::path::PathBuf;

use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::terminal::{Terminal, word};
use crate::engine::{self, Verification};
use crate::view::rows::{Cell, RowFormat};
use crate::view::text;

/// Check a run file against all its rules; replay it from its tape.
///
/// Recomputes every id and digest, counts every work item, and validates every accepted output against its schema. With
/// `--replay`, every decided work item is also worked out again from the recorded answers, without a network, and the
/// latest export is made again; both must give the same bytes. Nothing is written. Exit code 1 means that there is a
/// problem.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook verify demo/tickets.db
  casebook verify demo/tickets.db --replay")]
pub struct VerifyArgs {
    /// The run file.
    db: PathBuf,
    /// Also work everything out again from the tape, and compare.
    #[arg(long)]
    replay: bool,
}

pub fn run(args: &VerifyArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let verification = engine::verify(&args.db, args.replay)?;
    let columns = ["check", "checked", "problems"].map(str::to_owned).to_vec();
    let mut rows = terminal.rows(RowFormat::Table, columns)?;
    for check in &verification.checks {
        rows.row(vec![Cell::from(&*check.what), Cell::from(check.checked), Cell::from(check.problems.len() as u64)])?;
    }
    rows.finish()?;
    for line in problems(&verification) {
        terminal.note(&format!("{} {line}", terminal.err.red("problem:")));
    }
    if verification.is_sound() {
        terminal.tell(&format!("\n{} keeps every rule.", word(&args.db)));
        return Ok(Exit::Done);
    }
    Ok(Exit::Problems)
}

fn problems(verification: &Verification) -> Vec<String> {
    let of = |check: &engine::VerifyCheck| {
        check.problems.iter().map(|it| format!("{}: {}", text::line(&check.what), text::line(it))).collect::<Vec<_>>()
    };
    verification.checks.iter().flat_map(of).collect()
}
