//! The known prices, with their sources.

use std::path::Path;

use serde::Serialize;

use super::error::EngineError;
use crate::price::{PriceEntry, PriceTable, to_usd_per_million};
use crate::project::{Project, ProjectSource};

/// One entry of the tables of prices, in US dollars per million tokens.
#[derive(Debug, Serialize)]
pub struct KnownPrice {
    /// Models, as patterns.
    pub models: Vec<String>,
    /// Hosts, as patterns; `None`: every host.
    pub hosts: Option<Vec<String>>,
    pub input: f64,
    /// Of the input, read from the provider's cache.
    pub cached_input: Option<f64>,
    /// Of the input, written to the provider's cache.
    pub cache_write: Option<f64>,
    pub output: f64,
    /// Above how many tokens of input other prices hold.
    pub long_context_above: Option<u64>,
    /// Service tiers that have a price.
    pub tiers: Vec<String>,
    pub source: String,
    /// The date of the price.
    pub date: String,
}

/// The prices that the tables have for a model, or all; the user's first. `config` names a configuration whose table
/// counts too.
pub fn prices(model: Option<&str>, config: Option<&Path>) -> Result<Vec<KnownPrice>, EngineError> {
    let table = match config {
        Some(config) => {
            let project = Project::of(ProjectSource::written(config, &[]))?;
            project.steps.into_iter().next().map(|setup| setup.prices)
        }
        None => None,
    };
    let built_in = PriceTable::built_in();
    let table = table.as_deref().unwrap_or(&built_in);
    Ok(table.entries().filter(|entry| model.is_none_or(|model| entry.is_for(model))).map(known).collect())
}

fn known(entry: &PriceEntry) -> KnownPrice {
    let rates = entry.price.rates;
    KnownPrice {
        models: entry.models.clone(),
        hosts: entry.hosts.clone(),
        input: to_usd_per_million(rates.input),
        cached_input: rates.cached_input.map(to_usd_per_million),
        cache_write: rates.cache_write.map(to_usd_per_million),
        output: to_usd_per_million(rates.output),
        long_context_above: entry.price.long.as_ref().map(|(above, _)| *above),
        tiers: entry.price.tiers.keys().cloned().collect(),
        source: entry.price.source.clone(),
        date: entry.price.date.clone(),
    }
}
