//! Labelled values: the name before a separator in a line, and the value after it.

use super::markdown::{LineKind, MarkdownLine};

/// How far into a text a separator is looked for, in bytes: names are short.
const LONGEST_NAME: usize = 200;

/// One way to read a line as a label and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Whether a sign such as `:` stands between them, or there is no value. In `**Name** value` there is none, so that
    /// it may be prose.
    pub(super) is_parted: bool,
}

/// What kind of line a label is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LabelStyle {
    Plain,
    ListItem,
    TableRow,
}

/// Returns all ways to read a line as a label and its value, the longest name first.
pub(super) fn labels<'a>(line: &MarkdownLine<'a>) -> (LabelStyle, Vec<Label<'a>>) {
    if line.kind != LineKind::Text {
        return (LabelStyle::Plain, Vec::new());
    }
    if line.raw.trim_start().starts_with('|') {
        return (LabelStyle::TableRow, row(line.raw).into_iter().collect());
    }
    match without_marker(line.raw) {
        Some(rest) => (LabelStyle::ListItem, in_text(rest)),
        None => (LabelStyle::Plain, in_text(line.raw)),
    }
}

/// The text of a list item, which follows `-`, `*`, `+`, `•`, `1.` or `1)`; `None` for other lines.
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

/// Returns all ways to read a text as a label and its value, the longest name first.
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
        let name = text[..at].trim();
        // A key of JSON is no label: its value has quotes and commas around it.
        if separates && !name.contains('"') {
            found.push(Label { name, value: without_closing(name, &text[after..]), is_parted: true });
        }
    }
    found.extend(emphasised(text));
    found
}

/// Returns all ways to read a text as a name and a value with white space alone between them, the longest name first.
/// `is_wide` tells of a tab or several blanks, as in aligned columns.
pub(super) fn spaced(text: &str) -> Vec<(Label<'_>, bool)> {
    let text = text.trim();
    let end = text.floor_char_boundary(LONGEST_NAME);
    let mut found = Vec::new();
    for (at, _) in text[..end].match_indices([' ', '\t']).filter(|(at, _)| !text[..*at].ends_with([' ', '\t'])) {
        let rest = &text[at..];
        let value = rest.trim_start();
        let blanks = &rest[..rest.len() - value.len()];
        let is_wide = blanks.contains('\t') || blanks.len() > 1;
        found.push((Label { name: &text[..at], value, is_parted: false }, is_wide));
    }
    found.reverse();
    found
}

/// Whether a line is an item of a numbered list, such as `1. Summary`.
pub(super) fn is_numbered(raw: &str) -> bool {
    raw.trim_start().starts_with(|sign: char| sign.is_ascii_digit()) && without_marker(raw).is_some()
}

/// Reads `**Name** value`, or `*Name*` alone.
fn emphasised(text: &str) -> Option<Label<'_>> {
    let marks = ["***", "___", "**", "__", "*", "_"].into_iter().find(|marks| text.starts_with(marks))?;
    let inner = &text[marks.len()..];
    let end = inner.find(marks)?;
    let value = inner[end + marks.len()..].trim();
    if marks.len() == 1 && !value.is_empty() {
        return None;
    }
    let written = inner[..end].trim();
    let name = written.trim_end_matches([':', '：']);
    Some(Label { name, value, is_parted: value.is_empty() || name.len() < written.len() })
}

/// Removes the marks from a value that close the emphasis of its name, as in `**Name:** value`.
fn without_closing<'a>(name: &str, value: &'a str) -> &'a str {
    let opened = name.bytes().take_while(|byte| matches!(byte, b'*' | b'_' | b'`')).count();
    let closed = name.bytes().rev().take_while(|byte| matches!(byte, b'*' | b'_' | b'`')).count();
    if opened == 0 || closed >= opened {
        return value.trim();
    }
    let open = &name[..opened];
    let close: String = open.chars().rev().collect();
    let behind = value.strip_prefix(close.as_str());
    // `**Name: value**`
    let around = || value.trim().strip_suffix(close.as_str()).filter(|inner| !inner.contains(close.as_str()));
    behind.or_else(around).unwrap_or(value).trim()
}

/// Reads a table row of two cells.
fn row(raw: &str) -> Option<Label<'_>> {
    let text = raw.trim().strip_prefix('|')?;
    let text = text.strip_suffix('|').unwrap_or(text);
    let (name, value) = text.split_once('|')?;
    (!value.contains('|')).then(|| Label { name: name.trim(), value: value.trim(), is_parted: true })
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
