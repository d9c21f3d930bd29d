//! `casebook push`: sends a run file's items to another tool's server.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::engine::{self, PushEvent, PushOptions, PushSummary};
use crate::view::text;

/// How many requests are in flight by default.
const WORKERS: usize = 4;
/// How many may be.
const MOST_WORKERS: usize = 100;
/// How many refused items are named.
const NAMED: u64 = 100;
/// Progress is said once in so many items.
const STEP: u64 = 1000;

/// Send the accepted outputs to another tool's server, as items of a data set.
///
/// The run file is only read. Sending them again replaces what was sent before.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook push langfuse support.db
  casebook push langfuse support.db --dry-run")]
pub struct PushArgs {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Debug, Subcommand)]
enum Tool {
    Langfuse(LangfuseArgs),
}

/// Send the accepted outputs to Langfuse, as items of a data set.
///
/// The items are those of `casebook export --formats langfuse`. The data set is created if it is not there. An item has
/// the same id each time, which begins with the data set's name, so that pushing again replaces it; items that are in
/// Langfuse alone stay. Ids of test sets are numbers in order: after a rejection, they may be those of other items. The
/// keys of the project are read from `LANGFUSE_PUBLIC_KEY` and `LANGFUSE_SECRET_KEY`. The run file is only read.
///
/// An item that the server refuses is named, and the others go on. Exit code 1 means that some were not taken.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook push langfuse support.db
  casebook push langfuse support.db --dataset faq/support
  casebook push langfuse support.db --base-url http://localhost:3000
  casebook push langfuse support.db --dry-run | head -1         what would be sent, without a key")]
struct LangfuseArgs {
    /// The run file.
    db: PathBuf,
    /// The data set's name; by default, `outputs.mapping.dataset` or the name of the run.
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// The server's address; by default, what `LANGFUSE_BASE_URL` says, or `https://cloud.langfuse.com`.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// How many requests may be in flight. With 1, the items are created in the order of the run.
    #[arg(long, value_name = "N", default_value_t = WORKERS, value_parser = workers)]
    workers: usize,
    /// Send nothing: print each item as it would be sent, a line of JSON each.
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: &PushArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let Tool::Langfuse(args) = &args.tool;
    let (mut out, target) = (terminal.stdout(), terminal.print_target());
    let mut named = 0;
    let options = PushOptions {
        db: &args.db,
        dataset: args.dataset.as_deref(),
        base_url: args.base_url.as_deref(),
        workers: args.workers,
        dry_run: args.dry_run,
    };
    let summary = engine::push::<CliError>(options, &mut |event| {
        match event {
            PushEvent::Note(note) => terminal.tell(&format!("note: {note}")),
            PushEvent::Item(json) if target.terminal => writeln!(out, "{}", text::json(json))?,
            PushEvent::Item(json) => writeln!(out, "{json}")?,
            PushEvent::Refused { id, message } => {
                named += 1;
                if named <= NAMED {
                    let head = terminal.err.red("refused:");
                    terminal.note(&format!("{head} {}: {}", text::line(id), text::line(message)));
                }
            }
            PushEvent::Done(count) if count % STEP == 0 => terminal.tell(&format!("{} items", text::thousands(count))),
            PushEvent::Done(_) => {}
        }
        Ok(())
    })?;
    out.flush()?;
    if named > NAMED {
        terminal.note(&format!("… and {} more were refused", text::thousands(named - NAMED)));
    }
    if summary.is_stopped {
        terminal.note(&stopped(&summary));
    } else {
        terminal.tell(&told(&summary, args.dry_run));
    }
    Ok(match summary {
        PushSummary { is_stopped: true, .. } => Exit::Interrupted,
        PushSummary { refused: 0, .. } => Exit::Done,
        _ => Exit::Problems,
    })
}

/// Parses how many requests may be in flight.
fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=MOST_WORKERS) => Ok(count),
        _ => Err(format!("expected a whole number from 1 to {MOST_WORKERS}")),
    }
}

/// What became of the items, as a sentence.
fn told(summary: &PushSummary, dry_run: bool) -> String {
    let PushSummary { dataset, base_url, items, taken, refused, .. } = summary;
    let place = format!("the data set `{}` of {}", text::line(dataset), text::line(base_url));
    let items = text::counted(*items, "item");
    match (dry_run, refused) {
        (true, _) => format!("{items} would be sent to {place}, whose name their ids carry; nothing was sent."),
        (false, 0) => format!("{items} sent to {place}, whose name their ids carry."),
        (false, refused) => {
            format!("{} of {items} sent to {place}; {} refused.", text::thousands(*taken), text::thousands(*refused))
        }
    }
}

/// What was done before the user stopped it.
fn stopped(summary: &PushSummary) -> String {
    let PushSummary { dataset, items, taken, refused, .. } = summary;
    let refused = if *refused > 0 { format!(", {} refused", text::thousands(*refused)) } else { String::new() };
    format!(
        "Interrupted: {} of {} were taken by the data set `{}`{refused}, and some may be that were under way. The same \
         command sends all of them again.",
        text::thousands(*taken),
        text::counted(*items, "item"),
        text::line(dataset)
    )
}
