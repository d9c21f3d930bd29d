//! `casebook diff`: the differences between two run files, or between two variants of one.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::args::FormatArg;
use super::difference::{DifferenceLayout, line_of};
use super::error::{CliError, Kind};
use super::exit::Exit;
use super::terminal::{Terminal, word};
use crate::view::Connection;
use crate::view::diff::{self, Comparison, DiffCounts, DiffDetail, DiffPart, DiffSides};
use crate::view::rows::{self, Cell, RowFormat, RowPrinter};
use crate::view::text;

/// How many details of each part a table shows by default.
const LISTED: u64 = 20;

/// Compare two run files, or two variants of one.
///
/// Shows the settings, rows, outputs and verdicts that differ. Rows are matched by their ids, work items by their work
/// ids. With `--variants`, settings, outputs and verdicts of two variants of an experiment are compared. A table begins
/// with counts; the data formats have the details alone, and all of them. Neither file is changed, and a run may be
/// going on in either.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook diff monday.db tuesday.db
  casebook diff monday.db tuesday.db --only outputs,verdicts --limit 50
  casebook diff monday.db tuesday.db --format csv > changes.csv
  casebook diff complaints.db --variants small,large

Exit codes: 0 no difference, 1 a difference, 2 the files could not be compared.")]
pub struct DiffArgs {
    /// A run file.
    a: PathBuf,
    /// The run file to compare it with.
    #[arg(required_unless_present = "variants", conflicts_with = "variants")]
    b: Option<PathBuf>,
    /// Compare two variants of the run file, by their names.
    #[arg(long, value_name = "A,B", value_delimiter = ',', num_args = 1)]
    variants: Vec<String>,
    /// The repeat of both variants that is compared; the first one by default.
    #[arg(long, value_name = "N", requires = "variants", value_parser = clap::value_parser!(u32).range(1..))]
    repeat: Option<u32>,
    /// Compare only these: config, rows, outputs, verdicts.
    #[arg(long, value_name = "PART", value_delimiter = ',', value_parser = part_words(), hide_possible_values = true)]
    only: Vec<DiffPart>,
    /// Show at most N rows, work items or settings of each part; a table shows 20 by default.
    #[arg(long, value_name = "N", conflicts_with = "all")]
    limit: Option<u64>,
    /// Show all rows, work items and settings.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: FormatArg,
}

fn part_words() -> impl TypedValueParser<Value = DiffPart> {
    let words = DiffPart::ALL.iter().map(|it| it.as_str());
    PossibleValuesParser::new(words)
        .map(|word| DiffPart::ALL.iter().copied().find(|it| it.as_str() == word).unwrap_or(DiffPart::Config))
}

/// Runs the command. An error must not pass for a difference, so it gets exit code 2.
pub fn run(args: &DiffArgs, terminal: Terminal) -> Result<Exit, CliError> {
    compare(args, terminal).map_err(CliError::as_trouble)
}

fn compare(args: &DiffArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let (connection, sides) = open(args)?;
    let is_compared =
        |it: &DiffPart| args.only.contains(it) || args.only.is_empty() && !(it.is_of_input() && args.b.is_none());
    let chosen: Vec<DiffPart> = DiffPart::ALL.iter().copied().filter(is_compared).collect();
    let comparison = Comparison::begin(&connection, sides, &chosen)?;
    let counts = chosen.iter().map(|part| comparison.counts(*part)).collect::<Result<Vec<_>, _>>()?;
    for note in &comparison.notes {
        terminal.tell(&format!("{} {}", terminal.err.yellow("note:"), text::line(note)));
    }
    match args.format.get() {
        format @ (RowFormat::Table | RowFormat::Records | RowFormat::Md) => {
            tell(args, &comparison, &counts, format, terminal)?;
        }
        format => carry(args, &comparison, &chosen, format, terminal)?,
    }
    let differs = counts.iter().any(|it| it.differing() > 0);
    Ok(if differs { Exit::Different } else { Exit::Done })
}

/// Opens what is compared.
fn open(args: &DiffArgs) -> Result<(Connection, DiffSides), CliError> {
    let Some(b) = &args.b else {
        let [one, two] = args.variants.as_slice() else {
            let message = format!(
                "`--variants` takes two names, and {} given",
                match args.variants.len() {
                    1 => "one is".to_owned(),
                    count => format!("{count} are"),
                }
            );
            return Err(CliError::new(Kind::Usage, message).hint("write `--variants A,B`, with a comma between them"));
        };
        if one == two {
            return Err(CliError::new(Kind::Usage, format!("`{}` is named twice", text::line(one))));
        }
        if args.only.contains(&DiffPart::Rows) {
            let message = "variants have the same rows: `--only rows` compares nothing";
            return Err(CliError::new(Kind::Usage, message).hint("use config, outputs and verdicts"));
        }
        let connection = diff::open(&args.a, &args.a)?;
        let sides = DiffSides::variants_of(&connection, &[one.clone(), two.clone()], args.repeat.unwrap_or(1))?;
        return Ok((connection, sides));
    };
    if is_same_file(&args.a, b) {
        let both = format!("{} and {} are the same file", args.a.display(), b.display());
        return Err(CliError::new(Kind::Usage, both).hint(
            "compare it with a copy from before a change, or two of its variants with `--variants A,B`; the view `history` of \
             one file has every output that was ever accepted",
        ));
    }
    Ok((diff::open(&args.a, b)?, DiffSides::Files))
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Prints all differences as data.
fn carry(
    args: &DiffArgs,
    comparison: &Comparison<'_>,
    chosen: &[DiffPart],
    format: RowFormat,
    terminal: Terminal,
) -> Result<(), CliError> {
    let columns = ["part", "change", "step", "id", "row", "group", "field", "a", "b"].map(str::to_owned).to_vec();
    let mut rows = RowPrinter::begin(terminal.stdout(), format, terminal.print_target(), columns)?;
    for part in chosen {
        comparison.each::<CliError>(*part, args.limit, &mut |it| {
            rows.row(vec![
                Cell::from(it.part.as_str()),
                Cell::from(it.difference.change.as_str()),
                Cell::from(it.step.as_deref()),
                Cell::from(it.id.as_deref()),
                it.row.map_or(Cell::Null, Cell::Integer),
                Cell::from(it.group.as_deref()),
                Cell::from(it.difference.part.as_str()),
                Cell::of(&it.difference.before),
                Cell::of(&it.difference.after),
            ])
            .map_err(CliError::from)
        })?;
    }
    rows.finish()?;
    Ok(())
}

/// Prints the counts, then the details of each part, for a person.
fn tell(
    args: &DiffArgs,
    comparison: &Comparison<'_>,
    counts: &[DiffCounts],
    format: RowFormat,
    terminal: Terminal,
) -> Result<(), CliError> {
    let columns = ["", "only in A", "only in B", "differ", "equal"].map(str::to_owned).to_vec();
    let mut rows = terminal.rows(format, columns)?;
    for it in counts {
        rows.row(vec![
            Cell::from(it.part.as_str()),
            Cell::from(it.only_a),
            Cell::from(it.only_b),
            Cell::from(it.differ),
            it.equal.map_or(Cell::from(""), Cell::from),
        ])?;
    }
    rows.finish()?;
    let limit = if args.all { None } else { args.limit.or(Some(LISTED)) };
    let mut left = false;
    for it in counts.iter().filter(|it| it.differing() > 0) {
        let printed = tell_part(comparison, it, limit, format, terminal)?;
        left |= printed < it.differing();
    }
    if left {
        terminal.tell("\n`--limit N` or `--all` shows more; `--format csv` has all of it.");
    }
    if counts.iter().all(|it| it.differing() == 0) {
        let both = match (&args.b, args.variants.as_slice()) {
            (Some(b), _) => [word(&args.a), word(b)],
            (None, [a, b, ..]) => [a, b].map(|it| text::line(it).into_owned()),
            (None, _) => [word(&args.a), word(&args.a)],
        };
        terminal.tell(&format!("\n{} do not differ.", both.join(" and ")));
    }
    Ok(())
}

fn tell_part(
    comparison: &Comparison<'_>,
    counts: &DiffCounts,
    limit: Option<u64>,
    format: RowFormat,
    terminal: Terminal,
) -> Result<u64, CliError> {
    let mut out = terminal.stdout();
    let md = format == RowFormat::Md;
    let title = counts.part.as_str();
    if md {
        writeln!(out, "\n## {title}\n")?;
    } else {
        writeln!(out, "\n{}", terminal.out.bold(title))?;
    }
    let mut last = None;
    let printed = comparison.each::<CliError>(counts.part, limit, &mut |it| {
        let head = head(&it);
        let indent = if head.is_some() { "    " } else { "  " };
        if head != last {
            if let Some(head) = &head {
                if md {
                    writeln!(out, "- {}", rows::markdown(head))?;
                } else {
                    writeln!(out, "  {}", text::line(head))?;
                }
            }
            last = head;
        }
        for line in lines(&it) {
            if md {
                writeln!(out, "{}- {}", if indent.len() > 2 { "  " } else { "" }, rows::markdown(&line))?;
            } else {
                writeln!(out, "{indent}{line}")?;
            }
        }
        Ok(())
    })?;
    if printed < counts.differing() {
        let more = text::thousands(counts.differing() - printed);
        writeln!(out, "{}… and {more} more", if md { "- " } else { "  " })?;
    }
    out.flush()?;
    Ok(printed)
}

/// Names the row or the work item that a detail is of.
fn head(it: &DiffDetail) -> Option<String> {
    let id = it.id.as_deref()?;
    let short = id.get(..12).unwrap_or(id);
    let row = it.row.map_or_else(String::new, |row| format!(" (row {row})"));
    let group = it.group.as_ref().filter(|_| it.row.is_none()).map_or_else(String::new, |it| format!(" (group {it})"));
    let step = it.step.as_ref().map_or_else(String::new, |step| format!("{step} "));
    Some(line_of(&format!("{step}{short}{row}{group}")))
}

fn lines(it: &DiffDetail) -> Vec<String> {
    match DifferenceLayout::of(&it.difference) {
        DifferenceLayout::Line(line) => vec![line],
        DifferenceLayout::Block { name, before, after } => {
            let mut lines = vec![name];
            lines.extend(before.into_iter().map(|line| format!("    A {line}")));
            lines.extend(after.into_iter().map(|line| format!("    B {line}")));
            lines
        }
    }
}
