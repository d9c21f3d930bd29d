//! `casebook canary`: a pinned task asked again, to see whether it still behaves.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::args::{FormatArg, at_least_one, setting};
use super::error::CliError;
use super::estimate;
use super::exit::Exit;
use super::progress::Watcher;
use super::summary::interrupted;
use super::terminal::Terminal;
use crate::engine::{self, Audience, CanaryOptions, CanarySummary, RunEvent, RunOptions};
use crate::view;
use crate::view::canary::{self, CanaryReport};
use crate::view::rows::RowFormat;
use crate::view::text::counted;

/// Ask a pinned task again about a small set of rows, and say whether it has drifted.
///
/// The rows are those of `canary.path`. Each time they are asked with requests of their own, and the answers are held
/// against the promotion's record, or where that has none against the first canary. The history is in a run file of its
/// own (`<run.name>.canary.db`, view `canaries`). A canary that was killed or stopped is finished by the next one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook canary casebook.yaml                       ask what is in production
  casebook canary casebook.yaml --stage staging
  casebook canary casebook.yaml --dry-run             what it would ask, and cost
  casebook canary casebook.yaml --format json         all figures
  casebook sql complaints.canary.db \"SELECT canary, verdict, equal_share FROM canaries\"

Exit codes: 0 no drift, 1 error, 2 usage, configuration or no pin, 3 no drift but some work items failed,
4 budget reached, 7 drift, 130 interrupted.")]
pub struct CanaryArgs {
    /// The configuration.
    config: PathBuf,
    /// Which pin: production or staging.
    #[arg(long, value_name = "STAGE", default_value = "production")]
    stage: String,
    /// The run file of the canary; by default `<run.name>.canary.db` beside the configuration.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Ask only about the first N rows of the canary set (or groups).
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<u64>,
    /// Spend at most this many US dollars on this canary; short for `--set budget.max_cost_usd=USD`.
    #[arg(long, value_name = "USD")]
    max_cost: Option<f64>,
    /// Change one key of the configuration; the value is YAML. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Estimate what would be asked, and what it would cost; send and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    format: FormatArg,
}

impl CanaryArgs {
    fn options(&self) -> CanaryOptions {
        let mut overrides = self.settings.clone();
        overrides.extend(self.max_cost.map(|it| ("budget.max_cost_usd".to_owned(), it.to_string())));
        let (config, db) = (self.config.clone(), self.db.clone());
        let run = RunOptions { config, db, limit: self.limit, overrides, ..RunOptions::default() };
        CanaryOptions { run, stage: self.stage.clone() }
    }
}

pub fn run(args: &CanaryArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut watcher = Watcher::new(terminal);
    if args.dry_run {
        let estimate = engine::dry_run_canary(&args.options(), &mut |event| watcher.see(event))?;
        return estimate::show(&estimate, args.format.get() == RowFormat::Json, terminal);
    }
    let result = {
        let mut watch = |event: &RunEvent| watcher.see(event);
        engine::canary(&args.options(), &mut Audience::new(&mut watch))
    };
    watcher.finish();
    let summary = result?;
    if summary.verdict.is_some() {
        let connection = view::open(&summary.db)?;
        if let Some(report) = canary::gather(&connection, summary.number)? {
            print(&report, args.format.get(), terminal)?;
        }
    }
    for said in unfinished(&summary) {
        terminal.tell(&format!("\n{}", terminal.err.yellow(&said)));
    }
    Ok(exit(&summary))
}

/// Prints a line and a table of its figures; as JSON, all of it, and in the other formats the figures alone.
fn print(report: &CanaryReport, format: RowFormat, terminal: Terminal) -> Result<(), CliError> {
    if format == RowFormat::Json {
        return Ok(terminal.json(report)?);
    }
    if format.is_for_people() {
        let mut out = terminal.stdout();
        writeln!(out, "{}", view::text::line(&report.line()))?;
        writeln!(out)?;
        out.flush()?;
    }
    let mut rows = terminal.rows(format, canary::COLUMNS.map(str::to_owned).to_vec())?;
    report.rows().into_iter().try_for_each(|it| rows.row(format.figures(it)))?;
    rows.finish()?;
    Ok(())
}

/// Says why a canary is not done, and what to do.
fn unfinished(summary: &CanarySummary) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(stop) = &summary.budget {
        said.push(format!(
            "The budget is reached: {stop}. What earlier canaries spent is in both amounts. To continue, raise it, and \
             run the same command again."
        ));
    }
    if summary.interrupted {
        said.push(format!("{} to continue.", interrupted(None)));
    }
    if summary.verdict.is_none() {
        let open = counted(summary.pending, "open work item");
        said.push(format!("Canary {} is not finished: {open}.", summary.number));
    }
    said
}

fn exit(summary: &CanarySummary) -> Exit {
    if summary.interrupted {
        Exit::Interrupted
    } else if summary.budget.is_some() {
        Exit::Budget
    } else if summary.has_drifted() {
        Exit::Drift
    } else if summary.failed > 0 {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}
