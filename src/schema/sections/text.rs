//! What readers of single values share: marks that are no part of a value, remarks, words for null.

use std::borrow::Cow;

use serde_json::Value;

/// How many characters of a value messages show.
const SHOWN: usize = 80;

/// Whether a text is a word for null.
pub(super) fn is_null(text: &str) -> bool {
    let word = bare(text).trim_matches(['(', ')', '.']).to_lowercase();
    matches!(word.as_str(), "null" | "none" | "n/a" | "not applicable" | "-" | "–" | "—")
}

/// A text as messages show it.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    Value::String(short).to_string()
}

/// Removes the marks of emphasis and code from a value.
pub(super) fn bare(text: &str) -> String {
    let plain: String = text.chars().filter(|sign| !matches!(sign, '*' | '`')).collect();
    let plain = plain.trim();
    let inner = plain.strip_prefix('_').and_then(|it| it.strip_suffix('_')).unwrap_or(plain);
    inner.trim().to_owned()
}

/// Whether `rest`, which follows a value, is empty or a remark on it, as in `7 (good)`, `7 - good` or `yes, because …`.
pub(super) fn is_remark(rest: &str) -> bool {
    let spaced = rest.trim_start();
    let parted = |sign: char| spaced.strip_prefix(sign).is_some_and(|it| it.is_empty() || it.starts_with(' '));
    spaced.is_empty()
        || (rest.starts_with(' ') && spaced.starts_with('('))
        || [',', '.', ';', ':'].into_iter().any(|sign| rest.starts_with(sign) && parted(sign))
        || (rest.starts_with(' ') && ['-', '–', '—'].into_iter().any(parted))
}

/// A text without its comments (`<!-- … -->`), if it has any.
pub(super) fn without_comments(text: &str) -> Cow<'_, str> {
    let Some(start) = text.find("<!--") else { return Cow::Borrowed(text) };
    let rest = text[start..].find("-->").map_or("", |end| &text[start + end + 3..]);
    Cow::Owned(format!("{}{}", &text[..start], without_comments(rest)).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_part_of_a_value() {
        assert_eq!(without_comments("7"), "7");
        assert_eq!(without_comments("7 <!-- of 10 --> good <!-- x -->"), "7 good");
        assert_eq!(without_comments("7 <!-- of 10"), "7");
    }

    #[test]
    fn words_for_nothing() {
        for text in ["null", "None", "N/A", "*n/a*", "-", "(none)", "none."] {
            assert!(is_null(text), "{text}");
        }
        for text in ["nothing", "0", "", "no", "none of them"] {
            assert!(!is_null(text), "{text}");
        }
    }
}
