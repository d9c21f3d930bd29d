//! A model's price per kind of token, and what a call costs.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::money::Money;
use crate::provider::TokenUsage;

/// What one token of each kind costs, in 10⁻¹² US dollars: $0.15 per million tokens is 150,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rates {
    /// Input that is neither read from the provider's cache nor written to it.
    #[serde(serialize_with = "usd_per_million")]
    pub input: u64,
    /// Input read from the provider's cache.
    #[serde(serialize_with = "some_usd_per_million", skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<u64>,
    /// Input written to the provider's cache.
    #[serde(serialize_with = "some_usd_per_million", skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    #[serde(serialize_with = "usd_per_million")]
    pub output: u64,
    /// Output spent on reasoning; `None` means that it costs what other output costs.
    #[serde(serialize_with = "some_usd_per_million", skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
}

/// No call costs more: a larger sum comes from a count that is wrong. Up to here, an amount in 10⁻¹² dollars comes back
/// exactly from the number of dollars on record, which has 53 bits.
const MOST_CREDIBLE: Money = Money::from_whole_usd(2_000);

impl Rates {
    /// What `usage` costs; `None` if input or output was not reported, or a kind of token in it is not known or has no
    /// price.
    fn cost(&self, usage: &TokenUsage) -> Option<Money> {
        let (input, output) = (usage.input_tokens?, usage.output_tokens?);
        // Hidden output that the details do not name may be billed at either price.
        let is_named = usage.hidden_tokens <= usage.reasoning_tokens.unwrap_or(0);
        if usage.unexplained || !is_named && self.reasoning.is_some_and(|rate| rate != self.output) {
            return None;
        }
        // Their prices are not in the table.
        if usage.long_cache_tokens > 0 || usage.searches > 0 {
            return None;
        }
        let cached = usage.cached_tokens.unwrap_or(0);
        let written = usage.cache_write_tokens.unwrap_or(0);
        let fresh = input.checked_sub(cached)?.checked_sub(written)?;
        let reasoning = if self.reasoning.is_some() { usage.reasoning_tokens.unwrap_or(0) } else { 0 };
        let visible = output.checked_sub(reasoning)?;
        let parts = [
            (fresh, Some(self.input)),
            (cached, self.cached_input),
            (written, self.cache_write),
            (visible, Some(self.output)),
            (reasoning, self.reasoning),
        ];
        let sum = parts.into_iter().try_fold(Money::ZERO, |sum, (tokens, rate)| match (tokens, rate) {
            (0, _) => Some(sum),
            (tokens, rate) => Some(sum.plus(Money::of_tokens(tokens, rate?))),
        });
        sum.filter(|sum| *sum < MOST_CREDIBLE)
    }

    /// An upper bound on the cost of this many tokens, however many of them are cached or spent on reasoning.
    fn most(&self, input: u64, output: u64) -> Money {
        let dearest_input = self.input.max(self.cache_write.unwrap_or(0)).max(self.cached_input.unwrap_or(0));
        let dearest_output = self.output.max(self.reasoning.unwrap_or(0));
        Money::of_tokens(input, dearest_input).plus(Money::of_tokens(output, dearest_output))
    }

    /// The rates times `millionths` / 1,000,000, rounded up.
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

/// Rates in the unit of price lists: US dollars per million tokens.
pub(super) struct UsdRates {
    pub(super) input: f64,
    pub(super) cached_input: Option<f64>,
    pub(super) cache_write: Option<f64>,
    pub(super) output: f64,
    pub(super) reasoning: Option<f64>,
}

impl UsdRates {
    /// The rates of one token. The error is the key of the first one that [`pico_per_token`] refuses.
    pub(super) fn per_token(&self) -> Result<Rates, &'static str> {
        let rate = |key, usd| pico_per_token(usd).ok_or(key);
        let optional = |key, usd: Option<f64>| usd.map(|usd| rate(key, usd)).transpose();
        Ok(Rates {
            input: rate("input", self.input)?,
            cached_input: optional("cached_input", self.cached_input)?,
            cache_write: optional("cache_write", self.cache_write)?,
            output: rate("output", self.output)?,
            reasoning: optional("reasoning", self.reasoning)?,
        })
    }
}

/// A rate per million tokens, in US dollars, as 10⁻¹² dollars per token. `None` unless it is from 0 to 1,000,000 with
/// at most six decimals: more would be rounded silently.
pub(super) fn pico_per_token(usd_per_million: f64) -> Option<u64> {
    if !(0.0..=1e6).contains(&usd_per_million) {
        return None;
    }
    let scaled = usd_per_million * 1e6;
    let whole = scaled.round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "its bounds are checked")]
    ((scaled - whole).abs() <= 1e-9 * whole.max(1.0)).then_some(whole as u64)
}

/// A rate in the unit of price lists: US dollars per million tokens.
#[must_use]
pub fn to_usd_per_million(pico_each: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "prices have few digits")]
    let pico = pico_each as f64;
    pico / 1e6
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn usd_per_million<S: Serializer>(pico_each: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(to_usd_per_million(*pico_each))
}

#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn some_usd_per_million<S: Serializer>(pico_each: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    pico_each.map(to_usd_per_million).serialize(serializer)
}

/// The prices of a model at one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ModelPrice {
    /// The standard rates.
    #[serde(flatten)]
    pub rates: Rates,
    /// The rates of requests with more input tokens than this number, if they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long: Option<(u64, Rates)>,
    /// Factors for service tiers, by the provider's name for each: millionths of the standard rates.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: BTreeMap<String, u64>,
    /// Where the price is from: a page's address, a file, or "the configuration".
    pub source: String,
    /// The day on which the price held, as an ISO date; empty if it is not known.
    pub date: String,
}

/// Providers' names for the tier that has the standard rates.
const STANDARD: [&str; 5] = ["default", "standard", "auto", "on_demand", "standard_only"];

const ONE: u64 = 1_000_000;

impl ModelPrice {
    /// The price if no provider is called.
    #[must_use]
    pub fn free() -> Self {
        Self { source: "no provider is asked".to_owned(), ..Self::default() }
    }

    /// Whether no token of any kind costs anything.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let free = |rates: &Rates| {
            let others = [rates.cached_input, rates.cache_write, rates.reasoning];
            rates.input == 0 && rates.output == 0 && others.iter().all(|rate| rate.is_none_or(|it| it == 0))
        };
        free(&self.rates) && self.long.iter().all(|(_, rates)| free(rates))
    }

    /// What a call cost. `tier` is the one that the provider reported, or else the one that was requested.
    #[must_use]
    pub fn cost(&self, usage: &TokenUsage, tier: Option<&str>) -> Option<Money> {
        if self.is_free() {
            return Some(Money::ZERO);
        }
        let rates = match &self.long {
            Some((above, rates)) if usage.input_tokens? > *above => rates,
            _ => &self.rates,
        };
        match self.tier(tier)? {
            ONE => rates.cost(usage),
            millionths => rates.scaled(millionths).cost(usage),
        }
    }

    /// An upper bound on the cost of a call with this usage, as far as it was reported; `None` if it was not.
    #[must_use]
    pub fn most_of(&self, usage: &TokenUsage, tier: Option<&str>) -> Option<Money> {
        let (input, output) = match (usage.input_tokens, usage.output_tokens, usage.total_tokens) {
            (Some(input), Some(output), _) => (input, output),
            (input, output, Some(total)) => (input.unwrap_or(total), total.max(output.unwrap_or(0))),
            _ => return None,
        };
        // What is kept for an hour costs twice as much as other input.
        self.most(input.saturating_add(usage.long_cache_tokens), output, tier)
    }

    /// An upper bound on the cost of a call with at most this many tokens, at the standard rates or those of the
    /// requested tier. `None` if that tier has no price.
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

    /// The factor of a tier, in millionths.
    fn tier(&self, tier: Option<&str>) -> Option<u64> {
        match tier {
            None => Some(ONE),
            Some(name) => self
                .tiers
                .get(name)
                .copied()
                .or_else(|| STANDARD.iter().any(|it| it.eq_ignore_ascii_case(name)).then_some(ONE)),
        }
    }
}
