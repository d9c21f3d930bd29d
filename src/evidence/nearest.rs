//! The line whose words are most like those of a quote: [`nearest`].

use std::collections::HashSet;

use super::lines::RowLines;

/// The longest text whose lines are compared, in bytes.
const COMPARED: usize = 1_000_000;
/// How many words of a quote are compared.
const WORDS: usize = 60;

/// Returns the number of the line that has most words in common with the first line of `quote` that has words, if it is
/// at least half of the words of either. The first of several.
pub(super) fn nearest(lines: &RowLines<'_>, quote: &str) -> Option<i64> {
    if lines.text().len() > COMPARED {
        return None;
    }
    let first = quote.split('\n').find(|line| words(line).next().is_some())?;
    let wanted: HashSet<String> = words(first).take(WORDS).collect();
    let mut best: Option<(usize, usize, i64)> = None;
    for (number, line) in lines.numbered() {
        let there: HashSet<String> = words(line).take(WORDS).collect();
        let shared = there.intersection(&wanted).count();
        let all = wanted.len().max(there.len());
        if shared * 2 >= all.max(1) && best.is_none_or(|(most, of, _)| shared * of > most * all) {
            best = Some((shared, all, number));
        }
    }
    best.map(|(.., number)| number)
}

fn words(line: &str) -> impl Iterator<Item = String> + '_ {
    line.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_line_has_half_of_the_words() {
        let lines =
            RowLines::of("# Refunds\n\nRefunds are made within 30 days.\nRefunds are made in cash.\n\nSee below.");
        for (quote, expected) in [
            ("refunds are made within thirty days", Some(3)),
            ("\n  Refunds are made in CASH", Some(4)),
            ("Refunds", Some(1)),
            ("We never pay anything back to anybody.", None),
            ("...", None),
        ] {
            assert_eq!(nearest(&lines, quote), expected, "{quote}");
        }
    }
}
