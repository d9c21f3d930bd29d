//! `casebook run`: the pipeline.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::args::{at_least_one, setting, stage_words};
use super::budget::{RaisedBudget, raised};
use super::error::{CliError, Kind};
use super::estimate;
use super::exit::Exit;
use super::outcome;
use super::progress::Watcher;
use super::summary;
use super::terminal::{Terminal, quote, word};
use crate::engine::{self, Audience, Interrupts, MaxFailures, RunEvent, RunOptions, RunSummary};
use crate::record::Stage;

/// Run the pipeline, or continue it.
///
/// Every answer is in the run file before it is used, and nothing that was answered is asked again: after an
/// interruption, the same command continues; after a change, it does only what the change affects. The stages are
/// schema, contract, ingest, plan, generate, export and report.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook run casebook.yaml                            run, or continue
  casebook run casebook.yaml --dry-run                  what it would ask, cost and take
  casebook run casebook.yaml --limit 20                 try the first 20 rows
  casebook run casebook.yaml --provider sample          sample answers: no key, no network, no cost
  casebook run casebook.yaml --set judge.min_score=80   with one key of the configuration changed
  casebook run casebook.yaml --format json              the summary for programs, on stdout")]
pub struct RunArgs {
    /// The configuration.
    config: PathBuf,
    /// The run file; by default `<run.name>.db` beside the configuration.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Run one stage alone.
    #[arg(long, value_name = "STAGE", conflicts_with_all = ["from", "to"], value_parser = stage_words(), hide_possible_values = true)]
    only: Option<Stage>,
    /// Begin with this stage; the earlier ones must have run.
    #[arg(long, value_name = "STAGE", value_parser = stage_words(), hide_possible_values = true)]
    from: Option<Stage>,
    /// End with this stage.
    #[arg(long, value_name = "STAGE", value_parser = stage_words(), hide_possible_values = true)]
    to: Option<Stage>,
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
    /// Estimate the requests, their cost and their time, and what the record already answers; send and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the summary, or the dry run, for people (table) or for programs (json: one object on stdout).
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(["table", "json"]), hide_possible_values = true)]
    format: Option<String>,
    /// Write into the output folder even if it holds files of another run file.
    #[arg(long)]
    overwrite: bool,
    /// End with exit code 3 if work items were rejected, too.
    #[arg(long)]
    strict: bool,
}

impl RunArgs {
    fn options(&self) -> Result<RunOptions, CliError> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(CliError::new(Kind::Usage, format!("`--from {from}` comes after `--to {to}`"))
                .hint("the stages are schema, contract, ingest, plan, generate, export, report, in this order"));
        }
        let mut overrides = self.settings.clone();
        let text = |it: &str| serde_json::Value::from(it).to_string();
        // Quoted, so that a model named `1.5` stays a name.
        overrides.extend(self.model.as_deref().map(|it| ("llm.model".to_owned(), text(it))));
        overrides.extend(self.workers.map(|it| ("llm.max_workers".to_owned(), it.to_string())));
        overrides.extend(self.max_cost.map(|it| ("budget.max_cost_usd".to_owned(), it.to_string())));
        Ok(RunOptions {
            config: self.config.clone(),
            given: None,
            db: self.db.clone(),
            from: self.only.or(self.from),
            to: self.only.or(self.to),
            limit: self.limit,
            max_failures: self.max_failures,
            overrides,
            sample: self.provider.is_some(),
            overwrite: self.overwrite,
            leaves_signals: false,
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
        let stages = [("--only", self.only), ("--from", self.from), ("--to", self.to)];
        let stages = stages.into_iter().filter_map(|(option, stage)| stage.map(|it| format!("{option} {it}")));
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
        if self.strict {
            words.push("--strict".to_owned());
        }
        for (key, value) in settings {
            words.extend(["--set".to_owned(), quote(&format!("{key}={value}"))]);
        }
        words
    }
}

pub fn run(args: &RunArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let options = args.options()?;
    let mut watcher = Watcher::new(terminal);
    let for_programs = args.format.as_deref() == Some("json");
    if args.dry_run {
        let result = engine::dry_run(&options, &mut |progress| watcher.see(progress));
        return estimate::show(&result?, for_programs, terminal);
    }
    let mut watch = |progress: &RunEvent| watcher.see(progress);
    let mut audience = Audience::new(&mut watch);
    let result = engine::run_with(&options, &mut audience);
    let failed = audience.take_failed();
    watcher.finish();
    if for_programs {
        return print_outcome(result, failed.as_deref(), args.strict, terminal);
    }
    let show = |summary: &RunSummary| {
        let next = raised(summary).map_or_else(|| args.again(), |raised| args.with_budget(&raised));
        terminal.tell(&summary::render(summary, &next.join(" "), terminal));
    };
    match result {
        Ok(summary) => {
            show(&summary);
            Ok(exit(&summary, args.strict))
        }
        Err(error) => {
            // What was done and paid is said above the error, unless nothing was.
            if let Some(summary) = failed.filter(|it| it.attempts > 0 || it.calls > 0) {
                show(&summary);
                terminal.tell("");
            }
            Err(error.into())
        }
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

fn exit(summary: &RunSummary, strict: bool) -> Exit {
    let counts = &summary.counts;
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
        assert_eq!((options.from, options.to), (Some(Stage::Plan), Some(Stage::Plan)));
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
            &["c.yaml", "--from", "nowhere"],
            &["c.yaml", "--limit", "0"],
            &["c.yaml", "--workers", "0"],
            &["c.yaml", "--provider", "openai"],
            &[],
        ] {
            assert!(TestCommand::try_parse_from(std::iter::once(&"run").chain(words)).is_err(), "{words:?}");
        }
    }

    #[test]
    fn the_command_that_goes_on_keeps_what_matters() {
        let again = args(&["my c.yaml", "--db", "x.db", "--limit", "5", "--set", "llm.base_url=http://x/a b"]).again();
        assert_eq!(again.join(" "), "casebook run 'my c.yaml' --db x.db --set 'llm.base_url=http://x/a b'");
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
