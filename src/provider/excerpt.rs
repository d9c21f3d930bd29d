//! The beginning of a text from outside, safe for a message.

/// The most characters of a provider's word in a message: a finish reason, a code, the name of a field or of a model.
pub const WORD_CHARS: usize = 60;

/// The first `max` characters of `text` on one line, with an ellipsis if there are more. Line breaks and tabs become
/// spaces, and other characters that do not print are escaped, so that none of them controls a terminal.
#[must_use]
pub fn excerpt(text: &str, max: usize) -> String {
    let text = text.trim();
    let mut out = String::with_capacity(text.len().min(max) + 4);
    for (count, character) in text.chars().enumerate() {
        if count == max {
            out.push('…');
            break;
        }
        match character {
            '"' | '\'' | '\\' => out.push(character),
            '\n' | '\r' | '\t' => out.push(' '),
            _ => out.extend(character.escape_debug()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn what_does_not_print_is_escaped_and_the_rest_is_bounded() {
        let cases = [
            ("", 5, ""),
            ("  plain \"text\" ", 20, "plain \"text\""),
            ("a\nb\tc", 20, "a b c"),
            ("\u{1b}[31mred\u{7}", 20, "\\u{1b}[31mred\\u{7}"),
            ("right\u{202e}left", 20, "right\\u{202e}left"),
            ("grüße 世界", 20, "grüße 世界"),
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abcdef…"),
            ("世界世界", 2, "世界…"),
        ];
        for (text, max, expected) in cases {
            assert_eq!(excerpt(text, max), expected, "{text:?}");
        }
    }
}
