//! The arguments that `serve` and `task` share: the task, its run file, and what is changed in its configuration.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::args::{setting, variable};
use super::terminal::Terminal;
use crate::engine::{LiveOptions, LiveSummary, RunOptions};
use crate::view::text::{counted, thousands};

/// A task whose rows come while it is at work.
#[derive(Debug, Args)]
pub struct LiveArgs {
    /// The configuration.
    pub config: PathBuf,
    /// The run file; by default `<run.name>.service.db` beside the configuration. It is not that of `run`.
    #[arg(long, value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// Accept at most N rows that are not decided; a list of rows may have so many.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = queue_length)]
    pub queue: u32,
    /// Keep at most N calls in flight; short for `--set llm.max_workers=N`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    workers: Option<u32>,
    /// Spend at most this many US dollars, over all that was ever done on the run file; short for
    /// `--set budget.max_cost_usd=USD`.
    #[arg(long, value_name = "USD")]
    max_cost: Option<f64>,
    /// `sample`: answer with samples made from the schema, without a key, a network or a model.
    #[arg(
        long, value_name = "sample", value_parser = PossibleValuesParser::new(["sample"]), hide_possible_values = true
    )]
    provider: Option<String>,
    /// Change one key of the configuration; the value is YAML. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Set a variable of templates; the value is YAML. Short for `--set vars.NAME=VALUE`. May be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    vars: Vec<(String, String)>,
}

fn queue_length(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(length @ 1..=1_000_000) => Ok(length),
        _ => Err("expected a whole number from 1 to 1000000".to_owned()),
    }
}

impl LiveArgs {
    /// The options of the live run. `stays` says whether it goes on where it can ask no model.
    pub fn options(&self, command: &'static str, stays: bool) -> LiveOptions {
        let mut overrides = self.settings.clone();
        overrides.extend(self.vars.iter().cloned());
        overrides.extend(self.workers.map(|it| ("llm.max_workers".to_owned(), it.to_string())));
        overrides.extend(self.max_cost.map(|it| ("budget.max_cost_usd".to_owned(), it.to_string())));
        LiveOptions {
            run: RunOptions {
                config: self.config.clone(),
                db: self.db.clone(),
                overrides,
                sample: self.provider.is_some(),
                ..RunOptions::default()
            },
            command,
            queue: usize::try_from(self.queue).unwrap_or(usize::MAX),
            stays,
        }
    }
}

/// Says what a live run did, in a line.
pub fn tell(summary: &LiveSummary, terminal: Terminal) {
    let of = &summary.rows;
    let counts = [
        (of.accepted, "accepted"),
        (of.rejected, "rejected"),
        (of.failed, "failed"),
        (of.skipped, "skipped"),
        (of.blocked, "blocked"),
    ];
    let rows: u64 = counts.iter().map(|(count, _)| count).sum();
    let mut said: Vec<String> = vec![counted(rows, "row")];
    said.extend(
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", thousands(*count))),
    );
    said.push(counted(summary.calls, "call"));
    if summary.pending > 0 {
        said.push(format!("{} open on record, which the next start decides", thousands(summary.pending)));
    }
    terminal.tell(&said.join(", "));
}
