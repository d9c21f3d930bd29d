//! `casebook prices`: what models cost, and the source of each price.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::args::FormatArg;
use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::engine::{self, KnownPrice};
use crate::view::rows::{self, Cell, RowFormat, RowPrinter};

/// Show what models cost, in US dollars per million tokens, and the source of each price.
///
/// A price holds only for the hosts that it names. The price of a model that is not listed is unknown: a configuration
/// can give it with `llm.price`, or a whole table with `prices`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook prices gpt-4o-mini                        the prices of one model
  casebook prices --config casebook.yaml             with the table that a configuration names
  casebook prices --format json | jq '.[].source'    all of it, as data")]
pub struct PricesArgs {
    /// The provider's name for the model.
    model: Option<String>,
    /// A configuration whose own table of prices is used too.
    #[arg(long, value_name = "CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArg,
}

const COLUMNS: [&str; 8] = ["models", "hosts", "input", "cached", "cache_write", "output", "date", "source"];

pub fn run(args: &PricesArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let found = engine::prices(args.model.as_deref(), args.config.as_deref())?;
    let mut out = terminal.stdout();
    match (args.format.get(), &args.model) {
        (RowFormat::Json, _) => return Ok(terminal.json(&found).map(|()| Exit::Done)?),
        (RowFormat::Table | RowFormat::Records, Some(model)) if found.is_empty() => {
            terminal.tell(&format!(
                "no price is known for `{}`; give one with `llm.price: {{input: …, output: …}}`",
                crate::view::text::line(model)
            ));
        }
        (RowFormat::Table, _) => {
            let columns = COLUMNS.map(str::to_owned);
            let rows: Vec<Vec<Cell>> = found.iter().map(cells).collect();
            writeln!(out, "{}", rows::table(&columns, &rows, terminal.print_target()))?;
        }
        (format, _) => {
            let columns = COLUMNS.map(str::to_owned).to_vec();
            let mut writer = RowPrinter::begin(&mut out, format, terminal.print_target(), columns)?;
            for price in &found {
                writer.row(cells(price))?;
            }
            writer.finish()?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn cells(price: &KnownPrice) -> Vec<Cell> {
    let list = |names: &[String]| Cell::Text(names.join(", "));
    let option = |usd: Option<f64>| usd.map_or(Cell::Null, Cell::Real);
    vec![
        list(&price.models),
        price.hosts.as_deref().map_or(Cell::from("every host"), list),
        Cell::Real(price.input),
        option(price.cached_input),
        option(price.cache_write),
        Cell::Real(price.output),
        Cell::from(price.date.as_str()),
        Cell::from(price.source.as_str()),
    ]
}
