//! The tags around thoughts: `<think>` and its kin, and the pairs that single models use.

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

/// The names of tags, to which a model's own may be added before a colon or an underscore, as in `seed:think`.
const NAMES: [&str; 6] = ["think", "thinking", "thought", "thoughts", "reasoning", "thought_process"];

/// Names that stand alone.
const WHOLE: [&str; 5] = ["scratchpad", "reflection", "analysis", "internal_monologue", "inner_monologue"];

/// Pairs of other models: Mistral's, Kimi's, Sky-T1's, Cohere's, Gemma's, Apertus', Apriel's …
const PAIRS: [(&str, &str); 10] = [
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
    let (tag, is_empty) = opening(text)?;
    if is_empty {
        return Some(Block::Closed(tag.length));
    }
    let inside = &text[tag.length..];
    // A model may close a thought with another name than it has opened it with.
    let end =
        end_of(inside, |closing| closing.name.eq_ignore_ascii_case(tag.name)).or_else(|| end_of(inside, |_| true));
    Some(end.map_or(Block::Open, |end| Block::Closed(tag.length + end)))
}

/// The end of the first closing tag that is wanted.
fn end_of(text: &str, is_wanted: impl Fn(Tag<'_>) -> bool) -> Option<usize> {
    places(text).find_map(|at| closing(&text[at..]).filter(|it| is_wanted(*it)).map(|it| at + it.length))
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
    if !attributes.is_empty() && !attributes.starts_with([' ', '/', '\t']) || attributes.contains(['<', '\n']) {
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
    let is_known = |name: &str| NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    let own = whole.split_once([':', '_']).filter(|(prefix, _)| !prefix.is_empty() && prefix.len() <= PREFIX);
    let is_whole = WHOLE.iter().any(|known| known.eq_ignore_ascii_case(whole));
    (is_whole || is_known(whole) || own.is_some_and(|(_, name)| is_known(name))).then_some(whole)
}
