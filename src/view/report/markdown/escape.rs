//! Escaping of values in Markdown.

/// Returns a value on one line, as text that Markdown takes as nothing else.
///
/// GitHub turns bare addresses into links, and no escape prevents it; an empty comment between their parts does.
pub(super) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 16);
    let mut before = ['\0'; 3];
    for (at, character) in value.char_indices() {
        match character {
            '\n' => escaped.push_str("<br>"),
            '\r' if value[at + 1..].starts_with('\n') => {}
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("<!---->@"),
            ':' if value[at..].starts_with("://") => escaped.push_str(":<!---->"),
            '.' if before.iter().all(|it| it.eq_ignore_ascii_case(&'w')) => escaped.push_str("<!---->."),
            // Inside a word it has no meaning, and most names contain one.
            '_' if before[2].is_alphanumeric() && value[at + 1..].starts_with(char::is_alphanumeric) => {
                escaped.push('_');
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
        before = [before[1], before[2], character];
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_means_nothing_to_markdown() {
        let table = [
            ("a|b", "a\\|b"),
            ("a\\|b", "a\\\\\\|b"),
            ("line\r\nline", "line<br>line"),
            ("```", "\\`\\`\\`"),
            ("<script>", "&lt;script&gt;"),
            ("[x](javascript:alert(1))", "\\[x\\](javascript:alert(1))"),
            ("https://example.org", "https:<!---->//example.org"),
            ("WWW.example.org", "WWW<!---->.example.org"),
            ("a@example.org", "a<!---->@example.org"),
            ("snake_case _not emphasised_", "snake_case \\_not emphasised\\_"),
            ("# no heading", "\\# no heading"),
        ];
        for (value, text) in table {
            assert_eq!(escape(value), text);
        }
    }

    proptest! {
        #[test]
        fn an_escaped_value_stays_in_its_cell(value in "[\\PC\n\r|`<\\[\\\\]{0,40}") {
            let text = escape(&value);
            prop_assert!(!text.contains('\n'));
            let bare = text.replace("<br>", "").replace("<!---->", "");
            prop_assert!(!bare.contains('<') && !bare.contains('>'));
            let mut characters = bare.chars();
            while let Some(character) = characters.next() {
                match character {
                    '\\' => { characters.next(); }
                    other => prop_assert!(!"|`[]*#~$".contains(other), "{text}"),
                }
            }
        }
    }
}
