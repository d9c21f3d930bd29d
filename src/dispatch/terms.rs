//! The terms of one model: its price, its service tier, the longest answer, and how its tokens are counted.

use std::cell::OnceCell;

use crate::price::tokens::{Counter, Tokens};
use crate::price::{Money, Price};
use crate::provider::{ChatRequest, Completion, Usage};

/// On what terms one model is asked.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What it costs, where that is known.
    pub price: Option<Price>,
    /// How its tokens are counted.
    pub counter: Counter,
    /// The model's name.
    pub model: String,
    /// The host that is asked; `None` where nobody is.
    pub host: Option<String>,
    /// The most tokens an answer may have.
    pub max_output_tokens: Option<u32>,
    /// The service tier that is asked for, in the provider's word.
    pub tier: Option<String>,
    /// How many tokens the schema has that its requests are sent with, counted once.
    pub schema: OnceCell<Tokens>,
}

impl Terms {
    /// What an answer cost, where that is known. The tier is what the provider says that it served, or else what was
    /// asked for.
    pub fn cost(&self, completion: &Completion) -> Option<Money> {
        let tier = completion.service_tier.as_deref().or(self.tier.as_deref());
        self.price.as_ref()?.cost(&completion.usage, tier)
    }

    /// About how many tokens of input a request has.
    pub fn input_tokens(&self, request: &ChatRequest) -> u64 {
        self.counter.request(request, self.schema_of(request))
    }

    fn schema_of(&self, request: &ChatRequest) -> Tokens {
        *self.schema.get_or_init(|| self.counter.schema(&request.spec))
    }

    /// What a call costs that has so many tokens, none of them cached.
    pub fn cost_of(&self, input: u64, output: u64) -> Option<Money> {
        let usage = Usage { input_tokens: Some(input), output_tokens: Some(output), ..Usage::default() };
        self.price.as_ref()?.cost(&usage, self.tier.as_deref())
    }

    /// The most that a request can cost, where that is known: its input, and the longest answer there may be. `counted`
    /// counts the input, which takes longer than going by its bytes and sets less money aside.
    pub fn most(&self, request: &ChatRequest, counted: bool) -> Option<Money> {
        let price = self.price.as_ref()?;
        if price.is_free() {
            return Some(Money::ZERO);
        }
        let output = u64::from(self.max_output_tokens?);
        let schema = self.schema_of(request);
        let input =
            if counted { self.counter.request_most(request, schema) } else { Counter::request_bytes(request, schema) };
        price.most(input, output, self.tier.as_deref())
    }
}
