//! `casebook run`: the pipeline.

use std::cell::RefCell;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::args::{at_least_one, setting, variable};
use super::batch::batch_id;
use super::budget::{RaisedBudget, raised};
use super::error::{CliError, Kind};
use super::estimate;
use super::exit::Exit;
use super::outcome;
use super::progress::Watcher;
use super::stage_log::StageLogs;
use super::summary::{self, Again};
use super::terminal::{Terminal, quote, word};
use crate::config::SEED;
use crate::engine::{
    self, Audience, DecidedItem, Interrupts, MaxFailures, RunEvent, RunOptions, RunSummary, WorkPoint,
};

/// Run the pipeline, or continue it.
///
/// Every answer is in the run file before it is used, and nothing that was answered is asked again: after an
/// interruption, the same command continues; after a change, it does only what the change affects. The stages are
/// acquire, schema, contract, ingest, plan, generate, export and report.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook run casebook.yaml                            run, or continue
  casebook run casebook.yaml --dry-run                  what it would ask, cost and take
  casebook run casebook.yaml --limit 20                 try the first 20 rows
  casebook run casebook.yaml --only section             generate one step of several
  casebook run casebook.yaml --provider sample          sample answers: no key, no network, no cost
  casebook run casebook.yaml --set judge.min_score=80   with one key of the configuration changed
  casebook run casebook.yaml --var tone=formal          with a variable of its prompts set
  casebook run casebook.yaml --batch today              today's table, with a run file of its own
  casebook run casebook.yaml --log logs                 what happens, also in a file for each stage
  casebook run casebook.yaml --format json              the summary for programs, on stdout")]
#[expect(clippy::struct_excessive_bools, reason = "they are flags that do not exclude each other")]
pub struct RunArgs {
    /// The configuration.
    config: PathBuf,
    /// The run file; by default `<run.name>.db` beside the configuration.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Run this batch apart from others: its run file is `<run.name>-<ID>.db`, its files are in a folder of that name.
    /// `today` stands for the present day, as in 2026-11-30.
    #[arg(long, value_name = "ID", conflicts_with = "db", value_parser = batch_id)]
    batch: Option<String>,
    /// Run one stage alone, or generate one step alone: what it takes from others must be there.
    #[arg(long, value_name = "STAGE|STEP", conflicts_with_all = ["from", "to"])]
    only: Option<WorkPoint>,
    /// Begin with this stage; the earlier ones must have run. With a step: generate it and all steps after it, in an
    /// order in which each comes after those it takes from, and write the files.
    #[arg(long, value_name = "STAGE|STEP")]
    from: Option<WorkPoint>,
    /// End with this stage; with a step: generate the steps up to it, and write no files.
    #[arg(long, value_name = "STAGE|STEP")]
    to: Option<WorkPoint>,
    /// Work only on the first N rows of the input (or groups) and what is made from them; the rest stays as it is.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<u64>,
    /// Use this model; short for `--set llm.model=M`.
    #[arg(long, value_name = "M")]
    model: Option<String>,
    /// Keep at most N calls in flight; short for `--set llm.max_workers=N`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    workers: Option<u32>,
    /// Spend at most this many US dollars, over all runs on the run file; short for `--set budget.max_cost_usd=USD`.
    #[arg(long, value_name = "USD")]
    max_cost: Option<f64>,
    /// `sample`: answer with samples made from the schema, without a key, a network or a model.
    #[arg(long, value_name = "sample", value_parser = PossibleValuesParser::new(["sample"]), hide_possible_values = true)]
    provider: Option<String>,
    /// Stop when more than N work items, or P % of those decided, have failed or were rejected in this run.
    #[arg(long, value_name = "N|P%")]
    max_failures: Option<MaxFailures>,
    /// Change one key of the configuration; the value is YAML. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Set a variable of templates; the value is YAML. Short for `--set vars.NAME=VALUE`. May be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    vars: Vec<(String, String)>,
    /// Use this seed for every draw (`run.seed`), and send it with requests where the provider takes one (`llm.seed`).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX.unsigned_abs()))]
    seed: Option<u64>,
    /// Run the command that fetches the table (`input.command`) again; otherwise its recorded output is used.
    #[arg(long, conflicts_with = "dry_run")]
    refresh: bool,
    /// Estimate the requests, their cost and their time, and what the record already answers; send and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// With `--dry-run`: take each answer of a step's model to have N tokens.
    #[arg(long, value_name = "N", requires = "dry_run", value_parser = clap::value_parser!(u64).range(1..))]
    expect_output_tokens: Option<u64>,
    /// Print the summary, or the dry run, for people (table) or for programs (json: one object on stdout).
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(["table", "json"]), hide_possible_values = true)]
    format: Option<String>,
    /// Write what happens to files in this folder too, one for each stage.
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    log: Option<PathBuf>,
    /// Write into the output folder even if it holds files of another run file.
    #[arg(long)]
    overwrite: bool,
    /// End with exit code 3 if work items were rejected, too.
    #[arg(long)]
    strict: bool,
}

impl RunArgs {
    fn options(&self) -> Result<RunOptions, CliError> {
        if let (Some(WorkPoint::Stage(from)), Some(WorkPoint::Stage(to))) = (&self.from, &self.to)
            && from > to
        {
            return Err(CliError::new(Kind::Usage, format!("`--from {from}` comes after `--to {to}`")).hint(
                "the stages are acquire, schema, contract, ingest, plan, generate, export, report, in this order",
            ));
        }
        let mut overrides = self.settings.clone();
        overrides.extend(self.vars.iter().cloned());
        overrides.extend(self.seed.map(|seed| (SEED.to_owned(), seed.to_string())));
        let text = |it: &str| serde_json::Value::from(it).to_string();
        // Quoted, so that a model named `1.5` stays a name.
        overrides.extend(self.model.as_deref().map(|it| ("llm.model".to_owned(), text(it))));
        overrides.extend(self.workers.map(|it| ("llm.max_workers".to_owned(), it.to_string())));
        overrides.extend(self.max_cost.map(|it| ("budget.max_cost_usd".to_owned(), it.to_string())));
        Ok(RunOptions {
            function: None,
            config: self.config.clone(),
            given: None,
            db: self.db.clone(),
            from: self.only.clone().or_else(|| self.from.clone()),
            to: self.only.clone().or_else(|| self.to.clone()),
            limit: self.limit,
            max_failures: self.max_failures,
            overrides,
            batch: self.batch.clone(),
            sample: self.provider.is_some(),
            overwrite: self.overwrite,
            refresh: self.refresh,
            leaves_signals: false,
            expect_output_tokens: self.expect_output_tokens,
        })
    }

    /// Returns the command that continues this run, with the options that it needs.
    fn again(&self) -> Vec<String> {
        // Without `--max-cost` the next run would have no budget.
        let max_cost = self.max_cost.map(|most| most.to_string());
        self.command(&[], max_cost.as_deref(), self.settings.iter().cloned())
    }

    /// Returns the same command with a larger budget, given where it is given now.
    fn with_budget(&self, raised: &RaisedBudget) -> Vec<String> {
        let of_cost = raised.key == "budget.max_cost_usd";
        let is_set = self.settings.iter().any(|(key, _)| key == raised.key);
        let by_option = of_cost && (self.max_cost.is_some() || !is_set);
        let kept = self.max_cost.map(|most| most.to_string());
        let max_cost = if by_option { Some(raised.to.clone()) } else { kept };
        let others = self.settings.iter().filter(|(key, _)| key != raised.key).cloned();
        let set = (!by_option).then(|| (raised.key.to_owned(), raised.to.clone()));
        self.command(&self.selection(), max_cost.as_deref(), others.chain(set))
    }

    /// The options that say which part of the work is done.
    fn selection(&self) -> Vec<String> {
        let points = [("--only", &self.only), ("--from", &self.from), ("--to", &self.to)];
        let shown = |point: &WorkPoint| quote(&point.to_string());
        let stages =
            points.into_iter().filter_map(|(option, point)| point.as_ref().map(|it| format!("{option} {}", shown(it))));
        stages.chain(self.limit.map(|limit| format!("--limit {limit}"))).collect()
    }

    fn command(
        &self,
        selection: &[String],
        max_cost: Option<&str>,
        settings: impl Iterator<Item = (String, String)>,
    ) -> Vec<String> {
        let mut words = vec!["casebook".to_owned(), "run".to_owned(), word(&self.config)];
        if let Some(db) = &self.db {
            words.extend(["--db".to_owned(), word(db)]);
        }
        if let Some(batch) = &self.batch {
            words.push(format!("--batch {batch}"));
        }
        words.extend_from_slice(selection);
        if self.provider.is_some() {
            words.push("--provider sample".to_owned());
        }
        if let Some(model) = &self.model {
            words.extend(["--model".to_owned(), quote(model)]);
        }
        if let Some(workers) = self.workers {
            words.push(format!("--workers {workers}"));
        }
        if let Some(most) = max_cost {
            words.push(format!("--max-cost {most}"));
        }
        if let Some(most) = self.max_failures {
            words.push(format!("--max-failures {most}"));
        }
        if let Some(dir) = &self.log {
            words.extend(["--log".to_owned(), word(dir)]);
        }
        if self.strict {
            words.push("--strict".to_owned());
        }
        if let Some(seed) = self.seed {
            words.push(format!("--seed {seed}"));
        }
        for (key, value) in &self.vars {
            let name = key.strip_prefix("vars.").unwrap_or(key);
            words.extend(["--var".to_owned(), quote(&format!("{name}={value}"))]);
        }
        for (key, value) in settings {
            words.extend(["--set".to_owned(), quote(&format!("{key}={value}"))]);
        }
        words
    }
}

pub fn run(args: &RunArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let options = args.options()?;
    if let Some(batch) = &args.batch {
        terminal.tell(&format!("Batch {batch}"));
    }
    let mut watcher = Watcher::new(terminal);
    let for_programs = args.format.as_deref() == Some("json");
    if args.dry_run {
        let result = engine::dry_run(&options, &mut |progress| watcher.see(progress));
        return estimate::show(&result?, for_programs, terminal);
    }
    let logs = args.log.as_deref().map(|dir| StageLogs::open(dir, &args.config)).transpose()?.map(RefCell::new);
    let (result, failed) = run_with_logs(&options, &mut watcher, logs.as_ref());
    watcher.finish();
    if let Some(logs) = logs {
        end_logs(logs.into_inner(), &result, args.strict, terminal);
    }
    if for_programs {
        return print_outcome(result, failed.as_deref(), args.strict, terminal);
    }
    let show = |summary: &RunSummary| {
        let next = raised(summary).map_or_else(|| args.again(), |raised| args.with_budget(&raised));
        let again = Again { command: &next.join(" "), batch: args.batch.as_deref() };
        terminal.tell(&summary::render(summary, again, terminal));
    };
    match result {
        Ok(summary) => {
            show(&summary);
            Ok(exit(&summary, args.strict))
        }
        Err(error) => {
            // What was done and paid is said above the error, unless nothing was.
            let is_authoring = matches!(error, engine::EngineError::NoSchema { .. });
            if let Some(summary) = failed.filter(|it| !is_authoring && (it.attempts > 0 || it.calls > 0)) {
                show(&summary);
                terminal.tell("");
            }
            Err(stopped(error, args))
        }
    }
}

/// The error that ends a run. One that was interrupted says how it goes on.
fn stopped(error: engine::EngineError, args: &RunArgs) -> CliError {
    if error.is_interruption() && args.batch.is_some() {
        let message = summary::interrupted(args.batch.as_deref());
        return CliError::new(Kind::Interrupted, format!("{}.", message.trim_end_matches(',')));
    }
    error.into()
}

/// Runs, with all that happens in the logs too. Beside the end there is what a run did that ended with an error.
fn run_with_logs(
    options: &RunOptions,
    watcher: &mut Watcher,
    logs: Option<&RefCell<StageLogs>>,
) -> (Result<RunSummary, engine::EngineError>, Option<Box<RunSummary>>) {
    let mut watch = |progress: &RunEvent| {
        if let Some(logs) = logs {
            logs.borrow_mut().see(progress);
        }
        watcher.see(progress);
    };
    let mut decided = |item: DecidedItem| {
        if let Some(logs) = logs {
            logs.borrow_mut().decided(&item);
        }
        Ok(())
    };
    let mut audience = Audience::new(&mut watch);
    if logs.is_some() {
        audience = audience.with_results(&mut decided);
    }
    let result = engine::run_with(options, &mut audience);
    (result, audience.take_failed())
}

/// Ends the logs with how the run did, and says if they are not complete.
fn end_logs(mut logs: StageLogs, result: &Result<RunSummary, engine::EngineError>, strict: bool, terminal: Terminal) {
    logs.end(&match result {
        Ok(summary) => outcome::word(exit(summary, strict)).to_owned(),
        Err(error) => CliError::of(Kind::Failed, error).to_line(),
    });
    if let Some(why) = logs.failure() {
        terminal.tell(&format!("warning: {why}"));
    }
}

/// Prints how the run ended as one JSON object. `failed` is what a run did that ended with an error.
fn print_outcome(
    result: Result<RunSummary, engine::EngineError>,
    failed: Option<&RunSummary>,
    strict: bool,
    terminal: Terminal,
) -> Result<Exit, CliError> {
    match result {
        Ok(summary) => {
            // After a signal, the process ends with its exit code, however far the run was.
            let is_stopped = Interrupts::current().stop_requested();
            let exit = if is_stopped { Exit::Interrupted } else { exit(&summary, strict) };
            terminal.json(&outcome::of(&summary, exit))?;
            Ok(exit)
        }
        Err(error) => {
            let error = CliError::from(error);
            terminal.json(&outcome::of_error(&error, failed))?;
            Err(error)
        }
    }
}

pub(super) fn exit(summary: &RunSummary, strict: bool) -> Exit {
    // What was not asked for is not to blame.
    let counts = summary.asked_for();
    if summary.interrupted {
        Exit::Interrupted
    } else if summary.budget.is_some() {
        Exit::Budget
    } else if counts.failed > 0 || counts.blocked > 0 || strict && counts.rejected > 0 {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::record::Stage;
    use crate::stage::plan::Counts;

    #[derive(Debug, clap::Parser)]
    struct TestCommand {
        #[command(flatten)]
        args: RunArgs,
    }

    fn args(words: &[&str]) -> RunArgs {
        TestCommand::try_parse_from(std::iter::once(&"run").chain(words)).unwrap().args
    }

    #[test]
    fn arguments_become_options() {
        let options =
            args(&["c.yaml", "--only", "plan", "--set", "judge.min_score=80", "--model", "1.5", "--workers", "8"])
                .options()
                .unwrap();
        let plan = Some(WorkPoint::Stage(Stage::Plan));
        assert_eq!((options.from, options.to), (plan.clone(), plan));
        let later = args(&["c.yaml", "--from", "outline"]).options().unwrap();
        assert_eq!((later.from, later.to), (Some(WorkPoint::Step("outline".to_owned())), None));
        let overrides: Vec<(&str, &str)> = options.overrides.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(overrides, [("judge.min_score", "80"), ("llm.model", "\"1.5\""), ("llm.max_workers", "8")]);
        assert!(!options.sample);
        assert!(args(&["c.yaml", "--provider", "sample"]).options().unwrap().sample);
        assert!(args(&["c.yaml", "--from", "export", "--to", "plan"]).options().is_err());
    }

    #[test]
    fn wrong_arguments_are_refused() {
        for words in [
            &["c.yaml", "--set", "nothing"] as &[&str],
            &["c.yaml", "--set", "=1"],
            &["c.yaml", "--only", "plan", "--from", "plan"],
            &["c.yaml", "--limit", "0"],
            &["c.yaml", "--workers", "0"],
            &["c.yaml", "--provider", "openai"],
            &["c.yaml", "--batch", "../x"],
            &["c.yaml", "--batch", "1", "--db", "x.db"],
            &["c.yaml", "--dry-run", "--expect-output-tokens", "0"],
            &["c.yaml", "--expect-output-tokens", "100"],
            &["c.yaml", "--dry-run", "--log", "logs"],
            &[],
        ] {
            assert!(TestCommand::try_parse_from(std::iter::once(&"run").chain(words)).is_err(), "{words:?}");
        }
    }

    #[test]
    fn the_command_that_goes_on_keeps_what_matters() {
        let again = args(&["my c.yaml", "--db", "x.db", "--limit", "5", "--set", "llm.base_url=http://x/a b"]).again();
        assert_eq!(again.join(" "), "casebook run 'my c.yaml' --db x.db --set 'llm.base_url=http://x/a b'");
        let batch = args(&["c.yaml", "--batch", "today"]);
        let day = batch.batch.clone().unwrap();
        assert_eq!(batch.again().join(" "), format!("casebook run c.yaml --batch {day}"));
        assert_ne!(day, "today");
        let bounds = ["c.yaml", "--max-cost", "5", "--workers", "4", "--max-failures", "10%", "--strict"];
        assert_eq!(
            args(&bounds).again().join(" "),
            "casebook run c.yaml --workers 4 --max-cost 5 --max-failures 10% --strict"
        );
    }

    #[test]
    fn a_larger_budget_is_given_where_it_was_given() {
        let raise = |words: &[&str], key, to: &str| {
            args(words).with_budget(&RaisedBudget { key, from: "1".into(), to: to.into() }).join(" ")
        };
        let (cost, requests) = ("budget.max_cost_usd", "budget.max_requests");
        assert_eq!(raise(&["c.yaml"], cost, "2"), "casebook run c.yaml --max-cost 2");
        assert_eq!(
            raise(&["c.yaml", "--max-cost", "1", "--limit", "5", "--to", "generate"], cost, "2"),
            "casebook run c.yaml --to generate --limit 5 --max-cost 2"
        );
        let set = ["c.yaml", "--set", "budget.max_cost_usd=1", "--set", "llm.seed=3"];
        assert_eq!(raise(&set, cost, "2"), "casebook run c.yaml --set llm.seed=3 --set budget.max_cost_usd=2");
        let both = ["c.yaml", "--max-cost", "1", "--set", "budget.max_requests=10"];
        assert_eq!(raise(&both, requests, "20"), "casebook run c.yaml --max-cost 1 --set budget.max_requests=20");
        assert_eq!(raise(&["c.yaml"], requests, "20"), "casebook run c.yaml --set budget.max_requests=20");
    }

    #[test]
    fn the_exit_says_how_it_ended() {
        let summary = |counts, interrupted| RunSummary { counts, interrupted, ..summary::tests::done() };
        let counts = Counts { planned: 3, accepted: 3, ..Counts::default() };
        assert_eq!(exit(&summary(counts, false), true), Exit::Done);
        assert_eq!(exit(&summary(Counts { rejected: 1, ..counts }, false), false), Exit::Done);
        assert_eq!(exit(&summary(Counts { rejected: 1, ..counts }, false), true), Exit::Incomplete);
        assert_eq!(exit(&summary(Counts { failed: 1, ..counts }, false), false), Exit::Incomplete);
        assert_eq!(exit(&summary(Counts { blocked: 1, ..counts }, false), false), Exit::Incomplete);
        assert_eq!(exit(&summary(Counts { failed: 1, ..counts }, true), false), Exit::Interrupted);
    }
}
