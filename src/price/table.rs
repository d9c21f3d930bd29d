//! The table of prices: which model at which provider costs what, and where that is from.
//!
//! A table ships with the program (`configs/prices.yaml`), and a user's own lies over it. A price holds for the hosts
//! that it names: the same model elsewhere, on a server of one's own too, has no price unless the user gives one.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::rates::{Price, Rates};
use crate::config::{self, ConfigError, Node, Origin, typed};

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
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

/// Models and hosts with one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Names of models; `*` stands for any text.
    pub models: Vec<String>,
    /// Hosts, in lower case; `*` stands for any text. `None`: every host.
    pub hosts: Option<Vec<String>>,
    /// Their price.
    pub price: Price,
}

/// A table of prices, and the one under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The user's entries. Any of them comes before those that ship with the program.
    own: Vec<Entry>,
    /// Whether the entries that ship with the program count too.
    built_in: bool,
}

static BUILT_IN: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    // A test reads it; a table that cannot be read has no prices, and unknown is what they are then.
    parse(include_str!("../../configs/prices.yaml"), "configs/prices.yaml").unwrap_or_default()
});

impl Table {
    /// The table that ships with the program.
    #[must_use]
    pub fn built_in() -> Self {
        Self { own: Vec::new(), built_in: true }
    }

    /// A user's table, laid over the one that ships with the program. `file` is how messages call it.
    pub fn parse(text: &str, file: &str) -> Result<Self, ConfigError> {
        Ok(Self { own: parse(text, file)?, built_in: true })
    }

    /// Every entry, the user's first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        let shipped: &[Entry] = if self.built_in { &BUILT_IN } else { &[] };
        self.own.iter().chain(shipped)
    }

    /// The price of a model at a host: the user's before the shipped one, and of those the one whose pattern says most.
    #[must_use]
    pub fn find(&self, host: Option<&str>, model: &str) -> Option<&Price> {
        let shipped: &[Entry] = if self.built_in { &BUILT_IN } else { &[] };
        [&self.own, shipped].into_iter().find_map(|entries| most_specific(entries, host, model))
    }
}

fn most_specific<'a>(entries: &'a [Entry], host: Option<&str>, model: &str) -> Option<&'a Price> {
    let mut best: Option<((bool, usize), &Price)> = None;
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
            let says = (!pattern.contains('*'), pattern.len());
            if best.is_none_or(|(most, _)| says > most) {
                best = Some((says, &entry.price));
            }
        }
    }
    best.map(|(_, price)| price)
}

/// Whether `text` is as `pattern` says, whose `*` stand for any text.
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

/// The host of an address, in lower case, without its port.
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

fn parse(text: &str, file: &str) -> Result<Vec<Entry>, ConfigError> {
    let node = Node::parse(text, &Arc::from(file), "a table of prices")?;
    let written: Written = typed(&node, "")?;
    if let Some(currency) = written.currency.filter(|it| it != "USD") {
        let reason = format!("costs are kept in US dollars, found `{currency}`");
        let error = ConfigError::value("currency", reason, node.origin_of("currency"));
        return Err(error.with_hint("convert the prices, and write `currency: USD`"));
    }
    written.prices.into_iter().enumerate().map(|(index, it)| entry(&node, file, index, it)).collect()
}

fn entry(node: &Node, file: &str, index: usize, written: WrittenEntry) -> Result<Entry, ConfigError> {
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
    let rate = |key: &str, usd: f64| per_token(usd).ok_or_else(|| bad(key, NO_RATE));
    let option = |key: &str, usd: Option<f64>| usd.map(|usd| rate(key, usd)).transpose();
    let rates = Rates {
        input: rate("input", written.input)?,
        cached_input: option("cached_input", written.cached_input)?,
        cache_write: option("cache_write", written.cache_write)?,
        output: rate("output", written.output)?,
        reasoning: option("reasoning", written.reasoning)?,
    };
    let long = match written.long_context {
        Some(long) => Some((
            long.above,
            Rates {
                input: rate("long_context.input", long.input)?,
                cached_input: option("long_context.cached_input", long.cached_input)?,
                cache_write: option("long_context.cache_write", long.cache_write)?,
                output: rate("long_context.output", long.output)?,
                reasoning: option("long_context.reasoning", long.reasoning)?,
            },
        )),
        None => None,
    };
    let mut tiers = BTreeMap::new();
    for (name, factor) in written.tiers.unwrap_or_default() {
        let millionths = per_token(factor).filter(|it| (1..=100_000_000).contains(it));
        let millionths = millionths.ok_or_else(|| bad("tiers", "expected factors from 0.000001 to 100"))?;
        tiers.insert(name, millionths);
    }
    Ok(Entry {
        models: written.models,
        hosts: written.hosts.map(|hosts| hosts.iter().map(|host| host.to_ascii_lowercase()).collect()),
        price: Price {
            rates,
            long,
            tiers,
            source: written.source.unwrap_or_else(|| file.to_owned()),
            date: written.date.unwrap_or_default(),
        },
    })
}

const NO_RATE: &str = "expected US dollars per million tokens, from 0 to 1000000 with at most six decimals";

/// What one token costs in 10⁻¹² dollars, at so many dollars per million tokens.
fn per_token(usd_per_million: f64) -> Option<u64> {
    if !(0.0..=1e6).contains(&usd_per_million) {
        return None;
    }
    let scaled = usd_per_million * 1e6;
    let whole = scaled.round();
    // More decimals than six would be rounded in silence.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "its bounds are checked")]
    ((scaled - whole).abs() <= 1e-9 * whole.max(1.0)).then_some(whole as u64)
}

impl From<&config::Price> for Price {
    /// A price that the configuration itself gives; it was checked there.
    fn from(written: &config::Price) -> Self {
        let rate = |usd: f64| per_token(usd).unwrap_or_default();
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
