//! Thoughts that are no beginning: [`without`] leaves them out where a JSON value is looked for.

use std::borrow::Cow;

use super::code::{MOST_TRIED, broken_json, json_end};
use super::inside::ENDS;
use super::lone::{self, Care};
use super::tags::{self, Block};

/// A text without the blocks of thoughts in it and without what follows the end of the turn. What stands in a JSON
/// value, or is spoken of in quotes, stays.
#[must_use]
pub fn without(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '◁', '`']) && !text.contains("[THINK]") || broken_json(text.trim_start()).is_some() {
        return Cow::Borrowed(text);
    }
    let start = lone::end(text, Care::Likely).unwrap_or_default();
    let mut kept = String::new();
    let (mut from, mut at) = (start, start);
    for _ in 0..MOST_TRIED {
        let Some(found) = text[at..].find(['{', '[', '<', '◁', '`']) else { break };
        at += found;
        match part(text, at) {
            Part::Value(length) => at += length,
            Part::Thought(length) => {
                kept.push_str(&text[from..at]);
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
    Other,
}

fn part(text: &str, at: usize) -> Part {
    let (before, here) = text.split_at(at);
    let line = before[before.rfind('\n').map_or(0, |it| it + 1)..].trim();
    if line.is_empty() && ["```think\n", "```thinking\n"].iter().any(|fence| here.starts_with(fence)) {
        return Part::Thought(here.find("\n```").map_or(here.len(), |end| end + "\n```".len()));
    }
    if before.ends_with(['`', '"', '\'', '“', '«']) || here.starts_with('`') {
        return Part::Other;
    }
    if ENDS.iter().any(|end| here.starts_with(end)) || here.starts_with("<|start|>") {
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
