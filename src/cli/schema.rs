//! `casebook schema`: the JSON Schema of the configuration, or the output contract of a run.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::Exit;
use super::error::{CliError, Kind};
use super::terminal::Terminal;
use crate::view;

/// Print the JSON Schema of the configuration, or the output contract of a run.
///
/// With the word `config`: the schema that an editor needs to complete and check a configuration. With a run file: the
/// closed form of its output schema, which every accepted output is valid against.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook schema config > casebook.schema.json
  casebook schema demo/tickets.db
  casebook schema ./config               a run file of that name")]
pub struct SchemaArgs {
    /// `config`, or a run file.
    #[arg(value_name = "config|DB")]
    what: PathBuf,
}

/// Runs the command.
pub fn run(args: &SchemaArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let text = if args.what.as_os_str() == "config" {
        crate::config::json_schema()
    } else {
        let connection = view::open(&args.what)?;
        view::contract(&connection)?.ok_or_else(|| {
            CliError::new(Kind::Failed, format!("{} has no output contract yet", args.what.display()))
                .hint("`casebook run CONFIG --to contract` makes it, and asks no model")
        })?
    };
    let mut out = terminal.stdout();
    writeln!(out, "{}", text.trim_end())?;
    out.flush()?;
    Ok(Exit::Done)
}
