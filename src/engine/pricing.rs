//! The prices of a project's models: the terms of each, the prices that a manifest keeps, and whether a limit on the
//! cost can be enforced.

use std::cell::OnceCell;

use serde_json::{Value, json};

use crate::config::{Each, Llm, Provider};
use crate::dispatch::Terms;
use crate::price::tokens::TokenCounter;
use crate::price::{ModelPrice, host_of};
use crate::project::{ModelUse, Project, Setup, models};
use crate::stage::generate::Purpose;

/// The keys that limit the cost: of all, and of each variant of an experiment.
const OF_ALL: &str = "budget.max_cost_usd";
const OF_VARIANT: &str = "experiment.budget_per_variant.max_cost_usd";

/// Why a limit on the cost (`limit` is its key) cannot be enforced.
#[derive(Debug, thiserror::Error)]
pub enum BudgetError {
    /// A model has no known price. `key` is its block.
    #[error("`{limit}` is set, but no price is known for `{key}.model` `{model}` at {host}")]
    NoPrice { limit: &'static str, key: &'static str, model: String, host: String },
    /// A model's answers have no limit. `key` is its block.
    #[error("`{limit}` is set, but `{key}.max_output_tokens` is not: an answer could cost anything")]
    NoOutputLimit { limit: &'static str, key: &'static str },
}

impl BudgetError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoPrice { key, .. } => format!(
                "say what it costs per million tokens, as in `{key}.price: {{input: 0.15, output: 0.6}}` (0 where it is \
                 free), or name a table with `prices`"
            ),
            Self::NoOutputLimit { key, .. } => {
                format!("set `{key}.max_output_tokens` to the longest answer that you expect")
            }
        }
    }
}

/// The host of a model that is a function, for messages.
const FUNCTION: &str = "a function of the program";

/// The purpose of a use of a model.
pub(super) fn purpose(it: &ModelUse<'_>) -> Purpose {
    if it.judging.is_some() { Purpose::Judge } else { Purpose::Generation }
}

/// The terms on which a step asks a model.
pub(super) fn terms(setup: &Setup, llm: &Llm) -> Terms {
    let is_function = matches!(llm.provider, Provider::Function);
    let host = if is_function { Some(FUNCTION.to_owned()) } else { base_url(&llm.provider).and_then(host_of) };
    let price = match (&llm.price, base_url(&llm.provider)) {
        // What a function of the program costs, only the program knows.
        (own, None) if is_function => own.as_ref().map(ModelPrice::from),
        (_, None) => Some(ModelPrice::free()),
        (Some(own), _) => Some(ModelPrice::from(own)),
        (None, Some(_)) => setup.prices.find(host.as_deref(), &llm.model).cloned(),
    };
    Terms {
        price,
        counter: TokenCounter::of(&llm.model),
        model: llm.model.clone(),
        host,
        max_output_tokens: llm.max_output_tokens,
        tier: llm.tuning.service_tier.clone(),
        schema: OnceCell::new(),
    }
}

/// The prices of a run for its manifest: by step, in US dollars per million tokens.
pub(super) fn on_record(project: &Project) -> Value {
    let mut steps = serde_json::Map::new();
    for it in models(project) {
        let price = json!(terms(it.setup, it.llm).price);
        let step =
            steps.entry(it.setup.config.step.name()).or_insert_with(|| json!({"generation": null, "judge": null}));
        let name = match it.judging {
            Some(judging) if !judging.config.name.is_empty() => format!("judge {}", judging.config.name),
            None if it.setup.asking.as_ref().is_some_and(|asking| asking.llm.model != it.llm.model) => {
                format!("generation {}", it.llm.model)
            }
            _ => purpose(&it).as_str().to_owned(),
        };
        step[name] = price;
    }
    steps.into()
}

/// The base URL of a provider; `None` for `recorded` and `sample`.
fn base_url(provider: &Provider) -> Option<&str> {
    provider.endpoint().map(|it| it.base_url.as_str())
}

/// Checks that a limit on the cost can be enforced, if one is set.
pub(super) fn check_budget(project: &Project) -> Result<(), BudgetError> {
    if project.config.budget.max_cost_usd.is_none() {
        return Ok(());
    }
    models(project).try_for_each(|it| check_model(&it, OF_ALL))
}

/// Checks that a limit on the cost of each variant can be enforced. It is about the task: metrics that ask a model are
/// apart.
pub(super) fn check_variant_budget(project: &Project) -> Result<(), BudgetError> {
    let mut of_task = models(project).filter(|it| !it.setup.config.step.is_metric());
    of_task.try_for_each(|it| check_model(&it, OF_VARIANT))
}

/// Checks that the most that a request of a model may cost is known.
fn check_model(it: &ModelUse<'_>, limit: &'static str) -> Result<(), BudgetError> {
    let terms = terms(it.setup, it.llm);
    let key = match purpose(it) {
        Purpose::Generation if it.setup.config.step.each == Each::Task => "schema.llm",
        Purpose::Generation => "llm",
        Purpose::Judge => "judge.llm",
    };
    let Some(price) = terms.price else {
        let host = terms.host.unwrap_or_default();
        return Err(BudgetError::NoPrice { limit, key, model: terms.model, host });
    };
    if !price.is_free() && terms.max_output_tokens.is_none() {
        return Err(BudgetError::NoOutputLimit { limit, key });
    }
    Ok(())
}
