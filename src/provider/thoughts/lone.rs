//! Closing tags that stand alone: the thought was opened in the prompt, and the text begins in the middle of it.

use super::code::{Hidden, MOST_TRIED, in_quotes, json_end, line_before};
use super::speech;
use super::tags::{closing, opening, places};

/// How sure it has to be that a tag ends a thought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Where the text of an answer would be lost: what may be prose about tags stays.
    Sure,
    /// Where only a draft would be lost.
    Likely,
}

/// Whether a text has a closing tag at all.
pub(super) fn may_close(text: &str) -> bool {
    places(text).any(|at| closing(&text[at..]).is_some())
}

/// The end of the first closing tag that stands alone and ends a thought.
pub(super) fn end(text: &str, care: Care) -> Option<usize> {
    if !may_close(text) {
        return None;
    }
    let hidden = Hidden::of(text);
    let tags = places(text).filter_map(|at| closing(&text[at..]).map(|tag| (at, at + tag.length))).take(MOST_TRIED);
    tags.filter(|(at, _)| !hidden.has(*at)).find(|(at, end)| is_structural(text, *at, *end, care)).map(|(_, end)| end)
}

/// Whether the tag from `at` to `end` ends a thought, and is not only spoken of.
fn is_structural(text: &str, at: usize, end: usize, care: Care) -> bool {
    let (head, tail) = (&text[..at], &text[end..]);
    let line = line_before(text, at);
    let after = &tail[..tail.find('\n').unwrap_or(tail.len())];
    if is_paired(head, line) || in_quotes(line, after) {
        return false;
    }
    if care == Care::Sure && (speech::introduces(head, tail) || speech::surrounds(head, tail)) {
        return false;
    }
    let (before, rest) = (line.trim(), after.trim());
    if before.is_empty() && rest.is_empty() {
        return true;
    }
    let answer = tail.trim_start();
    if answer.starts_with("```") || answer.starts_with("~~~") || begins_json(answer) {
        return true;
    }
    if line.ends_with([' ', '\t']) && speech::names(before) {
        return false;
    }
    // A sentence that goes on is not the beginning of an answer.
    let goes_on = after.starts_with([' ', '\t']) && rest.starts_with(|it: char| it.is_lowercase())
        || rest.starts_with([',', ';', '.', ')', '?', '!', ':']);
    if goes_on {
        return false;
    }
    if care == Care::Sure && (speech::mentions(line) || is_within_word(before, rest) && line.ends_with(before)) {
        return false;
    }
    if before.is_empty() || rest.is_empty() {
        return true;
    }
    let is_attached = !line.ends_with([' ', '\t']) && !after.starts_with([' ', '\t']);
    is_attached || before.ends_with(['.', '!', '?', '…', '。', '！', '？', ')', '"', '”', '}', ']'])
}

/// Whether a tag stands between two letters as within a sentence: the second is small, or of a script without capitals.
fn is_within_word(before: &str, after: &str) -> bool {
    let ends = before.chars().next_back().is_some_and(char::is_alphanumeric);
    let is_sentence = before.split_whitespace().count() > 2 || !before.is_ascii();
    ends && is_sentence && after.chars().next().is_some_and(|it| it.is_alphabetic() && !it.is_uppercase())
}

/// Whether an opening tag before the closing one belongs to it: on the same line, or at the beginning of its own.
fn is_paired(head: &str, line: &str) -> bool {
    let mut open = 0_usize;
    for at in places(head) {
        let here = &head[at..];
        if closing(here).is_some() {
            open = open.saturating_sub(1);
            continue;
        }
        if opening(here).is_none_or(|(_, is_empty)| is_empty) {
            continue;
        }
        let before = head[..at].trim_end_matches([' ', '\t']);
        let is_last = opening(here).is_some_and(|(tag, _)| here[tag.length..].starts_with('\n'));
        let begins = before.is_empty() || before.ends_with(['\n', '>']) || is_last;
        if begins || head.len() - at <= line.len() {
            open += 1;
        }
    }
    open > 0
}

/// Whether a text begins with a JSON object or list.
fn begins_json(text: &str) -> bool {
    text.starts_with('{') || (text.starts_with('[') && json_end(text).is_some())
}
