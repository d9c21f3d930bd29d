//! Where a statement ends: at a `;` that stands in no text, name or comment.

/// The whole statements at the beginning of `text`, each with its `;`, and the rest, which is still to be ended.
pub fn split(text: &str) -> (Vec<&str>, &str) {
    let mut whole = Vec::new();
    let mut from = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let end = match (letter, next) {
            (';', _) => {
                whole.push(text[from..=at].trim());
                from = at + 1;
                continue;
            }
            ('\'' | '"' | '`', _) => text[at + 1..].find(letter).map(|end| at + 1 + end),
            ('[', _) => text[at..].find(']').map(|end| at + end),
            ('-', Some('-')) => text[at..].find('\n').map(|end| at + end),
            ('/', Some('*')) => text[at + 2..].find("*/").map(|end| at + 2 + end + 1),
            _ => continue,
        };
        // What is not closed takes all the rest.
        let Some(end) = end else { break };
        while letters.next_if(|(place, _)| *place <= end).is_some() {}
    }
    (whole, text[from..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_at_a_semicolon_of_its_own() {
        assert_eq!(split("SELECT 1;"), (vec!["SELECT 1;"], ""));
        assert_eq!(split("SELECT 1;\nSELECT\n 2; SELECT 3"), (vec!["SELECT 1;", "SELECT\n 2;"], "SELECT 3"));
        for text in [
            "SELECT 'a;",
            "SELECT 'a;\nb;",
            "SELECT \"a;",
            "SELECT [a;",
            "SELECT 1 -- not yet;",
            "SELECT 1 /* not ;\n yet;",
            "SELECT 'it''s;",
        ] {
            assert_eq!(split(text), (vec![], text), "{text}");
        }
        for text in
            ["SELECT 'a;b';", "SELECT 1 -- a;\n;", "SELECT /* ; */ 1;", "SELECT 'it''s;', \"x;\";", "SELECT 4-1;"]
        {
            assert_eq!(split(text), (vec![text], ""), "{text}");
        }
    }
}
