//! On what terms a model is asked: its price, its tier, the longest answer, and how its tokens are counted.

use std::cell::OnceCell;

use serde_json::{Value, json};

use super::channel::ways;
use super::error::EngineError;
use super::project::{Project, Setup};
use crate::config::{Each, Llm, Provider};
use crate::price::tokens::{Counter, Tokens};
use crate::price::{Money, Price, host_of};
use crate::provider::{ChatRequest, Completion, Usage};
use crate::stage::generate::Purpose;

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
    /// The terms of all models of a project, in the order of [`ways`].
    pub fn of_all(project: &Project) -> Vec<Self> {
        ways(project).map(|it| Self::of(it.setup, it.llm)).collect()
    }

    /// The terms on which a step asks a model.
    pub fn of(setup: &Setup, llm: &Llm) -> Self {
        let host = base_url(&llm.provider).and_then(host_of);
        let price = match (&llm.price, base_url(&llm.provider)) {
            (_, None) => Some(Price::free()),
            (Some(own), _) => Some(Price::from(own)),
            (None, Some(_)) => setup.prices.find(host.as_deref(), &llm.model).cloned(),
        };
        Self {
            price,
            counter: Counter::of(&llm.model),
            model: llm.model.clone(),
            host,
            max_output_tokens: llm.max_output_tokens,
            tier: llm.tuning.service_tier.clone(),
            schema: OnceCell::new(),
        }
    }

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

/// The prices that a run is held to, as its manifest keeps them: US dollars per million tokens.
pub fn on_record(project: &Project) -> Value {
    let mut steps = serde_json::Map::new();
    for it in ways(project) {
        let price = json!(Terms::of(it.setup, it.llm).price);
        let step =
            steps.entry(it.setup.config.step.name()).or_insert_with(|| json!({"generation": null, "judge": null}));
        let name = match it.judging {
            Some(judging) if !judging.config.name.is_empty() => format!("judge {}", judging.config.name),
            None if it.setup.asking.as_ref().is_some_and(|asking| asking.llm.model != it.llm.model) => {
                format!("generation {}", it.llm.model)
            }
            _ => it.purpose().as_str().to_owned(),
        };
        step[name] = price;
    }
    // A plain batch has one step, which needs no name.
    if project.config.step.is_plain() {
        steps.remove(project.config.step.name()).unwrap_or_default()
    } else {
        steps.into()
    }
}

/// The address that a provider is asked at; `None` where nobody is asked.
fn base_url(provider: &Provider) -> Option<&str> {
    provider.endpoint().map(|it| it.base_url.as_str())
}

/// Whether the terms are such that a bound on the cost can be held; says what is missing.
pub fn check_budget(project: &Project) -> Result<(), EngineError> {
    if project.config.budget.max_cost_usd.is_none() {
        return Ok(());
    }
    for it in ways(project) {
        let terms = Terms::of(it.setup, it.llm);
        let key = match it.purpose() {
            Purpose::Generation if it.setup.config.step.each == Each::Task => "schema.llm",
            Purpose::Generation => "llm",
            Purpose::Judge => "judge.llm",
        };
        let Some(price) = terms.price else {
            let host = terms.host.unwrap_or_default();
            return Err(EngineError::NoPrice { key, model: terms.model, host });
        };
        if !price.is_free() && terms.max_output_tokens.is_none() {
            return Err(EngineError::NoOutputLimit { key });
        }
    }
    Ok(())
}
