//! `casebook parse`: reads recorded answers again, by the rules as they are now.

use std::path::PathBuf;

use clap::Args;

use super::args::{FormatArg, setting, variable};
use super::error::CliError;
use super::exit::Exit;
use super::terminal::{Terminal, quote, word};
use crate::engine::{self, ParseOptions, ParseSummary, RunEvent};
use crate::view::rows::Cell;
use crate::view::text;

/// Read recorded answers again after a change of the rules, without asking a model.
///
/// The rules are how an answer holds its output (`answer`), the schema and the checks. The answers are those to the
/// requests on record, whichever schema these showed. A work item that needs a new answer, such as a verdict on a
/// changed output, stays open for the next `casebook run`. Earlier outputs stay in the record.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook parse demo/tickets.db --config demo/casebook.yaml   by the rules in the file
  casebook parse markdown/markdown.db --config markdown/casebook.yaml --set answer=sections
  casebook parse demo/tickets.db                               by the recorded rules, with this version")]
pub struct ParseArgs {
    /// The run file.
    db: PathBuf,
    /// The configuration with the rules; by default the recorded one.
    #[arg(long, value_name = "CONFIG")]
    config: Option<PathBuf>,
    /// Change one key of the configuration, as in `answer=sections`. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting, requires = "config")]
    set: Vec<(String, String)>,
    /// Set a variable of templates, as in `tone=friendly`. May be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable, requires = "config")]
    vars: Vec<(String, String)>,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: &ParseArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let overrides: Vec<_> = args.set.iter().chain(&args.vars).cloned().collect();
    let options = ParseOptions { db: args.db.clone(), config: args.config.clone(), overrides: overrides.clone() };
    let parsed = engine::parse(&options, &mut |progress| {
        if let RunEvent::Note(note) = progress {
            terminal.tell(&format!("{} {}", terminal.err.yellow("note:"), text::line(note)));
        }
    })?;
    let mut rows = terminal.rows(args.format.get(), ["outputs", "items"].map(str::to_owned).to_vec())?;
    for (what, count) in counts(&parsed) {
        rows.row(vec![Cell::from(what), Cell::from(count)])?;
    }
    rows.finish()?;
    terminal.tell(&format!("\n{}", terminal.err.bold("Try next:")));
    match &args.config {
        Some(config) if parsed.open > 0 => {
            let mut again = format!("casebook run {} --db {}", word(config), word(&args.db));
            for (key, value) in &overrides {
                again = format!("{again} --set {}", quote(&format!("{key}={value}")));
            }
            terminal.tell(&format!("  {again}   # ask what is open"));
        }
        _ => terminal.tell(&format!("  casebook export {}", word(&args.db))),
    }
    Ok(Exit::Done)
}

fn counts(parsed: &ParseSummary) -> Vec<(&'static str, u64)> {
    let all = [
        ("as before", parsed.same),
        ("changed", parsed.changed),
        ("accepted now, and not before", parsed.gained),
        ("accepted before, and not now", parsed.lost),
        ("not accepted, as before", parsed.still_not),
        ("skipped or blocked", parsed.held_back),
        ("open: the record has no answer to their question", parsed.open),
    ];
    // The usual cases are listed even if there are none.
    all.into_iter().filter(|(what, count)| *count > 0 || matches!(*what, "as before" | "changed")).collect()
}
