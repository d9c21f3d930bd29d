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

/// Words that may stand before the number of a section.
const PARTS: [&str; 18] = [
    "section",
    "part",
    "step",
    "chapter",
    "item",
    "question",
    "point",
    "task",
    "field",
    "no",
    "nr",
    "number",
    "abschnitt",
    "teil",
    "schritt",
    "kapitel",
    "punkt",
    "frage",
];

/// What stands before the name of a section, and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefixed<'a> {
    /// As in `Section 1` or `2.`.
    pub(super) prefix: &'a str,
    /// Whether a word as in `Section 1` is in it.
    pub(super) has_word: bool,
    pub(super) rest: &'a str,
}

/// A title without its number, as in `2. Summary`, `**3) Rating**`, `1.2 Tone`, `Section 1: Summary` or
/// `Part A - Tone`; `None` if it has none.
pub(super) fn without_number(title: &str) -> Option<Prefixed<'_>> {
    let title = title.trim_start_matches(['*', '_', '`', ' ']);
    let numbered = after_word(title);
    let has_word = numbered.is_some();
    let numbered = numbered.unwrap_or(title);
    let opened = numbered.strip_prefix(['(', '[']);
    let (length, dotted) = ordinal(opened.unwrap_or(numbered))?;
    let after = &opened.unwrap_or(numbered)[length..];
    let after = if opened.is_some() { after.strip_prefix([')', ']'])? } else { after };
    let rest = after_separator(after, has_word || dotted || opened.is_some())?;
    let prefix = &title[..title.len() - after.len()];
    (!rest.is_empty()).then_some(Prefixed { prefix, has_word, rest })
}

/// What follows a word for a part, as in `Section 1`.
fn after_word(title: &str) -> Option<&str> {
    let end = title.find(|sign: char| !sign.is_alphabetic()).unwrap_or(title.len());
    let (word, after) = title.split_at(end);
    let after = after.strip_prefix('.').unwrap_or(after);
    let spaced = after.trim_start_matches([' ', '#']);
    (PARTS.contains(&word.to_lowercase().as_str()) && spaced.len() < after.len()).then_some(spaced)
}

/// What follows the separator after a number. Where the number is `enough`, a blank separates too.
fn after_separator(after: &str, enough: bool) -> Option<&str> {
    if let Some(rest) = after.strip_prefix(['.', ')', ':', '：']) {
        let rest = rest.trim_start_matches(['*', '_']);
        return rest.starts_with([' ', '\t']).then(|| rest.trim());
    }
    let spaced = after.trim_start();
    if spaced.len() == after.len() {
        return None;
    }
    let dashed = spaced.strip_prefix(['-', '–', '—']).filter(|rest| rest.starts_with(' '));
    dashed.or(enough.then_some(spaced)).map(str::trim)
}

/// The length of the number of a section at the start of a text (`12`, `1.2`, `A`, `IV`), and whether it has several
/// parts.
fn ordinal(text: &str) -> Option<(usize, bool)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let first = digits(text);
    if first > 3 {
        return None;
    }
    if first > 0 {
        let mut end = first;
        while let Some(more) = text[end..].strip_prefix('.').map(digits).filter(|more| (1..=2).contains(more)) {
            end += 1 + more;
        }
        return Some((end, end > first));
    }
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = &text[..letters];
    let is_roman = letters <= 5 && word.bytes().all(|it| b"IVXivx".contains(&it));
    (letters == 1 || letters > 0 && is_roman).then_some((letters, false))
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
        for (title, rest) in [
            ("2. Summary", "Summary"),
            ("**3) Rating**", "Rating**"),
            ("Section 1 Summary", "Summary"),
            ("1.2 Tone", "Tone"),
            ("1.2. Tone", "Tone"),
            ("(1) Tone", "Tone"),
            ("[2] Tone", "Tone"),
            ("1: Tone", "Tone"),
            ("1 - Tone", "Tone"),
            ("IV. Tone", "Tone"),
            ("a) Tone", "Tone"),
            ("B. Tone", "Tone"),
            ("Section 1: Summary", "Summary"),
            ("section 12 - Summary", "Summary"),
            ("SECTION 2. Summary", "Summary"),
            ("**Section 1:** Summary", "Summary"),
            ("Part A - Tone", "Tone"),
            ("Part A — Tone", "Tone"),
            ("Part IV: Tone", "Tone"),
            ("Step 3) Tone", "Tone"),
            ("No. 4: Tone", "Tone"),
            ("Question #5: Tone", "Tone"),
            ("Teil 2: Ton", "Ton"),
        ] {
            assert_eq!(without_number(title).map(|it| it.rest), Some(rest), "{title}");
        }
        for title in [
            "Summary",
            "2nd view",
            "2.5",
            "2024. x",
            "2024-05-01 x",
            "Section 1",
            "Part of it: x",
            "1",
            "I am: here",
            "7/10 x",
            "Sections 1: x",
            "A summary",
            "10:30 x",
            "3 people",
        ] {
            assert_eq!(without_number(title), None, "{title}");
        }
        assert_eq!(without_number("Section 1: x").unwrap().prefix, "Section 1");
    }
}
