//! `casebook testset validate`: a test set is held to its contract.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::args::FormatArg;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::terminal::{Stream, Terminal, shown_path};
use crate::engine::{self, AskedCounts, Checked, Fault, MOST_OF_A_KIND};
use crate::view::quality;
use crate::view::rows::{Cell, RowFormat};
use crate::view::text::{self, thousands};

/// Hold the files of a test set to their contract.
///
/// Checks use_cases.json, policies.json, test_cases.json, dataset.json and run_manifest.json, whoever made them: their
/// structure, ids, references, numbers, formats and coverage, and each quote against the lines of its document. Prints
/// what the set has and each fault with its file, line and id. The exit code is 1 where there are faults.
#[expect(clippy::doc_markdown, reason = "the texts are those of `--help`")]
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook testset validate --out out/support
  casebook testset validate --out out/support --input faq.md --quality quality.md
  casebook testset validate --out out/support --format csv > faults.csv")]
pub struct ValidateArgs {
    /// The folder with the files.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The document, or the folder of documents, that the set was made of; by default the one that the manifest names.
    #[arg(long, value_name = "FILE|FOLDER")]
    input: Option<PathBuf>,
    /// Write the quality report to this file, which ends in .md or .json.
    #[arg(long, value_name = "FILE")]
    quality: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: &ValidateArgs, terminal: Terminal) -> Result<Exit, CliError> {
    if let Some(path) = &args.quality {
        engine::is_place_for_quality(path, &args.out, args.input.as_deref())?;
    }
    let checked = engine::check_testset(&args.out, args.input.as_deref(), AskedCounts::CONTRACT)?;
    if let Some(path) = &args.quality {
        engine::write_quality(path, &checked.quality)?;
        terminal.tell(&format!("Wrote {}.", shown_path(path)));
    }
    print(&checked, args.format.get(), terminal)?;
    Ok(if checked.fault_count() > 0 { Exit::Problems } else { Exit::Done })
}

fn print(checked: &Checked, format: RowFormat, terminal: Terminal) -> Result<(), CliError> {
    match format {
        RowFormat::Table | RowFormat::Records | RowFormat::Md => {
            let mut out = terminal.stdout();
            people(&mut out, checked, terminal.out)?;
            out.flush()?;
        }
        RowFormat::Json => terminal.json(checked)?,
        format @ (RowFormat::Jsonl | RowFormat::Csv | RowFormat::Psv) => {
            let columns = ["file", "line", "item", "path", "kind", "found", "expected"].map(str::to_owned).to_vec();
            let mut rows = terminal.rows(format, columns)?;
            for fault in &checked.faults {
                rows.row(cells(fault))?;
            }
            rows.finish()?;
        }
    }
    Ok(())
}

fn cells(fault: &Fault) -> Vec<Cell> {
    vec![
        Cell::from(fault.file.as_str()),
        fault.line.map_or(Cell::Null, |line| Cell::from(line as u64)),
        Cell::from(fault.item.as_deref()),
        Cell::from(fault.path.as_str()),
        Cell::from(fault.kind.as_str()),
        Cell::from(fault.found.as_str()),
        Cell::from(fault.expected.as_str()),
    ]
}

/// Prints what the set has, the faults and the notes.
pub(super) fn people(out: &mut impl Write, checked: &Checked, paint: Stream) -> Result<(), CliError> {
    let counts = &checked.counts;
    let mut row = |name: &str, value: String| writeln!(out, "{name:<14}{value}");
    row("use cases", count(counts.use_cases))?;
    row("policies", with(counts.policies, &counts.policy_types))?;
    row("test cases", count(counts.test_cases))?;
    row("examples", with(counts.examples, &counts.cases))?;
    row("formats", words(&counts.formats))?;
    row("sources", words(&counts.sources))?;
    let quotes = &checked.quotes;
    let (total, exact) = (thousands(quotes.total), thousands(quotes.exact));
    row(
        "quotes",
        match (quotes.total, quotes.checked) {
            (0, _) => "0".to_owned(),
            (_, 0) => format!("{total}, none checked"),
            _ => format!("{exact} of {total} are what stands on their lines"),
        },
    )?;
    if !checked.faults.is_empty() {
        writeln!(out)?;
    }
    for fault in &checked.faults {
        let place = fault.line.map_or_else(|| fault.file.clone(), |line| format!("{}:{line}", fault.file));
        let path = if fault.path.is_empty() { String::new() } else { format!(" {}", fault.path) };
        let item = fault.item.as_deref().map_or_else(String::new, |item| format!(" {item}"));
        let (found, expected) = (text::line(&fault.found), text::line(&fault.expected));
        writeln!(
            out,
            "{}{}: {found}; expected: {expected}",
            paint.red(&text::line(&place)),
            text::line(&format!("{item}{path}"))
        )?;
    }
    for (kind, total) in checked.fault_counts.iter().filter(|(_, total)| **total > MOST_OF_A_KIND as u64) {
        writeln!(out, "… and {} more of the kind {}", thousands(total - MOST_OF_A_KIND as u64), kind.as_str())?;
    }
    let quality = quality::summary(&checked.quality);
    let lines = checked.notes.iter().map(|note| note.0.clone()).chain(quality);
    for (index, line) in lines.enumerate() {
        if index == 0 {
            writeln!(out)?;
        }
        writeln!(out, "{} {}", paint.yellow("note:"), text::line(&line))?;
    }
    let kinds: BTreeMap<String, u64> =
        checked.fault_counts.iter().map(|(kind, total)| (kind.as_str().to_owned(), *total)).collect();
    match checked.fault_count() {
        0 => writeln!(out, "\nNo faults.")?,
        1 => writeln!(out, "\n1 fault: {}", words(&kinds))?,
        total => writeln!(out, "\n{} faults: {}", thousands(total), words(&kinds))?,
    }
    Ok(())
}

fn count(number: usize) -> String {
    thousands(number as u64)
}

/// A number, and what it is made of.
fn with(number: usize, parts: &BTreeMap<String, u64>) -> String {
    if parts.is_empty() { count(number) } else { format!("{}: {}", count(number), words(parts)) }
}

fn words(parts: &BTreeMap<String, u64>) -> String {
    let parts: Vec<String> =
        parts.iter().map(|(word, count)| format!("{} {}", thousands(*count), text::line(word))).collect();
    parts.join(", ")
}
