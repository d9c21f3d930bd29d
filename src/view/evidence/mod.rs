//! What is cited of the documents of a run, and by what.
//!
//! [`each_document`](each_document()) visits the documents with the [`Claim`]s on them, `Stretches` cuts a document
//! where claims begin and end, and [`Coverage`] counts the lines that they cite. Lines are those of the document, from
//! 1. Behind the report, the pages of documents and `casebook show`.

mod about;
mod gather;
mod model;
mod outputs;
mod stretch;

pub use about::about_in_short;
pub use gather::{dataset_with_documents, each_document, each_line, places, row_lines};
pub use model::{
    Claim, ClaimCounts, ClaimTally, ClaimedLines, Coverage, DocumentHead, is_found, line_one_of_row, lines_in_words,
};
pub use outputs::ClaimOutputs;
pub use stretch::{Mark, Stretch, stretches};

use crate::view::text;

#[cfg(test)]
pub(crate) mod fixture;

/// Whether a line has nothing but white space.
#[must_use]
pub fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// Returns a line for people, with everything in it that cannot be seen as an escape: control characters, tabs, spaces
/// that do not break or have no width. Blanks at its end are `␠`.
#[must_use]
pub fn visible(line: &str) -> String {
    let rest = line.trim_end_matches(' ');
    let mut shown = String::with_capacity(line.len() + 8);
    for character in text::line(rest).chars() {
        match character {
            '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{202f}' | '\u{2060}'..='\u{2064}' => {
                shown.extend(character.escape_unicode());
            }
            other => shown.push(other),
        }
    }
    shown.extend(std::iter::repeat_n('\u{2420}', line.len() - rest.len()));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_of_a_line_is_written() {
        assert_eq!(visible("a  b  "), "a  b\u{2420}\u{2420}");
        assert_eq!(visible("a\u{a0}b\u{200b}\t"), "a\\u{a0}b\\u{200b}\\t");
        assert_eq!(visible("\u{c}\u{1b}[31m\u{2028}\u{202e}é名"), "\\u{c}\\u{1b}[31m\\u{2028}\\u{202e}é名");
        assert_eq!((visible(""), visible("   ")), (String::new(), "\u{2420}\u{2420}\u{2420}".to_owned()));
        assert!(is_blank(" \t\u{a0}\u{3000}") && !is_blank("\u{200b}"));
    }
}
