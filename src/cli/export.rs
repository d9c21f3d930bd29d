//! `casebook export`: writes the artifacts again, from the record.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::args::VariantArg;
use super::error::CliError;
use super::exit::Exit;
use super::terminal::{Terminal, shown_path};
use crate::engine::{self, Destination, ExportChoice, FinetuneSource, OutputFormat, Written};

/// Write the artifacts again, from the record.
///
/// The files are those of the recorded configuration (`outputs.formats` and `outputs.files`), unless `--formats` names
/// others. The same record gives the same
/// bytes. While a run is going, or where the run file may not be written, the files are of the record as it is now, and
/// it does not keep them. Prints the path of each file. To print rows instead, use `casebook sql DB QUERY --format
/// FORMAT`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook export demo/tickets.db
  casebook export demo/tickets.db --dir /tmp/out
  casebook export chain/chain.db --step section
  casebook export demo/tickets.db --formats csv,jsonl.gz
  casebook export demo/tickets.db --formats files --dir /tmp/out    a folder for each work item
  casebook export support/testset.db --formats deepeval,inspect     files that evaluation tools load
  casebook export demo/tickets.db --formats openai_finetune --from judged    examples for fine-tuning")]
pub struct ExportArgs {
    /// The run file.
    db: PathBuf,
    /// Where to write, instead of the configured folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Write the files of this step's work items, in place of the last step's, into a folder of its name in that
    /// folder.
    #[arg(long, value_name = "STEP", conflicts_with = "variant")]
    step: Option<String>,
    #[command(flatten)]
    variant: VariantArg,
    /// Write into the folder even if it holds files of another run file.
    #[arg(long)]
    overwrite: bool,
    /// The files to write, instead of those of the configuration: jsonl, psv, csv, each with .gz or .zst at its end to
    /// compress it; files, a folder for each work item; or those of evaluation tools: deepeval, giskard, giskard2,
    /// `giskard_hub`, evidently, inspect, promptfoo, langfuse; or those for fine-tuning: `openai_finetune`, anthropic,
    /// gemini, sharegpt.
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', value_parser = clap::value_parser!(OutputFormat))]
    formats: Vec<OutputFormat>,
    /// Which answers are examples for fine-tuning: accepted outputs, those that a judge passed (judged), or the gold
    /// answers of an experiment (gold).
    #[arg(long, value_name = "ANSWERS", value_parser = clap::value_parser!(FinetuneSource))]
    from: Option<FinetuneSource>,
}

pub fn run(args: &ExportArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut out = terminal.stdout();
    let to = Destination { dir: args.dir.clone(), overwrite: args.overwrite };
    let choice = ExportChoice { formats: &args.formats, finetune_from: args.from };
    let written = match (&args.step, args.variant.choice()) {
        (_, Some(variant)) => engine::export_variant(&args.db, &variant, &to, choice)?,
        (Some(step), None) => engine::export_step(&args.db, step, &to, choice)?,
        (None, None) => engine::export(&args.db, &to, choice)?,
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

/// Says why the run file does not keep what was written, where that is so.
pub(super) fn tell_where_kept(written: &Written, terminal: Terminal) {
    if let Some(why) = &written.not_kept {
        terminal
            .tell(&format!("note: {why}; this is the record as it is now, and the run file does not keep the files"));
    }
}
