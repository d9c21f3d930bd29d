//! The terms of one model: its price, its service tier, the longest answer, and how its tokens are counted.

use std::cell::OnceCell;

use crate::price::tokens::{SchemaTokens, TokenCounter};
use crate::price::{ModelPrice, Money};
use crate::provider::{ChatRequest, Completion, TokenUsage};

/// The terms of one model.
#[derive(Clone, Debug)]
pub struct Terms {
    /// `None`: not known.
    pub price: Option<ModelPrice>,
    pub counter: TokenCounter,
    pub model: String,
    /// The provider's host; `None` for `recorded` and `sample`.
    pub host: Option<String>,
    pub max_output_tokens: Option<u32>,
    /// The requested service tier, in the provider's word.
    pub tier: Option<String>,
    /// The tokens of the response schema in each request, counted once.
    pub schema: OnceCell<SchemaTokens>,
}

impl Terms {
    /// The cost of an answer, if it is known. The tier is the one that the provider says it served, or else the
    /// requested one.
    pub fn cost(&self, completion: &Completion) -> Option<Money> {
        let tier = completion.service_tier.as_deref().or(self.tier.as_deref());
        self.price.as_ref()?.cost(&completion.usage, tier)
    }

    /// An estimate of a request's input tokens.
    pub fn input_tokens(&self, request: &ChatRequest) -> u64 {
        self.counter.estimate_request(request, self.schema_of(request))
    }

    fn schema_of(&self, request: &ChatRequest) -> SchemaTokens {
        *self.schema.get_or_init(|| self.counter.count_schema(&request.spec))
    }

    /// The cost of a call with these numbers of tokens, none of them cached.
    pub fn cost_of(&self, input: u64, output: u64) -> Option<Money> {
        let usage = TokenUsage { input_tokens: Some(input), output_tokens: Some(output), ..TokenUsage::default() };
        self.price.as_ref()?.cost(&usage, self.tier.as_deref())
    }

    /// The most that an answer with this usage can cost, if that is known.
    pub fn most_of(&self, usage: &TokenUsage) -> Option<Money> {
        self.price.as_ref()?.most_of(usage, self.tier.as_deref())
    }

    /// The most that a request can cost, if that is known: its input, and the longest answer, which is the limit or the
    /// largest output that was seen. With `counted` the input's tokens are counted, which takes longer than an estimate
    /// by its bytes and reserves less money. `seen` is added to that, as far as it is more.
    pub fn most(&self, request: &ChatRequest, counted: bool, seen: Most) -> Reservation {
        let limit = request.spec.parameters.max_output_tokens.or(self.max_output_tokens);
        let (Some(price), Some(limit)) = (&self.price, limit) else {
            let is_free = self.price.as_ref().is_some_and(ModelPrice::is_free);
            return Reservation { money: is_free.then_some(Money::ZERO), input: None };
        };
        if price.is_free() {
            return Reservation { money: Some(Money::ZERO), input: None };
        }
        let schema = self.schema_of(request);
        let input = if counted {
            self.counter.most_of_request(request, schema)
        } else {
            self.counter.most_by_bytes(request, schema)
        };
        let all = input.saturating_add(seen.excess);
        let money = price.most(all, u64::from(limit).max(seen.output), self.tier.as_deref());
        Reservation { money, input: Some(input) }
    }
}

/// What is set aside for a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reservation {
    /// The most that it can cost; `None`: not known.
    pub money: Option<Money>,
    /// The most input tokens that the request itself can have; `None` where nothing is reserved for any.
    pub input: Option<u64>,
}

/// The most that a model reported so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Most {
    /// The largest output.
    pub output: u64,
    /// The most input tokens beyond those that a request itself can have.
    pub excess: u64,
}

impl Most {
    /// Takes these counts in.
    pub fn add(&mut self, output: u64, excess: u64) {
        (self.output, self.excess) = (self.output.max(output), self.excess.max(excess));
    }
}
