//! Values in HTML.

use std::borrow::Cow;

use crate::view::report::show_invisible;

/// Returns a value as text of HTML or of an attribute, with characters that act or cannot be seen as escapes.
pub(super) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 16);
    push(&mut escaped, &shown(value));
    escaped
}

/// Adds a line of a document: white space at its end and spaces that do not break are marked as such, and stay.
pub(super) fn push_line(page: &mut String, line: &str) {
    let text = shown(line);
    let rest = text.trim_end_matches([' ', '\t', '\u{a0}']);
    for (place, part) in rest.split('\u{a0}').enumerate() {
        if place > 0 {
            page.push_str("<i>\u{a0}</i>");
        }
        push(page, part);
    }
    if rest.len() < text.len() {
        page.push_str("<i>");
        page.push_str(&text[rest.len()..]);
        page.push_str("</i>");
    }
}

fn shown(value: &str) -> Cow<'_, str> {
    // Most lines are plain.
    if value.bytes().all(|it| (b' '..0x7f).contains(&it)) {
        return value.into();
    }
    show_invisible(value.to_owned()).into()
}

fn push(page: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            other => page.push(other),
        }
    }
}
