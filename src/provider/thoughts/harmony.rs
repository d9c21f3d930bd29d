//! The channels of gpt-oss: `analysis` and `commentary` come before the answer, which is in `final`. Servers print
//! their special tokens, or lose some of them.

use super::code::{Hidden, MOST_TRIED, line_before};
use super::speech;

const CHANNEL: &str = "<|channel|>";
const FINAL: &str = "<|channel|>final";
const MESSAGE: &str = "<|message|>";
const START: &str = "<|start|>";
/// What stands between the name of the channel and its message, at most: `<|constrain|>json`, or the tool in `to=…`.
const HEADER: usize = 200;
/// How a thought begins where `analysis` has lost its tokens.
const BEGINNINGS: [&str; 14] = [
    "We ",
    "We'",
    "We\u{2019}",
    "User ",
    "The user",
    "The task",
    "I need",
    "I must",
    "I should",
    "Need ",
    "Let's ",
    "Let\u{2019}s ",
    "Let me ",
    "Okay",
];

/// Where the answer begins, if a text is in channels; its end, if it has no `final` one.
pub(super) fn end(text: &str) -> Option<usize> {
    let start = text.len() - text.trim_start().len();
    let trimmed = &text[start..];
    let has_tokens = [CHANNEL, START].iter().any(|token| trimmed.starts_with(token))
        || channel(trimmed).is_some_and(|name| header(&trimmed[name.len()..]).is_some());
    if has_tokens {
        return Some(with_tokens(trimmed).map_or(text.len(), |end| start + end));
    }
    without_tokens(trimmed).map(|end| start + end)
}

/// Where the answer begins, if the first channel was opened in the prompt.
pub(super) fn opened_before(text: &str) -> Option<usize> {
    if !text.contains(FINAL) {
        return None;
    }
    let hidden = Hidden::of(text);
    let is_spoken_of = |at: usize| {
        hidden.has(at) || text[..at].ends_with(['`', '"', '\'', '“']) || speech::mentions(line_before(text, at))
    };
    let mut named = text.match_indices(FINAL).take(MOST_TRIED).filter(|(at, _)| !is_spoken_of(*at));
    named.find_map(|(at, name)| Some(at + name.len() + header(&text[at + name.len()..])?))
}

/// The name of the channel that a text begins with.
fn channel(text: &str) -> Option<&str> {
    ["analysis", "commentary", "final"].into_iter().find(|name| text.starts_with(name))
}

/// The length of the rest of a header, up to and including `<|message|>`.
fn header(text: &str) -> Option<usize> {
    let head = &text[..text.floor_char_boundary(HEADER + MESSAGE.len())];
    let end = head.find(MESSAGE)?;
    (!head[..end].contains('\n')).then_some(end + MESSAGE.len())
}

/// The header that a text begins with where the name of its channel is lost: `<|constrain|>json<|message|>`.
pub(super) fn lost_header(text: &str) -> Option<usize> {
    let has_token = text.starts_with("<|constrain|>") || text.starts_with(MESSAGE);
    has_token.then(|| header(text)).flatten()
}

/// Where the message of the first channel `final` begins.
fn with_tokens(text: &str) -> Option<usize> {
    if let Some(length) = text.strip_prefix("final").and_then(header) {
        return Some("final".len() + length);
    }
    let mut named = text.match_indices(CHANNEL).map(|(at, _)| at + CHANNEL.len());
    let found = named.find_map(|at| Some(at + "final".len() + header(text[at..].strip_prefix("final")?)?));
    found.or_else(|| {
        // The token before the channel's name may be lost, and the one after it.
        let glued = text.match_indices("assistantfinal").map(|(at, name)| at + name.len());
        glued.map(|at| at + header(&text[at..]).unwrap_or_else(|| marker(&text[at..]))).next()
    })
}

/// `analysis…assistantfinal…`: the names are glued to what stands around them.
fn without_tokens(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("assistant").unwrap_or(text);
    let name = channel(inside)?;
    let rest = &inside[name.len()..];
    let is_glued = rest.chars().next().is_some_and(|it| !it.is_lowercase() && !it.is_whitespace() && it != '_');
    let begins = !rest.starts_with(':') && is_glued;
    if !begins || name == "final" {
        return None;
    }
    let glued = "assistantfinal";
    match text.find(glued) {
        Some(at) => Some(at + glued.len() + marker(&text[at + glued.len()..])),
        None => BEGINNINGS.iter().any(|it| rest.starts_with(it)).then_some(text.len()),
    }
}

/// The length of a lost constrain marker before JSON.
fn marker(text: &str) -> usize {
    let trimmed = text.trim_start();
    let rest = trimmed.strip_prefix("<|constrain|>").unwrap_or(trimmed).strip_prefix("json");
    let json = rest.filter(|rest| rest.trim_start().starts_with(['{', '[']) || rest.starts_with(MESSAGE));
    json.map_or(0, |rest| text.len() - rest.strip_prefix(MESSAGE).unwrap_or(rest).len())
}
