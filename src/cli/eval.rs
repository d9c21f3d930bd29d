//! `casebook eval`: the variants of an experiment, run and measured.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::args::{FormatArg, at_least_one, setting};
use super::budget::{RaisedBudget, Spending, raised_over};
use super::error::CliError;
use super::evaluation;
use super::exit::Exit;
use super::progress::Watcher;
use super::summary::interrupted;
use super::terminal::Terminal;
use crate::engine::{
    self, Audience, BudgetStop, Counts, Ending, EvalOptions, EvalSummary, MaxFailures, Money, RunEvent, RunOptions,
    VariantEstimate, VariantWork,
};
use crate::view::money::CostSummary;
use crate::view::rows::{Cell, RowFormat};
use crate::view::text::{counted, line};

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
    /// variant is the one with the name of the baseline, else its task itself, else the only one. That file is only
    /// read.
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
    for variant in summary.variants.iter().filter(|it| it.is_begun()) {
        let calls = counted(variant.calls, "call");
        let taken = match variant.from_tape {
            0 => String::new(),
            count => format!(", {} from the record", counted(count, "answer")),
        };
        let were = if variant.known == 1 { "was" } else { "were" };
        let known = counted(variant.known, "work item");
        terminal.tell(&format!("{}: {calls}{taken}, {known} {were} on record", variant.name));
    }
    // Why something failed is said whatever else is not.
    let is_quiet = terminal.quiet && !summary.variants.iter().any(|it| it.stopped.is_some());
    let terminal = Terminal { quiet: is_quiet, ..terminal };
    for said in unfinished(&summary) {
        terminal.tell(&format!("\n{}", terminal.err.yellow(&said)));
    }
    Ok(exit(&summary))
}

/// Says why the work of an evaluation is not done, what is open, and what to do.
fn unfinished(summary: &EvalSummary) -> Vec<String> {
    let mut said = Vec::new();
    for variant in &summary.variants {
        let Some(why) = variant.said_of_stop() else { continue };
        let hint = variant.stopped.as_ref().and_then(|it| it.hint.as_ref());
        let hint = hint.map_or_else(String::new, |hint| format!("\n  {hint}"));
        said.push(format!("{}.{hint}\nThe same command continues it.", line(&why)));
    }
    said.extend(summary.budget.as_ref().map(|stop| of_budget(summary, stop)));
    if summary.interrupted {
        said.push(format!("{} to continue.", interrupted(None)));
    }
    if !said.is_empty() {
        let open = summary.variants.iter().filter(|it| it.is_begun() && it.counts.pending > 0);
        let open: Vec<String> =
            open.map(|it| format!("`{}` {}", it.name, counted(it.counts.pending, "open work item"))).collect();
        let missing = summary.variants.iter().filter(|it| !it.is_begun());
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

/// Says which budget is reached, and what to raise it to.
fn of_budget(summary: &EvalSummary, stop: &BudgetStop) -> String {
    let stopped: Vec<_> = summary.variants.iter().filter_map(|it| it.budget.as_ref().map(|stop| (it, stop))).collect();
    let raised = stopped.iter().filter_map(|(variant, stop)| match stop {
        BudgetStop::OfVariant(_) => raised_over(stop, &spending_of(summary, variant)),
        _ => raised_over(stop, &Spending { money: Some(&expected(summary)), ..spending(summary) }),
    });
    let amount = |raised: &RaisedBudget| raised.to.parse::<f64>().unwrap_or_default();
    let raised = raised.max_by(|one, other| amount(one).total_cmp(&amount(other)));
    let todo = raised.map_or_else(
        || "give the tier a factor under `tiers` in a table of `prices`".to_owned(),
        |RaisedBudget { key, from, to }| format!("raise `{key}` from {from} to {to}"),
    );
    let counts = if matches!(stop, BudgetStop::OfVariant(_)) { "all runs of the variant" } else { "all runs" };
    let stopped: Vec<String> = stopped.iter().map(|(variant, stop)| format!("`{}`: {stop}", variant.name)).collect();
    format!(
        "The budget is reached: {}. It counts {counts} on this run file. To continue, {todo}, and run the same command \
         again.",
        stopped.join("; ")
    )
}

/// What one variant has spent, and what is open of it.
fn spending_of<'a>(summary: &EvalSummary, variant: &VariantWork) -> Spending<'a> {
    let repeats = u64::from(summary.repeats.saturating_sub(variant.repeats));
    let items = variant.counts.planned.checked_div(u64::from(variant.repeats)).unwrap_or_default();
    let pending = variant.counts.pending + items.saturating_mul(repeats);
    let counts = Counts { pending, ..variant.counts };
    Spending { counts, requests_each: summary.requests_each, calls: variant.calls, money: None }
}

/// What all variants have spent, and what is open of them. One that was not begun has as many work items as another.
fn spending<'a>(summary: &EvalSummary) -> Spending<'a> {
    let all = summary.variants.iter();
    let items = all.clone().filter_map(|it| it.counts.planned.checked_div(u64::from(it.repeats))).max();
    let mut counts = Counts::default();
    for variant in all.clone() {
        counts = counts.plus(spending_of(summary, variant).counts);
        if !variant.is_begun() {
            counts.pending += items.unwrap_or_default().saturating_mul(u64::from(summary.repeats));
        }
    }
    Spending { counts, requests_each: summary.requests_each, calls: all.map(|it| it.calls).sum(), money: None }
}

/// The cost of the run file, with what variants are expected to cost that were not begun.
#[expect(clippy::cast_precision_loss, reason = "counts of work items are far below 2^53")]
fn expected(summary: &EvalSummary) -> CostSummary {
    let planned: u64 = summary.variants.iter().map(|it| it.counts.pending).sum();
    let share = spending(summary).counts.pending as f64 / planned.max(1) as f64;
    let money = summary.money.clone();
    let known = money.cost_usd.unwrap_or_default();
    CostSummary { expected_usd: money.expected_usd.map(|usd| known + (usd - known) * share), ..money }
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
    for note in notes_of(estimates) {
        terminal.tell(&format!("{} {}", terminal.err.yellow("note:"), line(&note)));
    }
    terminal.tell(
        "Nothing was sent or written. Requests that variants have in common are asked once, and counted for each.",
    );
    Ok(Exit::Done)
}

/// The notes on estimates, each once, with the variants that it holds for where these are not all.
fn notes_of(estimates: &[VariantEstimate]) -> Vec<String> {
    let mut notes: Vec<(&str, Vec<&str>)> = Vec::new();
    for VariantEstimate { variant, estimate, .. } in estimates {
        for note in &estimate.notes {
            match notes.iter_mut().find(|(said, _)| said == note) {
                Some((_, of)) => of.push(variant),
                None => notes.push((note, vec![variant])),
            }
        }
    }
    let said = notes.into_iter().map(|(note, mut of)| {
        of.dedup();
        if estimates.iter().all(|it| of.contains(&it.variant.as_str())) {
            note.to_owned()
        } else {
            format!("{}: {note}", of.join(", "))
        }
    });
    said.collect()
}

fn exit(summary: &EvalSummary) -> Exit {
    let left = |counts: Counts| counts.failed > 0 || counts.blocked > 0;
    if summary.interrupted {
        Exit::Interrupted
    } else if summary.budget.is_some() {
        Exit::Budget
    } else if summary.variants.iter().any(|it| it.stopped.is_some()) {
        Exit::Stopped
    } else {
        match summary.ending {
            Some(Ending::GateFailed | Ending::Worse) => Exit::Refused,
            Some(Ending::Inconclusive) => Exit::Inconclusive,
            _ if summary.variants.iter().any(|it| left(it.counts)) => Exit::Incomplete,
            _ => Exit::Done,
        }
    }
}
