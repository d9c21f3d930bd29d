//! `casebook migrate`: converts the configuration of an older Python framework.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::args::FormatArg;
use super::error::CliError;
use super::exit::Exit;
use super::terminal::{Terminal, shown_path, word};
use crate::engine::{self, KeyOutcome, MigrateOptions, Migrated, MigrationRow};
use crate::view::rows::{Cell, RowFormat, RowPrinter};
use crate::view::text;

/// Convert the configuration of an older Python framework to one for Casebook.
///
/// Prints where each key went, or why it was dropped; comments and unknown keys are listed too. The new file says where
/// each of its lines comes from. Prompts, the schema and the table stay as they are. Exit code 1 means that the file
/// was written, and that something is left to do by hand.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook migrate configs/parameters.yaml                     writes casebook.yaml into the project's folder
  casebook migrate parameters.yaml --out new.yaml              under another name
  casebook migrate parameters.yaml --force --format md > moved.md")]
pub struct MigrateArgs {
    /// The older configuration, often called parameters.yaml.
    config: PathBuf,
    /// The new configuration; by default casebook.yaml in the folder that the older paths are relative to.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Overwrite an existing file.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    format: FormatArg,
}

const COLUMNS: [&str; 6] = ["line", "key", "value", "outcome", "to", "note"];

pub fn run(args: &MigrateArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let options = MigrateOptions { config: args.config.clone(), out: args.out.clone(), force: args.force };
    let migrated = engine::migrate(&options)?;
    let mut out = terminal.stdout();
    let columns = COLUMNS.map(str::to_owned).to_vec();
    let mut writer = RowPrinter::begin(&mut out, args.format.get(), terminal.print_target(), columns)?;
    // Null in data; an empty cell in a table for people.
    let nothing = if args.format.get() == RowFormat::Table { Cell::from("") } else { Cell::Null };
    for row in &migrated.rows {
        writer.row(cells(row, &nothing))?;
    }
    writer.finish()?;
    out.flush()?;
    tell(&migrated, terminal);
    Ok(if migrated.problems.is_empty() { Exit::Done } else { Exit::Problems })
}

fn cells(row: &MigrationRow, nothing: &Cell) -> Vec<Cell> {
    let filled = |text: &str| if text.is_empty() { nothing.clone() } else { Cell::from(text) };
    vec![
        row.line.map_or_else(|| nothing.clone(), |line| Cell::from(u64::from(line))),
        filled(&row.key),
        filled(&row.value),
        Cell::from(row.outcome.as_str()),
        filled(row.to.as_deref().unwrap_or_default()),
        filled(&row.note),
    ]
}

fn tell(migrated: &Migrated, terminal: Terminal) {
    let count = |wanted: &[KeyOutcome]| migrated.rows.iter().filter(|row| wanted.contains(&row.outcome)).count();
    terminal.tell(&format!(
        "\nWrote {}. Keys: {} kept or moved, {} dropped, {} unknown. Comments: {}.",
        shown_path(&migrated.out),
        count(&[KeyOutcome::Kept, KeyOutcome::Moved]),
        count(&[KeyOutcome::Dropped, KeyOutcome::Wrong]),
        count(&[KeyOutcome::Unknown]),
        count(&[KeyOutcome::Comment]),
    ));
    for problem in &migrated.problems {
        let place = problem.location.as_deref().map(|it| format!("\n  --> {}", text::line(it))).unwrap_or_default();
        let hint = problem.hint.as_deref().map(|it| format!("\nhint: {}", text::block(it))).unwrap_or_default();
        terminal.note(&format!("{} {}{place}{hint}", terminal.err.red("still to do:"), text::block(&problem.message)));
    }
    terminal.tell(&terminal.err.bold("Try next:"));
    terminal.tell(&format!("  casebook run {} --dry-run", word(&migrated.out)));
    terminal.tell(&format!("  casebook run {} --provider sample", word(&migrated.out)));
}
