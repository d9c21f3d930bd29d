//! The table of prices: what models cost at which hosts, and where each price is from.
//!
//! One table ships with the program (`configs/prices.yaml`); the entries of a user's own table come before it. A price
//! holds only for the hosts that it names. Elsewhere, such as on one's own server, the same model has no price unless
//! the user gives one.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::rates::{ModelPrice, Rates, UsdRates, pico_per_token};
use crate::config::{self, ConfigError, Node, Origin, typed};

/// The file of a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTable {
    currency: Option<String>,
    prices: Vec<WrittenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    models: Vec<String>,
    hosts: Option<Vec<String>>,
    input: f64,
    cached_input: Option<f64>,
    cache_write: Option<f64>,
    output: f64,
    reasoning: Option<f64>,
    long_context: Option<WrittenLong>,
    tiers: Option<BTreeMap<String, f64>>,
    source: Option<String>,
    date: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLong {
    above: u64,
    input: f64,
    cached_input: Option<f64>,
    cache_write: Option<f64>,
    output: f64,
    reasoning: Option<f64>,
}

impl WrittenEntry {
    fn rates(&self) -> UsdRates {
        UsdRates {
            input: self.input,
            cached_input: self.cached_input,
            cache_write: self.cache_write,
            output: self.output,
            reasoning: self.reasoning,
        }
    }
}

impl WrittenLong {
    fn rates(&self) -> UsdRates {
        UsdRates {
            input: self.input,
            cached_input: self.cached_input,
            cache_write: self.cache_write,
            output: self.output,
            reasoning: self.reasoning,
        }
    }
}

/// A price, and the models and hosts for which it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceEntry {
    /// Model names; `*` stands for any text.
    pub models: Vec<String>,
    /// Host names in lower case; `*` stands for any text. `None` means every host.
    pub hosts: Option<Vec<String>>,
    pub price: ModelPrice,
}

impl PriceEntry {
    /// Whether the price holds for `model` at some host.
    #[must_use]
    pub fn is_for(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| matches(pattern, model))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceTable {
    /// The user's entries, each of which comes before those that ship with the program.
    own: Vec<PriceEntry>,
    /// Whether the entries that ship with the program belong to the table.
    built_in: bool,
}

static BUILT_IN: LazyLock<Vec<PriceEntry>> = LazyLock::new(|| {
    // A test makes sure that it can be read. If it could not, all prices would be unknown.
    parse(include_str!("../../configs/prices.yaml"), "configs/prices.yaml").unwrap_or_default()
});

impl PriceTable {
    /// The table that ships with the program.
    #[must_use]
    pub fn built_in() -> Self {
        Self { own: Vec::new(), built_in: true }
    }

    /// Reads a user's table, which comes before the one that ships with the program. Messages call it `file`.
    pub fn parse(text: &str, file: &str) -> Result<Self, ConfigError> {
        Ok(Self { own: parse(text, file)?, built_in: true })
    }

    /// All entries, the user's first.
    pub fn entries(&self) -> impl Iterator<Item = &PriceEntry> {
        let shipped: &[PriceEntry] = if self.built_in { &BUILT_IN } else { &[] };
        self.own.iter().chain(shipped)
    }

    /// The price of a model at a host: the user's before the shipped one, and among these the most specific pattern's.
    #[must_use]
    pub fn find(&self, host: Option<&str>, model: &str) -> Option<&ModelPrice> {
        let shipped: &[PriceEntry] = if self.built_in { &BUILT_IN } else { &[] };
        [&self.own, shipped].into_iter().find_map(|entries| most_specific(entries, host, model))
    }
}

fn most_specific<'a>(entries: &'a [PriceEntry], host: Option<&str>, model: &str) -> Option<&'a ModelPrice> {
    let mut best: Option<((bool, usize), &ModelPrice)> = None;
    for entry in entries {
        let at_host = match (&entry.hosts, host) {
            (None, _) => true,
            (Some(hosts), Some(host)) => hosts.iter().any(|pattern| matches(pattern, host)),
            (Some(_), None) => false,
        };
        if !at_host {
            continue;
        }
        for pattern in entry.models.iter().filter(|pattern| matches(pattern, model)) {
            let specificity = (!pattern.contains('*'), pattern.len());
            if best.is_none_or(|(most, _)| specificity > most) {
                best = Some((specificity, &entry.price));
            }
        }
    }
    best.map(|(_, price)| price)
}

/// Whether `text` matches `pattern`, in which each `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(start) else { return false };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return left.ends_with(piece);
        }
        match left.find(piece) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    true
}

/// The host of a base URL, in lower case and without its port.
#[must_use]
pub fn host_of(base_url: &str) -> Option<String> {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

fn parse(text: &str, file: &str) -> Result<Vec<PriceEntry>, ConfigError> {
    let node = Node::parse(text, &Arc::from(file), "a table of prices")?;
    let written: WrittenTable = typed(&node, "")?;
    if let Some(currency) = written.currency.filter(|it| it != "USD") {
        let reason = format!("costs are kept in US dollars, found `{currency}`");
        let error = ConfigError::value("currency", reason, node.origin_of("currency"));
        return Err(error.with_hint("convert the prices, and write `currency: USD`"));
    }
    written.prices.into_iter().enumerate().map(|(index, it)| entry(&node, file, index, it)).collect()
}

fn entry(node: &Node, file: &str, index: usize, written: WrittenEntry) -> Result<PriceEntry, ConfigError> {
    let unknown = Origin::Unknown;
    let items = node.get("prices").map(|it| &it.value);
    let item = match items {
        Some(config::NodeValue::List(items)) => items.get(index),
        _ => None,
    };
    let origin = |key: &str| item.map_or(&unknown, |item| item.origin_of(key));
    let bad = |key: &str, reason: &str| ConfigError::value(format!("prices[{index}].{key}"), reason, origin(key));
    let empty = |names: &[String]| names.is_empty() || names.iter().any(|name| name.trim().is_empty());
    if empty(&written.models) {
        return Err(bad("models", "expected names of models, or patterns with `*`"));
    }
    if written.hosts.as_deref().is_some_and(empty) {
        return Err(
            bad("hosts", "expected names of hosts, or patterns with `*`").with_hint("leave it out for every host")
        );
    }
    let rates = written.rates().per_token().map_err(|key| bad(key, NO_RATE))?;
    let long = match written.long_context {
        Some(long) => {
            let rates = long.rates().per_token();
            Some((long.above, rates.map_err(|key| bad(&format!("long_context.{key}"), NO_RATE))?))
        }
        None => None,
    };
    let mut tiers = BTreeMap::new();
    for (name, factor) in written.tiers.unwrap_or_default() {
        let millionths = pico_per_token(factor).filter(|it| (1..=100_000_000).contains(it));
        let millionths = millionths.ok_or_else(|| bad("tiers", "expected factors from 0.000001 to 100"))?;
        tiers.insert(name, millionths);
    }
    Ok(PriceEntry {
        models: written.models,
        hosts: written.hosts.map(|hosts| hosts.iter().map(|host| host.to_ascii_lowercase()).collect()),
        price: ModelPrice {
            rates,
            long,
            tiers,
            source: written.source.unwrap_or_else(|| file.to_owned()),
            date: written.date.unwrap_or_default(),
        },
    })
}

const NO_RATE: &str = "expected US dollars per million tokens, from 0 to 1000000 with at most six decimals";

impl From<&config::Price> for ModelPrice {
    /// The price that the configuration itself gives, which was checked there.
    fn from(written: &config::Price) -> Self {
        let rate = |usd: f64| pico_per_token(usd).unwrap_or_default();
        Self {
            rates: Rates {
                input: rate(written.input),
                cached_input: written.cached_input.map(rate),
                cache_write: written.cache_write.map(rate),
                output: rate(written.output),
                reasoning: written.reasoning.map(rate),
            },
            source: "the configuration".to_owned(),
            ..Self::default()
        }
    }
}
