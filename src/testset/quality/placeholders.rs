//! Texts that somebody was to fill in.

use std::sync::LazyLock;

use regex::Regex;

/// What stands in a text in place of words: marks in capitals, filler, template tags, and names in angle or square
/// brackets. `TODO` counts in capitals alone, since it is a word of several languages.
static IN_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"\b(?:TODO|TBD|FIXME|XXX)\b|(?i:lorem ipsum)|\{\{[^{}]*\}\}|\{%[^{}]*%\}|<[a-z]+(?:[ _-][a-z]+)+>|<(?:name|text|string|value|date|id|number|product|company|placeholder)>|\[(?i:insert|your|todo|placeholder)\b[^\]]*\]";
    Regex::new(pattern).ok()
});
/// Texts that are nothing but a placeholder.
const WHOLE: [&str; 14] = [
    "string",
    "text",
    "placeholder",
    "example",
    "sample",
    "answer",
    "value",
    "n/a",
    "none",
    "null",
    "…",
    "...",
    "-",
    "?",
];

/// The placeholder in a text, if there is one.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    let trimmed = text.trim();
    if trimmed.len() <= 16 && WHOLE.iter().any(|it| trimmed.eq_ignore_ascii_case(it)) {
        return Some(trimmed);
    }
    IN_TEXT.as_ref()?.find(text).map(|it| it.as_str())
}

#[cfg(test)]
mod tests {
    use super::placeholder;

    #[test]
    fn placeholders_are_told_from_words() {
        for (text, expected) in [
            ("TODO: write this", Some("TODO")),
            ("Todo el dinero se devuelve", None),
            ("Lorem ipsum dolor", Some("Lorem ipsum")),
            ("Dear {{ name }}, hello", Some("{{ name }}")),
            ("Hello <name>, hello", Some("<name>")),
            ("Hello <first_name>", Some("<first_name>")),
            ("A line<br>and <b>another</b>", None),
            ("[insert date]", Some("[insert date]")),
            ("[order 12]", None),
            (" String ", Some("String")),
            ("…", Some("…")),
            ("The string of the kite", None),
            ("", None),
        ] {
            assert_eq!(placeholder(text), expected, "{text}");
        }
    }
}
