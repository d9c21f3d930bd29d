//! Reads a provider's rate limits from the headers of a response: [`ReportedLimits`], a [`Quota`] for each kind.
//!
//! The forms differ, but all of them say how much is allowed, how much of it is left, and when all of it is available
//! again. They are described here:
//!
//! | form | where it is described |
//! | --- | --- |
//! | `x-ratelimit-{limit,remaining,reset}-{requests,tokens,project-tokens}`, reset as `6m0s` or `120ms` | <https://platform.openai.com/docs/guides/rate-limits> |
//! | the same with `input-tokens` and `output-tokens`, reset as `7.66s`; `requests` are those of a day | <https://console.groq.com/docs/rate-limits> |
//! | the same, reset in seconds, or `x-ratelimit-renewalperiod-{requests,tokens}` in its place | <https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits> |
//! | `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`, reset in RFC 3339 | <https://platform.claude.com/docs/en/api/rate-limits> |
//! | `x-ratelimit-{limit,remaining,reset}`, reset in milliseconds since 1970 | <https://openrouter.ai/docs/api/reference/limits> |
//! | `ratelimit: "name";r=50;t=30` with `ratelimit-policy`, and the earlier drafts' forms | <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/> |
//!
//! A moment is measured against the response's own `date`: there is no clock here, and the provider's may differ from
//! ours. A header that cannot be read is ignored.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use super::wire::Response;

/// The longest reset: no limit is about more than a day.
const MOST: Duration = Duration::from_hours(24);

/// From here on a number is no span, which would be thirty years, but a moment: seconds or milliseconds since 1970.
pub(super) const SINCE_1970: f64 = 1e9;

/// How much of one kind is left, and until when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// How much is allowed, if the provider says it.
    pub limit: Option<f64>,
    pub remaining: f64,
    /// The time until the whole limit is available again.
    pub reset: Duration,
}

/// The rate limits in a response.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReportedLimits {
    pub requests: Option<Quota>,
    /// Input and output together.
    pub tokens: Option<Quota>,
    pub input_tokens: Option<Quota>,
    pub output_tokens: Option<Quota>,
}

/// Whether a header (its name in lower case) may carry a rate limit.
#[must_use]
pub fn is_limit(name: &str) -> bool {
    ["x-ratelimit-", "anthropic-ratelimit-", "ratelimit"].iter().any(|start| name.starts_with(start))
}

impl Quota {
    /// The seconds per unit if what is left is spread over the time until the reset.
    #[must_use]
    pub fn seconds_each(&self) -> f64 {
        self.reset.as_secs_f64() / self.remaining.max(1.0)
    }
}

impl ReportedLimits {
    /// Reads `response`. Of two limits of one kind, the tighter one counts.
    #[must_use]
    pub fn of(response: &Response) -> Self {
        let mut limits = Self::default();
        if !response.headers.iter().any(|(name, _)| is_limit(name)) {
            return limits;
        }
        let date = response.header("date").and_then(|text| OffsetDateTime::parse(text.trim(), &Rfc2822).ok());
        let header = |name: &str| response.header(name);
        for kind in ["requests", "tokens", "project-tokens", "input-tokens", "output-tokens"] {
            let named = |part: &str| header(&format!("x-ratelimit-{part}-{kind}"));
            let reset = named("reset").or_else(|| named("renewalperiod"));
            limits.add(kind, quota(named("limit"), named("remaining"), reset, date));
            let named = |part: &str| header(&format!("anthropic-ratelimit-{kind}-{part}"));
            limits.add(kind, quota(named("limit"), named("remaining"), named("reset"), date));
        }
        for prefix in ["x-ratelimit", "ratelimit"] {
            let named = |part: &str| header(&format!("{prefix}-{part}"));
            limits.add("requests", quota(named("limit"), named("remaining"), named("reset"), date));
        }
        if let Some(text) = header("ratelimit") {
            let policy = header("ratelimit-policy").unwrap_or_default();
            for item in text.split(',').filter(|_| text.contains("r=")) {
                limits.add("requests", item_quota(item, policy));
            }
            limits.add("requests", dictionary_quota(text));
        }
        limits
    }

    /// The time until an exhausted limit resets; `None` if no limit is exhausted.
    #[must_use]
    pub fn exhausted_for(&self) -> Option<Duration> {
        let all = [self.requests, self.tokens, self.input_tokens, self.output_tokens];
        all.into_iter().flatten().filter(|it| it.remaining < 1.0 && !it.reset.is_zero()).map(|it| it.reset).max()
    }

    fn add(&mut self, kind: &str, quota: Option<Quota>) {
        let Some(quota) = quota else { return };
        let place = match kind {
            "requests" => &mut self.requests,
            "input-tokens" => &mut self.input_tokens,
            "output-tokens" => &mut self.output_tokens,
            _ => &mut self.tokens,
        };
        if place.is_none_or(|other| other.seconds_each() < quota.seconds_each()) {
            *place = Some(quota);
        }
    }
}

fn quota(
    limit: Option<&str>,
    remaining: Option<&str>,
    reset: Option<&str>,
    date: Option<OffsetDateTime>,
) -> Option<Quota> {
    let remaining = number(remaining?)?;
    Some(Quota { limit: limit.and_then(number), remaining, reset: until(reset?, date)? })
}

/// `"name";r=50;t=30`: the current draft. Policies in a unit other than requests are ignored.
fn item_quota(item: &str, policy: &str) -> Option<Quota> {
    let (name, parameters) = item.split_once(';')?;
    let named = policy.split(',').find(|it| it.split(';').next().is_some_and(|other| other.trim() == name.trim()));
    let of_policy = |key| named.and_then(|it| parameter(it.split_once(';')?.1, key));
    if of_policy("qu").is_some_and(|unit| unit.trim_matches('"') != "requests") {
        return None;
    }
    let reset = span(parameter(parameters, "t")?)?;
    Some(Quota { limit: of_policy("q").and_then(number), remaining: number(parameter(parameters, "r")?)?, reset })
}

fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|it| it.trim().strip_prefix(name)?.strip_prefix('=')).map(str::trim)
}

/// `limit=100, remaining=50, reset=5`: an earlier draft.
fn dictionary_quota(text: &str) -> Option<Quota> {
    let named = |name: &str| text.split(',').find_map(|it| it.trim().strip_prefix(name)?.strip_prefix('='));
    quota(named("limit"), named("remaining"), named("reset"), None)
}

fn number(text: &str) -> Option<f64> {
    // `100, 100;w=60` in an early draft: the first is what counts.
    let text = text.split([',', ';']).next()?.trim();
    text.parse::<f64>().ok().filter(|it| it.is_finite() && *it >= 0.0)
}

/// The time until a moment: written as a span, as RFC 3339, or as seconds or milliseconds since 1970.
fn until(text: &str, date: Option<OffsetDateTime>) -> Option<Duration> {
    let text = text.trim();
    let moment = |end: OffsetDateTime| {
        let span = Duration::try_from(end - date?).unwrap_or(Duration::ZERO);
        Some(span.min(MOST))
    };
    match text.parse::<f64>() {
        Ok(number) if number >= SINCE_1970 => moment(since_1970(number)?),
        _ => match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(end) => moment(end),
            Err(_) => span(text),
        },
    }
}

/// The moment of a number from [`SINCE_1970`] on.
pub(super) fn since_1970(number: f64) -> Option<OffsetDateTime> {
    let seconds = if number >= SINCE_1970 * 1e3 { number / 1e3 } else { number };
    OffsetDateTime::UNIX_EPOCH.checked_add(time::Duration::checked_seconds_f64(seconds)?)
}

/// A span: `6m0s`, `1h2m3.5s`, `120ms`, or a plain number of seconds.
fn span(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    let mut any = false;
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..].find(|it: char| it.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        let unit = match &rest[end..unit_end] {
            "" if !any => 1.0,
            "d" => 86_400.0,
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number * unit;
        any = true;
        rest = &rest[unit_end..];
    }
    // A comparison with NaN is false, so that NaN is refused too.
    (any && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(MOST.as_secs_f64())))
}

#[cfg(test)]
mod tests;
