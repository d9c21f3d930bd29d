//! Texts for a terminal: control characters in values are shown as escapes, never sent.

use std::borrow::Cow;
use std::fmt::Write as _;

pub use crate::record::thousands;

/// Whether a terminal would act on the character, or reorder the text because of it.
fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn escape<'a>(text: &'a str, keep: &[char]) -> Cow<'a, str> {
    if !text.chars().any(|it| is_control(it) && !keep.contains(&it)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            it if keep.contains(&it) || !is_control(it) => shown.push(it),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            it => {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(it));
            }
        }
    }
    Cow::Owned(shown)
}

/// Names the work of a stage: the stage, and the step that it belongs to where that has another name.
#[must_use]
pub fn stage_of_step(stage: &str, step: Option<&str>) -> String {
    match step {
        Some(step) if step != stage => format!("{stage} {step}"),
        _ => stage.to_owned(),
    }
}

/// Returns the text on one line, with every control character, line ends and tabs included, as an escape.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, &[])
}

/// Returns the text with every control character except line ends and tabs as an escape.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    escape(text, &['\n', '\t'])
}

/// Returns a JSON text with escapes of JSON for every control character that JSON itself leaves as it is: the value is
/// the same.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|it| is_control(it) && it != '\n') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_control(character) && character != '\n' {
            // All of them are below U+10000. Writing to a string cannot fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Returns at most `most` characters of the text; `…` stands for the rest.
#[must_use]
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.char_indices().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    let end = text.char_indices().nth(most.saturating_sub(1)).map_or(0, |(at, _)| at);
    Cow::Owned(format!("{}…", &text[..end]))
}

/// Formats a share in percent with one decimal. `0%` and `100%` mean none and all; what only rounds to them is `<0.1%`
/// or `>99.9%`. A share of nothing is `–`.
#[must_use]
pub fn percent(part: i64, whole: i64) -> String {
    let (part, whole) = (i128::from(part), i128::from(whole));
    if whole <= 0 {
        return "–".to_owned();
    }
    if part == 0 {
        return "0%".to_owned();
    }
    if part == whole {
        return "100%".to_owned();
    }
    let tenths = (part * 2000 + whole) / (2 * whole);
    match tenths {
        0 => "<0.1%".to_owned(),
        1000.. if part < whole => ">99.9%".to_owned(),
        _ => format!("{}.{}%", tenths / 10, tenths % 10),
    }
}

/// Formats US dollars: two decimals from $10 on, more for smaller amounts.
#[must_use]
pub fn usd(amount: f64) -> String {
    match amount {
        0.0 => "$0".to_owned(),
        ..0.000_001 => "<$0.000001".to_owned(),
        ..0.01 => format!("${amount:.6}"),
        ..10.0 => format!("${amount:.4}"),
        _ => {
            let text = format!("{amount:.2}");
            let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
            whole.parse().map_or_else(|_| format!("${text}"), |whole| format!("${}.{cents}", thousands(whole)))
        }
    }
}

/// A count with its noun, which takes an `s` unless it is one.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {noun}s", thousands(count)) }
}

/// Formats a cost of which some calls may be of unknown cost.
#[must_use]
pub fn cost(known: Option<f64>, unknown_calls: u64) -> String {
    let calls = counted(unknown_calls, "call");
    match (known, unknown_calls) {
        (Some(amount), 0) => usd(amount),
        (Some(amount), _) if amount > 0.0 => format!("at least {}; {calls} of unknown cost", usd(amount)),
        (_, 0) => "unknown".to_owned(),
        _ => format!("unknown ({calls})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn controls_are_shown() {
        assert_eq!(line("a\u{1b}[31mb\n\t\r\u{9b}c\u{202e}d\u{7f}"), "a\\u{1b}[31mb\\n\\t\\r\\u{9b}c\\u{202e}d\\u{7f}");
        assert_eq!(block("a\n\tb\u{7}"), "a\n\tb\\u{7}");
        assert!(matches!(line("plain 名前 é"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_for_a_terminal_is_the_same_json() {
        let value = serde_json::json!({"a\u{9b}": ["x\u{202e}y\u{7f}\n\u{2066}\u{feff}", "\\u009b"]});
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let shown = json(&text);
            assert!(!shown.chars().any(|it| is_control(it) && it != '\n'), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
        assert!(matches!(json("{\"a\": \"é 名\"}\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_texts_are_cut_by_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut("", 0), "");
        assert_eq!(cut("ab", 0), "…");
    }

    #[test]
    fn amounts_are_as_exact_as_they_are_small() {
        let amounts = [0.0, 0.000_000_1, 0.000_123, 0.0123, 1.5, 12.345, 1_234_567.891];
        let shown = ["$0", "<$0.000001", "$0.000123", "$0.0123", "$1.5000", "$12.35", "$1,234,567.89"];
        assert_eq!(amounts.map(usd), shown);
    }

    #[test]
    fn what_is_not_known_of_a_cost_is_said() {
        assert_eq!(cost(Some(0.0), 0), "$0");
        assert_eq!(cost(Some(1.2), 3), "at least $1.2000; 3 calls of unknown cost");
        assert_eq!(cost(Some(0.0), 1), "unknown (1 call)");
        assert_eq!(cost(None, 1_000), "unknown (1,000 calls)");
        assert_eq!(cost(None, 0), "unknown");
    }

    proptest! {
        #[test]
        fn no_text_reaches_the_terminal_with_a_control(text in any::<String>()) {
            prop_assert!(!line(&text).chars().any(is_control));
            prop_assert!(!block(&text).chars().any(|it| is_control(it) && it != '\n' && it != '\t'));
        }
    }
}
