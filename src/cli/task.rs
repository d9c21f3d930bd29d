//! `casebook task`: rows in from stdin, outputs out to stdout, in the same order.

mod lines;
mod pipe;

use std::io::{self, BufReader};

use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::live_args::{self, LiveArgs};
use super::progress::Watcher;
use super::terminal::Terminal;
use crate::engine::{self, Audience, LiveDoor, LiveSummary, LiveTask, RunEvent};
use pipe::{OutputForm, Pipe};

/// Decide rows from stdin, and write what came of them to stdout, in the same order.
///
/// A row is a JSON object on a line of its own. For each there is a line on stdout, as soon as it is decided. No more
/// rows are read than can be worked on, so memory stays as it is, however long the input. Everything is on record as in
/// a run: what is on record is answered from there, and after an interruption the same rows cost nothing again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook task casebook.yaml < rows.jsonl > outputs.jsonl
  tail -f rows.jsonl | casebook task casebook.yaml --bare | jq .product
  casebook task casebook.yaml --provider sample < rows.jsonl      try it: no key, no network, no cost

A line of stdout: {\"row\": 0, \"work_id\": …, \"row_id\": …, \"status\": \"accepted\", \"output\": {…}, \"verdict\": …,
\"score\": …, \"attempts\": 1, \"cost_usd\": …, \"model\": …, \"from_record\": false, \"failure\": null}. `row` counts from 0.")]
pub struct TaskArgs {
    #[command(flatten)]
    live: LiveArgs,
    /// Write the outputs alone, a line for each row; `null` where a row has none.
    #[arg(long)]
    bare: bool,
    /// Refuse lines of more bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20, value_parser = clap::value_parser!(u32).range(1..))]
    max_line: u32,
    /// End with exit code 3 if rows were rejected, too.
    #[arg(long)]
    strict: bool,
}

pub fn run(args: &TaskArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut watcher = Watcher::new(terminal);
    let mut watch = |event: &RunEvent| {
        // Lines on stdout are the progress.
        if matches!(event, RunEvent::Note(_)) {
            watcher.see(event);
        }
    };
    let form = if args.bare { OutputForm::Bare } else { OutputForm::Whole };
    let options = args.live.options("task", false);
    let (most_bytes, queue) = (u64::from(args.max_line), options.queue);
    let mut pipe: Option<io::Result<Pipe>> = None;
    let opened = |_: LiveTask, door: LiveDoor| {
        let began = Pipe::begin(BufReader::new(io::stdin()), io::stdout(), door.clone(), (form, most_bytes, queue));
        if began.is_err() {
            door.close();
        }
        pipe = Some(began);
    };
    let result = engine::live(&options, &mut Audience::new(&mut watch), opened);
    let ended = pipe.map(|pipe| pipe.map(Pipe::end)).transpose()?;
    let summary = result?;
    live_args::tell(&summary, terminal);
    ended.unwrap_or(Ok(()))?;
    Ok(exit(&summary, args.strict))
}

fn exit(summary: &LiveSummary, strict: bool) -> Exit {
    if summary.interrupted {
        Exit::Interrupted
    } else if summary.budget.is_some() {
        Exit::Budget
    } else if summary.rows.failed > 0 || summary.rows.blocked > 0 || strict && summary.rows.rejected > 0 {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}
