//! Reads the token counts of a response, for all dialects and whatever a gateway has made of them.
//!
//! What is billed is not always what a response counts as output: some servers leave thinking out of it, so that only
//! the total or the details have it. [`Counts::usage`] adds it to the output and says so. Nothing that was not counted
//! is taken for 0: zeros that cannot be true are unknown, and so are counts that no call can have.

use serde_json::Value;

use super::TokenUsage;

/// No call has more tokens. A larger count is a fault of the server, and sums of smaller ones stay within 64 bits.
const MOST: u64 = 100_000_000;

/// The counts of a response, by what its dialect means by them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    pub(super) total: Option<u64>,
    /// Input that was read from the provider's cache.
    pub(super) cached: Option<u64>,
    /// Input that was written to the provider's cache.
    pub(super) written: Option<u64>,
    pub(super) reasoning: Option<u64>,
    /// What is billed at other prices than the tokens.
    pub(super) apart: Apart,
    /// Whether `input` leaves out `cached` and `written`.
    pub(super) cache_is_beside: bool,
    /// Whether what the total alone has is thinking.
    pub(super) rest_is_thinking: bool,
}

/// What a response reports that has a price of its own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Apart {
    /// Input that is kept in the cache for an hour.
    long_cache: u64,
    searches: u64,
}

impl Apart {
    /// Reads it, in the forms of Anthropic and of Amazon.
    pub(super) fn of(usage: &Value) -> Self {
        let details = members(usage).filter(|(name, _)| name == "cachedetails").filter_map(|(_, it)| it.as_array());
        let of_an_hour = details.flatten().filter(|it| it["ttl"] == "1h").filter_map(|it| count(it, &["/inputTokens"]));
        Self {
            long_cache: count(usage, &["/cache_creation/ephemeral_1h_input_tokens"]).unwrap_or(0).max(of_an_hour.sum()),
            searches: count(usage, &["/server_tool_use/web_search_requests"]).unwrap_or(0),
        }
    }
}

/// The sum of the counts of this name over the rounds that a response was made in, if that is more than `all`:
/// Anthropic leaves rounds of compaction out of the counts of the response.
pub(super) fn with_rounds(usage: &Value, name: &str, all: Option<u64>) -> Option<u64> {
    let rounds = usage["iterations"].as_array().into_iter().flatten();
    all.max(rounds.filter_map(|round| at(round, name)).reduce(u64::saturating_add))
}

/// What dialects, servers and gateways call the tokens of thinking, in any [`plain`] form.
const THINKING: &[&str] = &[
    "reasoningtokens",
    "thinkingtokens",
    "thoughtstokens",
    "thoughttokens",
    "reasoningtokencount",
    "thinkingtokencount",
    "thoughtstokencount",
    "thoughttokencount",
    "reasoningoutputtokens",
];

/// The count at the first of these paths that has one above 0; `Some(0)` if all that are there are 0. Gateways fill
/// the names of other dialects with zeros. Names are the same in snake case and in camel case.
pub(super) fn count(usage: &Value, paths: &[&str]) -> Option<u64> {
    let mut zero = None;
    for path in paths {
        match at(usage, path) {
            Some(0) => zero = Some(0),
            Some(count) => return Some(count),
            None => {}
        }
    }
    zero
}

/// The largest count at these paths, for one thing under several names.
pub(super) fn largest(usage: &Value, paths: &[&str]) -> Option<u64> {
    paths.iter().filter_map(|path| at(usage, path)).max()
}

/// The sum of the counts in an object of this name; `None` if there are none.
pub(super) fn sum_within(usage: &Value, name: &str) -> Option<u64> {
    let parts = members(usage).filter(|(other, _)| *other == plain(name)).flat_map(|(_, parts)| members(parts));
    parts.filter_map(|(_, count)| whole(count)).reduce(u64::saturating_add)
}

/// The tokens of thinking, under whatever name and in whatever place: beside the other counts or in their details.
pub(super) fn thinking(usage: &Value) -> Option<u64> {
    let in_details = members(usage).filter(|(name, _)| name.ends_with("details")).map(|(_, details)| details);
    let all = std::iter::once(usage).chain(in_details).flat_map(members);
    all.filter(|(name, _)| THINKING.contains(&name.as_str())).filter_map(|(_, count)| whole(count)).max()
}

/// The largest count at a path of names with a `/` before each.
fn at(usage: &Value, path: &str) -> Option<u64> {
    let Some(path) = path.strip_prefix('/') else { return whole(usage) };
    let (name, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    let name = plain(name);
    members(usage).filter(|(other, _)| *other == name).filter_map(|(_, value)| at(value, rest)).max()
}

/// The members of an object, with their names in [`plain`] form.
fn members(object: &Value) -> impl Iterator<Item = (String, &Value)> {
    object.as_object().into_iter().flatten().map(|(name, value)| (plain(name), value))
}

/// A name without what sets snake case and camel case apart.
fn plain(name: &str) -> String {
    name.chars().filter(|it| *it != '_').map(|it| it.to_ascii_lowercase()).collect()
}

/// A count as a number of any kind, or as text; `None` if it is none that a call can have.
fn whole(value: &Value) -> Option<u64> {
    let count = match value {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().and_then(rounded_up)),
        Value::String(text) => text.trim().parse().ok().or_else(|| text.trim().parse().ok().and_then(rounded_up)),
        _ => None,
    };
    count.filter(|count| *count <= MOST)
}

fn rounded_up(count: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "its bounds are checked")]
    (0.0..=1e8).contains(&count).then(|| count.ceil() as u64)
}

impl Counts {
    /// What will be billed for, as far as the counts say it.
    pub(super) fn usage(self) -> TokenUsage {
        let total = self.total.filter(|total| *total > 0);
        // No prompt is empty: a server that says so has not counted it.
        let input = self.whole_input(total).filter(|input| *input > 0);
        let output = self.output.or_else(|| total?.checked_sub(input?).filter(|rest| *rest > 0));
        let reasoning = self.reasoning.unwrap_or(0);
        let rest = match (total, input, output) {
            (Some(total), Some(input), Some(output)) => total.saturating_sub(input.saturating_add(output)),
            _ => 0,
        };
        // Thinking that is more than the output cannot be a part of it.
        let outside = if output.is_some_and(|output| reasoning > output) { reasoning } else { 0 };
        let hidden = rest.max(outside);
        let is_named = hidden == reasoning && (rest == 0 || rest == hidden);
        let is_thinking = self.rest_is_thinking && reasoning == 0;
        TokenUsage {
            input_tokens: input,
            output_tokens: output.map(|output| output.saturating_add(hidden)),
            cached_tokens: self.cached,
            cache_write_tokens: self.written,
            reasoning_tokens: self.reasoning,
            total_tokens: total,
            hidden_tokens: hidden,
            unexplained: hidden > 0 && !is_named && !is_thinking,
            long_cache_tokens: self.apart.long_cache,
            searches: self.apart.searches,
        }
    }

    /// The input with the tokens of the cache.
    fn whole_input(&self, total: Option<u64>) -> Option<u64> {
        let input = self.input?;
        let cache = self.cached.unwrap_or(0).saturating_add(self.written.unwrap_or(0));
        // A gateway in front of a server that counts the cache beside the input may pass both on as they are.
        let is_in_the_rest = || {
            let rest = total.zip(self.output).and_then(|(total, output)| total.checked_sub(input)?.checked_sub(output));
            cache > 0 && rest == Some(cache) && self.reasoning != rest
        };
        let is_beside = self.cache_is_beside || cache > input || is_in_the_rest();
        Some(if is_beside { input.saturating_add(cache) } else { input })
    }
}

#[cfg(test)]
mod tests;
