//! Runs the stages: opens the run file and its transactions, keeps the invocation and the manifests, and owns the loop
//! that keeps calls in flight.
//!
//! The engine is where files, the clock and the environment are read; the stages below it get them as values.

mod audience;
mod channel;
mod drawing;
mod dry_run;
mod error;
mod examples;
mod files;
mod generate;
mod given;
mod graph;
mod images;
mod keep;
mod links;
mod migrate;
mod parse;
mod ping;
mod prices;
mod project;
mod register;
mod replay;
mod review;
mod run;
mod session;
mod spec;
mod stages;
mod task;
mod terms;
mod told;
mod upkeep;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use audience::{Audience, Told as HandlerResult};
pub use drawing::graph;
pub use dry_run::{Estimate, Requests, dry_run};
pub use error::EngineError;
pub use examples::{ExamplesError, infer, write_schema};
pub use generate::{MaxFailures, PacedBy, Stop, Told};
pub use given::{Given, KEY, Rows};
pub use keep::Kept;
pub use migrate::{Hindrance, MigrateFailure, MigrateOptions, Migrated, Outcome, Row, migrate};
pub use parse::{ParseOptions, Parsed, parse};
pub use ping::{Key, Ping, Structured, ping};
pub use prices::{KnownPrice, prices};
pub use review::{Card, HumanDecision, HumanRuling, Queue, Review, ReviewError, decide_from};
pub use run::{run, run_with};
pub use upkeep::{Cleaned, Selection, clean, export, report, retry};
pub use verify::{Check, Verification, verify};

pub use crate::config::OutputFormat;
pub use crate::price::Money;
use crate::record::Stage;
use crate::stage::plan::Counts;
pub use crate::transport::Interrupts;
use crate::view;
pub use crate::view::decided::{CallsUsed, Decided};
pub use generate::Used;

/// How many values a list of values in an inferred schema has at most, by default.
pub const MAX_VALUES: usize = crate::schema::Inference::MAX_VALUES;

/// So many calls, in words.
fn calls(count: u64) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{count} calls") }
}

/// What to run, and how.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The configuration file.
    pub config: PathBuf,
    /// The project as values, in place of the file.
    pub given: Option<Arc<Given>>,
    /// The run file; `None`: `<run.name>.db` beside the configuration.
    pub db: Option<PathBuf>,
    /// The first stage to run; those before it are taken from the record.
    pub from: Option<Stage>,
    /// The last stage to run.
    pub to: Option<Stage>,
    /// Only what goes back to the first so many rows of the input is generated, or groups where these are its work
    /// items.
    pub limit: Option<u64>,
    /// The most work items that may fail or be rejected before the run stops.
    pub max_failures: Option<MaxFailures>,
    /// Values laid over the configuration: a dotted key and a YAML value each.
    pub overrides: Vec<(String, String)>,
    /// Whether every provider is replaced by samples.
    pub sample: bool,
    /// Whether signals such as Ctrl-C are left to the process, and do not stop the run in good order.
    pub leaves_signals: bool,
}

/// Something to tell people while a run goes on.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A stage ended.
    Stage {
        /// The stage.
        stage: Stage,
        /// What it did.
        message: String,
    },
    /// How far generation is.
    Generating(Generating),
    /// A fact or a warning.
    Note(String),
}

/// How far generation is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Generating {
    /// Work items of this invocation's share of the plan.
    pub planned: u64,
    /// Those that are decided.
    pub done: u64,
    /// Those that were decided when this invocation began to ask.
    pub done_before: u64,
    /// Accepted ones.
    pub accepted: u64,
    /// Rejected ones.
    pub rejected: u64,
    /// Failed ones.
    pub failed: u64,
    /// Answers and outputs taken from the record.
    pub from_record: u64,
    /// Calls made.
    pub calls: u64,
    /// Calls in flight.
    pub in_flight: u64,
    /// Requests that wait to be sent again.
    pub waiting: u64,
    /// What holds requests back.
    pub pace: Told,
    /// What the answers of this invocation used.
    pub used: Used,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// The run file.
    pub db: PathBuf,
    /// How many work items stand where, in all steps together.
    pub counts: Counts,
    /// The same step by step, where there are several.
    pub steps: Vec<view::status::Progress>,
    /// Attempts that were decided by this invocation.
    pub attempts: u64,
    /// Calls made by this invocation.
    pub calls: u64,
    /// Answers and outputs that this invocation took from the record.
    pub from_record: u64,
    /// What the answers of this invocation used.
    pub used: Used,
    /// What the whole run file cost, where anything was asked that costs.
    pub money: Option<view::money::Money>,
    /// Why the budget lets no more requests out.
    pub budget: Option<String>,
    /// Calls that were in flight when an earlier process died; they may have been billed.
    pub lost_calls: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// The files that were written outside the run file.
    pub files: Vec<PathBuf>,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Whether answers are samples.
    pub samples: bool,
    /// How much of the input `limit` let be worked on, where that is not all of it.
    pub limited: Option<Limited>,
}

/// How much of the input is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// So many.
    pub limit: u64,
    /// Of so many.
    pub of: u64,
    /// Of what: `rows` or `groups`.
    pub what: &'static str,
}
