//! `casebook schema`: the JSON Schema of the configuration, the output contract of a run, or a schema from examples.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::error::{CliError, Kind};
use super::exit::Exit;
use super::terminal::{Terminal, shown_path};
use crate::engine::{self, KeptFile};
use crate::view;
use crate::view::text;

/// Print the JSON Schema of the configuration or of a run, or infer one from examples.
///
/// `config` prints the schema with which an editor completes and checks a configuration. A run file: the closed form of
/// its output schema, against which every accepted output is valid. `infer`: a schema for a file of examples.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    after_help = "Examples:
  casebook schema config > casebook.schema.json
  casebook schema demo/tickets.db
  casebook schema ./config                              a run file of that name
  casebook schema infer answers.jsonl --out schema.json"
)]
pub struct SchemaArgs {
    /// `config`, or a run file.
    #[arg(value_name = "config|DB", required = true)]
    what: Option<PathBuf>,
    #[command(subcommand)]
    make: Option<SchemaCommand>,
}

#[derive(Debug, Subcommand)]
enum SchemaCommand {
    Infer(InferArgs),
}

/// Infer a schema from examples, without a model.
///
/// Every example is valid against it: a field is required if all examples have it, may be null if it is null in one of
/// them, and has the types of all its values. Texts that repeat become a list of values, and texts that are all dates,
/// times, addresses or UUIDs get that format. Notes on what the examples leave open go to stderr.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook schema infer answers.jsonl                     one JSON object a line
  casebook schema infer labels.csv --out schema.json      a table; an earlier schema is archived
  zcat answers.jsonl.gz | casebook schema infer -       from stdin")]
struct InferArgs {
    /// The examples: .jsonl, .json (one object, or an array of them), .csv, .tsv, .psv, .xlsx or .ods; `-`: stdin, with
    /// one JSON object a line.
    #[arg(value_name = "EXAMPLES")]
    examples: PathBuf,
    /// Write the schema to this file, not to stdout. A different one is first copied into `archived/` beside it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The most values in a list of values; 0: no such lists.
    #[arg(long, value_name = "N", default_value_t = engine::MAX_VALUES)]
    max_values: usize,
}

pub fn run(args: &SchemaArgs, terminal: Terminal) -> Result<Exit, CliError> {
    match (&args.make, &args.what) {
        (Some(SchemaCommand::Infer(args)), _) => infer(args, terminal),
        (None, Some(what)) if what.as_os_str() == "config" => print(&crate::config::json_schema(), terminal),
        (None, Some(db)) => {
            let connection = view::open(db)?;
            let contract = view::contract(&connection)?.ok_or_else(|| {
                CliError::new(Kind::Failed, format!("{} has no output contract yet", db.display()))
                    .hint("`casebook run CONFIG --to contract` makes it without asking a model")
            })?;
            print(&contract, terminal)
        }
        // The parser requires one of them.
        (None, None) => {
            Err(CliError::new(Kind::Usage, "name `config`, a run file, or `infer` with a file of examples"))
        }
    }
}

fn print(text: &str, terminal: Terminal) -> Result<Exit, CliError> {
    let mut out = terminal.stdout();
    let text = text.trim_end();
    // It is JSON, of which a terminal must not act on anything.
    writeln!(out, "{}", if terminal.out.terminal { text::json(text) } else { text.into() })?;
    out.flush()?;
    Ok(Exit::Done)
}

fn infer(args: &InferArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let inferred = engine::infer(&args.examples, args.max_values)?;
    for note in &inferred.notes {
        terminal.tell(&format!("note: {}", text::line(note)));
    }
    let Some(out) = &args.out else { return print(&inferred.text, terminal) };
    let examples =
        if inferred.examples == 1 { "1 example".to_owned() } else { format!("{} examples", inferred.examples) };
    let message = match engine::write_schema(out, &inferred.text)? {
        KeptFile::Unchanged => format!("{} is already the schema of {examples}", shown_path(out)),
        KeptFile::New => format!("wrote {} from {examples}", shown_path(out)),
        KeptFile::Replaced(copy) => {
            format!("wrote {} from {examples}; what it held is in {}", shown_path(out), shown_path(&copy))
        }
    };
    terminal.tell(&message);
    Ok(Exit::Done)
}
