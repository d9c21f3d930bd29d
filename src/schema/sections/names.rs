//! Compares names as headings and labels write them: only their letters and digits count.

/// The form in which names are compared: their letters and digits, in lower case.
pub(super) fn key(name: &str) -> String {
    name.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The form in which choices are compared. Any character can tell two choices apart, so only case, white space, `_`,
/// `-` and marks of emphasis are ignored.
pub(super) fn choice_key(choice: &str) -> String {
    let ignored = |sign: char| sign.is_whitespace() || matches!(sign, '_' | '-' | '\u{2011}' | '*' | '`');
    choice.chars().filter(|sign| !ignored(*sign)).flat_map(char::to_lowercase).collect()
}

/// The first character of a name that would keep a heading or label from being read as this name.
pub(super) fn unreadable(name: &str) -> Option<char> {
    name.chars().find(|sign| sign.is_control() || matches!(sign, ':' | '：' | '|' | '#' | '*' | '`'))
}

/// A title without its number, as in `2. Summary` or `**3) Rating`; `None` if it has none.
pub(super) fn without_number(title: &str) -> Option<&str> {
    let title = title.trim_start_matches(['*', '_', ' ']);
    let digits = title.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 3 {
        return None;
    }
    title[digits..].strip_prefix(['.', ')'])?.strip_prefix(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_letters_and_digits() {
        for written in [
            "product_name",
            "Product name",
            "PRODUCT-NAME",
            "**Product Name**",
            "`productName`",
            "📦 \"Product name\"?",
        ] {
            assert_eq!(key(written), "productname", "{written}");
        }
        assert_eq!(key("Größe 2"), "größe2");
        assert_eq!(choice_key("Up to_50 %"), "upto50%");
        assert_ne!(choice_key("< 50"), choice_key("> 50"));
    }

    #[test]
    fn numbers_before_titles_are_none_of_their_names() {
        assert_eq!(without_number("2. Summary"), Some("Summary"));
        assert_eq!(without_number("**3) Rating**"), Some("Rating**"));
        for title in ["Summary", "2nd view", "2.5", "2024. x"] {
            assert_eq!(without_number(title), None, "{title}");
        }
    }
}
