//! A model's prices, and what a call costs at them.

use std::collections::BTreeMap;

use super::money::Money;
use crate::provider::Usage;

/// What a token of each kind costs, in 10⁻¹² US dollars: a price of `$0.15` per million tokens is 150,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Of the input, neither read from a cache nor written to one.
    pub input: u64,
    /// Of the input, read from the provider's cache.
    pub cached_input: Option<u64>,
    /// Of the input, written to the provider's cache.
    pub cache_write: Option<u64>,
    /// Of the output.
    pub output: u64,
    /// Of the output, spent on reasoning; `None`: like other output.
    pub reasoning: Option<u64>,
}

impl Rates {
    /// What `usage` costs. `None` where input or output was not reported, or a kind of token has no price.
    fn cost(&self, usage: &Usage) -> Option<Money> {
        let (input, output) = (usage.input_tokens?, usage.output_tokens?);
        let cached = usage.cached_tokens.unwrap_or(0);
        let written = usage.cache_write_tokens.unwrap_or(0);
        let fresh = input.checked_sub(cached)?.checked_sub(written)?;
        let reasoning = if self.reasoning.is_some() { usage.reasoning_tokens.unwrap_or(0) } else { 0 };
        let said = output.checked_sub(reasoning)?;
        let parts = [
            (fresh, Some(self.input)),
            (cached, self.cached_input),
            (written, self.cache_write),
            (said, Some(self.output)),
            (reasoning, self.reasoning),
        ];
        parts.into_iter().try_fold(Money::ZERO, |sum, (tokens, rate)| match (tokens, rate) {
            (0, _) => Some(sum),
            (tokens, rate) => Some(sum.plus(Money::of_tokens(tokens, rate?))),
        })
    }

    /// The most that so many tokens can cost, whatever becomes of caches and reasoning.
    fn most(&self, input: u64, output: u64) -> Money {
        let dearest_input = self.input.max(self.cache_write.unwrap_or(0)).max(self.cached_input.unwrap_or(0));
        let dearest_output = self.output.max(self.reasoning.unwrap_or(0));
        Money::of_tokens(input, dearest_input).plus(Money::of_tokens(output, dearest_output))
    }

    /// The same rates times `millionths` of one.
    fn scaled(&self, millionths: u64) -> Self {
        let scale = |rate: u64| {
            let exact = u128::from(rate) * u128::from(millionths);
            u64::try_from(exact.div_ceil(1_000_000)).unwrap_or(u64::MAX)
        };
        Self {
            input: scale(self.input),
            cached_input: self.cached_input.map(scale),
            cache_write: self.cache_write.map(scale),
            output: scale(self.output),
            reasoning: self.reasoning.map(scale),
        }
    }
}

/// The prices of a model at one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// The standard prices.
    pub rates: Rates,
    /// The prices of requests with more input tokens than this, where they differ.
    pub long: Option<(u64, Rates)>,
    /// The prices of service tiers, by the provider's name for them, in millionths of the standard ones.
    pub tiers: BTreeMap<String, u64>,
    /// Where the price is from: a page, or the configuration.
    pub source: String,
    /// When it was so, as an ISO date; empty where only the user knows.
    pub date: String,
}

/// What providers call the tier that has the standard prices.
const STANDARD: [&str; 5] = ["default", "standard", "auto", "on_demand", "standard_only"];

const ONE: u64 = 1_000_000;

impl Price {
    /// The price of what nobody is asked for.
    #[must_use]
    pub fn free() -> Self {
        Self { source: "no provider is asked".to_owned(), ..Self::default() }
    }

    /// What a call cost. `tier` is what the provider says that it served, or else what was asked for.
    #[must_use]
    pub fn cost(&self, usage: &Usage, tier: Option<&str>) -> Option<Money> {
        let rates = match &self.long {
            Some((above, rates)) if usage.input_tokens? > *above => rates,
            _ => &self.rates,
        };
        match self.tier(tier)? {
            ONE => rates.cost(usage),
            millionths => rates.scaled(millionths).cost(usage),
        }
    }

    /// The most that a call can cost which has at most so many tokens, at the standard prices or those of the tier that
    /// it asks for. `None` where that tier has no price.
    #[must_use]
    pub fn most(&self, input: u64, output: u64, tier: Option<&str>) -> Option<Money> {
        // A provider may serve the standard tier instead of a cheaper one.
        let millionths = self.tier(tier)?.max(ONE);
        let standard = self.rates.scaled(millionths).most(input, output);
        Some(match &self.long {
            Some((above, rates)) if input > *above => standard.max(rates.scaled(millionths).most(input, output)),
            _ => standard,
        })
    }

    fn tier(&self, tier: Option<&str>) -> Option<u64> {
        match tier {
            None => Some(ONE),
            Some(name) => self.tiers.get(name).copied().or_else(|| STANDARD.contains(&name).then_some(ONE)),
        }
    }
}
