//! Tells what a model thought from its answer, where both stand in one text: [`split`].
//!
//! Thoughts are a beginning: blocks in tags ([`tags`]), the channels of gpt-oss ([`harmony`]), or all up to a closing
//! tag that stands alone, since many chat templates open the thought in the prompt ([`lone`]). What only speaks of such
//! a tag ([`speech`]) stays whole: in quotes, in code, inside a JSON value, in a list, in the middle of a sentence.
//!
//! Thoughts elsewhere stay in the recorded answer and are left out where it is read: [`without`] looks for JSON, where
//! only a draft can be lost (also what is only [`likely`] one), and [`said`] for a text, where only the certain goes.
//! [`leftover`] says which it is.

mod code;
mod elsewhere;
mod harmony;
mod inside;
mod likely;
mod lone;
mod speech;
mod tags;
mod words;

pub use elsewhere::without;
pub use inside::{Leftover, leftover, said};

use lone::Care;

/// The most blocks in a row that are taken for thoughts: a bound on hostile texts.
const MOST_BLOCKS: usize = 100;

/// Splits a text into the thoughts at its beginning and the answer. The two are the whole text, byte for byte; without
/// thoughts the first is empty. White space after the thoughts belongs to them, but not the indentation of the answer's
/// first line.
#[must_use]
pub fn split(text: &str) -> (&str, &str) {
    if !may_think(text) {
        return ("", text);
    }
    if let Some(end) = harmony::end(text).or_else(|| harmony::opened_before(text)) {
        return text.split_at(end + blank(&text[end..]));
    }
    let mut at = 0;
    for _ in 0..MOST_BLOCKS {
        let rest = &text[at..];
        let start = rest.len() - rest.trim_start_matches(is_invisible).len();
        let here = &rest[start..];
        let found = match tags::block(here) {
            Some(tags::Block::Closed(length)) if speech::is_named(&here[..length], &here[length..]) => None,
            Some(tags::Block::Closed(length)) if code::is_indented(rest, start, start + length) => None,
            Some(tags::Block::Closed(length)) if is_of_document(&here[..length], &here[length..]) => None,
            Some(tags::Block::Closed(length)) => Some(start + length),
            Some(tags::Block::Open) if speech::is_named(here, "") => None,
            Some(tags::Block::Open) => return (text, ""),
            None => lone::end(rest, Care::Sure),
        };
        let Some(end) = found else { return text.split_at(at) };
        at += end;
        at += blank(&text[at..]);
    }
    text.split_at(at)
}

/// Whether a block is an element of a document rather than a thought: others follow, and not only thoughts have its
/// name.
fn is_of_document(block: &str, after: &str) -> bool {
    !tags::is_of_thoughts_alone(block) && tags::begins_element(after.trim_start())
}

/// The length of the white space before an answer: the blank lines, or all of it where the answer begins on this line.
fn blank(text: &str) -> usize {
    let space = &text[..text.len() - text.trim_start().len()];
    if space.len() == text.len() {
        return space.len();
    }
    space.rfind('\n').map_or(space.len(), |end| end + 1)
}

/// Whether these thoughts have no end, so that no answer could follow.
#[must_use]
pub fn are_open(thoughts: &str) -> bool {
    let (before, _) = split(thoughts);
    // A closed block is cut off whatever follows it; an open one takes what follows with it.
    !before.is_empty() && split(&format!("{thoughts}\n\nx")).1.is_empty()
}

/// Whether a text can have thoughts at all, cheaply.
fn may_think(text: &str) -> bool {
    let start = text.trim_start_matches(is_invisible);
    let first = start.as_bytes().first();
    let opens =
        matches!(first, Some(b'<' | b'[' | 0xe2)) || start.starts_with("analysis") || start.starts_with("assistant");
    opens
        || start.starts_with("commentary")
        || start.starts_with("final")
        || lone::may_close(text)
        || text.contains("<|channel|>final")
}

/// Whether a character shows nothing: white space, a byte order mark, or a space without a width.
fn is_invisible(it: char) -> bool {
    it.is_whitespace() || matches!(it, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
}

#[cfg(test)]
mod tests;
