//! What may be a thought, though a text may well be about it: blocks with a word for thinking in their name, however
//! their tags are spelled, fences with such a word, and the headlines of Granite. They begin a line or follow a
//! sentence, and are left out where JSON is looked for. So is what stands before a closing tag with such a word.

use super::code::{Hidden, MOST_TRIED, in_quotes, json_end, line_before};
use super::speech::{SENTENCE_ENDS, is_mark, mentions, names};
use super::words::{has_part, is_sure, is_thinking};

/// What stands around a name in a tag.
const BRACKETS: [(&str, &str); 4] = [("<|", "|>"), ("<", ">"), ("&lt;", "&gt;"), ("[", "]")];
/// The most bytes of what a tag may have after its name.
const ATTRIBUTES: usize = 80;

/// The headlines of Granite's thoughts and answers.
const THINKS: [&str; 2] = ["Here is my thought process:", "Here's my thought process:"];
const ANSWERS: [&str; 2] = ["Here is my response:", "Here's my response:"];

/// A tag with a word for thinking in its name.
struct Tag<'a> {
    name: &'a str,
    brackets: (&'static str, &'static str),
    is_closing: bool,
    length: usize,
}

/// The length of what may be a thought at a place of a text.
pub(super) fn length(text: &str, at: usize) -> Option<usize> {
    let (before, here) = text.split_at(at);
    let line = line_before(text, at).trim();
    if !line.is_empty() {
        return block(here).filter(|_| line.ends_with(SENTENCE_ENDS) || is_mark(line));
    }
    let is_first = before.trim().is_empty();
    block(here).or_else(|| fence(here)).or_else(|| headline(here).filter(|_| is_first))
}

/// The length of a closing tag at a place of a text, if it was not opened there, is not only named, and is not the end.
pub(super) fn closing(text: &str, at: usize) -> Option<usize> {
    let (before, here) = text.split_at(at);
    let closing = tag(here).filter(|it| it.is_closing)?;
    let opens = |it: Tag<'_>| !it.is_closing && it.name.eq_ignore_ascii_case(closing.name);
    let mut places = before.rmatch_indices(closing.brackets.0).take(MOST_TRIED);
    let line = line_before(text, at);
    let after = &here[closing.length..];
    let goes_on = after.starts_with(['.', ',', ';', ':', ')', '!', '?', '"'])
        || after.starts_with(' ') && after.trim_start().starts_with(char::is_lowercase);
    let is_named = line.ends_with(' ') && (names(line.trim()) || goes_on && mentions(line));
    let is_lone = !is_named && !is_nothing(after) && !places.any(|(at, _)| tag(&before[at..]).is_some_and(opens));
    is_lone.then_some(closing.length)
}

/// Whether a text has something of it, outside other code, quotes and JSON.
pub(super) fn is_in(text: &str) -> bool {
    let start = text.len() - text.trim_start().len();
    if headline(&text[start..]).is_some() || has_fence(text) {
        return true;
    }
    let is_likely = |at: &usize| length(text, *at).is_some() || closing(text, *at).is_some();
    let tags = text.match_indices(['<', '[', '&']).map(|(at, _)| at).filter(|at| tag(&text[*at..]).is_some());
    let mut found = tags.take(MOST_TRIED).filter(is_likely).peekable();
    if found.peek().is_none() {
        return false;
    }
    let hidden = Hidden::of(text);
    found.any(|at| {
        let after = text[at..].lines().next().unwrap_or_default();
        !hidden.has(at) && !in_quotes(line_before(text, at), &after[tag(after).map_or(0, |it| it.length)..])
    })
}

/// Whether a text has a fenced block with a word for thinking, which is not inside another one.
fn has_fence(text: &str) -> bool {
    let (mut at, mut open) = (0, None);
    for line in text.split_inclusive('\n') {
        let here = line.trim_start();
        let place = at + line.len() - here.len();
        at += line.len();
        let mark = ["```", "~~~"].into_iter().find(|mark| here.starts_with(mark));
        match (open, mark) {
            (None, Some(_)) if fence(&text[place..]).is_some() => return true,
            (None, Some(_)) => open = mark,
            (Some(_), Some(_)) if open == mark => open = None,
            _ => {}
        }
    }
    false
}

/// The block that a text begins with. One that never ends goes to the end of the text.
fn block(text: &str) -> Option<usize> {
    let opening = tag(text).filter(|it| !it.is_closing)?;
    let inside = &text[opening.length..];
    let places = inside.match_indices(opening.brackets.0).take(MOST_TRIED);
    let closes = |it: &Tag<'_>| {
        it.is_closing && it.name.eq_ignore_ascii_case(opening.name) || has_part(it.name, |part| part == "end")
    };
    let end = places.map(|(at, _)| at).find_map(|at| tag(&inside[at..]).filter(closes).map(|it| at + it.length));
    let sure = is_sure(opening.name);
    match end {
        Some(end) => Some(opening.length + end).filter(|end| sure || !is_nothing(&text[*end..])),
        // Words in brackets are none either.
        None if opening.name.contains(' ') => None,
        // A word in brackets is no block by itself.
        None if opening.brackets.0 == "[" => None,
        None => Some(text.len()).filter(|_| sure || !is_json(inside)),
    }
}

/// The fenced block that a text begins with, if its language is a word for thinking.
fn fence(text: &str) -> Option<usize> {
    let mark = ["```", "~~~"].into_iter().find(|mark| text.starts_with(mark))?;
    let line = text.lines().next()?;
    let language = line[mark.len()..].split_whitespace().next()?;
    if !is_thinking(language) {
        return None;
    }
    let inside = &text[line.len()..];
    let closing = inside.find(&format!("\n{mark}")).map(|end| line.len() + end + 1 + mark.len());
    let end = closing.unwrap_or(text.len());
    Some(end).filter(|end| is_sure(language) || !text[*end..].trim().is_empty())
}

/// Granite's thoughts, up to the headline of its answer.
fn headline(text: &str) -> Option<usize> {
    let begin = THINKS.iter().find(|it| text.starts_with(**it))?.len();
    let ends = ANSWERS.iter().filter_map(|it| text[begin..].find(it).map(|at| begin + at + it.len()));
    Some(ends.min().unwrap_or(text.len()))
}

/// The tag that a text begins with, if its name has a word for thinking.
fn tag(text: &str) -> Option<Tag<'_>> {
    let brackets = BRACKETS.into_iter().find(|(open, _)| text.starts_with(open))?;
    let space = [' ', '\t'];
    let inside = text[brackets.0.len()..].trim_start_matches(space);
    let named = inside.strip_prefix('/').map(|it| it.trim_start_matches(space));
    let (is_closing, named) = (named.is_some(), named.unwrap_or(inside));
    let is_part = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b':' | b'-');
    let first = named.bytes().take_while(|it| is_part(*it)).count();
    let close = named[..named.floor_char_boundary(first + ATTRIBUTES)].find(brackets.1)?;
    let attributes = &named[first.min(close)..close];
    let is_tag = attributes.is_empty() || attributes.starts_with([' ', '\t']) && !attributes.contains(['<', '\n']);
    // A name may have several words.
    let name = if attributes.contains('=') { &named[..first] } else { named[..close].trim_end() };
    let length = text.len() - named.len() + close + brackets.1.len();
    (is_tag && is_thinking(name)).then_some(Tag { name, brackets, is_closing, length })
}

/// Whether a text has nothing but punctuation.
fn is_nothing(text: &str) -> bool {
    text.trim_matches(|it: char| {
        it.is_whitespace() || matches!(it, '.' | ',' | ';' | ':' | '!' | '?' | ')' | '"' | '*')
    })
    .is_empty()
}

/// Whether a text is a JSON value and no more.
fn is_json(text: &str) -> bool {
    let text = text.trim();
    json_end(text) == Some(text.len())
}
