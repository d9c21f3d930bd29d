//! The counts of the loop: [`GenerationProgress`] for people while it runs, [`GenerationSummary`] for the manifest at
//! its end.

use serde_json::{Value, json};

use super::oddities::Oddities;
use super::pace::PaceStatus;
use crate::price::Money;
use crate::provider::Completion;
use crate::stage::plan::Counts;

/// How far generation is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GenerationProgress {
    /// Work items that this invocation may work on.
    pub planned: u64,
    /// The decided ones of them.
    pub done: u64,
    /// The ones of them that were decided before this invocation sent its first request.
    pub done_before: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub failed: u64,
    /// Answers and outputs taken from the record.
    pub from_record: u64,
    /// Calls that this invocation made.
    pub calls: u64,
    pub in_flight: u64,
    /// Requests that wait to be sent again.
    pub waiting: u64,
    /// What holds requests back.
    pub pace: PaceStatus,
    /// Tokens and money of this invocation's answers.
    pub used: UsageTotals,
}

/// Tokens and money of the answers of one invocation, as far as providers reported them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageTotals {
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// The sum of all known costs.
    pub cost: Money,
    /// Calls that ended without a known cost.
    pub unknown: u64,
}

/// The counts of one invocation of the loop.
#[derive(Clone, Debug, Default)]
pub struct GenerationSummary {
    pub attempts: u64,
    pub calls: u64,
    /// Answers taken from the tape.
    pub from_tape: u64,
    /// Calls that were abandoned in flight; they may have been billed.
    pub abandoned: u64,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Why it stopped by itself before its work was done.
    pub stopped: Option<super::stop::Stop>,
    /// Why the budget allows no more requests.
    pub budget: Option<String>,
    pub used: UsageTotals,
    /// What was odd about answers.
    pub odd: Oddities,
    /// The same counts for each step, in the order of the steps.
    pub steps: Vec<StepSummary>,
}

/// The counts of one invocation of the loop for one step.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepSummary {
    pub attempts: u64,
    pub calls: u64,
    pub from_tape: u64,
    pub used: UsageTotals,
}

impl UsageTotals {
    /// Adds a call that ended, with its cost if that is known.
    pub(super) fn add(&mut self, completion: Option<&Completion>, cost: Option<Money>) {
        if let Some(completion) = completion {
            self.input_tokens += completion.usage.input_tokens.unwrap_or(0);
            self.output_tokens += completion.usage.output_tokens.unwrap_or(0);
        }
        match cost {
            Some(cost) => self.cost = self.cost.plus(cost),
            None => self.unknown += 1,
        }
    }
}

impl GenerationSummary {
    /// The counts of the step at `place` for its manifest. A call that several steps share counts for the one that sent
    /// it.
    #[must_use]
    pub fn step_value(&self, place: usize, counts: Counts) -> Value {
        let step = self.steps.get(place).copied().unwrap_or_default();
        let mut value = json!({
            "attempts": step.attempts, "calls": step.calls, "from_tape": step.from_tape,
            "input_tokens": step.used.input_tokens, "output_tokens": step.used.output_tokens,
            "cost_usd": step.used.cost.to_usd(), "unpriced_calls": step.used.unknown,
            "status": counts.to_value(),
        });
        if let Some(reason) = &self.budget {
            value["budget"] = json!(reason);
        }
        value
    }
}
