//! Thoughts that are no beginning: [`without`] leaves them out where a JSON value is looked for.

use std::borrow::Cow;

use super::code::{MOST_TRIED, broken_json, json_end, line_before};
use super::inside;
use super::likely;
use super::lone::{self, Care};
use super::tags::{self, Block};

/// A text without the blocks of thoughts in it and without what follows the end of the turn. What stands in a JSON
/// value, or is spoken of in quotes, stays.
#[must_use]
pub fn without(text: &str) -> Cow<'_, str> {
    if broken_json(text.trim_start()).is_some() {
        return Cow::Borrowed(text);
    }
    let first = text.len() - text.trim_start().len();
    let opened = || likely::length(text, first).map_or(0, |length| first + length);
    let start = lone::end(text, Care::Likely).unwrap_or_else(opened);
    let mut kept = String::new();
    let (mut from, mut at) = (start, start);
    for _ in 0..MOST_TRIED {
        let Some(found) = text[at..].find(['{', '[', '<', '◁', '`', '~', '&']) else { break };
        at += found;
        match part(text, at) {
            Part::Value(length) => at += length,
            Part::Thought(length) => {
                kept.push_str(&text[from..at]);
                at += length;
                from = at;
            }
            Part::Closing(length) => {
                kept.clear();
                at += length;
                from = at;
            }
            Part::Other => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// What begins at a place of a text, and its length in bytes.
enum Part {
    Value(usize),
    Thought(usize),
    /// All before it is a thought that was opened in the prompt.
    Closing(usize),
    Other,
}

fn part(text: &str, at: usize) -> Part {
    let (before, here) = text.split_at(at);
    let line = line_before(text, at).trim();
    if let Some(length) = likely::length(text, at) {
        return Part::Thought(length);
    }
    if before.ends_with(['`', '"', '\'', '“', '«']) || here.starts_with('`') {
        return Part::Other;
    }
    if let Some(length) = likely::closing(text, at) {
        return Part::Closing(length);
    }
    // What follows the end of a turn, or begins another one, is made up.
    if inside::is_over(text, at) {
        return Part::Thought(here.len());
    }
    match tags::block(here) {
        Some(Block::Closed(length)) => return Part::Thought(length),
        Some(Block::Open) if line.is_empty() || line.ends_with(['.', '!', '?', ':', '。']) => {
            return Part::Thought(here.len());
        }
        _ => {}
    }
    json_end(here).filter(|_| here.starts_with(['{', '['])).map_or(Part::Other, Part::Value)
}
