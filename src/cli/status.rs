//! `casebook status`: where a run stands.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::args::FormatArg;
use super::error::CliError;
use super::exit::Exit;
use super::terminal::{Stream, Terminal, word};
use crate::view::rows::{self, Cell, PrintTarget, RowFormat, RowPrinter};
use crate::view::status::{Invocation, Status};
use crate::view::{self, status, text};

/// Show where a run stands.
///
/// Shows the work items of each step, the latest work of each stage, tokens and costs, and anomalies. It works while a
/// run is going on. `json` has all of it as one object; `jsonl`, `csv` and `psv` have the steps.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook status demo/tickets.db
  casebook status demo/tickets.db --format json | jq '.steps[0].accepted'
  watch casebook status demo/tickets.db")]
pub struct StatusArgs {
    /// The run file.
    db: PathBuf,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: &StatusArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let connection = view::open(&args.db)?;
    let status = status::gather(&connection, is_written(&args.db))?;
    let mut out = terminal.stdout();
    match args.format.get() {
        RowFormat::Table | RowFormat::Records => people(&mut out, &status, &args.db, terminal)?,
        RowFormat::Md => sections(&mut out, &status, RowFormat::Md, terminal.print_target())?,
        RowFormat::Json => return Ok(terminal.json(&status).map(|()| Exit::Done)?),
        format @ (RowFormat::Jsonl | RowFormat::Csv | RowFormat::Psv) => {
            print(&mut out, format, terminal.print_target(), &status.step_columns(), status.step_cells())?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Whether a process holds the writer's lock, which the system releases with the process.
fn is_written(db: &Path) -> bool {
    // Without a lock file that can be read, nothing is known of a writer.
    File::open(view::lock_path(db)).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn people(out: &mut impl Write, status: &Status, db: &Path, terminal: Terminal) -> Result<(), CliError> {
    let paint = terminal.out;
    if status.samples {
        writeln!(out, "{}\n", paint.yellow("These answers are samples, made from the schema; no model was asked."))?;
    }
    let name = status.run.as_deref().map_or_else(|| "(no configuration yet)".into(), text::line);
    writeln!(out, "{}  {}", paint.bold(&name), invocation_line(status.invocation.as_ref(), paint))?;
    if let Some(message) = status.invocation.as_ref().and_then(|it| it.message.as_deref()) {
        writeln!(out, "  {}", text::line(message))?;
    }
    sections(out, status, RowFormat::Table, terminal.print_target())?;
    for line in notes(status) {
        writeln!(out, "\n{} {line}", paint.yellow("note:"))?;
    }
    if status.steps.iter().any(|it| it.counts.failed + it.counts.rejected > 0) {
        writeln!(out, "\n`casebook failures {}` shows what went wrong.", word(db))?;
    }
    Ok(())
}

fn invocation_line(invocation: Option<&Invocation>, paint: Stream) -> String {
    let Some(it) = invocation else { return "nothing was run yet".to_owned() };
    let command = text::line(&it.command);
    let ended = it.ended_at.as_deref().unwrap_or("an unknown time");
    if it.writing {
        return paint.cyan(&format!("`{command}` is running since {} (pid {})", text::line(&it.started_at), it.pid));
    }
    if it.was_killed() {
        return paint
            .yellow(&format!("`{command}` of {} was killed; run it again to continue", text::line(&it.started_at)));
    }
    let shown = format!("`{command}` {} at {}", text::line(&it.status), text::line(ended));
    if it.status == "failed" { paint.red(&shown) } else { shown }
}

/// `1 call was`, `2 calls were`.
fn were(calls: u64) -> String {
    format!("{} {}", text::counted(calls, "call"), if calls == 1 { "was" } else { "were" })
}

fn notes(status: &Status) -> Vec<String> {
    let writing = status.invocation.as_ref().is_some_and(|it| it.writing);
    let gone = status.lost_calls + if writing { 0 } else { status.in_flight_calls };
    let mut notes = Vec::new();
    if !status.adds_up {
        notes.push(format!(
            "{} made; `casebook sql DB \"SELECT * FROM costs\"` adds up their tokens and costs by step and model",
            were(status.calls)
        ));
    }
    if gone > 0 {
        let rest = if gone == 1 {
            "its process ended; its answer is lost"
        } else {
            "their process ended; their answers are lost"
        };
        notes.push(format!("{} in flight when {rest} and may have been billed", were(gone)));
    }
    notes
}

/// The rows on the total cost; none if there is nothing to say.
fn cost_rows_in_all(status: &Status) -> Vec<Vec<Cell>> {
    let money = &status.money;
    if status.samples || status.calls == 0 || money.unpriced_calls == 0 && money.cost_usd == Some(0.0) {
        return Vec::new();
    }
    let mut rows = vec![("all calls", text::cost(money.cost_usd, money.unpriced_calls))];
    if let Some(reserved) = money.reserved_usd {
        rows.push(("calls of unknown cost, at most", text::usd(reserved)));
    }
    if money.unpriced_calls == 0 {
        rows.extend(money.per_accepted_usd.map(|it| ("per accepted work item", text::usd(it))));
    }
    rows.extend(money.saved_usd.filter(|it| *it > 0.0).map(|it| ("saved by the record", text::usd(it))));
    if status.steps.iter().any(|it| it.counts.pending > 0) {
        rows.extend(money.expected_usd.map(|it| ("expected total, at the mean cost so far", text::usd(it))));
    }
    rows.into_iter().map(|(what, amount)| vec![Cell::from(what), Cell::Text(amount)]).collect()
}

fn sections(out: &mut impl Write, status: &Status, format: RowFormat, target: PrintTarget) -> Result<(), CliError> {
    let heading = |out: &mut dyn Write, name: &str| {
        if format == RowFormat::Md { writeln!(out, "\n## {name}\n") } else { writeln!(out) }
    };
    heading(out, "Steps")?;
    print(out, format, target, &status.step_columns(), status.step_cells())?;
    if !status.held_back.is_empty() {
        heading(out, "Held back")?;
        let rows = status.held_back.iter().map(|it| {
            let why = Cell::from(it.reason.as_deref());
            let cells = vec![Cell::from(it.step.as_str()), Cell::from(it.status.as_str()), Cell::from(it.items), why];
            status.cells_of(&it.of, cells)
        });
        print(out, format, target, &status.columns(&["step", "status", "items", "why"]), rows)?;
    }
    if !status.stages.is_empty() {
        heading(out, "Stages")?;
        let columns = status.columns(&["stage", "status", "ended_at", "counts"]);
        print(out, format, target, &columns, stage_rows(status))?;
    }
    let servers: Vec<_> = status.servers.iter().filter(|it| it.source != "address").collect();
    if !servers.is_empty() {
        heading(out, "Servers")?;
        let rows = servers.into_iter().map(|it| {
            vec![Cell::from(it.base_url.as_str()), Cell::from(it.server.as_str()), Cell::from(it.evidence.as_str())]
        });
        print(out, format, target, &["base_url", "server", "how it is known"], rows)?;
    }
    if !status.costs.is_empty() {
        heading(out, "Calls")?;
        print(out, format, target, COSTS, cost_rows(status))?;
    }
    let cost = cost_rows_in_all(status);
    if !cost.is_empty() {
        heading(out, "Cost")?;
        print(out, format, target, &["cost", "usd"], cost.into_iter())?;
    }
    if !status.anomalies.is_empty() {
        heading(out, "Anomalies")?;
        let columns = status.columns(&["stage", "anomaly", "count", "first", "detail"]);
        print(out, format, target, &columns, anomaly_rows(status))?;
    }
    Ok(())
}

fn print(
    out: &mut impl Write,
    format: RowFormat,
    target: PrintTarget,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<(), CliError> {
    let columns: Vec<String> = columns.iter().map(|it| (*it).to_owned()).collect();
    if format == RowFormat::Table {
        writeln!(out, "{}", rows::table(&columns, &rows.collect::<Vec<_>>(), target))?;
        return Ok(());
    }
    let mut writer = RowPrinter::begin(out, format, target, columns)?;
    for row in rows {
        writer.row(row)?;
    }
    writer.finish()?;
    Ok(())
}

fn stage_rows(status: &Status) -> impl Iterator<Item = Vec<Cell>> {
    status.stages.iter().map(|it| {
        let stage = text::stage_of_step(it.stage.as_str(), it.step.as_deref());
        let how = if it.set_aside { format!("{}, set aside", it.status) } else { it.status.clone() };
        let remark = it.message.clone().unwrap_or_else(|| counts(&it.counts));
        let cells = vec![Cell::Text(stage), Cell::Text(how), Cell::from(it.ended_at.as_str()), Cell::Text(remark)];
        status.cells_of(&it.of, cells)
    })
}

/// The counts of a manifest that are not zero.
fn counts(counts: &Value) -> String {
    let Some(map) = counts.as_object() else { return String::new() };
    let numbers = map.iter().filter_map(|(name, count)| count.as_u64().filter(|it| *it > 0).map(|it| (name, it)));
    numbers.map(|(name, count)| format!("{name} {}", text::thousands(count))).collect::<Vec<_>>().join(", ")
}

const COSTS: &[&str] =
    &["step", "model", "calls", "tokens_in", "tokens_out", "cached", "reasoning", "cost_usd", "unpriced", "saved_usd"];

fn cost_rows(status: &Status) -> impl Iterator<Item = Vec<Cell>> {
    // Unknown is not zero.
    let tokens = |it: Option<i64>| it.map_or(Cell::from("unknown"), Cell::Integer);
    let money = |it: Option<f64>| it.map_or(Cell::from("unknown"), |it| Cell::Text(it.to_string()));
    status.costs.iter().map(move |it| {
        let mut row = vec![Cell::from(it.step.as_str()), Cell::from(it.model.as_str()), Cell::from(it.calls)];
        row.extend([it.input_tokens, it.output_tokens, it.cached_tokens, it.reasoning_tokens].map(tokens));
        row.extend([money(it.cost_usd), Cell::from(it.unpriced_calls), money(it.saved_usd)]);
        row
    })
}

fn anomaly_rows(status: &Status) -> impl Iterator<Item = Vec<Cell>> {
    status.anomalies.iter().map(|it| {
        let subject = it.subject.clone().unwrap_or_default();
        let cells = vec![
            Cell::Text(text::stage_of_step(&it.stage, it.step.as_deref())),
            Cell::from(it.kind.as_str()),
            Cell::from(it.count),
            Cell::Text(subject),
            Cell::from(it.detail.as_str()),
        ];
        status.cells_of(&it.of, cells)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    fn shown(writing: bool) -> String {
        let connection = fixture::run_file();
        let status = status::gather(&connection, writing).unwrap();
        let mut out = Vec::new();
        people(&mut out, &status, Path::new("x.db"), Terminal::plain()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn people_see_where_the_run_stands() {
        insta::assert_snapshot!(shown(false), @r#"
        These answers are samples, made from the schema; no model was asked.

        tickets  `run` interrupted at 2026-01-01T00:00:09Z

         step       planned   accepted   rejected   failed   skipped   blocked   pending   in_flight
        ─────────────────────────────────────────────────────────────────────────────────────────────
         generate         3          1          0        1         0         0         1           0

         stage      status        ended_at               counts
        ────────────────────────────────────────────────────────────
         contract   done          2026-01-01T00:00:00Z
         ingest     reused        2026-01-01T00:00:02Z   rows 3
         generate   interrupted   2026-01-01T00:00:09Z   accepted 1

         step       model    calls   tokens_in   tokens_out   cached    reasoning   cost_usd   unpriced   saved_usd
        ────────────────────────────────────────────────────────────────────────────────────────────────────────────
         generate   sample       6          19   unknown      unknown   unknown     unknown           6   0

         stage    anomaly      count   first   detail
        ────────────────────────────────────────────────
         ingest   equal_rows       2   row 2   a\u{1b}b

        note: 2 calls were in flight when their process ended; their answers are lost and may have been billed

        `casebook failures x.db` shows what went wrong.
        "#);
    }

    #[test]
    fn a_writer_is_named() {
        assert!(shown(true).contains("is running since 2026-01-01T00:00:00Z (pid 42)"));
    }

    #[test]
    fn markdown_has_headings() {
        let connection = fixture::run_file();
        let status = status::gather(&connection, false).unwrap();
        let mut out = Vec::new();
        sections(&mut out, &status, RowFormat::Md, PrintTarget::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("## Steps\n\n| step | planned |"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn an_empty_run_file_has_a_status() {
        let connection = crate::store::scratch();
        let status = status::gather(&connection, false).unwrap();
        let mut out = Vec::new();
        people(&mut out, &status, Path::new("x.db"), Terminal::plain()).unwrap();
        assert!(String::from_utf8(out).unwrap().starts_with("(no configuration yet)  nothing was run yet"));
    }

    #[test]
    fn a_lock_tells_of_a_writer() {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("x.db");
        assert!(!is_written(&db));
        let lock = crate::store::Lock::acquire(&db, 1).unwrap();
        assert!(is_written(&db));
        drop(lock);
        assert!(!is_written(&db));
    }
}
