//! The estimate of a run, as the command shows it.

use std::path::PathBuf;

use serde::{Serialize, Serializer};

use crate::price::Money;

/// The estimate of a run.
#[derive(Debug, Serialize)]
pub struct Estimate {
    /// The run file that it would continue or create.
    pub db: PathBuf,
    /// Whether the run file exists.
    pub recorded: bool,
    /// Work items of the plan within the limit; this and the counts of them are `None` where no step is estimated.
    pub work_items: Option<u64>,
    /// The work items that are not on record.
    pub new: Option<u64>,
    /// The work items that are on record with another prompt, input, model or configuration.
    pub changed: Option<u64>,
    /// The work items that are on record, and undecided or to be tried again.
    pub open: Option<u64>,
    /// The work items that the record answers.
    pub answered: Option<u64>,
    /// The number of work items on which tokens were counted.
    pub sampled: u64,
    /// The sampled work items that the answers on record decide.
    pub decided_by_tape: u64,
    /// The tokens that each answer of a step's own model is expected to have, where the user said so.
    pub expect_output_tokens: Option<u64>,
    /// The requests to each model.
    pub requests: Vec<RequestEstimate>,
    /// The means of a work item, of each step that asks.
    pub per_item: Vec<ItemEstimate>,
    /// A low estimate of the cost; `None`: not known.
    #[serde(serialize_with = "dollars")]
    pub cost_low_usd: Option<Money>,
    /// The cost if every answer has the maximum length and every first attempt is accepted.
    #[serde(serialize_with = "dollars")]
    pub cost_high_usd: Option<Money>,
    /// The cost if, beyond that, every work item needs all its attempts.
    #[serde(serialize_with = "dollars")]
    pub cost_most_usd: Option<Money>,
    /// The most attempts of a work item.
    pub max_attempts: u32,
    /// The estimated duration in seconds; `None` where no step is estimated.
    pub seconds: Option<f64>,
    /// The limit that sets the duration, in words.
    pub bounded_by: String,
    /// Warnings and facts beside the numbers.
    pub notes: Vec<String>,
}

/// What a work item of a step needs on average, its judges included, if every first attempt is accepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemEstimate {
    pub step: String,
    /// The work items that are to be asked.
    pub work_items: u64,
    pub requests: f64,
    pub input_tokens: f64,
    /// The tokens that the answers are expected to have, as `output_from` says of each model.
    pub output_tokens: f64,
    /// `None`: not known.
    pub cost_usd: Option<f64>,
}

impl ItemEstimate {
    /// The means over `work_items` of a step with these requests.
    #[expect(clippy::cast_precision_loss, reason = "means for people")]
    pub(super) fn of(step: &str, work_items: u64, requests: &[RequestEstimate]) -> Self {
        let mean = |sum: f64| if work_items == 0 { 0.0 } else { sum / work_items as f64 };
        let sum = |count: fn(&RequestEstimate) -> u64| mean(requests.iter().map(|it| count(it) as f64).sum());
        Self {
            step: step.to_owned(),
            work_items,
            requests: sum(|it| it.requests),
            input_tokens: sum(|it| it.input_tokens),
            output_tokens: sum(|it| it.output_tokens_low),
            cost_usd: requests.iter().map(|it| it.cost_low_usd).sum::<Option<f64>>().map(mean),
        }
    }
}

/// The requests to one model.
#[derive(Debug, Serialize)]
pub struct RequestEstimate {
    pub step: String,
    /// `generation` or `judge`.
    pub purpose: &'static str,
    /// The judge's name, where there are several.
    pub judge: Option<String>,
    pub model: String,
    /// The number of requests, if every first attempt is accepted.
    pub requests: u64,
    pub input_tokens: u64,
    /// How the tokens were counted.
    pub counted: &'static str,
    /// A low estimate of the tokens of output, or the one that the user gave.
    pub output_tokens_low: u64,
    /// The basis of that estimate.
    pub output_from: String,
    /// Whether the user gave it.
    #[serde(skip)]
    pub is_given: bool,
    /// The maximum of tokens of output; `None` where answers have no limit.
    pub output_tokens_high: Option<u64>,
    /// A low estimate of the cost; `None`: not known.
    pub cost_low_usd: Option<f64>,
    /// The cost if every answer has the maximum length.
    pub cost_high_usd: Option<f64>,
    /// Whether a provider is asked; not so for `recorded` and `sample`.
    pub asks_provider: bool,
    /// The source of the price; `None` where there is none.
    pub price_source: Option<String>,
    pub price_date: Option<String>,
}

impl Estimate {
    /// The estimate of no steps.
    pub(super) fn nothing(db: PathBuf, recorded: bool, expect_output_tokens: Option<u64>) -> Self {
        Self {
            db,
            recorded,
            work_items: None,
            new: None,
            changed: None,
            open: None,
            answered: None,
            sampled: 0,
            decided_by_tape: 0,
            expect_output_tokens,
            requests: Vec::new(),
            per_item: Vec::new(),
            cost_low_usd: Some(Money::ZERO),
            cost_high_usd: Some(Money::ZERO),
            cost_most_usd: Some(Money::ZERO),
            max_attempts: 1,
            seconds: None,
            bounded_by: String::new(),
            notes: Vec::new(),
        }
    }
}

/// An exact amount as a number of dollars.
#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn dollars<S: Serializer>(amount: &Option<Money>, serializer: S) -> Result<S::Ok, S::Error> {
    amount.map(Money::to_usd).serialize(serializer)
}
