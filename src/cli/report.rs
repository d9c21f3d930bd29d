//! `casebook report`: writes the report again, from the record.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::terminal::{Terminal, shown_path};
use crate::engine;

/// Write the report again, from the record.
///
/// Writes one self-contained HTML page, and the same as Markdown. The same record gives the same bytes. Prints the path
/// of each file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook report demo/tickets.db
  casebook report demo/tickets.db --dir /tmp/out")]
pub struct ReportArgs {
    /// The run file.
    db: PathBuf,
    /// Where to write, instead of the configured folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(args: &ReportArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut out = terminal.stdout();
    for path in engine::report(&args.db, args.dir.as_deref())? {
        writeln!(out, "{}", shown_path(&path))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}
