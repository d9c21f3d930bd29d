//! The normal form of a cell: cells that look alike to people get the same id and the same prompt.

use std::borrow::Cow;

/// Words that stand for no value, in any letter case.
const NULL_TOKENS: [&str; 5] = ["None", "NaN", "n/a", "NULL", "[None]"];

/// What normalising does to a cell.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CellChange {
    /// Nothing: it is in the normal form.
    Same,
    /// It becomes this text, without some white space or zero-width characters.
    Text(String),
    /// It becomes empty, because it is a word for no value.
    Null,
}

/// The normal form of a cell.
///
/// Zero-width characters go, except a joiner or non-joiner where scripts and emoji need it (`joins`). Every run of
/// white space, line breaks and Unicode spaces included, becomes one space; none stays at the ends. `None`, `NaN`,
/// `n/a`, `NULL` and `[None]`, in any case, become empty. All else stays as it is.
#[must_use]
pub fn normalise(cell: &str) -> Cow<'_, str> {
    match clean(cell) {
        CellChange::Same => Cow::Borrowed(cell),
        CellChange::Text(text) => Cow::Owned(text),
        CellChange::Null => Cow::Borrowed(""),
    }
}

/// What [`normalise`] does to a cell.
pub(super) fn clean(cell: &str) -> CellChange {
    if is_clean(cell) {
        return if is_null(cell) { CellChange::Null } else { CellChange::Same };
    }
    let text = rewrite(cell);
    match text {
        text if is_null(&text) => CellChange::Null,
        // A joiner that stays.
        text if text == cell => CellChange::Same,
        text => CellChange::Text(text),
    }
}

/// The same for a cell with JSON: white space within a text, a list or an object may be part of a value, so that it
/// stays.
pub(super) fn clean_json(cell: &str) -> CellChange {
    let trimmed = cell.trim();
    let is_json = || serde_json::from_str::<serde::de::IgnoredAny>(trimmed).is_ok();
    if !trimmed.starts_with(['"', '[', '{']) || !is_json() {
        return clean(cell);
    }
    if trimmed.len() == cell.len() { CellChange::Same } else { CellChange::Text(trimmed.to_owned()) }
}

/// Whether a character is invisible and has no width.
pub(super) fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_null(cell: &str) -> bool {
    // The longest token has six bytes.
    cell.len() <= 6 && NULL_TOKENS.iter().any(|token| token.eq_ignore_ascii_case(cell))
}

/// Whether a cell needs no rewriting, decided in one pass without allocating. A cell with a joiner, which is rare,
/// counts as one that does.
fn is_clean(cell: &str) -> bool {
    if cell.is_ascii() {
        // Branch-free, so that the compiler vectorises it.
        let bytes = cell.as_bytes();
        let odd = bytes.iter().fold(false, |odd, byte| odd | matches!(byte, b'\t'..=b'\r'));
        let pairs = bytes.iter().zip(bytes.iter().skip(1));
        let double = pairs.fold(0, |double, (a, b)| double | (u8::from(*a == b' ') & u8::from(*b == b' ')));
        return !odd && double == 0 && bytes.first() != Some(&b' ') && bytes.last() != Some(&b' ');
    }
    let mut after_space = true;
    for c in cell.chars() {
        match c {
            ' ' if after_space => return false,
            ' ' => after_space = true,
            _ if c.is_whitespace() || is_zero_width(c) => return false,
            _ => after_space = false,
        }
    }
    !after_space
}

fn rewrite(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut space = false;
    let mut characters = cell.chars().peekable();
    while let Some(c) = characters.next() {
        if c.is_whitespace() {
            space = true;
        } else if !is_zero_width(c) || (!space && joins(c, text.chars().next_back(), characters.peek().copied())) {
            if space && !text.is_empty() {
                text.push(' ');
            }
            space = false;
            text.push(c);
        }
    }
    text
}

/// Whether `c` is a joiner that the characters around it may need: between two characters that are not ASCII, as in
/// emoji; after a letter of an Indic script, whose form it chooses at the end of a word too; and beside a letter of a
/// cursive script, where a joiner chooses the form of a last letter, and a non-joiner separates what follows, as
/// between a Latin word and a Persian ending.
fn joins(c: char, before: Option<char>, after: Option<char>) -> bool {
    let visible = |neighbour: Option<char>| neighbour.filter(|n| !n.is_whitespace() && !is_zero_width(*n));
    let (before, after) = (visible(before), visible(after));
    let (non_joiner, joiner) = (c == '\u{200c}', c == '\u{200d}');
    let is = |neighbour: Option<char>, script: fn(char) -> bool| neighbour.is_some_and(script);
    let foreign = |c: char| !c.is_ascii();
    (non_joiner || joiner)
        && (is(before, foreign) && is(after, foreign)
            || is(before, is_indic)
            || joiner && (is(before, is_cursive) || is(after, is_cursive))
            || before.is_some() && after.is_some() && (is(before, is_cursive) || is(after, is_cursive)))
}

/// Whether a character is of a script in which letters join to each other, as Arabic, Syriac and Mongolian do.
fn is_cursive(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{8ff}' | '\u{1800}'..='\u{18af}' | '\u{a840}'..='\u{a87f}' | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' | '\u{10ac0}'..='\u{10aff}' | '\u{10b80}'..='\u{10baf}' | '\u{10d00}'..='\u{10d3f}'
        | '\u{10ec0}'..='\u{10eff}' | '\u{10f30}'..='\u{10fdf}' | '\u{1e900}'..='\u{1e95f}')
}

/// Whether a character is of an Indic script: one of the family of Brahmi, in which consonants form clusters.
fn is_indic(c: char) -> bool {
    matches!(c,
        '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1700}'..='\u{17ff}' | '\u{1900}'..='\u{1aaf}'
        | '\u{1b00}'..='\u{1c4f}' | '\u{1cd0}'..='\u{1cff}' | '\u{a800}'..='\u{a82f}' | '\u{a880}'..='\u{a8ff}'
        | '\u{a930}'..='\u{aaff}' | '\u{abc0}'..='\u{abff}' | '\u{11000}'..='\u{11fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn clean_cells_are_borrowed() {
        for cell in ["", "a", "a b", "ä b", "null and void", "N/A?", "NA", "\u{1}", "-", "日本語"] {
            assert!(matches!(normalise(cell), Cow::Borrowed(same) if same == cell), "{cell:?}");
        }
    }

    #[test]
    fn white_space_becomes_single_spaces() {
        for (cell, expected) in [
            ("  a  b ", "a b"),
            ("a\r\nb\n\n c\td", "a b c d"),
            ("\u{a0}a\u{2003}\u{3000}b\u{202f}", "a b"),
            ("a\u{85}b\u{2028}c", "a b c"),
            (" ", ""),
            ("\u{feff}a\u{200b}b\u{2060}", "ab"),
            ("a \u{200b} b", "a b"),
            ("\u{1}\u{1f} \u{7f}", "\u{1}\u{1f} \u{7f}"),
        ] {
            assert_eq!(normalise(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn joiners_stay_where_scripts_need_them() {
        for kept in [
            "👩\u{200d}👧",
            "می\u{200c}خواهم",
            "❤\u{fe0f}\u{200d}🔥",
            // A Latin word with a Persian ending, and the joined form of a last letter.
            "USB\u{200c}ها",
            "ه\u{200d}.",
            // A half form at the end of a word, in Devanagari and Malayalam, and one that is kept from joining.
            "क\u{94d}\u{200d} ख",
            "അവന\u{d4d}\u{200d}",
            "ക\u{d4d}\u{200c}ഷ",
        ] {
            assert_eq!(normalise(kept), kept);
            assert_eq!(clean(kept), CellChange::Same);
        }
        for (cell, expected) in [
            ("a\u{200d}b", "ab"),
            ("a\u{200d}é", "aé"),
            ("é \u{200d}é", "é é"),
            ("é\u{200d} é", "é é"),
            ("é\u{200d}", "é"),
            ("ها\u{200c} x", "ها x"),
            ("ها\u{200c}", "ها"),
            ("é\u{200d}\u{200d}é", "é\u{200d}é"),
        ] {
            assert_eq!(normalise(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn json_keeps_the_white_space_within_it() {
        for cell in [r#"{"a":  "x  y\u00a0"}"#, "[1,\n 2]", "\"a  b\"", "5", "[None, 1]"] {
            assert_eq!(clean_json(cell), CellChange::Same, "{cell}");
        }
        assert_eq!(clean_json(" [\"a  b\"]\n"), CellChange::Text("[\"a  b\"]".to_owned()));
        // A line break in a text is no JSON, but a space is.
        assert_eq!(clean_json("[\"a\nb\"]"), CellChange::Text("[\"a b\"]".to_owned()));
        assert_eq!(clean_json(" 5 "), CellChange::Text("5".to_owned()));
        for cell in ["null", "[None]"] {
            assert_eq!(clean_json(cell), CellChange::Null);
        }
    }

    #[test]
    fn null_tokens_become_empty() {
        for cell in ["None", "nan", "N/A", " null ", "[NONE]", "\u{a0}NaN\n"] {
            assert_eq!(normalise(cell), "", "{cell:?}");
            assert_eq!(clean(cell), CellChange::Null);
        }
    }

    proptest! {
        #[test]
        fn normal_forms_are_stable(cell in "[a-c é👩\u{200b}-\u{200d}\u{a0}\n\t\u{feff}]{0,12}") {
            let once = normalise(&cell).into_owned();
            prop_assert_eq!(normalise(&once).into_owned(), once.clone());
            prop_assert!(!once.contains("  ") && once.trim() == once);
        }
    }
}
