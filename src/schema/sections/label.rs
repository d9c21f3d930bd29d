//! Labelled values: what a line may name before a separator, and what then stands after it.

use super::markdown::{Line, Shape};

/// A line's marker is not looked for further than this; names are short.
const LONGEST_NAME: usize = 200;

/// A line as a label and its value: one way to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

/// How a line that may be labelled stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// By itself.
    Line,
    /// An item of a list.
    Item,
    /// A row of a table.
    Row,
}

/// The ways to read a line as a label and its value, the longest name first.
pub(super) fn labels<'a>(line: &Line<'a>) -> (Place, Vec<Label<'a>>) {
    if line.shape != Shape::Text {
        return (Place::Line, Vec::new());
    }
    if line.raw.trim_start().starts_with('|') {
        return (Place::Row, row(line.raw).into_iter().collect());
    }
    match without_marker(line.raw) {
        Some(rest) => (Place::Item, in_text(rest)),
        None => (Place::Line, in_text(line.raw)),
    }
}

/// The text of an item of a list: what follows `-`, `*`, `+`, `•`, `1.` or `1)`.
pub(super) fn without_marker(raw: &str) -> Option<&str> {
    let text = raw.trim_start();
    let after = match text.strip_prefix(['-', '*', '+', '•']) {
        Some(rest) => rest,
        None => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 || digits > 9 {
                return None;
            }
            text[digits..].strip_prefix(['.', ')'])?
        }
    };
    (after.is_empty() || after.starts_with([' ', '\t'])).then(|| after.trim())
}

/// The ways to read a text as a label and its value.
pub(super) fn in_text(text: &str) -> Vec<Label<'_>> {
    let text = text.trim();
    let mut found = Vec::new();
    let end = text.floor_char_boundary(LONGEST_NAME);
    for (at, sign) in text[..end].char_indices().rev() {
        let after = at + sign.len_utf8();
        let separates = match sign {
            ':' | '：' => true,
            '-' | '–' | '—' => text[..at].ends_with(' ') && text[after..].starts_with(' '),
            _ => false,
        };
        if separates {
            let name = text[..at].trim();
            found.push(Label { name, value: without_closing(name, &text[after..]) });
        }
    }
    found.extend(emphasised(text));
    found
}

/// `**Name**` and what follows.
fn emphasised(text: &str) -> Option<Label<'_>> {
    let marks = ["**", "__"].into_iter().find(|marks| text.starts_with(marks))?;
    let inner = &text[marks.len()..];
    let end = inner.find(marks)?;
    let value = inner[end + marks.len()..].trim();
    Some(Label { name: inner[..end].trim().trim_end_matches([':', '：']), value })
}

/// A value without the marks that close the emphasis of its name: `**Name:** value`.
fn without_closing<'a>(name: &str, value: &'a str) -> &'a str {
    let opened = name.bytes().take_while(|byte| matches!(byte, b'*' | b'_' | b'`')).count();
    let closed = name.bytes().rev().take_while(|byte| matches!(byte, b'*' | b'_' | b'`')).count();
    if opened == 0 || closed >= opened {
        return value.trim();
    }
    let open = &name[..opened];
    let close: String = open.chars().rev().collect();
    value.strip_prefix(close.as_str()).unwrap_or(value).trim()
}

/// A row of two cells.
fn row(raw: &str) -> Option<Label<'_>> {
    let text = raw.trim().strip_prefix('|')?;
    let text = text.strip_suffix('|').unwrap_or(text);
    let (name, value) = text.split_once('|')?;
    (!value.contains('|')).then(|| Label { name: name.trim(), value: value.trim() })
}

#[cfg(test)]
mod tests {
    use super::super::markdown::lines;
    use super::super::names::key;
    use super::*;

    /// The value of a line whose label is `rating`.
    fn value(text: &str) -> Option<&str> {
        let (_, labels) = labels(&lines(text)[0]);
        labels.iter().find(|label| key(label.name) == "rating").map(|label| label.value)
    }

    #[test]
    fn a_value_is_labelled_in_many_ways() {
        for text in [
            "Rating: 7",
            "rating:7",
            "**Rating**: 7",
            "**Rating:** 7",
            "**Rating** 7",
            "__Rating__: 7",
            "*Rating:* 7",
            "`rating`: 7",
            "Rating - 7",
            "Rating – 7",
            "Rating — 7",
            "**Rating** - 7",
            "- Rating: 7",
            "* **Rating:** 7",
            "1. Rating: 7",
            "  - Rating: 7",
            "| Rating | 7 |",
            "| **Rating** | 7",
            "Rating： 7",
        ] {
            let found = value(text).map(|it| it.trim_start_matches(['-', ':', ' ']));
            assert_eq!(found, Some("7"), "{text}");
        }
        assert_eq!(value("Rating:"), Some(""));
        assert_eq!(value("**Rating**"), Some(""));
        assert_eq!(value("- **Rating:**"), Some(""));
        assert_eq!(value("Rating: a: b"), Some("a: b"));
        assert_eq!(value("Rating: **7**"), Some("**7**"));
    }

    #[test]
    fn prose_is_no_label() {
        for text in ["The rating: 7", "Rating 7", "Rating-7", "## Rating: 7", "| Rating | 7 | 8 |", "Rating"] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn items_of_lists_are_told_by_their_markers() {
        for (text, item) in [("- a", "a"), ("  * b", "b"), ("+ c", "c"), ("12) d", "d"), ("3. e", "e"), ("-", "")] {
            assert_eq!(without_marker(text), Some(item), "{text}");
        }
        for text in ["-a", "**b**", "1.5", "a", "2024-01-01", ""] {
            assert_eq!(without_marker(text), None, "{text}");
        }
    }
}
