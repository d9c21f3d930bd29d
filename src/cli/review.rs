//! `casebook review`: people decide what the model and its judges left open or got wrong.

mod answers;
mod card;
mod edit;
mod interview;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::{ArgGroup, Args};

use super::error::{CliError, Kind};
use super::exit::Exit;
use super::terminal::{Terminal, shown_path, word};
use crate::engine::{
    self, Existing, HumanDecision, HumanRuling, Interrupts, Review, ReviewQueue, SampleRequest, TakenDecisions,
};
use crate::view::text;
use answers::StdinLines;
use interview::Interview;

/// Decide by hand on rejected work items, or on a sample of accepted ones.
///
/// Without `--accept`, `--reject`, `--output` or `--decisions`, shows one work item after the other and asks.
///
/// A decision has a name and a reason, and what it replaces stays on record. It holds for exports and queries, is
/// marked as a person's everywhere, and belongs to the exact task that it was made on: after a new prompt, model or
/// input it no longer applies.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags of a command line")]
#[command(
    group(ArgGroup::new("ruling").args(["accept", "reject", "output"])),
    group(ArgGroup::new("queue").args(["rejected", "failed", "sample"])),
    after_help = "Examples:
  casebook review demo/tickets.db                     rejected work items, one by one
  casebook review demo/tickets.db --sample 20         twenty accepted ones, always the same
  casebook review demo/tickets.db 40c39f --accept --by Ada --reason 'the judge misread the order'
  casebook review demo/tickets.db 40c39f --output fixed.json --by Ada --reason 'wrong product'
  casebook review demo/tickets.db --sample 30 --out review.csv      a table to fill in
  casebook review demo/tickets.db --decisions review.csv --by Ada"
)]
pub struct ReviewArgs {
    /// The run file.
    db: PathBuf,
    /// Work items by their ids, or the first characters of these.
    #[arg(value_name = "WORK_ID")]
    work_ids: Vec<String>,
    /// Go through the rejected work items that nobody has decided on; the default.
    #[arg(long, conflicts_with = "work_ids")]
    rejected: bool,
    /// Go through the failed work items: they have no valid answer, so you write the output.
    #[arg(long, conflicts_with = "work_ids")]
    failed: bool,
    /// Go through N accepted work items that nobody has decided on; the same command picks the same ones.
    #[arg(long, value_name = "N", conflicts_with = "work_ids", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Write the sample to this csv file, of 30 where `--sample` is not given: a line for each work item with its
    /// output and empty columns for decisions, which `--decisions` reads back.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["work_ids", "ruling", "rejected", "failed", "decisions"])]
    out: Option<PathBuf>,
    /// Replace the file of `--out` if it exists.
    #[arg(long, requires = "out")]
    overwrite: bool,
    /// The fields whose values divide the outputs, each of which gets its share of the sample, such as
    /// `format,metadata.source`; by default those with few different values.
    #[arg(long, value_name = "PATHS", value_delimiter = ',', requires = "out")]
    strata: Option<Vec<String>>,
    /// Another number draws another sample.
    #[arg(long, value_name = "N", requires = "out", default_value_t = 0)]
    seed: u64,
    /// Only work items of this step. Of a sample in a file, by default the last step that has outputs.
    #[arg(long, value_name = "STEP", conflicts_with_all = ["work_ids", "decisions"])]
    step: Option<String>,
    /// Accept the output.
    #[arg(long, requires = "work_ids")]
    accept: bool,
    /// Reject the output.
    #[arg(long, requires = "work_ids")]
    reject: bool,
    /// Use the JSON object in this file as the output; `-` is stdin.
    #[arg(long, value_name = "FILE", requires = "work_ids")]
    output: Option<PathBuf>,
    /// Read decisions from a CSV or JSONL file with the columns `work_id`, `decision`, `reason`, `output` and `by`;
    /// lines without a decision are left for later.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["work_ids", "ruling", "queue"])]
    decisions: Option<PathBuf>,
    /// The reason for the decision.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who decides; by default the name you are logged in with.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl ReviewArgs {
    /// The work items to review.
    fn queue(&self) -> ReviewQueue {
        match self.sample {
            _ if !self.work_ids.is_empty() => ReviewQueue::Named(self.work_ids.clone()),
            Some(count) => ReviewQueue::Sample(count as usize),
            None if self.failed => ReviewQueue::Failed,
            None => ReviewQueue::Rejected,
        }
    }

    /// The decision on the command line, if there is one.
    fn ruling(&self) -> Result<Option<HumanRuling>, CliError> {
        if let Some(path) = &self.output {
            if self.work_ids.len() > 1 {
                return Err(CliError::new(Kind::Usage, "`--output` is the output of one work item".to_owned())
                    .hint("`--decisions FILE` takes one for each of many"));
            }
            return Ok(Some(HumanRuling::Edit(read_output(path)?)));
        }
        Ok(match (self.accept, self.reject) {
            (true, _) => Some(HumanRuling::Accept),
            (_, true) => Some(HumanRuling::Reject),
            _ => None,
        })
    }
}

pub fn run(args: &ReviewArgs, terminal: Terminal) -> Result<Exit, CliError> {
    if let Some(path) = &args.out {
        return write_sample(args, path, terminal);
    }
    let by = args.by.clone().or_else(login);
    if let Some(path) = &args.decisions {
        let taken = engine::decide_from(&args.db, path, by.as_deref(), args.reason.as_deref())?;
        let TakenDecisions { taken, undecided } = taken;
        let (lines, named) = (text::thousands(undecided as u64), shown_path(path));
        if taken == 0 {
            let without = match undecided {
                0 => "no lines".to_owned(),
                1 => "1 line without one".to_owned(),
                _ => format!("{lines} lines without one"),
            };
            terminal.tell(&format!("There is no decision in {named}; {without}."));
            return Ok(Exit::Done);
        }
        let left = match undecided {
            0 => String::new(),
            1 => " 1 line has no decision yet.".to_owned(),
            _ => format!(" {lines} lines have no decision yet."),
        };
        terminal.tell(&format!("{} taken from {named}.{left} {}", decisions(taken), next(&args.db)));
        return Ok(Exit::Done);
    }
    let by = by.ok_or_else(|| {
        CliError::new(Kind::Usage, "it is not known who decides".to_owned()).hint("say who with `--by NAME`")
    })?;
    let ruling = args.ruling()?;
    if let Some(ruling) = ruling {
        let Some(reason) = args.reason.clone() else {
            return Err(
                CliError::new(Kind::Usage, "a decision needs a reason".to_owned()).hint("say why with `--reason TEXT`")
            );
        };
        let decision = HumanDecision { ruling, reason, by };
        let taken = decide(args, &decision)?;
        terminal.tell(&format!("{} taken. {}", decisions(taken), next(&args.db)));
        return Ok(Exit::Done);
    }
    interview(args, by, terminal)
}

/// Writes a sample to a table.
fn write_sample(args: &ReviewArgs, path: &Path, terminal: Terminal) -> Result<Exit, CliError> {
    let request = SampleRequest {
        path: path.to_owned(),
        count: args.sample.map_or(SampleRequest::COUNT, |count| count as usize),
        steps: args.step.iter().cloned().collect(),
        strata: args.strata.clone(),
        seed: args.seed,
    };
    let existing = if args.overwrite { Existing::Replace } else { Existing::Keep };
    let drawn = engine::write_sample_to(&args.db, &request, existing)?;
    let by = if drawn.strata.is_empty() { String::new() } else { format!(" by {}", drawn.strata.join(", ")) };
    let (count, of) = (text::thousands(drawn.drawn as u64), text::thousands(drawn.of));
    terminal.tell(&format!(
        "{count} of {of} outputs of {} drawn{}. Fill in {}, then: casebook review {} --decisions {}",
        text::line(&drawn.steps.join(", ")),
        text::line(&by),
        shown_path(path),
        word(&args.db),
        word(path)
    ));
    Ok(Exit::Done)
}

/// Records one decision for all named work items, or for none.
fn decide(args: &ReviewArgs, decision: &HumanDecision) -> Result<usize, CliError> {
    let mut review = Review::begin(&args.db)?;
    let result = review.queue(&args.queue(), None).and_then(|items| {
        review.decide_all(&items, decision)?;
        Ok(items.len())
    });
    Ok(review.end(result)?)
}

/// Asks about one work item after the other.
fn interview(args: &ReviewArgs, by: String, terminal: Terminal) -> Result<Exit, CliError> {
    let mut review = Review::begin(&args.db)?;
    let items = match review.queue(&args.queue(), args.step.as_deref()) {
        Ok(items) => items,
        Err(error) => return Ok(review.end(Err(error))?),
    };
    if items.is_empty() {
        review.end(Ok(()))?;
        terminal.tell("There is nothing to decide on.");
        return Ok(Exit::Done);
    }
    let mut answers = StdinLines::new(Interrupts::current());
    let mut editor = |text: &str| edit::in_editor(text);
    let interview = Interview {
        answers: &mut answers,
        out: &mut terminal.stdout(),
        editor: &mut editor,
        terminal,
        by,
        reason: args.reason.clone(),
    };
    // Decisions from before an error are on record.
    let talked = interview.about(&mut review, &items);
    review.end(Ok(()))?;
    let tally = talked?;
    terminal.tell(&format!(
        "\n{} accepted, {} written, {} rejected, {} skipped; {} not reviewed. {}",
        tally.accepted,
        tally.written,
        tally.rejected,
        tally.skipped,
        items.len().saturating_sub(tally.seen()),
        if tally.decided() > 0 { next(&args.db) } else { String::new() }
    ));
    Ok(Exit::Done)
}

fn decisions(count: usize) -> String {
    if count == 1 { "1 decision".to_owned() } else { format!("{} decisions", text::thousands(count as u64)) }
}

fn next(db: &Path) -> String {
    format!("`casebook export {}` writes the outputs again.", word(db))
}

/// Reads the output from a file, or from stdin.
fn read_output(path: &Path) -> Result<serde_json::Value, CliError> {
    let text = if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let named = shown_path(path);
    let text = text.map_err(|error| CliError::new(Kind::Usage, format!("cannot read {named}: {error}")))?;
    engine::read_written_json(text.trim_start_matches('\u{feff}'))
        .map_err(|error| CliError::new(Kind::Usage, format!("{named} is not JSON: {error}")))
}

/// The name that the user is logged in with: from the environment, or else from the system.
pub(super) fn login() -> Option<String> {
    let filled = |name: String| Some(name.trim().to_owned()).filter(|it| !it.is_empty());
    let variables = ["CASEBOOK_REVIEWER", "USER", "LOGNAME", "USERNAME"];
    let named = variables.iter().find_map(|name| std::env::var(name).ok().and_then(filled));
    named.or_else(|| {
        // Containers and services often run without these variables.
        let found = Command::new("id").arg("-un").stdin(Stdio::null()).output().ok()?;
        if found.status.success() { filled(String::from_utf8_lossy(&found.stdout).into_owned()) } else { None }
    })
}
