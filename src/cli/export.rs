//! `casebook export`: writes the artifacts again, from the record.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::terminal::{Terminal, shown_path};
use crate::engine;
use crate::engine::OutputFormat;

/// Write the artifacts again, from the record.
///
/// The files are those of the recorded configuration, unless `--formats` names others. The same record gives the same
/// bytes. Prints the path of each file. To print rows instead, use `casebook sql DB QUERY --format FORMAT`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook export demo/tickets.db
  casebook export demo/tickets.db --dir /tmp/out
  casebook export demo/tickets.db --formats csv,jsonl")]
pub struct ExportArgs {
    /// The run file.
    db: PathBuf,
    /// Where to write, instead of the configured folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The files to write, instead of those of the configuration: jsonl, psv, csv.
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', value_parser = format)]
    formats: Vec<OutputFormat>,
}

fn format(name: &str) -> Result<OutputFormat, String> {
    match name {
        "jsonl" => Ok(OutputFormat::Jsonl),
        "psv" => Ok(OutputFormat::Psv),
        "csv" => Ok(OutputFormat::Csv),
        _ => Err("expected jsonl, psv or csv".to_owned()),
    }
}

pub fn run(args: &ExportArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut out = terminal.stdout();
    for path in engine::export(&args.db, args.dir.as_deref(), &args.formats)? {
        writeln!(out, "{}", shown_path(&path))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}
