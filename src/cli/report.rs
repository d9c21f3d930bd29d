//! `casebook report`: writes the report again, from the record.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::args::VariantArg;
use super::error::CliError;
use super::exit::Exit;
use super::export::tell_where_kept;
use super::terminal::{Terminal, shown_path};
use crate::engine::{self, Destination};

/// Write the report again, from the record.
///
/// Writes one self-contained HTML page, and the same as Markdown. The same record gives the same bytes. Prints the path
/// of each file. While a run is going, or where the run file may not be written, the report is on the record as it is
/// now, and it does not keep it.
///
/// With `--pages`, it writes a static page for each work item and an index of them instead: input, prompts, responses,
/// verdicts, output, errors and cost. `report.pages` of the configuration has a run write them as it goes.
///
/// With `--documents`, it writes a static page for each document of the input and an index of them instead, into the
/// folder `documents` beside the report: all lines, the claims that cite them, and how much nothing cites.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook report demo/tickets.db
  casebook report demo/tickets.db --dir /tmp/out
  casebook report chain/chain.db --step section
  casebook report policies/policies.db --documents
  casebook report demo/tickets.db --pages /tmp/pages
  casebook report demo/tickets.db --pages /tmp/pages --template mine.html")]
pub struct ReportArgs {
    /// The run file.
    db: PathBuf,
    /// Where to write, instead of the configured folder.
    #[arg(long, value_name = "DIR", conflicts_with = "pages")]
    dir: Option<PathBuf>,
    /// Report on this step alone, into a folder of its name in that folder.
    #[arg(long, value_name = "STEP", conflicts_with_all = ["pages", "variant"])]
    step: Option<String>,
    #[command(flatten)]
    variant: VariantArg,
    /// Write a page for each document of the input, and an index, into the folder `documents`.
    #[arg(long, conflicts_with_all = ["pages", "variant"])]
    documents: bool,
    /// Write a page for each work item, and an index, into this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "variant")]
    pages: Option<PathBuf>,
    /// The template of the pages (Jinja, escaped for HTML), instead of the configured one or the one that ships.
    #[arg(long, value_name = "FILE", requires = "pages")]
    template: Option<PathBuf>,
    /// Write into the folder even if it holds files of another run file.
    #[arg(long)]
    overwrite: bool,
}

pub fn run(args: &ReportArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut out = terminal.stdout();
    if let Some(dir) = &args.pages {
        let (index, message) = engine::write_pages(&args.db, dir, args.template.as_deref(), args.overwrite)?;
        writeln!(out, "{}", shown_path(&index))?;
        out.flush()?;
        terminal.tell(&message);
        return Ok(Exit::Done);
    }
    let to = Destination { dir: args.dir.clone(), overwrite: args.overwrite };
    if args.documents {
        let (index, message) = engine::write_document_pages(&args.db, args.step.as_deref(), &to)?;
        writeln!(out, "{}", shown_path(&index))?;
        out.flush()?;
        terminal.tell(&message);
        return Ok(Exit::Done);
    }
    let written = match (&args.step, args.variant.choice()) {
        (_, Some(variant)) => engine::report_variant(&args.db, &variant, &to)?,
        (Some(step), None) => engine::report_step(&args.db, step, &to)?,
        (None, None) => engine::report(&args.db, &to)?,
    };
    for path in &written.files {
        writeln!(out, "{}", shown_path(path))?;
    }
    out.flush()?;
    for note in &written.notes {
        terminal.tell(&format!("note: {note}"));
    }
    tell_where_kept(&written, terminal);
    Ok(Exit::Done)
}
