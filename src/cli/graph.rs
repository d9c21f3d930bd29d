//! `casebook graph`: the steps of a task, drawn.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::setting;
use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::engine;
use crate::view::graph;

/// Draw the steps of a task, in the order in which they feed each other.
///
/// What becomes a work item of each, when it is left out, who is asked or which rule works it out, which checks and
/// which judge it has. Of a configuration only its own file is read; of a run file it is the newest plan's.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook graph demo/casebook.yaml
  casebook graph demo/casebook.yaml --format mermaid    for a page in Markdown
  casebook graph chain/chain.db --format svg > chain.svg")]
pub struct GraphArgs {
    /// The configuration, or a run file.
    #[arg(value_name = "CONFIG|DB")]
    what: PathBuf,
    /// How it is drawn: text, mermaid or svg.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_enum, hide_possible_values = true)]
    format: Drawn,
    /// Lay a value over the configuration, as `run` does; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
}

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Drawn {
    Text,
    Mermaid,
    Svg,
}

/// Runs the command.
pub fn run(args: &GraphArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let graph = engine::graph(&args.what, &args.settings, false)?;
    let drawn = match args.format {
        Drawn::Text => graph::text(&graph),
        Drawn::Mermaid => graph::mermaid(&graph),
        Drawn::Svg => graph::svg(&graph),
    };
    let mut out = terminal.stdout();
    out.write_all(drawn.as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}
