//! Which price holds, and what comes of it.

use super::rates::Rates;
use super::*;
use crate::provider::TokenUsage;

const OPENAI: &str = "api.openai.com";

fn pico(usd: f64) -> u64 {
    Money::from_usd(usd / 1e6).unwrap().pico().unsigned_abs()
}

#[test]
fn the_table_that_ships_can_be_read_and_says_where_each_price_is_from() {
    let table = PriceTable::parse(include_str!("../../configs/prices.yaml"), "configs/prices.yaml").unwrap();
    let entries: Vec<&PriceEntry> = table.entries().collect();
    // Once as the user's, once as the one that ships.
    assert!(entries.len() > 150);
    for entry in entries {
        assert!(entry.hosts.is_some(), "{:?}: a price holds for the hosts that it names", entry.models);
        assert!(entry.price.source.starts_with("https://"), "{:?}", entry.models);
        assert_eq!(entry.price.date.len(), 10, "{:?}", entry.models);
        let rates = entry.price.rates;
        assert!(rates.output >= rates.input && rates.input > 0, "{:?}", entry.models);
        assert!(rates.cached_input.is_none_or(|cached| cached <= rates.input), "{:?}", entry.models);
    }
}

#[test]
fn the_most_specific_pattern_at_the_host_counts() {
    let table = PriceTable::built_in();
    let input = |host: &str, model: &str| table.find(Some(host), model).map(|price| price.rates.input);
    let cases = [
        (OPENAI, "gpt-4o-mini", Some(pico(0.15))),
        (OPENAI, "gpt-4o-mini-2024-07-18", Some(pico(0.15))),
        (OPENAI, "gpt-4o-2024-08-06", Some(pico(2.5))),
        (OPENAI, "gpt-4.1-nano", Some(pico(0.1))),
        (OPENAI, "gpt-5-mini-2025-08-07", Some(pico(0.25))),
        (OPENAI, "o3", Some(pico(2.0))),
        // Other models, whose names begin like that of one with a price.
        (OPENAI, "gpt-4o-mini-audio-preview", None),
        (OPENAI, "gpt-4o-2024-05-13", None),
        (OPENAI, "ft:gpt-4o-mini-2024-07-18:acme::id", None),
        (OPENAI, "no-such-model", None),
        // The same model elsewhere.
        ("openrouter.ai", "gpt-4o-mini", None),
        ("localhost", "gpt-4o-mini", None),
        ("my-resource.openai.azure.com", "gpt-4o-mini", None),
        ("api.openai.com.evil.example", "gpt-4o-mini", None),
        ("api.anthropic.com", "claude-haiku-4-5-20251001", Some(pico(1.0))),
        ("api.anthropic.com", "claude-haiku-4-5", Some(pico(1.0))),
        ("generativelanguage.googleapis.com", "gemini-2.5-flash", Some(pico(0.3))),
        ("bedrock-runtime.us-east-1.amazonaws.com", "us.anthropic.claude-sonnet-4-6-v1:0", Some(pico(3.3))),
        ("api.groq.com", "openai/gpt-oss-20b", Some(pico(0.075))),
        ("api.deepseek.com", "deepseek-v4-flash", Some(pico(0.14))),
        ("api.mistral.ai", "mistral-large-2512", Some(pico(0.5))),
    ];
    for (host, model, expected) in cases {
        assert_eq!(input(host, model), expected, "{model} at {host}");
    }
    assert_eq!(table.find(None, "gpt-4o-mini"), None);
}

#[test]
fn a_users_table_lies_over_the_one_that_ships() {
    let own = "prices:\n  - {models: ['gpt-4o*'], hosts: [API.openai.com], input: 9, output: 9}\n  \
               - {models: [llama], input: 0, output: 0}\n  - {models: ['*-x', a*c*e], hosts: ['*.lan'], input: 1, output: 2}\n";
    let table = PriceTable::parse(own, "own.yaml").unwrap();
    let found = |host: Option<&str>, model: &str| table.find(host, model).map(|price| price.rates.output);
    assert_eq!(found(Some(OPENAI), "gpt-4o-mini"), Some(pico(9.0)), "any entry of the user's comes first");
    assert_eq!(found(Some(OPENAI), "o3"), Some(pico(8.0)));
    assert_eq!(found(Some("127.0.0.1"), "llama"), Some(0));
    assert_eq!(found(None, "llama"), Some(0));
    assert_eq!(found(Some("box.lan"), "model-x"), Some(pico(2.0)));
    assert_eq!(found(Some("box.lan"), "abcde"), Some(pico(2.0)));
    assert_eq!(found(Some("box.lan"), "abc"), None);
    assert_eq!(table.find(None, "llama").unwrap().source, "own.yaml");
}

#[test]
fn says_what_is_wrong_with_a_table() {
    let cases = [
        "prices: []\ncurrency: EUR\n",
        "prices:\n  - {models: [m], input: 1}\n",
        "prices:\n  - {models: [m], input: 1, output: 2, ouput: 3}\n",
        "prices:\n  - {models: [m], input: -1, output: 2}\n",
        "prices:\n  - {models: [m], input: 0.0000001, output: 2}\n",
        "prices:\n  - {models: [m], input: cheap, output: 2}\n",
        "prices:\n  - {models: [], input: 1, output: 2}\n",
        "prices:\n  - {models: [m], hosts: [], input: 1, output: 2}\n",
        "prices:\n  - {models: [m], input: 1, output: 2, tiers: {flex: 0}}\n",
        "prices: {}\n",
        "[]",
        "",
    ];
    let text: Vec<String> = cases
        .iter()
        .map(|case| {
            let error = PriceTable::parse(case, "own.yaml").unwrap_err();
            let place = error.location().map(ToString::to_string).unwrap_or_default();
            let hint = error.hint().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
            format!("{case:?}\n  {error}\n  --> {place}{hint}\n")
        })
        .collect();
    insta::assert_snapshot!(text.concat());
}

#[test]
fn hosts_are_read_from_addresses() {
    let cases = [
        ("https://api.openai.com/v1", Some("api.openai.com")),
        ("http://LocalHost:11434/v1", Some("localhost")),
        ("http://[::1]:8080/v1", Some("::1")),
        ("https://x.example", Some("x.example")),
        ("https://", None),
    ];
    for (url, host) in cases {
        assert_eq!(host_of(url).as_deref(), host, "{url}");
    }
}

fn price() -> ModelPrice {
    ModelPrice {
        rates: Rates {
            input: pico(2.5),
            cached_input: Some(pico(0.25)),
            cache_write: Some(pico(3.125)),
            output: pico(15.0),
            reasoning: None,
        },
        long: Some((272_000, Rates { input: pico(5.0), output: pico(22.5), ..Rates::default() })),
        tiers: [("flex".to_owned(), 500_000), ("priority".to_owned(), 2_000_000)].into(),
        ..ModelPrice::default()
    }
}

fn usage(input: u64, output: u64, cached: Option<u64>, written: Option<u64>, reasoning: Option<u64>) -> TokenUsage {
    TokenUsage {
        total_tokens: None,
        hidden_tokens: 0,
        unexplained: false,
        long_cache_tokens: 0,
        searches: 0,
        input_tokens: Some(input),
        output_tokens: Some(output),
        cached_tokens: cached,
        cache_write_tokens: written,
        reasoning_tokens: reasoning,
    }
}

#[test]
fn what_is_billed_apart_has_no_known_cost() {
    let (price, plain) = (price(), usage(1_000, 100, None, Some(600), None));
    assert!(price.cost(&plain, None).is_some());
    assert_eq!(price.cost(&TokenUsage { searches: 1, ..plain }, None), None);
    let kept = TokenUsage { long_cache_tokens: 600, ..plain };
    assert_eq!(price.cost(&kept, None), None);
    // Twice the price of other input at most.
    let most = |usage| price.most_of(&usage, None).unwrap();
    assert!(most(kept) >= Money::from_usd(400.0 * 2.5e-6 + 600.0 * 5e-6 + 100.0 * 15e-6).unwrap());
}

#[test]
fn costs_are_exact() {
    let price = price();
    let cost = |usage: TokenUsage, tier: Option<&str>| price.cost(&usage, tier).map(Money::to_usd);
    assert_eq!(cost(usage(1_000, 100, None, None, None), None), Some(0.004));
    assert_eq!(cost(usage(1_000, 100, Some(1_000), None, None), None), Some(0.00175));
    assert_eq!(cost(usage(1_000, 100, Some(400), Some(500), Some(90)), None), Some(0.003_412_5));
    assert_eq!(cost(usage(1_000, 100, None, None, None), Some("default")), Some(0.004));
    assert_eq!(cost(usage(1_000, 100, None, None, None), Some("flex")), Some(0.002));
    assert_eq!(cost(usage(1_000, 100, None, None, None), Some("priority")), Some(0.008));
    assert_eq!(cost(usage(272_000, 0, None, None, None), None), Some(0.68));
    assert_eq!(cost(usage(272_001, 1, None, None, None), None), Some(1.360_027_5));
    assert_eq!(cost(usage(0, 0, None, None, None), None), Some(0.0));
    assert_eq!(ModelPrice::free().cost(&TokenUsage::default(), Some("any")), Some(Money::ZERO), "whatever was used");
}

#[test]
fn what_has_no_price_has_no_cost() {
    let price = price();
    let full = usage(1_000, 100, None, None, None);
    assert_eq!(price.cost(&full, Some("scale")), None, "a tier without a price");
    assert_eq!(price.cost(&TokenUsage { input_tokens: None, ..full }, None), None);
    assert_eq!(price.cost(&TokenUsage { output_tokens: None, ..full }, None), None);
    assert_eq!(price.cost(&usage(300_000, 1, Some(5), None, None), None), None, "no price for cached tokens there");
    assert_eq!(price.cost(&usage(10, 1, Some(11), None, None), None), None, "more cached than there were");
    let reasoning = ModelPrice { rates: Rates { reasoning: Some(pico(60.0)), ..price.rates }, ..price };
    assert_eq!(reasoning.cost(&usage(0, 100, None, None, Some(100)), None), Money::from_usd(0.006));
    assert_eq!(reasoning.cost(&usage(0, 100, None, None, Some(101)), None), None);
}

#[test]
fn no_call_costs_more_than_what_was_set_aside_for_it() {
    let price = price();
    for tier in [None, Some("flex"), Some("priority")] {
        for input in [0, 1, 1_000, 272_000, 272_001] {
            for output in [0, 1, 4_096] {
                let most = price.most(input, output, tier).unwrap();
                for (cached, written) in [(None, None), (Some(input), None), (None, Some(input))] {
                    let cost = price.cost(&usage(input, output, cached, written, None), tier);
                    assert!(cost.is_none_or(|cost| cost <= most), "{input} {output} {tier:?}");
                }
            }
        }
    }
    assert_eq!(price.most(1, 1, Some("scale")), None);
    assert_eq!(price.most(u64::MAX, u64::MAX, None).map(Money::pico), Some(i64::MAX));
}

#[test]
fn amounts_add_up() {
    let dime = Money::from_usd(0.1).unwrap();
    assert_eq!((0..10).fold(Money::ZERO, |sum, _| sum.plus(dime)).to_usd().to_string(), "1");
    assert_eq!(dime.times(3).to_usd().to_string(), "0.3");
    assert_eq!(dime.minus(dime.times(2)), Money::ZERO);
    assert_eq!(dime.times(u64::MAX).to_string(), "more than $9223372");
    assert!(dime.times(u64::MAX).is_saturated() && !dime.is_saturated());
    assert_eq!(Money::from_usd(-1.0), None);
    assert_eq!(Money::from_usd(f64::NAN), None);
    let shown: Vec<String> =
        [0.0, 0.000_123, 0.0123, 1.5, 1234.5].iter().map(|it| Money::from_usd(*it).unwrap().to_string()).collect();
    assert_eq!(shown, ["$0", "$0.000123", "$0.0123", "$1.50", "$1234.50"]);
}
