//! `casebook export`: the artifacts, written again from the record.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::Exit;
use super::engine_stub as engine;
use super::error::CliError;
use super::terminal::{Terminal, shown_path};

/// Write the artifacts again, from the record.
///
/// The formats are those of the recorded configuration. The same record gives the same bytes. Prints the path of each
/// file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook export demo/tickets.db
  casebook export demo/tickets.db --dir /tmp/out")]
pub struct ExportArgs {
    /// The run file.
    db: PathBuf,
    /// Where to write, instead of the configured folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &ExportArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut out = terminal.stdout();
    for path in engine::export(&args.db, args.dir.as_deref())? {
        writeln!(out, "{}", shown_path(&path))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}
