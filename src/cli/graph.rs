//! `casebook graph`: draws the steps of a task.

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
/// Shows for each step what its work items are made from, when they are skipped, the model or the rule that works them
/// out, the checks and the judge. Of a configuration, only the file itself is read; of a run file, the latest plan.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook graph demo/casebook.yaml
  casebook graph demo/casebook.yaml --format mermaid    for a page in Markdown
  casebook graph chain/chain.db --format svg > chain.svg")]
pub struct GraphArgs {
    /// The configuration, or a run file.
    #[arg(value_name = "CONFIG|DB")]
    what: PathBuf,
    /// Draw it as text, mermaid or svg.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_enum, hide_possible_values = true)]
    format: GraphFormat,
    /// Change one key of the configuration; the value is YAML. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GraphFormat {
    Text,
    Mermaid,
    Svg,
}

pub fn run(args: &GraphArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let graph = engine::graph(&args.what, &args.settings, false)?;
    let drawn = match args.format {
        GraphFormat::Text => graph::text(&graph),
        GraphFormat::Mermaid => graph::mermaid(&graph),
        GraphFormat::Svg => graph::svg(&graph),
    };
    let mut out = terminal.stdout();
    out.write_all(drawn.as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}
