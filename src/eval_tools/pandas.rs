//! Texts that pandas reads as something else, unless it is told not to.

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
    /// Those of them that are numbers too, such as `nan`.
    missing_numbers: u64,
    /// Other numbers.
    numbers: u64,
    truths: u64,
}

impl TextColumn {
    pub(super) fn see(&mut self, text: &str) {
        self.texts += 1;
        if text.is_empty() {
            self.empty += 1;
        } else if MISSING.contains(&text) {
            self.missing += 1;
            self.missing_numbers += u64::from(is_number(text));
        } else if is_number(text) {
            self.numbers += 1;
        } else if ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
            self.truths += 1;
        }
    }

    /// How many texts `read_json` makes numbers of: all of the column or none.
    pub(super) fn retyped_by_json(&self) -> u64 {
        if self.numbers + self.missing_numbers == self.texts { self.texts } else { 0 }
    }

    /// How many texts `read_csv` makes something else of: words for a missing value, each for itself; numbers and truth
    /// values, where the column has nothing else.
    pub(super) fn retyped_by_csv(&self) -> u64 {
        let filled = self.texts - self.empty - self.missing;
        let is_whole = self.numbers == filled || self.truths == filled;
        self.missing + if is_whole { filled } else { 0 }
    }
}

/// Whether Python reads a text as a number: blanks around it and `_` between digits do not matter.
fn is_number(text: &str) -> bool {
    let text = text.trim();
    let mut digits = text.to_owned();
    if text.contains('_') {
        let letters: Vec<char> = text.chars().collect();
        let is_between = |at: usize| {
            let digit = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
            digit(at.checked_sub(1)) && digit(Some(at + 1))
        };
        let kept = letters.iter().enumerate().filter(|(at, letter)| **letter != '_' || !is_between(*at));
        digits = kept.map(|(_, letter)| *letter).collect();
    }
    digits.parse::<f64>().is_ok()
}
