//! On what terms a model is asked: its price, its tier, the longest answer, and how its tokens are counted.

use super::error::EngineError;
use super::project::Project;
use crate::config::{Llm, Provider};
use crate::price::tokens::Counter;
use crate::price::{Money, Price, host_of};
use crate::provider::{ChatRequest, Completion};

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
}

impl Terms {
    /// The terms of the generation's model, and of the judge's where there is one.
    pub fn of_all(project: &Project) -> (Self, Option<Self>) {
        let judge = project.config.judge.as_ref();
        (Self::of(project, &project.config.llm), judge.map(|judge| Self::of(project, &judge.llm)))
    }

    fn of(project: &Project, llm: &Llm) -> Self {
        let host = base_url(&llm.provider).and_then(host_of);
        let price = match (&llm.price, base_url(&llm.provider)) {
            (_, None) => Some(Price::free()),
            (Some(own), _) => Some(Price::from(own)),
            (None, Some(_)) => project.prices.find(host.as_deref(), &llm.model).cloned(),
        };
        Self {
            price,
            counter: Counter::of(&llm.model),
            model: llm.model.clone(),
            host,
            max_output_tokens: llm.max_output_tokens,
        }
    }

    /// What an answer cost, where that is known. The tier is what the provider says that it served, or else what was
    /// asked for.
    pub fn cost(&self, request: &ChatRequest, completion: &Completion) -> Option<Money> {
        let asked = request.spec.parameters.service_tier.as_deref();
        let tier = completion.service_tier.as_deref().or(asked);
        self.price.as_ref()?.cost(&completion.usage, tier)
    }

    /// The most that a request can cost, where that is known: its input, and the longest answer there may be. `counted`
    /// counts the input, which takes longer than going by its bytes and sets less money aside.
    pub fn most(&self, request: &ChatRequest, counted: bool) -> Option<Money> {
        let price = self.price.as_ref()?;
        if *price == Price::free() {
            return Some(Money::ZERO);
        }
        let output = u64::from(self.max_output_tokens?);
        let input = if counted { self.counter.request_most(request) } else { Counter::request_bytes(request) };
        price.most(input, output, request.spec.parameters.service_tier.as_deref())
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
    let (generation, judge) = Terms::of_all(project);
    for (key, terms) in [("llm", Some(generation)), ("judge.llm", judge)] {
        let Some(terms) = terms else { continue };
        let Some(price) = terms.price else {
            let host = terms.host.unwrap_or_default();
            return Err(EngineError::NoPrice { key, model: terms.model, host });
        };
        if price != Price::free() && terms.max_output_tokens.is_none() {
            return Err(EngineError::NoOutputLimit { key });
        }
    }
    Ok(())
}
