//! `casebook retry`: marks work items to be tried again.

use std::path::PathBuf;

use clap::Args;

use super::args::{VariantArg, kind_words};
use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::engine::{self, RetrySelection};
use crate::record::AttemptOutcome;
use crate::view::{self, text};

/// Mark work items to be tried again by the next run.
///
/// The next run asks for a new answer; earlier answers stay in the record. Without a selection, all failed work items
/// are marked; of an experiment those of all variants.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook retry demo/tickets.db                      failed work items
  casebook retry demo/tickets.db --failed --rejected  rejected ones too
  casebook retry demo/tickets.db --kind judge_failed  those that the judge rejected
  casebook retry chain/chain.db --step section        failed ones of one step
  casebook retry demo/tickets.db 40c39f               one work item
  casebook retry demo/tickets.db --variant large      failed ones of one variant of an experiment")]
pub struct RetryArgs {
    /// The run file.
    db: PathBuf,
    /// Work items without a valid answer.
    #[arg(long)]
    failed: bool,
    /// Work items whose valid answers did not pass the checks or the judge.
    #[arg(long)]
    rejected: bool,
    /// Failed and rejected work items whose last attempt ended this way, such as `judge_failed`; may be repeated.
    #[arg(long, value_name = "KIND", value_parser = kind_words(), hide_possible_values = true)]
    kind: Vec<AttemptOutcome>,
    /// Of these, only the work items of this step.
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    #[command(flatten)]
    variant: VariantArg,
    /// Work items by their ids, or the first characters of these.
    #[arg(value_name = "WORK_ID")]
    work_ids: Vec<String>,
}

impl RetryArgs {
    /// The work items to mark.
    fn selection(&self, work_ids: Vec<String>) -> RetrySelection {
        let nothing_said = !self.failed && !self.rejected && self.kind.is_empty() && work_ids.is_empty();
        RetrySelection {
            failed: self.failed || nothing_said,
            rejected: self.rejected,
            kinds: self.kind.clone(),
            work_ids,
            step: self.step.clone(),
            variant: self.variant.choice(),
        }
    }
}

pub fn run(args: &RetryArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let selection = args.selection(args.work_ids.clone());
    let items = engine::retry(&args.db, &selection)?;
    let marked = text::thousands(items as u64);
    let command = if items == 0 { "" } else { next_command(args)? };
    terminal.tell(&match items {
        0 => "No work item to try again.".to_owned(),
        1 => format!("1 work item will be tried again by the next {command}."),
        _ => format!("{marked} work items will be tried again by the next {command}."),
    });
    Ok(Exit::Done)
}

/// What tries the work items again: the task itself is run, variants of it are evaluated.
fn next_command(args: &RetryArgs) -> Result<&'static str, CliError> {
    let found = view::variants(&view::open(&args.db)?)?;
    let is_of_variants = found.task.is_none() || args.variant.choice().is_some();
    Ok(match (is_of_variants, found.are_any()) {
        (true, _) => "`casebook eval`",
        (false, true) => "`casebook run` or `casebook eval`",
        (false, false) => "`casebook run`",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_ones_are_meant_where_nothing_is_said() {
        let chosen = |failed, rejected, ids: &[&str]| {
            let args = RetryArgs {
                db: PathBuf::from("x.db"),
                failed,
                rejected,
                kind: Vec::new(),
                step: None,
                variant: VariantArg::default(),
                work_ids: Vec::new(),
            };
            let selection = args.selection(ids.iter().map(|it| (*it).to_owned()).collect());
            (selection.failed, selection.rejected)
        };
        assert_eq!(chosen(false, false, &[]), (true, false));
        assert_eq!(chosen(false, true, &[]), (false, true));
        assert_eq!(chosen(true, true, &[]), (true, true));
        assert_eq!(chosen(false, false, &["aa"]), (false, false));
    }
}
