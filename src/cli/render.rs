//! `casebook render`: what would be sent.

mod check;
mod notes;
mod request;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::args::FormatArg;
use super::error::CliError;
use super::exit::Exit;
use super::page::Page;
use super::project_args::ProjectArgs;
use super::terminal::Terminal;
use crate::engine::{self, RenderTarget, RenderedRequest, Rendering, RowChoice};
use crate::view::rows::{Cell, RowFormat, RowPrinter};
use crate::view::text;
use notes::note;
pub use request::{parts, show};

/// Show what would be sent, without asking or writing anything.
///
/// Prints the request of the first work item, of each step that has one: its messages, its model and parameters, its
/// tokens and the schema as the provider gets it. The same code makes the requests of a run. What depends on earlier
/// answers (later steps, `--judge`, `--attempt 2`) is taken from the run file. No key is needed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook render demo/casebook.yaml                       the first work item
  casebook render demo/casebook.yaml --row 7               that of row 7, counted from 1
  casebook render demo/casebook.yaml --key T-1007          that of the row with this `input.key`
  casebook render chain/casebook.yaml --step section       one step alone
  casebook render demo/casebook.yaml --judge               the judge's request about the recorded output
  casebook render demo/casebook.yaml --row 3 --attempt 2   after the recorded first attempt, with its feedback
  casebook render demo/casebook.yaml --format json         with the URL, the headers and the body on the wire
  casebook render demo/casebook.yaml --check cases.yaml    tests of prompts")]
pub struct RenderArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// The number of an input row, counted from 1: its work items, or that of its group.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    row: Option<u64>,
    /// The row whose `input.key` is K.
    #[arg(long, value_name = "K", conflicts_with = "row")]
    key: Option<String>,
    /// The step; by default each that asks a model.
    #[arg(long, value_name = "NAME")]
    step: Option<String>,
    /// The judge's request, about the recorded output.
    #[arg(long)]
    judge: bool,
    /// The attempt, counted from 1: with what was said before it, from the record.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// Hold requests to the cases in this file: tests of prompts. The exit code is 1 where one fails, and 2 where the
    /// file is wrong.
    #[arg(long, value_name = "CASES", conflicts_with_all = ["row", "key", "step", "judge", "attempt"])]
    check: Option<PathBuf>,
    /// Write the snapshot files of the cases that are missing or differ.
    #[arg(long, requires = "check")]
    update: bool,
    #[command(flatten)]
    format: FormatArg,
}

impl RenderArgs {
    fn target(&self) -> RenderTarget {
        let row = match (self.row, &self.key) {
            (Some(number), _) => RowChoice::Number(number),
            (None, Some(key)) => RowChoice::Key(key.clone()),
            (None, None) => RowChoice::First,
        };
        RenderTarget { row, step: self.step.clone(), judge: self.judge, attempt: self.attempt, answers: Vec::new() }
    }
}

pub fn run(args: &RenderArgs, terminal: Terminal) -> Result<Exit, CliError> {
    if let Some(cases) = &args.check {
        return check::run(&args.project.options(), cases, args.update, args.format.get(), terminal);
    }
    let rendering = engine::render(&args.project.options(), &args.target(), &mut |event| note(terminal, event))?;
    print(&rendering, args.format.get(), terminal)?;
    Ok(Exit::Done)
}

/// The requests as one JSON object.
#[derive(Serialize)]
struct Requests<'a> {
    requests: &'a [RenderedRequest],
    notes: Vec<&'a str>,
}

fn print(rendering: &Rendering, format: RowFormat, terminal: Terminal) -> Result<(), CliError> {
    let requests = &rendering.requests;
    let mut out = terminal.stdout();
    match format {
        format @ (RowFormat::Table | RowFormat::Records | RowFormat::Md) => {
            let mut page = Page { out: &mut out, md: format == RowFormat::Md, paint: terminal.out };
            for (number, request) in requests.iter().enumerate() {
                if number > 0 {
                    writeln!(page.out)?;
                }
                show(&mut page, request)?;
            }
        }
        RowFormat::Json => {
            let notes = rendering.notes.iter().map(|(note, _)| note.as_str()).collect();
            return Ok(terminal.json(&Requests { requests, notes })?);
        }
        RowFormat::Jsonl => {
            for request in requests {
                let line = serde_json::to_string(request).map_err(std::io::Error::from)?;
                writeln!(out, "{}", if terminal.out.terminal { text::json(&line) } else { line.as_str().into() })?;
            }
        }
        format @ (RowFormat::Csv | RowFormat::Psv) => {
            let columns = MESSAGE.iter().map(|it| (*it).to_owned()).collect();
            let mut rows = RowPrinter::begin(&mut out, format, terminal.print_target(), columns)?;
            for request in requests {
                for message in &request.messages {
                    rows.row(message_cells(request, message))?;
                }
            }
            rows.finish()?;
        }
    }
    out.flush()?;
    for (message, hint) in &rendering.notes {
        terminal.tell(&format!("{} {}", terminal.err.yellow("note:"), text::line(message)));
        if let Some(hint) = hint {
            terminal.tell(&format!("{} {}", terminal.err.cyan("hint:"), text::line(hint)));
        }
    }
    Ok(())
}

const MESSAGE: &[&str] = &["step", "work_id", "row", "purpose", "attempt", "request_id", "role", "content"];

fn message_cells(request: &RenderedRequest, message: &engine::RenderedMessage) -> Vec<Cell> {
    vec![
        Cell::from(request.step.as_str()),
        Cell::from(request.work_id.as_str()),
        request.row.map_or(Cell::Null, Cell::from),
        Cell::from(request.purpose),
        Cell::from(u64::from(request.attempt)),
        Cell::from(request.request_id.as_str()),
        Cell::from(message.role),
        Cell::from(message.content.as_str()),
    ]
}
