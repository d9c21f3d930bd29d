//! `casebook retry`: marks work items to be tried again.

use std::path::PathBuf;

use clap::Args;

use super::Exit;
use super::engine_stub::{self as engine, Selection};
use super::error::{CliError, Kind};
use super::terminal::{Terminal, word};
use crate::view::text;

/// Mark work items to be tried again by the next run.
///
/// A new try asks again: what was answered before stays in the record, and stays there for good. Without a selection,
/// failed work items are meant.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook retry demo/tickets.db                      try what failed again
  casebook retry demo/tickets.db --failed --rejected  and what was rejected
  casebook retry demo/tickets.db 3f2a91               one work item")]
pub struct RetryArgs {
    /// The run file.
    db: PathBuf,
    /// Work items that have no valid answer.
    #[arg(long)]
    failed: bool,
    /// Work items whose valid answers did not pass the checks or the judge.
    #[arg(long)]
    rejected: bool,
    /// Work items by their id, or its beginning.
    #[arg(value_name = "WORK_ID")]
    work_ids: Vec<String>,
}

impl RetryArgs {
    fn selection(&self) -> Selection {
        let nothing_said = !self.failed && !self.rejected && self.work_ids.is_empty();
        Selection { failed: self.failed || nothing_said, rejected: self.rejected, work_ids: self.work_ids.clone() }
    }
}

/// Runs the command.
pub fn run(args: &RetryArgs, terminal: Terminal) -> Result<Exit, CliError> {
    for id in &args.work_ids {
        if id.is_empty() || id.len() > 40 || !id.bytes().all(|it| it.is_ascii_hexdigit()) {
            let message = format!("`{id}` is not a work id: expected up to 40 hex digits");
            return Err(
                CliError::new(Kind::Usage, message).hint(format!("`casebook failures {}` lists them", word(&args.db)))
            );
        }
    }
    let items = engine::retry(&args.db, &args.selection())?;
    let marked = text::thousands(items as u64);
    terminal.tell(&match items {
        0 => "No work item is to be tried again.".to_owned(),
        1 => "1 work item will be tried again by the next `casebook run`.".to_owned(),
        _ => format!("{marked} work items will be tried again by the next `casebook run`."),
    });
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_ones_are_meant_where_nothing_is_said() {
        let args = |failed, rejected, ids: &[&str]| RetryArgs {
            db: PathBuf::from("x.db"),
            failed,
            rejected,
            work_ids: ids.iter().map(|it| (*it).to_owned()).collect(),
        };
        let chosen = |args: RetryArgs| (args.selection().failed, args.selection().rejected);
        assert_eq!(chosen(args(false, false, &[])), (true, false));
        assert_eq!(chosen(args(false, true, &[])), (false, true));
        assert_eq!(chosen(args(false, false, &["aa"])), (false, false));
    }
}
