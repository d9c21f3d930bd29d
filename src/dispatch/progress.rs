//! The counts of the loop: [`GenerationProgress`] for people while it runs, [`GenerationSummary`] for the manifest at
//! its end.

use serde_json::{Value, json};

use super::budget::BudgetStop;
use super::pace::PaceStatus;
use crate::price::Money;
use crate::provider::TokenUsage;
use crate::stage::generate::oddities::Oddities;
use crate::stage::plan::Counts;

/// How far generation is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GenerationProgress {
    /// Work items that this invocation may work on; never fewer than `done`.
    pub planned: u64,
    /// Whether outputs may still make more work items, so that `planned` is a lower bound.
    pub grows: bool,
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
    /// How much of the budget is used, over all invocations.
    pub budget: BudgetStatus,
}

/// The bounds on the spending of all invocations, and what counts towards them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BudgetStatus {
    pub max_cost: Option<Money>,
    /// Known costs, and what is reserved for calls whose cost is not known.
    pub spent: Money,
    /// The part of it that is reserved for calls whose cost is not known.
    pub aside: Money,
    pub max_requests: Option<u64>,
    /// Requests that were sent.
    pub requests: u64,
}

/// Tokens and money of the answers of one invocation, as far as providers reported them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageTotals {
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Of the input: what was read from the provider's cache.
    pub cached_tokens: u64,
    /// Of the output: what was spent on reasoning.
    pub reasoning_tokens: u64,
    /// Answers of providers that reported no input, or no output.
    pub uncounted: u64,
    /// The sum of all known costs.
    pub cost: Money,
    /// Calls that ended without a known cost.
    pub unknown: u64,
}

impl UsageTotals {
    /// The sums of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
            uncounted: self.uncounted + other.uncounted,
            cost: self.cost.plus(other.cost),
            unknown: self.unknown + other.unknown,
        }
    }
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
    pub budget: Option<BudgetStop>,
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
    /// Adds a call that ended, with its usage if it was answered and its cost if that is known. `asks_provider` says
    /// whether the usage can be expected to be reported.
    pub(super) fn add(&mut self, usage: Option<&TokenUsage>, asks_provider: bool, cost: Option<Money>) {
        if let Some(usage) = usage {
            self.input_tokens = self.input_tokens.saturating_add(usage.input_tokens.unwrap_or(0));
            self.output_tokens = self.output_tokens.saturating_add(usage.output_tokens.unwrap_or(0));
            self.cached_tokens = self.cached_tokens.saturating_add(usage.cached_tokens.unwrap_or(0));
            self.reasoning_tokens = self.reasoning_tokens.saturating_add(usage.reasoning_tokens.unwrap_or(0));
            let is_counted = usage.input_tokens.is_some() && usage.output_tokens.is_some();
            self.uncounted += u64::from(asks_provider && !is_counted);
        }
        match cost {
            Some(cost) => self.cost = self.cost.plus(cost),
            None => self.unknown += 1,
        }
    }

    /// The sum of all known costs; `None` where it is nothing beside calls of unknown cost.
    #[must_use]
    pub fn known_cost(&self) -> Option<Money> {
        (self.unknown == 0 || self.cost > Money::ZERO).then_some(self.cost)
    }

    /// The reported tokens of input and output; `None` where none were reported of answers that have some.
    #[must_use]
    pub fn known_tokens(&self) -> [Option<u64>; 2] {
        [self.input_tokens, self.output_tokens].map(|count| (self.uncounted == 0 || count > 0).then_some(count))
    }
}

impl GenerationSummary {
    /// The counts of the step at `place` for its manifest. A call that several steps share counts for the one that sent
    /// it.
    #[must_use]
    pub fn step_value(&self, place: usize, counts: Counts) -> Value {
        let step = self.steps.get(place).copied().unwrap_or_default();
        let [input_tokens, output_tokens] = step.used.known_tokens();
        let mut value = json!({
            "attempts": step.attempts, "calls": step.calls, "from_tape": step.from_tape,
            "input_tokens": input_tokens, "output_tokens": output_tokens, "uncounted_calls": step.used.uncounted,
            "cost_usd": step.used.known_cost().map(Money::to_usd), "unpriced_calls": step.used.unknown,
            "status": counts.to_value(),
        });
        if let Some(reason) = &self.budget {
            value["budget"] = json!(reason.to_string());
        }
        value
    }
}
