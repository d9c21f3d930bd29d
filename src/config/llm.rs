//! Resolves an `llm` block: the provider, its server, and the model's parameters.

use std::collections::BTreeMap;

use super::address::{AddressProblem, checked_address};
use super::block::ConfigBlock;
use super::error::ConfigError;
use super::node::Node;
use super::raw::{self, FinishMeaning, ProviderName};
use super::resolved::{ByRow, Endpoint, Llm, Price, Provider, RateLimit, Recorded, RetryDelay, Sample};
use super::tuning;
use super::typed::typed;

/// The `llm` block in `node`, which messages call `prefix`, with its defaults filled in.
pub(super) fn resolve_llm(node: &Node, prefix: &str) -> Result<Llm, ConfigError> {
    let written: Option<raw::Llm> = typed(node, prefix)?;
    llm(&ConfigBlock { node, prefix }, written.unwrap_or_default())
}

/// The block as `written`, with its defaults filled in.
pub(super) fn llm(at: &ConfigBlock<'_>, mut written: raw::Llm) -> Result<Llm, ConfigError> {
    let name = written.provider.unwrap_or(ProviderName::Openai);
    // The blocks of the providers that are not chosen are checked too: `--provider` may choose them.
    let sample = sample(at, &written.sample.take().unwrap_or_default())?;
    let recorded = written.recorded.take().map(|it| recorded(at, it)).transpose()?;
    let endpoint = endpoint(at, name, &written)?;
    let provider = match name {
        ProviderName::Openai => Provider::Openai(endpoint),
        ProviderName::OpenaiResponses => Provider::OpenaiResponses(endpoint),
        ProviderName::Azure => Provider::Azure(endpoint),
        ProviderName::Anthropic => Provider::Anthropic(endpoint),
        ProviderName::Gemini => Provider::Gemini(endpoint),
        ProviderName::Bedrock => Provider::Bedrock(endpoint),
        ProviderName::Sample => Provider::Sample(sample),
        ProviderName::Function => Provider::Function,
        ProviderName::Recorded => Provider::Recorded(recorded.ok_or_else(|| {
            at.missing("recorded", "say where the answers are: `recorded: {path: …, match: {…}, answer: …}`")
        })?),
    };
    let model = match (at.filled_option("model", written.model.take())?, name) {
        (Some(model), _) => model,
        (None, ProviderName::Recorded) => "recorded".to_owned(),
        (None, ProviderName::Sample) => "sample".to_owned(),
        (None, _) => return Err(at.missing("model", "write the model's name, as the provider knows it")),
    };
    let temperature = written.temperature.map(|it| at.real("temperature", Some(it), it, (0.0, 2.0))).transpose()?;
    let tokens = written.max_output_tokens;
    let tokens = tokens.map(|it| at.whole("max_output_tokens", Some(it), 0_u32, (1, 10_000_000))).transpose()?;
    if name == ProviderName::Anthropic && tokens.is_none() {
        return Err(at.missing("max_output_tokens", "Anthropic requires a limit, as in `max_output_tokens: 1024`"));
    }
    Ok(Llm {
        pin: written.pin.take(),
        provider,
        server: written.server,
        model,
        temperature,
        max_output_tokens: tokens,
        max_workers: at.whole("max_workers", written.max_workers, 32, (1, 10_000))?,
        retries: at.whole("retries", written.retries, 5, (0, 100))?,
        retry_delay: retry_delay(at, &written.retry_delay.take().unwrap_or_default())?,
        escalate: escalate(at, written.escalate.take())?,
        by_row: by_row(at, written.by_row.take())?,
        timeout_sec: at.real("timeout_sec", written.timeout_sec, 60.0, (0.001, 86_400.0))?,
        rate_limit: rate_limit(at, &written.rate_limit.take().unwrap_or_default())?,
        structured_output: tuning::structured_output(at, name, written.structured_output)?,
        thoughts: written.thoughts.unwrap_or_default(),
        finish: finish(at, written.finish.take())?,
        price: written.price.take().map(|it| price(at, &it)).transpose()?,
        tuning: tuning::tuning(at, name, written)?,
    })
}

/// What words of the server mean.
fn finish(
    at: &ConfigBlock<'_>,
    written: Option<BTreeMap<String, FinishMeaning>>,
) -> Result<BTreeMap<String, FinishMeaning>, ConfigError> {
    let words = written.unwrap_or_default();
    match words.keys().find(|word| word.is_empty()) {
        Some(_) => Err(at.bad("finish", "expected the server's words, found an empty one")),
        None => Ok(words),
    }
}

/// The models of later attempts.
fn escalate(at: &ConfigBlock<'_>, written: Option<Vec<String>>) -> Result<Vec<String>, ConfigError> {
    let models = written.unwrap_or_default();
    match models.iter().find(|it| it.trim().is_empty()) {
        Some(_) => Err(at.bad("escalate", "expected the names of models, found an empty one")),
        None => Ok(models),
    }
}

/// Where rows say what their requests have of their own.
fn by_row(at: &ConfigBlock<'_>, written: Option<raw::ByRow>) -> Result<Option<ByRow>, ConfigError> {
    let Some(written) = written else { return Ok(None) };
    let models = written.models.unwrap_or_default();
    if models.iter().any(|it| it.trim().is_empty()) {
        return Err(at.bad("by_row.models", "expected the names of models, found an empty one"));
    }
    Ok(Some(ByRow { column: at.filled("by_row.column", written.column)?, models }))
}

fn price(at: &ConfigBlock<'_>, written: &raw::Price) -> Result<Price, ConfigError> {
    let rate = |key: &str, usd: f64| {
        let usd = at.real(key, Some(usd), usd, (0.0, 1e6))?;
        let millionths = usd * 1e6;
        if (millionths - millionths.round()).abs() <= 1e-9 * millionths.max(1.0) {
            Ok(usd)
        } else {
            Err(at.bad(key, format!("expected at most six decimals, found {usd}")))
        }
    };
    let option = |key: &str, usd: Option<f64>| usd.map(|usd| rate(key, usd)).transpose();
    Ok(Price {
        input: rate("price.input", written.input)?,
        cached_input: option("price.cached_input", written.cached_input)?,
        cache_write: option("price.cache_write", written.cache_write)?,
        output: rate("price.output", written.output)?,
        reasoning: option("price.reasoning", written.reasoning)?,
    })
}

/// The waits between two sends of a request. A bound that is not written follows the other one where that one is beyond
/// its default.
fn retry_delay(at: &ConfigBlock<'_>, written: &raw::RetryDelay) -> Result<RetryDelay, ConfigError> {
    let RetryDelay { first_sec, factor, most_sec } = RetryDelay::default();
    let first = at.real("retry_delay.first_sec", written.first_sec, first_sec, (0.0, 3600.0))?;
    let most = at.real("retry_delay.most_sec", written.most_sec, most_sec, (0.0, 3600.0))?;
    let factor = at.real("retry_delay.factor", written.factor, factor, (1.0, 100.0))?;
    match (written.first_sec, written.most_sec) {
        (Some(_), Some(_)) if first > most => Err(at
            .bad("retry_delay", format!("the first wait ({first} s) is longer than the longest one ({most} s)"))
            .with_hint("`most_sec` bounds every wait: write it at least as large as `first_sec`")),
        (None, Some(_)) => Ok(RetryDelay { first_sec: first.min(most), factor, most_sec: most }),
        _ => Ok(RetryDelay { first_sec: first, factor, most_sec: most.max(first) }),
    }
}

fn rate_limit(at: &ConfigBlock<'_>, written: &raw::RateLimit) -> Result<RateLimit, ConfigError> {
    let limit = |key, value: Option<u64>, most| value.map(|it| at.whole(key, Some(it), 0, (1, most))).transpose();
    Ok(RateLimit {
        requests_per_minute: limit("rate_limit.requests_per_minute", written.requests_per_minute, 100_000_000)?,
        tokens_per_minute: limit("rate_limit.tokens_per_minute", written.tokens_per_minute, 1_000_000_000_000)?,
    })
}

/// The server's address and the variable with its key. Unless the variable is named, a provider's key goes to the
/// provider's own address alone.
fn endpoint(at: &ConfigBlock<'_>, name: ProviderName, written: &raw::Llm) -> Result<Endpoint, ConfigError> {
    let own = match name {
        ProviderName::Anthropic => Some(("https://api.anthropic.com/v1", "ANTHROPIC_API_KEY")),
        ProviderName::Gemini => Some(("https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY")),
        ProviderName::Azure | ProviderName::Bedrock => None,
        _ => Some(("https://api.openai.com/v1", "OPENAI_API_KEY")),
    };
    let written_url = written.base_url.as_deref().map(|url| checked_url(at, url)).transpose()?;
    let key = written.api_key_env.clone().map(|key| checked_key(at, key)).transpose()?;
    match (name, own) {
        (ProviderName::Azure, _) => azure(at, written_url, key, written.api_version.as_deref()),
        (ProviderName::Bedrock, _) => {
            let hint = "name the region, as in `region: us-east-1`";
            let region = written.region.clone().ok_or_else(|| at.missing("region", hint))?;
            let region = word(at, "region", region, "a region, as in us-east-1")?;
            let base_url = written_url.unwrap_or_else(|| format!("https://bedrock-runtime.{region}.amazonaws.com"));
            Ok(Endpoint { base_url, api_key_env: key, region: Some(region) })
        }
        (_, Some((address, variable))) => {
            let base_url = written_url.unwrap_or_else(|| address.to_owned());
            let api_key_env = key.or_else(|| (base_url == address).then(|| variable.to_owned()));
            Ok(Endpoint { base_url, api_key_env, region: None })
        }
        (_, None) => Ok(Endpoint { base_url: written_url.unwrap_or_default(), api_key_env: key, region: None }),
    }
}

/// The address of an Azure resource, which may be written without its path.
fn azure(
    at: &ConfigBlock<'_>,
    written_url: Option<String>,
    key: Option<String>,
    version: Option<&str>,
) -> Result<Endpoint, ConfigError> {
    let hint = "name the resource, as in `base_url: https://NAME.openai.azure.com`";
    let written_url = written_url.ok_or_else(|| at.missing("base_url", hint))?;
    let resource = written_url.trim_end_matches("/openai/v1").trim_end_matches("/openai");
    let base_url = match version {
        Some(version) => {
            let version = word(at, "api_version", version.to_owned(), "a version, as in 2024-10-21")?;
            format!("{resource}/openai?api-version={version}")
        }
        None => format!("{resource}/openai/v1"),
    };
    Ok(Endpoint { base_url, api_key_env: key.or_else(|| Some("AZURE_OPENAI_API_KEY".to_owned())), region: None })
}

/// Checks that a text has only letters, digits and hyphens.
fn word(at: &ConfigBlock<'_>, key: &str, text: String, expected: &str) -> Result<String, ConfigError> {
    let usable =
        !text.is_empty() && text.len() <= 40 && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    if usable { Ok(text) } else { Err(at.bad(key, format!("expected {expected}"))) }
}

/// Checks the name of an environment variable.
fn checked_key(at: &ConfigBlock<'_>, key: String) -> Result<String, ConfigError> {
    let mut characters = key.chars();
    let starts = characters.next().is_some_and(|it| it.is_ascii_uppercase() || it == '_');
    let usable = starts && characters.all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_');
    if !usable || key.len() > 200 {
        // The text may be the key itself, so it is not shown.
        let reason = "expected the name of an environment variable (A-Z, 0-9 and _), found something else";
        let hint = "name the variable that holds the key, as in `api_key_env: OPENAI_API_KEY`; if a key was written \
                    here, take it out and revoke it";
        return Err(at.bad("api_key_env", reason).with_hint(hint));
    }
    Ok(key)
}

fn checked_url(at: &ConfigBlock<'_>, url: &str) -> Result<String, ConfigError> {
    checked_address(url).map_err(|problem| {
        let hint = match problem {
            AddressProblem::Credentials => "name a variable with `api_key_env` instead",
            _ => "write it as in `https://api.openai.com/v1` or `http://localhost:11434/v1`",
        };
        at.bad("base_url", problem.to_string()).with_hint(hint)
    })
}

fn recorded(at: &ConfigBlock<'_>, written: raw::Recorded) -> Result<Recorded, ConfigError> {
    let matching = written.matching.ok_or_else(|| {
        at.missing("recorded.match", "name a column and its value, as in `match: {id: \"{{ row.id }}\"}`")
    })?;
    if matching.is_empty() {
        return Err(at
            .bad("recorded.match", "expected at least one column")
            .with_hint("name the column and the value that it must have, as in `match: {id: \"{{ row.id }}\"}`"));
    }
    let path =
        written.path.ok_or_else(|| at.missing("recorded.path", "name the table of answers, a CSV or JSONL file"))?;
    let answer = written.answer.ok_or_else(|| {
        at.missing("recorded.answer", "write the answer's template, as in `answer: \"{{ record.answer }}\"`")
    })?;
    Ok(Recorded {
        path: at.path("recorded.path", path)?,
        format: written.format,
        delimiter: written.delimiter.map(|it| at.delimiter("recorded.delimiter", &it)).transpose()?,
        guess: written.guess.unwrap_or(true),
        encoding: at.filled("recorded.encoding", written.encoding.unwrap_or_else(|| "utf-8".to_owned()))?,
        matching,
        values: written.values.unwrap_or_default(),
        answer: at.filled("recorded.answer", answer)?,
        model: at.filled_option("recorded.model", written.model)?,
    })
}

fn sample(at: &ConfigBlock<'_>, written: &raw::Sample) -> Result<Sample, ConfigError> {
    let rate = |key: &str, value| at.real(key, value, 0.0, (0.0, 1.0));
    Ok(Sample {
        malformed: rate("sample.malformed", written.malformed)?,
        extra_field: rate("sample.extra_field", written.extra_field)?,
        truncated: rate("sample.truncated", written.truncated)?,
        judge_fail: rate("sample.judge_fail", written.judge_fail)?,
        slow: rate("sample.slow", written.slow)?,
        latency_ms: at.whole("sample.latency_ms", written.latency_ms, 0, (0, 3_600_000))?,
        min_items: at.whole("sample.min_items", written.min_items, 0, (0, 1_000))?,
    })
}
