//! The tags around thoughts: `<think>` and its kin, and the pairs that single models use.

use super::code::{Hidden, MOST_TRIED, is_quoted};
use super::words::is_thinking;

/// A thought at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// It ends after so many bytes, its closing tag included.
    Closed(usize),
    /// It never ends.
    Open,
}

/// A tag that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// What a closing tag must have in common with it.
    pub(super) name: &'a str,
    /// In bytes.
    pub(super) length: usize,
}

/// The names of tags that nothing else has. A model's own may be added before a colon or an underscore, as in
/// `seed:think`.
const OWN: [&str; 2] = ["think", "thinking"];

/// Names that documents have too, as in `<reasoning>…</reasoning><verdict>…</verdict>`.
const NAMES: [&str; 12] = [
    "thought",
    "thoughts",
    "reasoning",
    "reasoning_content",
    "thought_process",
    "thinking_process",
    "chain_of_thought",
    "cot",
    "scratchpad",
    "monologue",
    "internal_monologue",
    "inner_monologue",
];

/// Pairs of other models: Mistral's, Kimi's, Sky-T1's, Cohere's, Gemma's, Apertus', Apriel's …
const PAIRS: [(&str, &str); 14] = [
    ("<|thinking|>", "<|/thinking|>"),
    ("<|reasoning|>", "<|/reasoning|>"),
    ("[REASONING]", "[/REASONING]"),
    ("[thinking]", "[/thinking]"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|begin_think|>", "<|end_think|>"),
    ("<think_start>", "<think_end>"),
    ("<|think|>", "<|/think|>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought", "<channel|>"),
    ("<unused94>thought", "<unused95>"),
];

/// The most bytes of what a tag may have after its name.
const ATTRIBUTES: usize = 80;
/// The most bytes of what may stand before a name.
const PREFIX: usize = 24;

/// The thought that a text begins with.
pub(super) fn block(text: &str) -> Option<Block> {
    let Some((tag, is_empty)) = opening(text) else { return details(text) };
    if is_empty {
        return Some(Block::Closed(tag.length));
    }
    let inside = &text[tag.length..];
    Some(end_of(inside, tag.name).map_or(Block::Open, |end| Block::Closed(tag.length + end)))
}

/// The end of the tag that closes a thought. One that is quoted closes nothing, and one in code or in a JSON value only
/// if there is no other. A model may close a thought with another name than it has opened it with.
fn end_of(inside: &str, name: &str) -> Option<usize> {
    let closings = places(inside).filter_map(|at| closing(&inside[at..]).map(|tag| (at, tag))).take(MOST_TRIED);
    let tags: Vec<(usize, Tag<'_>)> = closings.filter(|(at, tag)| !is_quoted(inside, *at, at + tag.length)).collect();
    let (same, others): (Vec<_>, Vec<_>) = tags.into_iter().partition(|(_, it)| it.name.eq_ignore_ascii_case(name));
    let named = if same.is_empty() { others } else { same };
    let hidden = if named.len() > 1 { Hidden::of(inside) } else { Hidden::default() };
    let plain = named.iter().find(|(at, _)| !hidden.has(*at));
    plain.or(named.first()).map(|(at, tag)| at + tag.length)
}

/// A block of Open `WebUI`, as in `<details type="reasoning">`: nothing else has such a type.
fn details(text: &str) -> Option<Block> {
    let rest = text.strip_prefix("<details ")?;
    let attributes = &rest[..rest.find('>')?];
    let quotes = ['"', '\''];
    let kind = attributes.split_once("type=")?.1.trim_start_matches(quotes).split(quotes).next()?;
    if !is_thinking(kind) {
        return None;
    }
    let end = text.find("</details>").map(|at| at + "</details>".len());
    Some(end.map_or(Block::Open, Block::Closed))
}

/// What stands between the tags of a block.
pub(super) fn content(block: &str) -> &str {
    let from = opening(block).map_or(0, |(tag, _)| tag.length);
    let inside = &block[from..];
    let last = places(inside).filter(|at| closing(&inside[*at..]).is_some()).last();
    last.filter(|at| closing(&inside[*at..]).is_some_and(|it| at + it.length == inside.len()))
        .map_or(inside, |at| &inside[..at])
}

/// Where a tag may begin.
pub(super) fn places(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.match_indices(['<', '[', '◁']).map(|(at, _)| at)
}

/// The opening tag that a text begins with, and whether it is its own end, as in `<think/>`.
pub(super) fn opening(text: &str) -> Option<(Tag<'_>, bool)> {
    if let Some((open, _)) = PAIRS.iter().find(|(open, _)| text.starts_with(open)) {
        return Some((Tag { name: open, length: open.len() }, false));
    }
    let inside = text.strip_prefix('<')?;
    let name = name(inside)?;
    let rest = &inside[name.len()..];
    let close = rest.bytes().take(ATTRIBUTES).position(|it| it == b'>')?;
    let attributes = &rest[..close];
    if !attributes.is_empty() && !attributes.starts_with([' ', '/', '\t'])
        || attributes.contains(['<', '\n'])
        || !attributes.trim_matches([' ', '/', '\t']).is_empty() && !attributes.contains('=')
    {
        return None;
    }
    Some((Tag { name, length: 1 + name.len() + close + 1 }, attributes.ends_with('/')))
}

/// The closing tag that a text begins with.
pub(super) fn closing(text: &str) -> Option<Tag<'_>> {
    if let Some((open, close)) = PAIRS.iter().find(|(_, close)| text.starts_with(close)) {
        return Some(Tag { name: open, length: close.len() });
    }
    let inside = text.strip_prefix("</")?;
    let name = name(inside)?;
    let rest = &inside[name.len()..];
    let space = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    rest[space..].starts_with('>').then_some(Tag { name, length: 2 + name.len() + space + 1 })
}

/// The name of a thought that a text begins with.
fn name(text: &str) -> Option<&str> {
    let is_part = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b':' | b'-');
    let length = text.bytes().take_while(|it| is_part(*it)).count();
    let whole = text.get(..length)?;
    let is_known = NAMES.iter().any(|known| known.eq_ignore_ascii_case(whole));
    (is_known || is_own(whole)).then_some(whole)
}

/// Whether the tag that a text begins with is one that nothing but thoughts has.
pub(super) fn is_of_thoughts_alone(text: &str) -> bool {
    opening(text).is_none_or(|(tag, _)| !text.starts_with('<') || is_own(tag.name) || tag.name.starts_with('<'))
}

fn is_own(name: &str) -> bool {
    let is_known = |name: &str| OWN.iter().any(|known| known.eq_ignore_ascii_case(name));
    let own = name.split_once([':', '_']).filter(|(prefix, _)| !prefix.is_empty() && prefix.len() <= PREFIX);
    is_known(name) || own.is_some_and(|(_, name)| is_known(name))
}

/// Whether a text begins with the tag of an element, as in `<answer>` or `</response>`.
pub(super) fn begins_element(text: &str) -> bool {
    let name = text.strip_prefix('<').map(|it| it.strip_prefix('/').unwrap_or(it));
    name.is_some_and(|it| it.starts_with(|first: char| first.is_ascii_alphabetic()))
}
