//! What may be a thought, though a text may well be about it: blocks with a word for thinking in their name, however
//! their tags are spelled, fences with such a word, and the headlines of Granite. They begin on a line of their own, and
//! are left out where JSON is looked for.

use super::code::{MOST_TRIED, json_end, line_before};
use super::tags::Block;

/// How words for thinking begin. A name has several words, as in `reasoning_content`.
const STEMS: [&str; 16] = [
    "think",
    "thought",
    "reason",
    "rational",
    "reflect",
    "ponder",
    "contemplat",
    "deliberat",
    "brainstorm",
    "monolog",
    "scratch",
    "introspect",
    "cogitat",
    "analy",
    "consider",
    "musing",
];
/// Short words for thinking that begin other words too.
const WORDS: [&str; 3] = ["cot", "plan", "planning"];
/// How the words begin that name nothing but thoughts. A plan or an analysis may be the answer, where nothing follows it.
const SURE: [&str; 5] = ["think", "thought", "reasoning", "monolog", "scratch"];

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
    if !line_before(text, at).trim().is_empty() {
        return None;
    }
    let is_first = before.trim().is_empty();
    block(here).or_else(|| fence(here)).or_else(|| headline(here).filter(|_| is_first))
}

/// Whether a text has something of it, outside code.
pub(super) fn is_in(text: &str) -> bool {
    let (mut at, mut tried) = (0, 0);
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        let place = at + line.len() - start.len();
        at += line.len();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        if let Some(open) = fence {
            fence = fence.filter(|_| mark != Some(open));
            continue;
        }
        if start.starts_with(['<', '[', '&', '`', '~', 'H']) && tried < MOST_TRIED {
            tried += 1;
            if length(text, place).is_some() {
                return true;
            }
        }
        fence = mark;
    }
    false
}

/// The block that a text begins with. One that never ends goes to the end of the text.
fn block(text: &str) -> Option<usize> {
    let opening = tag(text).filter(|it| !it.is_closing)?;
    let inside = &text[opening.length..];
    let places = inside.match_indices(opening.brackets.0).take(MOST_TRIED);
    let closes = |it: &Tag<'_>| it.is_closing && it.name.eq_ignore_ascii_case(opening.name);
    let end = places.map(|(at, _)| at).find_map(|at| tag(&inside[at..]).filter(closes).map(|it| at + it.length));
    let sure = is_sure(opening.name);
    match end {
        Some(end) => Some(opening.length + end).filter(|end| sure || !text[*end..].trim().is_empty()),
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

/// A block of Open `WebUI`, as in `<details type="reasoning">`: nothing else has such a type.
pub(super) fn details(text: &str) -> Option<Block> {
    let rest = text.strip_prefix("<details ")?;
    let attributes = &rest[..rest.find('>')?];
    let kind = attributes.split_once("type=\"")?.1.split('"').next()?;
    if !is_thinking(kind) {
        return None;
    }
    let end = text.find("</details>").map(|at| at + "</details>".len());
    Some(end.map_or(Block::Open, Block::Closed))
}

/// The tag that a text begins with, if its name has a word for thinking.
fn tag(text: &str) -> Option<Tag<'_>> {
    let brackets = BRACKETS.into_iter().find(|(open, _)| text.starts_with(open))?;
    let space = [' ', '\t'];
    let inside = text[brackets.0.len()..].trim_start_matches(space);
    let named = inside.strip_prefix('/').map(|it| it.trim_start_matches(space));
    let (is_closing, named) = (named.is_some(), named.unwrap_or(inside));
    let is_part = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b':' | b'-');
    let (name, rest) = named.split_at(named.bytes().take_while(|it| is_part(*it)).count());
    let close = rest[..rest.floor_char_boundary(ATTRIBUTES)].find(brackets.1)?;
    let attributes = &rest[..close];
    let is_tag = attributes.is_empty() || attributes.starts_with([' ', '\t']) && !attributes.contains(['<', '\n']);
    let length = text.len() - rest.len() + close + brackets.1.len();
    (is_tag && is_thinking(name)).then_some(Tag { name, brackets, is_closing, length })
}

/// Whether a name has a word for thinking.
fn is_thinking(name: &str) -> bool {
    has_part(name, |part| STEMS.iter().any(|it| part.starts_with(it)) || WORDS.contains(&part))
}

fn is_sure(name: &str) -> bool {
    has_part(name, |part| SURE.iter().any(|it| part.starts_with(it)))
}

fn has_part(name: &str, is: impl Fn(&str) -> bool) -> bool {
    name.to_ascii_lowercase().split(|it: char| !it.is_alphanumeric()).any(is)
}

/// Whether a text is a JSON value and no more.
fn is_json(text: &str) -> bool {
    let text = text.trim();
    json_end(text) == Some(text.len())
}
