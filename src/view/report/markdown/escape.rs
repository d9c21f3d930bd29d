//! Escaping of values in Markdown.

/// Returns a value on one line, as text that Markdown takes as nothing else.
///
/// GitHub turns bare addresses into links, and no escape prevents it. Those with `://` are code, which is none; in
/// others an empty comment between their parts prevents it.
pub(super) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 16);
    let mut before = ['\0'; 3];
    let mut said = 0;
    for (at, character) in value.char_indices() {
        if at < said {
            before = [before[1], before[2], character];
            continue;
        }
        match character {
            '\n' => escaped.push_str("<br>"),
            '\r' if value[at + 1..].starts_with('\n') => {}
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("<!---->@"),
            ':' if value[at..].starts_with("://") => said = at + push_address(&mut escaped, &value[at..]),
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

/// Makes code of an address whose scheme was pushed already; returns how many bytes of the rest it has.
fn push_address(escaped: &mut String, rest: &str) -> usize {
    let scheme = escaped.len() - escaped.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && !"-._~:/?#@!$&'()+,;=%".contains(it));
    let address = &rest[..end.unwrap_or(rest.len())];
    // Signs at its end belong to the sentence.
    let address = address.trim_end_matches(|it: char| "-._~:?#@!$&'()+,;=%".contains(it));
    escaped.insert(scheme, '`');
    escaped.push_str(address);
    escaped.push('`');
    address.len()
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
            ("https://example.org", "`https://example.org`"),
            ("see (https://a.example/b_c?d=1&e#f), then", "see (`https://a.example/b_c?d=1&e#f`), then"),
            ("`http://a.example|b`", "\\``http://a.example`\\|b\\`"),
            ("ftp://<b>://https://名", "`ftp://`&lt;b&gt;`://https://`名"),
            ("http://www.a.example http://b@c.example", "`http://www.a.example` `http://b@c.example`"),
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
        fn an_escaped_value_stays_in_its_cell(value in "([\\PC\n\r|`<\\[\\\\]|a://){0,40}") {
            let text = escape(&value);
            prop_assert!(!text.contains('\n'));
            let bare = text.replace("<br>", "").replace("<!---->", "");
            prop_assert!(!bare.contains('<') && !bare.contains('>'));
            let mut characters = bare.chars();
            while let Some(character) = characters.next() {
                match character {
                    '\\' => { characters.next(); }
                    // The code of an address ends in it, and has nothing that ends a cell.
                    '`' => {
                        let code: String = characters.by_ref().take_while(|it| *it != '`').collect();
                        prop_assert!(code.contains("://") && !code.contains(['|', '\\']), "{text}");
                    }
                    other => prop_assert!(!"|`[]*#~$".contains(other), "{text}"),
                }
            }
        }
    }
}
