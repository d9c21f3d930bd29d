//! `casebook explain`: why a work item was or was not answered from the record.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::args::{FormatArg, ItemArg, VariantArg};
use super::difference::{DifferenceLayout, line_of};
use super::error::CliError;
use super::exit::Exit;
use super::page::Page;
use super::show::tell_variants;
use super::terminal::Terminal;
use crate::view::explain::{self, Basis, Explanation, PriorAttempt, ResponseOrigin, UsedRequest};
use crate::view::rows::{self, Cell, RowFormat, RowPrinter};
use crate::view::{self, item, text};

/// Explain why a work item was or was not answered from the record.
///
/// Compares its exact task (prompt, schema, model, checks, judge, input) with the nearest one on record, and each
/// request that had to be asked with the earlier one. It names each part that differs. `json` has all of it as one
/// object; `jsonl`, `csv` and `psv` have the parts that differ.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook explain demo/tickets.db 40c39f       by its id, or its first characters
  casebook explain demo/tickets.db --row 7      by the number of its row, counted from 1
  casebook explain demo/tickets.db 40c39f --variant large   under a variant of an experiment
  casebook explain demo/tickets.db 40c39f --format json | jq .differences")]
pub struct ExplainArgs {
    /// The run file.
    db: PathBuf,
    #[command(flatten)]
    item: ItemArg,
    #[command(flatten)]
    variant: VariantArg,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: &ExplainArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let connection = view::open(&args.db)?;
    let (at, others) = args.variant.at(&connection)?;
    let ItemArg { work_id, row, step } = &args.item;
    let found = item::find_any(&connection, work_id.as_deref(), (*row, step.as_deref()), at)?;
    let explanation = explain::explain(&connection, found.rowid, at)?;
    let mut out = terminal.stdout();
    match args.format.get() {
        format @ (RowFormat::Table | RowFormat::Records | RowFormat::Md) => {
            let page = Page { out: &mut out, md: format == RowFormat::Md, paint: terminal.out };
            ExplanationPage { page }.tell(&explanation)?;
        }
        RowFormat::Json => return Ok(terminal.json(&explanation).map(|()| Exit::Done)?),
        format => {
            let columns = COLUMNS.iter().map(|it| (*it).to_owned()).collect();
            let mut rows = RowPrinter::begin(&mut out, format, terminal.print_target(), columns)?;
            for cells in parts(&explanation) {
                rows.row(cells)?;
            }
            rows.finish()?;
        }
    }
    out.flush()?;
    tell_variants(terminal, &others);
    Ok(Exit::Done)
}

const COLUMNS: &[&str] = &["work_id", "basis", "about", "part", "change", "before", "after"];

/// Returns the parts that differ, of the exact task and of the requests.
fn parts(explanation: &Explanation) -> Vec<Vec<Cell>> {
    let row = |about: &str, it: &view::difference::Difference| {
        vec![
            Cell::from(explanation.work_id.as_str()),
            Cell::from(explanation.basis.as_str()),
            Cell::from(about),
            Cell::from(it.part.as_str()),
            Cell::from(it.change.as_str()),
            Cell::of(&it.before),
            Cell::of(&it.after),
        ]
    };
    let task = explanation.differences.iter().map(|it| row(it.about, &it.difference));
    let requests_shown = explanation.requests.iter().flat_map(|request| {
        let about = format!("{} request", request.purpose);
        request.differences.iter().map(move |it| row(&about, it))
    });
    task.chain(requests_shown).collect()
}

/// Tells an explanation on a page.
struct ExplanationPage<'a, W: Write> {
    page: Page<'a, W>,
}

impl<W: Write> ExplanationPage<'_, W> {
    fn tell(mut self, explanation: &Explanation) -> io::Result<()> {
        self.page.title(&format!("Work item {}", explanation.work_id))?;
        self.facts(explanation)?;
        self.page.heading(&answered(explanation))?;
        if let Some(past) = &explanation.decided {
            self.past(past)?;
        }
        for note in &explanation.notes {
            self.page.point("", note)?;
        }
        if let Some(near) = &explanation.nearest {
            self.page.heading("What differs from the nearest other task on record")?;
            if let Some(work_id) = &near.work_id {
                self.field("work item", work_id)?;
            }
            if let Some(variant) = &near.past.variant {
                self.field("variant", variant)?;
            }
            self.past(&near.past)?;
            writeln!(self.page.out)?;
            if explanation.differences.is_empty() {
                self.page.point("", "no part of the exact task differs")?;
            }
        } else if !explanation.differences.is_empty() {
            self.page.heading("What differs in what it is made from")?;
        }
        explanation.differences.iter().try_for_each(|part| self.difference("", &part.difference))?;
        if !explanation.requests.is_empty() {
            self.page.heading("Requests")?;
        }
        explanation.requests.iter().try_for_each(|request| self.request(request, &explanation.work_id))
    }

    /// The attempt that decided, and its cost at the time.
    fn past(&mut self, past: &PriorAttempt) -> io::Result<()> {
        let PriorAttempt { attempt, invocation, command, outcome, decided_at, .. } = past;
        let sample = if past.sample > 1 { format!(" at sample {}", past.sample) } else { String::new() };
        let attempt = format!("attempt {attempt}{sample} in run {invocation} (`{command}`), {decided_at}: {outcome}");
        self.field("decided by", &attempt)?;
        self.field("cost then", &cost(past.cost_usd))
    }

    fn facts(&mut self, explanation: &Explanation) -> io::Result<()> {
        self.field("status", &explanation.status)?;
        self.field("step", &explanation.step)?;
        if let Some(row) = explanation.row {
            self.field("row", &row.to_string())?;
        }
        if let Some(group) = &explanation.group {
            self.field("group", group)?;
        }
        explanation.reason.as_ref().map_or(Ok(()), |reason| self.field("because", reason))
    }

    fn request(&mut self, request: &UsedRequest, work_id: &str) -> io::Result<()> {
        let id = request.request_id.get(..12).unwrap_or(&request.request_id);
        let what = format!(
            "{} of attempt {} ({} from {}, {id})",
            request.purpose, request.attempt, request.model, request.provider
        );
        let (run, at) = (request.invocation, &request.asked_at);
        let cost = cost(request.cost_usd);
        let other = || request.work_id.get(..12).unwrap_or(&request.work_id);
        let how = match request.origin {
            ResponseOrigin::Asked => format!("asked in run {run} at {at}, {cost}"),
            ResponseOrigin::Tape => format!("on the tape since run {run} ({at}), {cost} then"),
            ResponseOrigin::Shared if request.work_id == work_id => format!("shared, asked in run {run} at {at}"),
            ResponseOrigin::Shared => format!("the same as of work item {}: asked once, in run {run} at {at}", other()),
        };
        self.page.point("", &format!("{what}: {how}"))?;
        if let Some(note) = &request.note {
            self.page.point("  ", note)?;
        }
        request.differences.iter().try_for_each(|it| self.difference("  ", it))
    }

    fn difference(&mut self, indent: &str, difference: &view::difference::Difference) -> io::Result<()> {
        match DifferenceLayout::of(difference) {
            DifferenceLayout::Line(line) => self.page.point(indent, &line),
            DifferenceLayout::Block { name, before, after } => {
                self.page.point(indent, &name)?;
                before.iter().try_for_each(|line| self.code(indent, "-", line))?;
                after.iter().try_for_each(|line| self.code(indent, "+", line))
            }
        }
    }

    fn code(&mut self, indent: &str, sign: &str, line: &str) -> io::Result<()> {
        if self.page.md {
            let word = if sign == "-" { "was" } else { "is" };
            return writeln!(self.page.out, "{indent}  - {word}: {}", rows::markdown(line));
        }
        let shown = format!("{sign} {line}");
        let painted = if sign == "-" { self.page.paint.red(&shown) } else { self.page.paint.cyan(&shown) };
        writeln!(self.page.out, "{indent}      {painted}")
    }

    fn field(&mut self, name: &str, value: &str) -> io::Result<()> {
        let shown = if self.page.md { value.to_owned() } else { line_of(value) };
        self.page.field(name, &shown)
    }
}

fn cost(cost: Option<f64>) -> String {
    cost.map_or_else(|| "cost unknown".to_owned(), text::usd)
}

/// Describes in a sentence where the result comes from.
fn answered(explanation: &Explanation) -> String {
    let run = explanation.latest_run.map_or_else(|| "the latest run".to_owned(), |it| format!("the latest run ({it})"));
    match explanation.basis {
        Basis::Record => format!("Answered from the record: {run} asked nothing for it"),
        Basis::Tape if explanation.requests.is_empty() => format!("Decided in {run}; no model was asked"),
        Basis::Tape => format!("Decided in {run} from answers that were there: no call was made for it"),
        Basis::Asked => format!("Asked in {run}"),
        Basis::Open if explanation.decided.is_some() => "Not decided yet; the last attempt so far:".to_owned(),
        Basis::Open => "Not decided yet; nothing was asked for its exact task".to_owned(),
        Basis::HeldBack => format!("Not asked: it is {}", explanation.status),
        Basis::NotPlanned => "Not asked: the latest plan does not have it".to_owned(),
    }
}
