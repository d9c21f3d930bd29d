//! `casebook failures`: what failed or was rejected, by kind.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::args::{FormatArg, VariantArg, kind_words};
use super::error::CliError;
use super::exit::Exit;
use super::terminal::{Terminal, word};
use crate::record::AttemptOutcome;
use crate::view::evidence::line_one_of_row;
use crate::view::rows::{Cell, PrintTarget, RowFormat, RowPrinter};
use crate::view::{self, Variants, failures, text};

/// How many work items a table lists by default.
const LISTED: u64 = 20;

/// Show what failed or was rejected, by kind.
///
/// Counts the failed and the rejected work items of the latest plan by the outcome of their last attempt, then lists
/// them with their input and the message that says exactly what was wrong. A rejected work item had a valid answer in
/// some attempt; its kind is still that of the last one, which may be `invalid_schema`. Where there are variants of an
/// experiment, those of all of them are shown, unless `--variant` names one. The data formats have the list
/// alone, and all of it, with the time of the last attempt (`failed_at`, UTC).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook failures demo/tickets.db
  casebook failures demo/tickets.db --kind invalid_schema --limit 50
  casebook failures demo/tickets.db --variant large              of a variant of an experiment alone
  casebook failures demo/tickets.db --format csv > failures.csv
  casebook failures demo/tickets.db --log > errors.jsonl          each error that ever was, in the order of time")]
pub struct FailuresArgs {
    /// The run file.
    db: PathBuf,
    /// Only work items whose last attempt ended this way, such as `invalid_schema` or `timeout`.
    #[arg(long, value_name = "KIND", value_parser = kind_words(), hide_possible_values = true)]
    kind: Option<AttemptOutcome>,
    /// List at most N; a table lists 20 by default.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Print each error that ever was, as JSON lines in the order of time: attempts, also of work items that were
    /// accepted later, calls, and stages that failed. Rows and attempts are counted from 1.
    #[arg(long)]
    log: bool,
    #[command(flatten)]
    variant: VariantArg,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: &FailuresArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let connection = view::open(&args.db)?;
    if args.variant.choice().is_some() {
        args.variant.narrow(&connection)?;
    }
    let format = args.format.get();
    let kind = args.kind.map(AttemptOutcome::as_str);
    if args.log {
        return print_log(&connection, args, kind, terminal);
    }
    let people = matches!(format, RowFormat::Table | RowFormat::Records | RowFormat::Md);
    let mut total = 0;
    if people {
        let kinds = failures::kinds(&connection)?;
        total = kinds.iter().filter(|it| kind.is_none() || it.kind.as_deref() == kind).map(|it| it.items).sum();
        if kinds.is_empty() {
            terminal.tell("No work item of the plan failed or was rejected.");
            return Ok(Exit::Done);
        }
        print_kinds(&kinds, view::variants(&connection)?.are_any(), format, terminal)?;
    }
    let limit = args.limit.or(people.then_some(LISTED));
    let mut listed = 0;
    let variants = view::variants(&connection)?;
    let width = if variants.are_any() { failures::COLUMNS.len() } else { failures::WITHOUT_VARIANT };
    let columns = failures::COLUMNS.iter().take(width).map(|it| (*it).to_owned()).collect();
    // Messages are shown whole, with their lines.
    let target = PrintTarget { whole: true, ..terminal.print_target() };
    let mut rows =
        RowPrinter::begin(terminal.stdout(), format, target, if people { short(&variants) } else { columns })?;
    failures::each::<CliError>(&connection, kind, limit, &mut |mut cells| {
        listed += 1;
        cells.truncate(width);
        rows.row(if people { shorten(&cells) } else { cells }).map_err(CliError::from)
    })?;
    rows.finish()?;
    if people && listed < total {
        let left = text::thousands(total - listed);
        let all = if args.limit.is_some() { "a higher `--limit`" } else { "`--limit`" };
        terminal.tell(&format!("\n… and {left} more: {all} lists them, `--format csv` has all of them."));
    }
    if people {
        let variant = if variants.are_any() { " --variant NAME" } else { "" };
        terminal.tell(&format!("\n`casebook show {} WORK_ID{variant}` shows one of them in full.", word(&args.db)));
    }
    Ok(Exit::Done)
}

/// Prints the errors of all times, for programs unless a table is asked for.
fn print_log(
    connection: &view::Connection,
    args: &FailuresArgs,
    kind: Option<&str>,
    terminal: Terminal,
) -> Result<Exit, CliError> {
    let format = Some(args.format.get()).filter(|it| *it != RowFormat::Table).unwrap_or(RowFormat::Jsonl);
    let columns = failures::LOG_COLUMNS.iter().map(|it| (*it).to_owned()).collect();
    let target = PrintTarget { whole: true, ..terminal.print_target() };
    let mut rows = RowPrinter::begin(terminal.stdout(), format, target, columns)?;
    failures::log::<CliError>(connection, kind, args.limit, &mut |cells| rows.row(cells).map_err(CliError::from))?;
    rows.finish()?;
    Ok(Exit::Done)
}

/// Prints the counts, with the variants where there are any.
fn print_kinds(
    kinds: &[failures::FailureKind],
    with_variants: bool,
    format: RowFormat,
    terminal: Terminal,
) -> Result<(), CliError> {
    let format = if format == RowFormat::Md { format } else { RowFormat::Table };
    let columns = if with_variants { "step variant status kind items" } else { "step status kind items" };
    let mut rows = terminal.rows(format, columns.split(' ').map(str::to_owned).collect())?;
    for it in kinds {
        let variant = with_variants.then(|| Cell::Text(variant(&it.variant, it.repeat)));
        let rest = [Cell::from(it.status.as_str()), Cell::from(it.kind.as_deref()), Cell::from(it.items)];
        rows.row(std::iter::once(Cell::from(it.step.as_str())).chain(variant).chain(rest).collect())?;
    }
    rows.finish()?;
    let mut out = terminal.stdout();
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// A variant as a cell names it.
fn variant(name: &str, repeat: i64) -> String {
    if repeat > 1 { format!("{name}, repeat {repeat}") } else { name.to_owned() }
}

/// The columns of a table for people.
fn short(variants: &Variants) -> Vec<String> {
    let of = if variants.are_any() { "work_id variant input" } else { "work_id input" };
    format!("{of} kind attempts message").split(' ').map(str::to_owned).collect()
}

/// A row for people: with a short id, and its input in one cell, with row numbers from 1; and with its variant, where
/// there are any.
fn shorten(cells: &[Cell]) -> Vec<Cell> {
    let of = |name: &str| {
        let index = failures::COLUMNS.iter().position(|it| *it == name);
        index.and_then(|it| cells.get(it)).cloned().unwrap_or(Cell::Null)
    };
    let id: String = of("work_id").to_text().chars().take(12).collect();
    let row = match of("row_index") {
        Cell::Integer(index) => Some(format!("row {}", text::thousands(index.unsigned_abs() + 1))),
        _ => None,
    };
    let document = Some(of("document").to_text()).filter(|it| !it.is_empty());
    let line = if let Cell::Integer(line) = of("line") { Some(line) } else { None };
    let place = document.as_ref().zip(line).map(|(name, line)| format!("line {line} of {name}"));
    let message = match line_one_of_row(&of("kind").to_text(), document.as_deref(), line) {
        Some(note) => Cell::Text(format!("{}\n({note})", of("message").to_text())),
        None => of("message"),
    };
    let group = Some(of("group_key").to_text()).filter(|it| !it.is_empty());
    let input = row.into_iter().chain(place).chain(group).collect::<Vec<_>>().join(", ");
    let known = |cell: Cell| if cell == Cell::Null { Cell::from("") } else { cell };
    let variant = (cells.len() > failures::WITHOUT_VARIANT).then(|| match of("repeat") {
        Cell::Integer(repeat) => Cell::Text(variant(&of("variant").to_text(), repeat)),
        _ => of("variant"),
    });
    let rest = [Cell::Text(input), of("kind"), of("attempts"), message];
    std::iter::once(Cell::Text(id)).chain(variant).chain(rest).map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_a_short_id_and_a_row_counted_from_one() {
        let connection = view::fixture::run_file();
        let mut seen = Vec::new();
        failures::each::<view::ReadError>(&connection, Some("timeout"), None, &mut |cells| {
            seen.push(shorten(&cells[..failures::WITHOUT_VARIANT]));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0][..2], [Cell::from("aa2222222222"), Cell::from("row 2")]);
        assert_eq!(seen[0][4], Cell::from("no answer in 60 s"));
        assert_eq!(failures::kinds(&connection).unwrap()[0].items, 1);
    }

    #[test]
    fn lines_of_a_row_are_told_with_its_place_in_the_document() {
        let connection = view::evidence::fixture::run_file();
        let mut seen = Vec::new();
        failures::each::<view::ReadError>(&connection, None, None, &mut |cells| {
            seen.push(shorten(&cells[..failures::WITHOUT_VARIANT]));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0][1], Cell::from("row 2, line 7 of leave/pay & rest.md"));
        assert_eq!(seen[0][4], Cell::from("no\n(line 1 of the row is line 7 of leave/pay & rest.md)"));
    }

    #[test]
    fn the_columns_are_those_of_the_statement() {
        let connection = view::fixture::run_file();
        let statement = crate::store::sql::VIEW_FAILURES.prepare(&connection).unwrap();
        assert!(statement.column_names().eq(failures::COLUMNS.iter().copied()));
        let statement = crate::store::sql::VIEW_ERROR_LOG.prepare(&connection).unwrap();
        assert!(statement.column_names().eq(failures::LOG_COLUMNS.iter().copied()));
    }
}
