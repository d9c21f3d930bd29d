//! What is to be said of a project's models before they are asked: names that may move to another version, and
//! providers that take no seed.

use crate::config::{Provider, SEED};
use crate::price::{floating, host_of};
use crate::project::{Project, models};

/// A note for each such model. `overrides` are the settings of the command line.
pub(super) fn notes(project: &Project, overrides: &[(String, String)]) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let mut add = |note: String| {
        if !notes.contains(&note) {
            notes.push(note);
        }
    };
    pinned(project).for_each(&mut add);
    let asks_for_seed = overrides.iter().any(|(key, _)| key == SEED);
    let author = project.steps.iter().filter(|setup| setup.unwritten).filter_map(|setup| setup.author.as_ref());
    for llm in models(project).map(|it| it.llm).chain(author.map(|author| &author.llm)) {
        let Some(endpoint) = llm.provider.endpoint() else { continue };
        let model = &llm.model;
        if let Some(name) = host_of(&endpoint.base_url).and_then(|host| floating(&host, model)) {
            let versions = name.versions.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(" or ");
            let take = if versions.is_empty() {
                "take a name with a version where the provider has one".to_owned()
            } else {
                format!("take one with a version, such as {versions}")
            };
            add(format!(
                "`{model}` is a name that {} may give to another version: the answers on record stay, and later ones may \
                 come from another model; {take}",
                name.vendor
            ));
        }
        if asks_for_seed && !llm.provider.takes_seed() {
            let provider = provider_name(&llm.provider);
            add(format!(
                "`--seed` is not sent to `{model}`: the provider `{provider}` has no seed; it is used for draws"
            ));
        }
    }
    notes
}

/// A note for each model that is taken from a pin.
pub(super) fn pinned(project: &Project) -> impl Iterator<Item = String> {
    models(project).filter_map(|it| {
        let (stage, judge) = (it.llm.pin.as_ref()?, if it.judging.is_some() { ", as a judge" } else { "" });
        let said = format!("`{}` is pinned as `{stage}`{judge}", it.llm.model);
        Some(it.setup.config.step.prefixed(&said))
    })
}

/// The configuration's word for a provider with a server.
fn provider_name(provider: &Provider) -> &'static str {
    match provider {
        Provider::Openai(_) => "openai",
        Provider::OpenaiResponses(_) => "openai_responses",
        Provider::Azure(_) => "azure",
        Provider::Anthropic(_) => "anthropic",
        Provider::Gemini(_) => "gemini",
        Provider::Bedrock(_) => "bedrock",
        Provider::Recorded(_) => "recorded",
        Provider::Sample(_) => "sample",
        Provider::Function => "function",
    }
}
