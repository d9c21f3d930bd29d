//! Closing tags that stand alone: the thought was opened in the prompt, and the text begins in the middle of it.

use serde::de::IgnoredAny;

use super::tags::{closing, opening, places};

/// Words after which a tag is spoken of, and ends nothing.
const SPEAKS: [&str; 38] = [
    "a", "an", "the", "with", "by", "to", "of", "in", "or", "and", "is", "use", "uses", "using", "write", "writes",
    "put", "add", "tag", "tags", "token", "called", "named", "closing", "literal", "before", "after", "until", "than",
    "as", "from", "at", "emit", "emits", "outputs", "find", "like", "for",
];

/// The most tags of a text that are looked at, and the most braces that begin no JSON value: a bound on hostile texts.
pub(super) const MOST_TRIED: usize = 1_000;

/// Whether a text has a closing tag at all.
pub(super) fn may_close(text: &str) -> bool {
    places(text).any(|at| closing(&text[at..]).is_some())
}

/// The end of the first closing tag that stands alone and ends a thought.
pub(super) fn end(text: &str) -> Option<usize> {
    if !may_close(text) {
        return None;
    }
    let hidden = Hidden::of(text);
    let tags = places(text).filter_map(|at| closing(&text[at..]).map(|tag| (at, at + tag.length))).take(MOST_TRIED);
    tags.filter(|(at, _)| !hidden.has(*at)).find(|(at, end)| is_structural(text, *at, *end)).map(|(_, end)| end)
}

/// Whether the tag from `at` to `end` ends a thought, and is not only spoken of.
fn is_structural(text: &str, at: usize, end: usize) -> bool {
    let (head, tail) = (&text[..at], &text[end..]);
    let line = &head[head.rfind('\n').map_or(0, |it| it + 1)..];
    let after = &tail[..tail.find('\n').unwrap_or(tail.len())];
    if is_paired(head, line) || is_quoted(line, after) {
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
    let last = before.split_whitespace().next_back().unwrap_or_default();
    if line.ends_with([' ', '\t']) && SPEAKS.iter().any(|word| word.eq_ignore_ascii_case(last)) {
        return false;
    }
    // A sentence that goes on is not the beginning of an answer.
    let goes_on = after.starts_with([' ', '\t']) && rest.starts_with(|it: char| it.is_lowercase())
        || rest.starts_with([',', ';', '.', ')', '?', '!', ':']);
    if goes_on {
        return false;
    }
    if before.is_empty() || rest.is_empty() {
        return true;
    }
    let is_attached = !line.ends_with([' ', '\t']) && !after.starts_with([' ', '\t']);
    is_attached || before.ends_with(['.', '!', '?', '…', '。', '！', '？', ')', '"', '”', '}', ']'])
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
        let begins = before.is_empty() || before.ends_with(['\n', '>']);
        if begins || head.len() - at <= line.len() {
            open += 1;
        }
    }
    open > 0
}

/// Whether a tag stands in quotes or in code on its line.
fn is_quoted(before: &str, after: &str) -> bool {
    let pairs = [
        ('"', '"'),
        ('\'', '\''),
        ('`', '`'),
        ('“', '”'),
        ('‘', '’'),
        ('«', '»'),
        ('„', '“'),
        ('(', ')'),
        ('「', '」'),
    ];
    if pairs.iter().any(|(open, close)| before.ends_with(*open) && after.starts_with(*close)) {
        return true;
    }
    let odd = |quote: char| before.matches(quote).count() % 2 == 1 && after.contains(quote);
    odd('"') || odd('`')
}

/// Whether a text begins with a JSON object or list.
fn begins_json(text: &str) -> bool {
    text.starts_with('{') || (text.starts_with('[') && json_end(text).is_some())
}

/// Where the JSON value that a text begins with ends.
pub(super) fn json_end(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    matches!(values.next(), Some(Ok(_))).then(|| values.byte_offset())
}

/// The parts of a text in which a tag is only a text: JSON values and code.
pub(super) struct Hidden(Vec<(usize, usize)>);

impl Hidden {
    pub(super) fn of(text: &str) -> Self {
        let mut parts = Vec::new();
        let start = text.len() - text.trim_start().len();
        // A JSON value that breaks off hides all that follows its beginning.
        if let Some(length) = broken_json(&text[start..]) {
            parts.push((start, start + length));
        }
        let (mut at, mut failures) = (0, 0);
        while let Some(found) = text[at..].find(['{', '[']) {
            at += found;
            match json_end(&text[at..]) {
                Some(length) => {
                    parts.push((at, at + length));
                    at += length;
                }
                None if failures < MOST_TRIED => (at, failures) = (at + 1, failures + 1),
                None => break,
            }
        }
        parts.extend(fences(text));
        Self(parts)
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.0.iter().any(|(from, to)| (*from..*to).contains(&at))
    }
}

/// How far a JSON object goes that a text begins with and that is broken: it is cut off, or has line breaks in its
/// texts.
pub(super) fn broken_json(text: &str) -> Option<usize> {
    let is_object = text.strip_prefix('{').is_some_and(|inside| inside.trim_start().starts_with('"'));
    if !is_object || json_end(text).is_some() {
        return None;
    }
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' if !in_text => depth += 1,
            b'}' if !in_text && depth == 1 => return Some(at + 1),
            b'}' if !in_text => depth -= 1,
            _ => {}
        }
    }
    Some(text.len())
}

/// The blocks of code between fences. A fence that is never closed is none.
fn fences(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (open, mark) {
            (None, Some(mark)) => open = Some((at, mark)),
            (Some((from, mark)), Some(_))
                if trimmed.starts_with(mark) && trimmed.trim_matches(['`', '~']).is_empty() =>
            {
                found.push((from, at + line.len()));
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    found
}
