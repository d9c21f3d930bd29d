//! `casebook testset generate`: from a document to the files of a test set, in one command.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::cli::args::{at_least_one, setting};
use crate::cli::error::{CliError, Kind};
use crate::cli::exit::Exit;
use crate::cli::progress::Watcher;
use crate::cli::run::exit;
use crate::cli::summary::{self, Again};
use crate::cli::terminal::{Terminal, quote, shown_path, word};
use crate::cli::{estimate, shipped};
use crate::engine::{
    self, Audience, Checked, PreparedTestset, RunEvent, RunSummary, TestsetError, TestsetOptions, TestsetReview,
};
use crate::view::money::CostSummary;
use crate::view::text::{cost, thousands};

use super::validate;

const CASES: [&str; 3] = ["support_bot", "operator_quality", "doctor_booking"];
/// The project that ships for test sets, and those of its files that another document needs.
const PROJECT: &str = "testset";
const FOLDERS: [&str; 2] = ["prompts/", "schema/"];
const CONFIG: &str = "casebook.yaml";

/// Make a test set of a document: five JSON files in one folder.
///
/// OUT gets use_cases.json, policies.json, test_cases.json, dataset.json and run_manifest.json, all of them or none;
/// its project, whose prompts and schemas can be changed, in OUT/project; and the run file OUT/testset.db. The same
/// command again continues, and asks nothing that was answered. Without `--model` and `--provider`, texts are samples:
/// their structure and their quotes are real, what they say is not.
#[expect(clippy::doc_markdown, reason = "the texts are those of `--help`")]
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook testset generate --input faq.md --out out/support                        samples: no key and no network
  casebook testset generate --input faq.md --out out/support --model gpt-4o-mini-2024-07-18 --max-cost 2
  casebook testset generate --input docs --out out/all --provider anthropic --model claude-sonnet-4-5-20250929 \\
      --set llm.max_output_tokens=8000
  casebook testset generate --input faq.md --out out/more --n-use-cases 8 --n-examples-per-tc 2
  casebook testset generate --input faq.md --out out/support --model M --dry-run    what it would ask and cost
  casebook run out/support/project/casebook.yaml --db out/support/testset.db        the same run; its files go to out/support/project/out")]
pub struct GenerateArgs {
    /// The document, a folder of documents or a pattern: Markdown, text, HTML, docx or PDF.
    #[arg(long, value_name = "FILE|FOLDER")]
    input: PathBuf,
    /// The folder of the test set. It is created, or made by an earlier run of this command.
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// Use this seed for every draw.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX.unsigned_abs()))]
    seed: Option<u64>,
    /// Ask this model; the provider is openai, unless `--provider` names another one.
    #[arg(long, value_name = "M")]
    model: Option<String>,
    /// Ask this provider (see the docs on providers), or make samples: `sample`, the default without `--model`.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// How many use cases the set has; 5 by default.
    #[arg(long, value_name = "N", value_parser = count_up_to_1000)]
    n_use_cases: Option<u64>,
    /// How many test cases each use case has; 3 by default.
    #[arg(long, value_name = "N", value_parser = count_up_to_100)]
    n_test_cases_per_uc: Option<u64>,
    /// How many examples each test case has; 1 by default.
    #[arg(long, value_name = "N", value_parser = count_up_to_100)]
    n_examples_per_tc: Option<u64>,
    /// What the document is about: support_bot, operator_quality or doctor_booking. By default its words tell.
    #[arg(long, value_name = "CASE", value_parser = PossibleValuesParser::new(CASES), hide_possible_values = true)]
    case: Option<String>,
    /// Keep at most N calls in flight; short for `--set llm.max_workers=N`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    workers: Option<u32>,
    /// Spend at most this many US dollars, over all runs on the run file; short for `--set budget.max_cost_usd=USD`.
    #[arg(long, value_name = "USD")]
    max_cost: Option<f64>,
    /// Change one key of the project's configuration; the value is YAML. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Estimate the requests, their cost and their time; send and write nothing.
    #[arg(long)]
    dry_run: bool,
}

fn count_up_to_100(text: &str) -> Result<u64, String> {
    at_least_one(text).and_then(|it| if it <= 100 { Ok(it) } else { Err("expected at most 100".to_owned()) })
}

fn count_up_to_1000(text: &str) -> Result<u64, String> {
    at_least_one(text).and_then(|it| if it <= 1_000 { Ok(it) } else { Err("expected at most 1000".to_owned()) })
}

impl GenerateArgs {
    fn options(&self) -> Result<TestsetOptions, CliError> {
        if self.provider.as_deref() == Some("sample") && self.model.is_some() {
            return Err(CliError::new(Kind::Usage, "`--provider sample` asks no model, and `--model` names one")
                .hint("leave one of them out"));
        }
        let mut overrides = self.settings.clone();
        overrides.extend(self.workers.map(|it| ("llm.max_workers".to_owned(), it.to_string())));
        overrides.extend(self.max_cost.map(|it| ("budget.max_cost_usd".to_owned(), it.to_string())));
        Ok(TestsetOptions {
            input: self.input.clone(),
            out: self.out.clone(),
            seed: self.seed,
            provider: self.provider.clone(),
            model: self.model.clone(),
            use_cases: self.n_use_cases,
            test_cases: self.n_test_cases_per_uc,
            examples: self.n_examples_per_tc,
            case: self.case.clone(),
            overrides,
        })
    }

    /// Returns the command that continues.
    fn again(&self) -> String {
        let mut words = vec!["casebook testset generate".to_owned()];
        words.push(format!("--input {} --out {}", word(&self.input), word(&self.out)));
        let numbers = [
            ("--seed", self.seed),
            ("--n-use-cases", self.n_use_cases),
            ("--n-test-cases-per-uc", self.n_test_cases_per_uc),
            ("--n-examples-per-tc", self.n_examples_per_tc),
            ("--workers", self.workers.map(u64::from)),
        ];
        words.extend(numbers.into_iter().filter_map(|(name, it)| it.map(|it| format!("{name} {it}"))));
        let texts = [("--model", &self.model), ("--provider", &self.provider), ("--case", &self.case)];
        words.extend(texts.into_iter().filter_map(|(name, it)| it.as_ref().map(|it| format!("{name} {}", quote(it)))));
        words.extend(self.max_cost.map(|it| format!("--max-cost {it}")));
        words.extend(self.settings.iter().map(|(key, value)| format!("--set {}", quote(&format!("{key}={value}")))));
        words.join(" ")
    }
}

pub fn run(args: &GenerateArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let options = args.options()?;
    let is_needed = |name: &str| name == CONFIG || FOLDERS.iter().any(|it| name.starts_with(it));
    let shipped = shipped::project(PROJECT).map_or(&[][..], |it| it.files);
    let files: Vec<(&str, &[u8])> = shipped.iter().copied().filter(|(name, _)| is_needed(name)).collect();
    let mut watcher = Watcher::new(terminal);
    if args.dry_run {
        let scratch = tempfile::tempdir().map_err(|error| CliError::of(Kind::Failed, &error))?;
        let prepared = engine::prepare_testset(&options, &files, Some(scratch.path()))?;
        let result = engine::dry_run(&prepared.run, &mut |progress| watcher.see(progress));
        return estimate::show(&result?, false, terminal);
    }
    let prepared = engine::prepare_testset(&options, &files, None)?;
    for note in &prepared.notes {
        terminal.tell(note);
    }
    let mut watch = |event: &RunEvent| watcher.see(event);
    let result = engine::run_with(&prepared.run, &mut Audience::new(&mut watch));
    watcher.finish();
    let summary = result.inspect_err(|error| engine::undo_testset(&prepared, error))?;
    let ended = exit(&summary, false);
    let show = || {
        let again = args.again();
        terminal.tell(&summary::render(&summary, Again { command: &again, batch: None }, terminal));
    };
    if matches!(ended, Exit::Interrupted | Exit::Budget) {
        show();
        return Ok(ended);
    }
    match engine::finish_testset(&prepared, &options.input, &summary) {
        Ok(finished) => {
            if ended != Exit::Done {
                show();
            }
            // A pattern is no file; the manifest names it too, and its quotes are those of the run.
            let input = Some(args.input.as_path()).filter(|it| it.exists());
            let checked = engine::check_testset(&args.out, input, finished.asked)?;
            let seed = args.seed.unwrap_or_default();
            let review = engine::write_testset_review(&prepared, &finished, &checked.quality, seed)?;
            tell(args, &checked, terminal)?;
            for path in finished.kept.iter().chain(&review.kept) {
                terminal.note(&format!("a file that was changed by hand is kept as {}", shown_path(path)));
            }
            terminal.tell(&places(args, &prepared, &summary, &review));
            Ok(if checked.fault_count() > 0 { Exit::Problems } else { ended })
        }
        // What failed is asked again by the next run, which may find enough.
        Err(error @ TestsetError::TooFew(_)) if ended == Exit::Incomplete => {
            show();
            CliError::from(error).print(terminal);
            Ok(ended)
        }
        Err(error) => Err(error.into()),
    }
}

/// Says what the test set has, and its faults; these with `--quiet`, too.
fn tell(args: &GenerateArgs, checked: &Checked, terminal: Terminal) -> Result<(), CliError> {
    let mut text = Vec::new();
    validate::people(&mut text, checked, terminal.err)?;
    let told = format!("\nWrote the test set to {}\n\n{}", shown_path(&args.out), String::from_utf8_lossy(&text));
    if checked.fault_count() > 0 {
        terminal.note(&told);
    } else {
        terminal.tell(&told);
    }
    Ok(())
}

/// What it cost, and where everything is.
fn places(args: &GenerateArgs, prepared: &PreparedTestset, summary: &RunSummary, review: &TestsetReview) -> String {
    let money = if summary.samples {
        Some("none: no model was asked, and all texts are samples made from the schemas".to_owned())
    } else {
        let of = |it: &CostSummary| cost(it.cost_usd, it.unpriced_calls);
        summary.money.as_ref().map(|it| format!("{} in all; {} calls now", of(it), thousands(summary.calls)))
    };
    let reviewed = review.table.as_ref().map_or_else(
        || "people have decided on every example".to_owned(),
        |table| match &table.kept {
            Some(kept) => {
                format!("{}; {} may have decisions, and is kept", shown_path(&table.path), shown_path(kept))
            }
            None => shown_path(&table.path),
        },
    );
    let told = "as the words of the documents tell; `--case` says otherwise";
    let rows = [
        ("case", args.case.is_none().then(|| told.to_owned())),
        ("cost", money),
        ("quality", Some(shown_path(&review.quality))),
        ("review", Some(reviewed)),
        ("run file", Some(shown_path(&prepared.db()))),
        ("project", Some(shown_path(prepared.config()))),
    ];
    let lines = rows.into_iter().filter_map(|(label, value)| value.map(|value| format!("{label:<14}{value}")));
    lines.collect::<Vec<_>>().join("\n")
}
