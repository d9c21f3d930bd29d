//! `casebook eval`: the variants of an experiment, run and measured.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::args::{FormatArg, at_least_one, setting};
use super::error::CliError;
use super::evaluation;
use super::exit::Exit;
use super::progress::Watcher;
use super::summary::interrupted;
use super::terminal::Terminal;
use crate::engine::{
    self, Audience, BudgetStop, Counts, Ending, EvalOptions, EvalSummary, MaxFailures, Money, RunEvent, RunOptions,
    VariantEstimate,
};
use crate::view::rows::{Cell, RowFormat};
use crate::view::text::{counted, thousands};

/// Run what is missing of an experiment, and compare its variants.
///
/// Every variant of the experiment works on the same work items, in one run file. What is on record is not asked again:
/// the same command goes on after an interruption, and a variant, a metric or rows that were added ask only for what is
/// new. Equal requests of several variants are asked once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook eval casebook.yaml                           run what is missing, and compare
  casebook eval casebook.yaml --limit 50                on the first 50 rows
  casebook eval casebook.yaml --variants small,large    two of the variants
  casebook eval casebook.yaml --max-cost 5              spend at most 5 dollars over all variants
  casebook eval casebook.yaml --against old.db          compare with an earlier run file
  casebook eval casebook.yaml --provider sample         rehearse: no key, no network, no cost")]
pub struct EvalArgs {
    /// The configuration.
    config: PathBuf,
    /// The run file; by default `<run.name>.db` beside the configuration.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Work on these variants alone.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    variants: Vec<String>,
    /// Work only on the first N rows of the input (or groups) and what is made from them; the rest stays as it is.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<u64>,
    /// Keep at most N calls in flight; short for `--set llm.max_workers=N`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    workers: Option<u32>,
    /// Spend at most this many US dollars, over all variants and all runs on the run file; short for
    /// `--set budget.max_cost_usd=USD`.
    #[arg(long, value_name = "USD")]
    max_cost: Option<f64>,
    /// `sample`: answer with samples made from the schema, without a key, a network or a model.
    #[arg(
        long, value_name = "sample", value_parser = PossibleValuesParser::new(["sample"]), hide_possible_values = true
    )]
    provider: Option<String>,
    /// Stop when more than N work items of a variant, or P % of those decided, have failed or were rejected in this
    /// run.
    #[arg(long, value_name = "N|P%")]
    max_failures: Option<MaxFailures>,
    /// Change one key of the configuration, for all variants that do not set it themselves; the value is YAML. May be
    /// repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Estimate what each variant would ask and cost, and what the record answers; send and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    format: FormatArg,
    /// `better`: end with exit code 6 if no variant is better than the baseline, or 5 if all of them are worse.
    #[arg(
        long, value_name = "better", value_parser = PossibleValuesParser::new(["better"]), hide_possible_values = true
    )]
    require: Option<String>,
    /// Compare with the outputs that another run file has of the same work items, instead of with the baseline. Its
    /// variant is the one with the name of the baseline, else its task itself. That file is only read.
    #[arg(long, value_name = "OTHER.db")]
    against: Option<PathBuf>,
    /// Write into the output folder even if it holds files of another run file.
    #[arg(long)]
    overwrite: bool,
}

impl EvalArgs {
    fn options(&self) -> EvalOptions {
        let mut overrides = self.settings.clone();
        overrides.extend(self.workers.map(|it| ("llm.max_workers".to_owned(), it.to_string())));
        overrides.extend(self.max_cost.map(|it| ("budget.max_cost_usd".to_owned(), it.to_string())));
        EvalOptions {
            run: RunOptions {
                config: self.config.clone(),
                db: self.db.clone(),
                limit: self.limit,
                max_failures: self.max_failures,
                overrides,
                sample: self.provider.is_some(),
                overwrite: self.overwrite,
                ..RunOptions::default()
            },
            variants: self.variants.clone(),
            requires_better: self.require.is_some(),
            against: self.against.clone(),
        }
    }
}

pub fn run(args: &EvalArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut watcher = Watcher::new(terminal);
    if args.dry_run {
        let estimates = engine::dry_run_eval(&args.options(), &mut |event| watcher.see(event))?;
        return estimated(&estimates, args.format.get(), terminal);
    }
    let result = {
        let mut watch = |event: &RunEvent| watcher.see(event);
        engine::eval(&args.options(), &mut Audience::new(&mut watch))
    };
    watcher.finish();
    let summary = result?;
    if let Some(evaluation) = &summary.evaluation {
        evaluation::print(evaluation, args.format.get(), terminal).map_err(CliError::from)?;
    }
    for variant in summary.variants.iter().filter(|it| it.is_begun) {
        let [calls, from_tape, known] = [variant.calls, variant.from_tape, variant.known].map(thousands);
        let taken =
            if variant.from_tape > 0 { format!(", {from_tape} answers from the record") } else { String::new() };
        terminal.tell(&format!("{}: {calls} calls{taken}, {known} work items were on record", variant.name));
    }
    for said in unfinished(&summary) {
        terminal.tell(&format!("\n{}", terminal.err.yellow(&said)));
    }
    Ok(exit(&summary))
}

/// Says why the work of an evaluation is not done, what is open, and what to do.
fn unfinished(summary: &EvalSummary) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(stop) = &summary.budget {
        let stopped: Vec<String> = summary
            .variants
            .iter()
            .filter_map(|it| it.budget.as_ref().map(|stop| format!("`{}`: {stop}", it.name)))
            .collect();
        let todo = match stop {
            BudgetStop::NoPrice => "Give the tier a factor under `tiers` in a table of `prices`",
            BudgetStop::OfVariant(_) => "It counts all runs of the variant on this run file. To continue, raise it",
            _ => "It counts all runs on this run file. To continue, raise it",
        };
        said.push(format!("The budget is reached: {}. {todo}, and run the same command again.", stopped.join("; ")));
    }
    if summary.interrupted {
        said.push(format!("{} to continue.", interrupted(None)));
    }
    if summary.interrupted || summary.budget.is_some() {
        let open = summary.variants.iter().filter(|it| it.is_begun && it.counts.pending > 0);
        let open: Vec<String> =
            open.map(|it| format!("`{}` {}", it.name, counted(it.counts.pending, "open work item"))).collect();
        let missing = summary.variants.iter().filter(|it| !it.is_begun);
        let missing: Vec<String> = missing.map(|it| format!("`{}`", it.name)).collect();
        if !open.is_empty() {
            said.push(format!("Not finished: {}.", open.join(", ")));
        }
        if !missing.is_empty() {
            said.push(format!("Not begun: {}.", missing.join(", ")));
        }
    }
    let is_compared = summary.evaluation.as_ref().is_none_or(|it| it.comparisons.iter().any(|it| it.verdict.is_some()));
    if summary.ending == Some(Ending::Inconclusive) && !is_compared {
        said.push("`--require better`: no variant was compared with the baseline.".to_owned());
    }
    said
}

/// Prints the estimates, a row for each variant and repeat.
fn estimated(estimates: &[VariantEstimate], format: RowFormat, terminal: Terminal) -> Result<Exit, CliError> {
    if format == RowFormat::Json {
        return Ok(terminal.json(&estimates).map(|()| Exit::Done)?);
    }
    let columns =
        ["variant", "repeat", "work_items", "to_ask", "answered", "requests", "cost_low_usd", "cost_high_usd"];
    let mut rows = terminal.rows(format, columns.map(str::to_owned).to_vec())?;
    for VariantEstimate { variant, repeat, estimate } in estimates {
        let to_ask = [estimate.new, estimate.changed, estimate.open].into_iter().flatten().sum::<u64>();
        let cost = |amount: Option<Money>| amount.map_or(Cell::Null, |it| Cell::Real(it.to_usd()));
        rows.row(vec![
            Cell::from(variant.as_str()),
            Cell::from(u64::from(*repeat)),
            Cell::from(estimate.work_items),
            Cell::from(to_ask),
            Cell::from(estimate.answered),
            Cell::from(estimate.requests.iter().map(|it| it.requests).sum::<u64>()),
            cost(estimate.cost_low_usd),
            cost(estimate.cost_high_usd),
        ])?;
    }
    rows.finish()?;
    terminal.tell(
        "Nothing was sent or written. Requests that variants have in common are asked once, and counted for each.",
    );
    Ok(Exit::Done)
}

fn exit(summary: &EvalSummary) -> Exit {
    let left = |counts: Counts| counts.failed > 0 || counts.blocked > 0;
    if summary.interrupted {
        Exit::Interrupted
    } else if summary.budget.is_some() {
        Exit::Budget
    } else {
        match summary.ending {
            Some(Ending::GateFailed | Ending::Worse) => Exit::Refused,
            Some(Ending::Inconclusive) => Exit::Inconclusive,
            _ if summary.variants.iter().any(|it| left(it.counts)) => Exit::Incomplete,
            _ => Exit::Done,
        }
    }
}
