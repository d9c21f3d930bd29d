//! The block `llm`: who answers, and how they are called.

use super::error::ConfigError;
use super::place::Place;
use super::raw::{self, ProviderName, StructuredOutput};
use super::resolved::{Llm, Price, Provider, RateLimit, Recorded, Sample};

const OPENAI: &str = "https://api.openai.com/v1";
const OPENAI_KEY: &str = "OPENAI_API_KEY";

/// The block `llm`, or the judge's, with its defaults.
pub(super) fn llm(at: &Place<'_>, written: raw::Llm) -> Result<Llm, ConfigError> {
    let name = written.provider.unwrap_or(ProviderName::Openai);
    // The blocks of the other providers are checked too: `--provider` may choose them.
    let sample = sample(at, &written.sample.unwrap_or_default())?;
    let recorded = written.recorded.map(|it| recorded(at, it)).transpose()?;
    let openai = openai(at, written.base_url, written.api_key_env)?;
    let provider = match name {
        ProviderName::Openai => openai,
        ProviderName::Sample => Provider::Sample(sample),
        ProviderName::Recorded => Provider::Recorded(recorded.ok_or_else(|| {
            at.missing("recorded", "say where the answers are: `recorded: {path: …, match: {…}, answer: …}`")
        })?),
    };
    let model = match (at.filled_option("model", written.model)?, name) {
        (Some(model), _) => model,
        (None, ProviderName::Recorded) => "recorded".to_owned(),
        (None, ProviderName::Sample) => "sample".to_owned(),
        (None, ProviderName::Openai) => return Err(at.missing("model", "name the model, as the provider knows it")),
    };
    let temperature = written.temperature.map(|it| at.real("temperature", Some(it), it, (0.0, 2.0))).transpose()?;
    let tokens = written.max_output_tokens;
    let tokens = tokens.map(|it| at.whole("max_output_tokens", Some(it), 0_u32, (1, 10_000_000))).transpose()?;
    Ok(Llm {
        provider,
        model,
        temperature,
        max_output_tokens: tokens,
        max_workers: at.whole("max_workers", written.max_workers, 32, (1, 10_000))?,
        retries: at.whole("retries", written.retries, 5, (0, 100))?,
        timeout_sec: at.real("timeout_sec", written.timeout_sec, 60.0, (0.001, 86_400.0))?,
        rate_limit: rate_limit(at, &written.rate_limit.unwrap_or_default())?,
        structured_output: written.structured_output.unwrap_or(StructuredOutput::Auto),
        price: written.price.map(|it| price(at, &it)).transpose()?,
    })
}

fn price(at: &Place<'_>, written: &raw::Price) -> Result<Price, ConfigError> {
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

fn rate_limit(at: &Place<'_>, written: &raw::RateLimit) -> Result<RateLimit, ConfigError> {
    let limit = |key, value: Option<u64>, most| value.map(|it| at.whole(key, Some(it), 0, (1, most))).transpose();
    Ok(RateLimit {
        requests_per_minute: limit("rate_limit.requests_per_minute", written.requests_per_minute, 100_000_000)?,
        tokens_per_minute: limit("rate_limit.tokens_per_minute", written.tokens_per_minute, 1_000_000_000_000)?,
    })
}

fn openai(at: &Place<'_>, base_url: Option<String>, key: Option<String>) -> Result<Provider, ConfigError> {
    let base_url = base_url.map(|url| checked_url(at, &url)).transpose()?.unwrap_or_else(|| OPENAI.to_owned());
    let default = (base_url == OPENAI).then(|| OPENAI_KEY.to_owned());
    let Some(key) = key else { return Ok(Provider::Openai { base_url, api_key_env: default }) };
    let mut characters = key.chars();
    let starts = characters.next().is_some_and(|it| it.is_ascii_uppercase() || it == '_');
    let usable = starts && characters.all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_');
    if !usable || key.len() > 200 {
        // What is written may be the key itself, so it is not shown.
        let reason = "expected the name of an environment variable (A-Z, 0-9 and _), found something else";
        let hint = "name the variable that holds the key, as in `api_key_env: OPENAI_API_KEY`; if a key was written \
                    here, take it out and revoke it";
        return Err(at.bad("api_key_env", reason).with_hint(hint));
    }
    Ok(Provider::Openai { base_url, api_key_env: Some(key) })
}

/// An address that requests can be sent under. What is wrong is never shown: it may hold a password.
fn checked_url(at: &Place<'_>, url: &str) -> Result<String, ConfigError> {
    let bad = |reason: &str, hint: &str| at.bad("base_url", reason).with_hint(hint);
    let example = "write it as in `https://api.openai.com/v1` or `http://localhost:11434/v1`";
    let url = url.trim();
    let Some(scheme) = ["http://", "https://"]
        .iter()
        .find(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
    else {
        return Err(bad("expected an address that starts with http:// or https://", example));
    };
    let rest = &url[scheme.len()..];
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(bad("credentials in an address end up in records", "name a variable with `api_key_env` instead"));
    }
    if rest.contains(['?', '#']) {
        return Err(bad("expected an address without a query or a fragment", example));
    }
    let odd = |it: char| it.is_whitespace() || it.is_control() || matches!(it, '\\' | '"' | '<' | '>' | '{' | '}');
    if authority.is_empty() || authority.starts_with(':') || rest.contains(odd) {
        return Err(bad("not a usable address", example));
    }
    if let Some((_, port)) = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'))
        && port.parse::<u16>().is_err()
    {
        return Err(bad("the port is not a number from 0 to 65535", example));
    }
    Ok(format!("{scheme}{}", rest.trim_end_matches('/')))
}

fn recorded(at: &Place<'_>, written: raw::Recorded) -> Result<Recorded, ConfigError> {
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
        at.missing("recorded.answer", "say what the answer is, as in `answer: \"{{ record.answer }}\"`")
    })?;
    Ok(Recorded {
        path: at.path("recorded.path", path)?,
        format: written.format,
        encoding: at.filled("recorded.encoding", written.encoding.unwrap_or_else(|| "utf-8".to_owned()))?,
        matching,
        values: written.values.unwrap_or_default(),
        answer: at.filled("recorded.answer", answer)?,
        model: at.filled_option("recorded.model", written.model)?,
    })
}

fn sample(at: &Place<'_>, written: &raw::Sample) -> Result<Sample, ConfigError> {
    let rate = |key: &str, value| at.real(key, value, 0.0, (0.0, 1.0));
    Ok(Sample {
        malformed: rate("sample.malformed", written.malformed)?,
        extra_field: rate("sample.extra_field", written.extra_field)?,
        truncated: rate("sample.truncated", written.truncated)?,
        judge_fail: rate("sample.judge_fail", written.judge_fail)?,
        slow: rate("sample.slow", written.slow)?,
        latency_ms: at.whole("sample.latency_ms", written.latency_ms, 0, (0, 3_600_000))?,
    })
}
