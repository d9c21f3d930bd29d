//! `casebook sql`: your own SQL over a run file; one statement that only reads.

mod print;
mod prompt;
mod statement;

use std::io::{self, IsTerminal as _, Read as _};
use std::path::PathBuf;

use clap::Args;

use super::args::FormatArg;
use super::error::{CliError, Kind};
use super::exit::Exit;
use super::terminal::Terminal;
use crate::view;
use print::print;

/// Query a run file with SQL; nothing can be changed.
///
/// The views on results: `results`, `outputs`, `failures`, `held_back`, `history`, `lineage`, `agreements`,
/// `agreement_figures`, `ratings`; on how they came about: `attempts`, `messages`, `retrievals`, `verdicts`,
/// `decisions`, `calls`; on documents: `lines`, `evidence`; on experiments: `variants`, `metrics`, `comparisons`,
/// `model_standing`, `promotions`, `canaries`; on the run itself: `progress`, `costs`, `pacing`, `servers`, `rounds`,
/// `manifests`, `anomalies`, `artifacts`. Without a query, a terminal gets a prompt with history; elsewhere the query
/// is read from stdin. Rows are printed as they are read, so memory does not grow with them. Where a table does not
/// fit the terminal, each row is a block.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook sql demo/tickets.db \"SELECT topic, count(*) AS n FROM results GROUP BY topic\"
  casebook sql demo/tickets.db \"SELECT * FROM results\" --format csv > results.csv
  casebook sql demo/tickets.db \"SELECT * FROM results LIMIT 3\" --records
  casebook sql demo/tickets.db < query.sql
  casebook sql demo/tickets.db")]
pub struct SqlArgs {
    /// The run file.
    db: PathBuf,
    /// One SQL statement.
    query: Option<String>,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: &SqlArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut connection = view::open(&args.db)?;
    view::sql::restrict(&mut connection)?;
    let format = args.format.get();
    let query = match &args.query {
        Some(query) => query.clone(),
        None if io::stdin().is_terminal() => {
            prompt::run(&connection, &args.db, format, terminal)?;
            return Ok(Exit::Done);
        }
        None => {
            let mut query = String::new();
            io::stdin().read_to_string(&mut query).map_err(|error| CliError::of(Kind::Failed, &Stdin(error)))?;
            query
        }
    };
    print(&connection, &query, format, terminal)?;
    Ok(Exit::Done)
}

#[derive(Debug, thiserror::Error)]
#[error("cannot read the query from stdin")]
struct Stdin(#[source] io::Error);
