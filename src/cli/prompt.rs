//! `casebook prompt`: the prompts of a task.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::{FormatArg, setting};
use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::engine::{self, PromptUse, RunOptions};
use crate::view::rows::Cell;
use crate::view::text;

/// Look at the prompts of a task.
#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    after_help = "Examples:
  casebook prompt log casebook.yaml             every version of each prompt, and what was measured with it
  casebook prompt log casebook.yaml classify    of one prompt, by its name or its file"
)]
pub struct PromptArgs {
    #[command(subcommand)]
    command: PromptCommand,
}

#[derive(Debug, Subcommand)]
enum PromptCommand {
    Log(LogArgs),
}

/// List the versions of each prompt, and what was measured with them.
///
/// A version is a text that was sent. There is a row for each variant that was planned with it; prompts that the
/// configuration or its matrix names and that were never used come last. Figures are those of the run file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook prompt log casebook.yaml                     all prompts of the task
  casebook prompt log casebook.yaml classify            one of them, by its name or its file
  casebook prompt log casebook.yaml --format json")]
struct LogArgs {
    /// The configuration.
    config: PathBuf,
    /// The name of a prompt, or its file.
    name: Option<String>,
    /// The run file; by default `<run.name>.db` beside the configuration, if it is there.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Change one key of the configuration; the value is YAML. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    #[command(flatten)]
    format: FormatArg,
}

/// The columns before the metrics.
const COLUMNS: [&str; 13] = [
    "step",
    "judge",
    "path",
    "name",
    "version",
    "digest",
    "current",
    "variant",
    "first_used",
    "last_used",
    "items",
    "valid",
    "cost_per_item",
];

pub fn run(args: &PromptArgs, terminal: Terminal) -> Result<Exit, CliError> {
    match &args.command {
        PromptCommand::Log(args) => log(args, terminal),
    }
}

fn log(args: &LogArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let (config, db, overrides) = (args.config.clone(), args.db.clone(), args.settings.clone());
    let options = RunOptions { config, db, overrides, ..RunOptions::default() };
    let log = engine::prompt_log(&options, args.name.as_deref())?;
    for note in &log.notes {
        terminal.tell(&format!("{} {}", terminal.err.yellow("note:"), text::line(note)));
    }
    let format = args.format.get();
    let is_for_people = format.is_for_people();
    // A metric may have the name of another column.
    let metric = |name: &String| if COLUMNS.contains(&name.as_str()) { format!("metric_{name}") } else { name.clone() };
    let columns = COLUMNS.iter().map(|it| (*it).to_owned()).chain(log.metrics.iter().map(metric)).collect();
    let mut rows = terminal.rows(format, columns)?;
    log.entries.iter().try_for_each(|it| rows.row(format.figures(row(it, &log.metrics, is_for_people))))?;
    rows.finish()?;
    Ok(Exit::Done)
}

fn row(it: &PromptUse, metrics: &[String], is_for_people: bool) -> Vec<Cell> {
    let real = |value: Option<f64>| value.map_or(Cell::Null, Cell::Real);
    // Twelve digits of a digest, and times to the second, are enough for people.
    let short =
        |text: &str, most: usize| if is_for_people { text.chars().take(most).collect() } else { text.to_owned() };
    let time = |time: &Option<String>| time.as_ref().map_or(Cell::Null, |it| Cell::Text(short(it, 19)));
    let PromptUse { prompt, .. } = it;
    let mut cells = vec![
        Cell::from(prompt.step.as_str()),
        Cell::from(prompt.judge.as_deref()),
        Cell::from(prompt.path.as_str()),
        Cell::from(prompt.name.as_str()),
        Cell::from(prompt.version.as_deref()),
        Cell::Text(short(&prompt.digest, 12)),
        Cell::from(u64::from(it.is_current)),
        Cell::from(it.variant.as_deref()),
        time(&it.first_used),
        time(&it.last_used),
        Cell::from(it.items),
        real(it.valid),
        real(it.cost_per_item),
    ];
    cells.extend(metrics.iter().map(|name| real(it.metrics.get(name).copied().flatten())));
    cells
}
