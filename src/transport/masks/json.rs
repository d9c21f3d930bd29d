//! Masking in a JSON text: it stays one.

use std::ops::Range;

use serde::de::IgnoredAny;

/// Replaces a secret in a text.
pub const MASK: &str = "***";

/// `text` with `hidden`, which is in order and does not overlap, masked. In a JSON text only strings and numbers are,
/// and a number becomes a string.
pub fn masked(text: &[u8], hidden: &[Range<usize>]) -> Vec<u8> {
    let is_json = serde_json::from_slice::<IgnoredAny>(text).is_ok();
    replaced(text, if is_json { in_json(text, hidden) } else { plain(hidden) })
}

fn replaced(text: &[u8], parts: Vec<Part>) -> Vec<u8> {
    let quoted = format!("\"{MASK}\"");
    let mut out = Vec::with_capacity(text.len());
    let mut copied = 0;
    for Part { range, is_number } in parts {
        // A number may have had two parts.
        if range.start < copied {
            continue;
        }
        out.extend_from_slice(&text[copied..range.start]);
        out.extend_from_slice(if is_number { quoted.as_bytes() } else { MASK.as_bytes() });
        copied = range.end;
    }
    out.extend_from_slice(&text[copied..]);
    out
}

/// [`masked`] for a text that is no JSON.
pub fn masked_text(text: &str, hidden: &[Range<usize>]) -> String {
    String::from_utf8_lossy(&replaced(text.as_bytes(), plain(hidden))).into_owned()
}

/// What one mask replaces.
struct Part {
    range: Range<usize>,
    is_number: bool,
}

fn plain(hidden: &[Range<usize>]) -> Vec<Part> {
    hidden.iter().map(|range| Part { range: range.clone(), is_number: false }).collect()
}

/// The parts of `hidden` that are inside a string, or a number.
fn in_json(text: &[u8], hidden: &[Range<usize>]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut hidden = hidden.iter().peekable();
    for token in tokens(text) {
        while hidden.next_if(|it| it.end <= token.range.start).is_some() {}
        // One that ends later may have a part in the next token too.
        let inside = |it: &Range<usize>| it.start.max(token.range.start)..it.end.min(token.range.end);
        while let Some(range) = hidden.peek().map(|it| inside(it)).filter(|it| !it.is_empty()) {
            let range = if token.is_number { token.range.clone() } else { range };
            parts.push(Part { range, is_number: token.is_number });
            if hidden.next_if(|it| it.end <= token.range.end).is_none() {
                break;
            }
        }
    }
    parts
}

/// The contents of the strings of a JSON text, and its numbers, in order.
fn tokens(text: &[u8]) -> impl Iterator<Item = Part> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].iter().position(|it| *it == b'"' || *it == b'-' || it.is_ascii_digit())?;
        let start = at;
        if text[at] != b'"' {
            let number = |it: &&u8| it.is_ascii_digit() || b"+-.eE".contains(it);
            at += text[at..].iter().take_while(number).count();
            return Some(Part { range: start..at, is_number: true });
        }
        let mut end = start + 1;
        while end < text.len() && text[end] != b'"' {
            end += if text[end] == b'\\' { 2 } else { 1 };
        }
        let end = end.min(text.len());
        at = (end + 1).min(text.len());
        Some(Part { range: start + 1..end, is_number: false })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, secret: &str) -> String {
        let hidden: Vec<Range<usize>> = text.match_indices(secret).map(|(start, it)| start..start + it.len()).collect();
        String::from_utf8(masked(text.as_bytes(), &hidden)).unwrap()
    }

    #[test]
    fn json_stays_json() {
        for (text, secret, expected) in [
            (r#"{"a": "x12345y", "12345": 1}"#, "12345", r#"{"a": "x***y", "***": 1}"#),
            (r#"{"a": 12345, "b": [0.123456e3, 1]}"#, "12345", r#"{"a": "***", "b": ["***", 1]}"#),
            (r#"["a\"12345\\", "b"]"#, "12345", r#"["a\"***\\", "b"]"#),
            (r#"["ab", "cd", 7]"#, r#"b", "c"#, r#"["a***", "***d", 7]"#),
            ("12345", "12345", "\"***\""),
            ("12345 is no key", "12345", "*** is no key"),
            (r#"["x12345"#, "12345", r#"["x***"#),
            (r#"{"a": "1234512345"}"#, "12345", r#"{"a": "******"}"#),
            ("[1234512345]", "12345", "[\"***\"]"),
        ] {
            assert_eq!(shown(text, secret), expected);
        }
    }
}
