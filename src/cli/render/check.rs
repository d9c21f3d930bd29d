//! `casebook render --check`: tests of prompts.

use std::io::Write;
use std::path::Path;

use super::notes::note;
use crate::cli::difference::DifferenceLayout;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::terminal::{Terminal, shown_path};
use crate::engine::{self, CaseOutcome, CasesOutcome, RunOptions};
use crate::view::rows::{Cell, RowFormat};
use crate::view::text;

/// Checks the cases in a file. An error must not pass for a case that fails, so it gets exit code 2.
pub fn run(
    options: &RunOptions,
    cases: &Path,
    update: bool,
    format: RowFormat,
    terminal: Terminal,
) -> Result<Exit, CliError> {
    check(options, cases, update, format, terminal).map_err(CliError::as_trouble)
}

fn check(
    options: &RunOptions,
    cases: &Path,
    update: bool,
    format: RowFormat,
    terminal: Terminal,
) -> Result<Exit, CliError> {
    let outcome = engine::check_cases(options, cases, update, &mut |event| note(terminal, event))?;
    match format {
        RowFormat::Table | RowFormat::Records | RowFormat::Md => {
            let mut out = terminal.stdout();
            people(&mut out, &outcome, terminal)?;
            out.flush()?;
        }
        RowFormat::Json => terminal.json(&outcome)?,
        format @ (RowFormat::Jsonl | RowFormat::Csv | RowFormat::Psv) => {
            let columns = ["case", "line", "passed", "expected", "found"].map(str::to_owned).to_vec();
            let mut rows = terminal.rows(format, columns)?;
            for case in &outcome.cases {
                for cells in cells(case) {
                    rows.row(cells)?;
                }
            }
            rows.finish()?;
        }
    }
    Ok(if outcome.failed > 0 { Exit::Problems } else { Exit::Done })
}

fn people(out: &mut impl Write, outcome: &CasesOutcome, terminal: Terminal) -> Result<(), CliError> {
    let paint = terminal.out;
    for case in outcome.cases.iter().filter(|it| !it.passed) {
        writeln!(out, "{} {} (line {})", paint.red("failed"), text::line(&case.name), case.line)?;
        for mismatch in &case.mismatches {
            writeln!(out, "  expected {}", text::line(&mismatch.expected))?;
            writeln!(out, "  found    {}", text::line(&mismatch.found))?;
            for difference in &mismatch.differences {
                match DifferenceLayout::of(difference) {
                    DifferenceLayout::Line(line) => writeln!(out, "    {line}")?,
                    DifferenceLayout::Block { name, before, after } => {
                        writeln!(out, "    {name}")?;
                        before.iter().try_for_each(|line| writeln!(out, "      - {line}"))?;
                        after.iter().try_for_each(|line| writeln!(out, "      + {line}"))?;
                    }
                }
            }
        }
    }
    for path in &outcome.written {
        writeln!(out, "wrote {}", shown_path(path))?;
    }
    let count = |count: usize| if count == 1 { "1 case".to_owned() } else { format!("{count} cases") };
    let failed = if outcome.failed > 0 { format!("; {} failed", outcome.failed) } else { String::new() };
    writeln!(out, "{} passed{failed}", count(outcome.passed))?;
    Ok(())
}

fn cells(case: &CaseOutcome) -> Vec<Vec<Cell>> {
    let row = |expected: Cell, found: Cell| {
        let passed = Cell::Integer(case.passed.into());
        vec![Cell::from(case.name.as_str()), Cell::from(u64::from(case.line)), passed, expected, found]
    };
    if case.mismatches.is_empty() {
        return vec![row(Cell::Null, Cell::Null)];
    }
    let of = |it: &engine::Mismatch| row(Cell::from(it.expected.as_str()), Cell::from(it.found.as_str()));
    case.mismatches.iter().map(of).collect()
}
