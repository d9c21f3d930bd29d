//! The parts of a text in which a tag is only a text: JSON values, code ([`Hidden`]), and quotes ([`in_quotes`]).

use serde::de::IgnoredAny;

/// The most tags of a text that are looked at, and the most braces that begin no JSON value: a bound on hostile texts.
pub(super) const MOST_TRIED: usize = 1_000;

/// Quotation marks and the like, each with its other half.
const QUOTES: [(char, char); 11] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('“', '”'),
    ('‘', '’'),
    ('«', '»'),
    ('„', '“'),
    ('(', ')'),
    ('「', '」'),
    ('*', '*'),
    ('_', '_'),
];

/// What stands on a line before a place.
pub(super) fn line_before(text: &str, at: usize) -> &str {
    let head = &text[..at];
    &head[head.rfind('\n').map_or(0, |it| it + 1)..]
}

/// Whether what stands on a line between `before` and `after` is in quotes or in code.
pub(super) fn in_quotes(before: &str, after: &str) -> bool {
    if QUOTES.iter().any(|(open, close)| before.ends_with(*open) && after.starts_with(*close)) {
        return true;
    }
    let odd = |quote: char| before.matches(quote).count() % 2 == 1 && after.contains(quote);
    odd('"') || odd('`')
}

/// Whether a tag inside a thought, from `at` to `end`, is quoted. A thought may end with a quote, and the answer begin
/// with one.
pub(super) fn is_quoted(text: &str, at: usize, end: usize) -> bool {
    let before = line_before(text, at);
    let Some(close) = text[end..].chars().next() else { return false };
    let opens = |open: char| match open {
        '"' | '`' | '*' | '_' => before.matches(open).count() % 2 == 1,
        '\'' => !before[..before.len() - 1].ends_with(char::is_alphanumeric),
        _ => true,
    };
    QUOTES.iter().any(|(open, other)| *other == close && before.ends_with(*open) && opens(*open))
}

/// Whether what stands from `at` to `end` is indented as code is: its first line, and its last one.
pub(super) fn is_indented(text: &str, at: usize, end: usize) -> bool {
    let is_code = |line: &str| line.starts_with('\t') || line.starts_with("    ");
    let first = line_before(text, at);
    let last = line_before(text, end);
    first.trim().is_empty() && is_code(first) && is_code(last)
}

/// Where the JSON value that a text begins with ends.
pub(super) fn json_end(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    matches!(values.next(), Some(Ok(_))).then(|| values.byte_offset())
}

/// The parts of a text in which a tag is only a text: JSON values and code.
#[derive(Debug, Default)]
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
