//! `casebook ping`: one small request to each model of a configuration.

use std::path::PathBuf;

use clap::Args;

use super::args::{FormatArg, setting};
use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::engine::{self, ApiKey, Ping};
use crate::view::rows::{Cell, RowFormat};
use crate::view::text;

/// Send each model of a configuration one small request, and say what works.
///
/// One request goes to the generation's model, and one to the judge's if that is another one, with the key, the
/// parameters and the schema that a run would send. It costs a few tokens and writes nothing. Exit code 1 means that a
/// model does not answer.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook ping casebook.yaml
  casebook ping casebook.yaml --format json
  casebook ping casebook.yaml --set llm.model=gpt-4.1-mini     try another model

Columns:
  for                the blocks of the configuration that name the model
  key                the variable that the key is in; its value is never shown
  server             the kind of server that it is taken for, and by what; this decides how the
                     schema is sent
  structured_output  `held`: the provider kept to the schema; `not asked for`: it is switched
                     off, or the provider cannot enforce this schema
  limits             what the response's headers say of rate limits")]
pub struct PingArgs {
    /// The configuration.
    config: PathBuf,
    #[command(flatten)]
    format: FormatArg,
    /// Change one key of the configuration; the value is YAML. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
}

/// The columns of every format; formats for programs add [`FOR_PROGRAMS`].
const COLUMNS: [&str; 11] = [
    "for",
    "model",
    "works",
    "key",
    "server",
    "structured_output",
    "answered_by",
    "input_tokens",
    "output_tokens",
    "latency_ms",
    "limits",
];
const FOR_PROGRAMS: [&str; 3] = ["http_status", "message", "hint"];

pub fn run(args: &PingArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let pings = engine::ping(&args.config, &args.settings)?;
    let people = matches!(args.format.get(), RowFormat::Table | RowFormat::Md);
    let columns = COLUMNS.iter().chain(if people { &[] } else { &FOR_PROGRAMS[..] });
    let mut rows = terminal.rows(args.format.get(), columns.map(|it| (*it).to_owned()).collect())?;
    for ping in &pings {
        let mut cells = cells(ping);
        if !people {
            let status = ping.http_status.map(u64::from);
            cells.extend([Cell::from(status), Cell::from(ping.message.as_deref()), Cell::from(ping.hint.as_deref())]);
        }
        rows.row(cells)?;
    }
    rows.finish()?;
    if people {
        for ping in &pings {
            explain(ping, terminal);
        }
    }
    Ok(if pings.iter().all(|ping| ping.works) { Exit::Done } else { Exit::Problems })
}

fn cells(ping: &Ping) -> Vec<Cell> {
    let key = match &ping.key {
        ApiKey::Found(name) => Cell::from(format!("{name}: found").as_str()),
        ApiKey::Missing(name) => Cell::from(format!("{name}: missing").as_str()),
        ApiKey::None => Cell::from("none is sent"),
    };
    let limits = ping.limits.join("; ");
    vec![
        Cell::from(ping.blocks.join(", ").as_str()),
        Cell::from(ping.model.as_str()),
        Cell::from(if ping.works { "yes" } else { "no" }),
        key,
        Cell::from(ping.server.as_deref()),
        Cell::from(ping.structured.as_str()),
        Cell::from(ping.answered_by.as_deref()),
        Cell::from(ping.tokens.0),
        Cell::from(ping.tokens.1),
        Cell::from(ping.latency.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX))),
        Cell::from((!limits.is_empty()).then_some(limits.as_str())),
    ]
}

/// Prints what is wrong with a model, or worth knowing, and what to do about it.
fn explain(ping: &Ping, terminal: Terminal) {
    let Some(message) = &ping.message else { return };
    let head = if ping.works { terminal.err.cyan("note:") } else { terminal.err.red("problem:") };
    terminal.note(&format!("{head} {}: {}", ping.blocks.join(", "), text::line(message)));
    if let Some(hint) = &ping.hint {
        terminal.note(&format!("{} {}", terminal.err.cyan("hint:"), text::line(hint)));
    }
}
