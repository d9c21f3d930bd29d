//! Texts that pandas reads as something else, unless it is told not to.

use std::sync::LazyLock;

use regex::Regex;

/// What `read_csv` reads as missing, beside nothing.
const MISSING: [&str; 18] = [
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL",
    "NaN", "None", "n/a", "nan", "null",
];

/// What the texts of a column look like, as far as it was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct TextColumn {
    texts: u64,
    empty: u64,
    /// Words for a missing value.
    missing: u64,
    csv_numbers: u64,
    json_numbers: u64,
    truths: u64,
}

impl TextColumn {
    pub(super) fn see(&mut self, text: &str) {
        self.texts += 1;
        self.json_numbers += u64::from(is_json_number(text));
        if text.is_empty() {
            self.empty += 1;
        } else if MISSING.contains(&text) {
            self.missing += 1;
        } else if is_csv_number(text) {
            self.csv_numbers += 1;
        } else if ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
            self.truths += 1;
        }
    }

    /// How many texts `read_json` makes numbers of: all of the column or none.
    pub(super) fn retyped_by_json(&self) -> u64 {
        if self.json_numbers == self.texts { self.texts } else { 0 }
    }

    /// How many texts `read_csv` makes something else of: words for a missing value, each for itself; numbers and truth
    /// values, where the column has nothing else.
    pub(super) fn retyped_by_csv(&self) -> u64 {
        let filled = self.texts - self.empty - self.missing;
        let is_whole = self.csv_numbers == filled || self.truths == filled;
        self.missing + if is_whole { filled } else { 0 }
    }
}

/// Whether `read_json` reads a text as a number: what Python's `float` takes, with digits of any script, `_` between
/// digits and any blanks around it.
fn is_json_number(text: &str) -> bool {
    static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let digits = r"\d(?:_?\d)*";
        let finite = format!(r"(?:{digits}\.?(?:{digits})?|\.{digits})(?:e[+-]?{digits})?");
        Regex::new(&format!(r"(?i)^[+-]?(?:inf|infinity|nan|{finite})$")).ok()
    });
    NUMBER.as_ref().is_some_and(|number| number.is_match(text.trim()))
}

/// Whether `read_csv` reads a text as a number: digits of ASCII, with ASCII's blanks around them, or a word for
/// infinity without any.
fn is_csv_number(text: &str) -> bool {
    let is_blank = |it: char| it.is_ascii_whitespace() || it == '\u{b}';
    let digits = text.trim_matches(is_blank);
    let is_word = |text: &str| text.bytes().any(|it| it.is_ascii_alphabetic() && !it.eq_ignore_ascii_case(&b'e'));
    let number = |text: &str| text.parse::<f64>().ok();
    if is_word(digits) { number(text).is_some_and(f64::is_infinite) } else { number(digits).is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What pandas 3.0.6 does to each text: `c` by `read_csv`, `j` by `read_json`.
    #[test]
    fn numbers_are_those_of_each_reader() {
        for (texts, readers) in [
            (&["1", "-1", "+.5", " 1 ", "\t1", "\u{b}1", "1e400", "1.", "007", "inf", "-Infinity", "iNf"][..], "cj"),
            (&["\u{a0}1", "\u{2003}1", "\u{85}1", "1_000", "1_0.0_1", "٣", "１２", "٣٤.٥", "1e٣", "inf ", "NAN"], "j"),
            (&["+nan", "nAn", "-NAN"], "j"),
            (&["1__0", "_1", "1_", "²", "Ⅷ", "1e", "0x10", ".", "1,000", "+-1", "\u{1c}1", "\u{200b}1", "−1", ""], ""),
            (&["infin", "e5", "1d5", "+ 1", "1e+", "1j"], ""),
        ] {
            for text in texts {
                let found = [('c', is_csv_number(text)), ('j', is_json_number(text))];
                let found: String = found.iter().filter(|it| it.1).map(|it| it.0).collect();
                assert_eq!(found, readers, "{text:?}");
            }
        }
    }
}
