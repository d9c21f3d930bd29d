//! `casebook show`: one work item's whole story.

mod evidence;
mod story;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::args::{FormatArg, ItemArg, VariantArg};
use super::error::CliError;
use super::exit::Exit;
use super::page::Page;
use super::render;
use super::terminal::Terminal;
use crate::engine::{RenderedRequest, next_request};
use crate::record::VariantAt;
use crate::view::item::{self, AttemptRecord, ItemHistory};
use crate::view::rows::{Cell, RowFormat, RowPrinter};
use crate::view::{self, text};
use story::StoryPage;

/// Show one work item's whole story.
///
/// Shows what it is made from and what is made from it, every attempt with its prompts and answers, every verdict, and
/// every call. What it cites of a document is shown with the lines around it. Of an open one it shows the request that
/// it waits for too. `json` has all of it as one object; `jsonl`, `csv` and `psv` have the attempts.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook show demo/tickets.db 40c39f          by its id, or its first characters
  casebook show demo/tickets.db --row 7         by the number of its row, counted from 1
  casebook show chain/chain.db --row 1 --step story
  casebook show demo/tickets.db 40c39f --variant large   under a variant of an experiment
  casebook show demo/tickets.db 40c39f --format json | jq .output")]
pub struct ShowArgs {
    /// The run file.
    db: PathBuf,
    #[command(flatten)]
    item: ItemArg,
    #[command(flatten)]
    variant: VariantArg,
    #[command(flatten)]
    format: FormatArg,
}

/// A work item as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    item: &'a ItemHistory,
    /// The request that an open work item waits for, as `casebook render` shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_request: Option<&'a RenderedRequest>,
}

pub fn run(args: &ShowArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let connection = view::open(&args.db)?;
    let others = args.variant.narrow(&connection)?;
    let ItemArg { work_id, row, step } = &args.item;
    let found = item::find_any(&connection, work_id.as_deref(), (*row, step.as_deref()), VariantAt::BASE)?;
    let item = item::gather(&connection, found.rowid, VariantAt::BASE)?;
    let next = next_request(&connection, &args.db, found.rowid)?;
    let mut out = terminal.stdout();
    match args.format.get() {
        format @ (RowFormat::Table | RowFormat::Records | RowFormat::Md) => {
            let page = Page { out: &mut out, md: format == RowFormat::Md, paint: terminal.out };
            StoryPage { page, target: terminal.print_target() }.tell(&item)?;
            if let Some(request) = &next {
                let mut page = Page { out: &mut out, md: format == RowFormat::Md, paint: terminal.out };
                page.heading("The request that it waits for")?;
                render::parts(&mut page, request)?;
            }
        }
        RowFormat::Json => {
            return Ok(terminal.json(&Shown { item: &item, next_request: next.as_ref() }).map(|()| Exit::Done)?);
        }
        format @ (RowFormat::Jsonl | RowFormat::Csv | RowFormat::Psv) => {
            let columns = ATTEMPT.iter().map(|it| (*it).to_owned()).collect();
            let mut rows = RowPrinter::begin(&mut out, format, terminal.print_target(), columns)?;
            for attempt in &item.attempts {
                rows.row(attempt_cells(&item, attempt))?;
            }
            rows.finish()?;
        }
    }
    out.flush()?;
    tell_variants(terminal, &others);
    Ok(Exit::Done)
}

/// Says that what is shown is of the task itself, where there are variants of it.
pub(super) fn tell_variants(terminal: Terminal, others: &[String]) {
    if !others.is_empty() {
        let names = others.iter().map(|it| text::line(it)).collect::<Vec<_>>().join(", ");
        terminal.tell(&format!("note: this is the task itself; `--variant NAME` shows a variant: {names}"));
    }
}

const ATTEMPT: &[&str] = &[
    "work_id",
    "attempt",
    "sample",
    "current",
    "outcome",
    "detail",
    "model",
    "request_id",
    "answer",
    "verdict",
    "score",
    "reasons",
    "thoughts",
];

fn attempt_cells(item: &ItemHistory, attempt: &AttemptRecord) -> Vec<Cell> {
    vec![
        Cell::from(item.work_id.as_str()),
        Cell::Integer(attempt.number),
        Cell::Integer(attempt.sample),
        Cell::Integer(attempt.current.into()),
        Cell::from(attempt.outcome.as_str()),
        Cell::from(attempt.detail.as_deref()),
        Cell::from(attempt.model.as_deref()),
        Cell::from(attempt.request_id.as_deref()),
        Cell::from(attempt.answer.as_deref()),
        Cell::from(attempt.verdict.as_deref()),
        attempt.score.map_or(Cell::Null, Cell::Integer),
        attempt.reasons.clone().map_or(Cell::Null, Cell::Json),
        Cell::from(attempt.thoughts.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::view::fixture;

    #[test]
    fn an_id_is_found_by_what_no_other_begins_with() {
        let connection = fixture::run_file();
        assert_eq!(item::find(&connection, "BB", VariantAt::BASE).unwrap().rowid, 3);
        assert_eq!(item::find(&connection, fixture::WORK_IDS[1], VariantAt::BASE).unwrap().rowid, 2);
        for (prefix, message) in [
            ("aa", "`aa` is not one work item, but several: aa1111111111 (generate), aa2222222222 (generate)"),
            ("c", "no work item's id begins with `c`"),
            ("x'--", "`x'--` is not a work id: expected up to 40 hex digits"),
            ("", "`` is not a work id: expected up to 40 hex digits"),
        ] {
            assert_eq!(item::find(&connection, prefix, VariantAt::BASE).unwrap_err().to_string(), message);
        }
        assert_eq!(
            item::find_row(&connection, 4, None, VariantAt::BASE).unwrap_err().to_string(),
            "no work item is made from row 4"
        );
    }

    #[test]
    fn json_carries_the_data_exactly() {
        let connection = fixture::run_file();
        let item = item::gather(&connection, 2, VariantAt::BASE).unwrap();
        assert_eq!(item.row.unwrap().fields[1].1, Value::from("se\u{1b}[31mcond"));
        assert_eq!(item.attempts[0].prompt[1].content, "say first");
    }
}
