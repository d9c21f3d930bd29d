//! A strip that shows which parts of a document are cited.

use std::fmt::Write as _;

use crate::view::evidence::{Mark, Stretch};

/// How many parts a document is divided into.
const PARTS: i64 = 500;

/// A bar for the whole document, with what is cited in it.
pub(super) fn strip(stretches: &[Stretch], line_count: i64, words: &str) -> String {
    let words = super::escape::escape(words);
    let mut svg = format!(
        "<svg class=\"strip\" viewBox=\"0 0 {PARTS} 10\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{words}\"><title>{words}</title>"
    );
    for (from, to, mark) in runs(stretches, line_count) {
        let class = mark.class();
        // Writing to a String cannot fail.
        let _ = write!(svg, "<rect class=\"{class}\" x=\"{from}\" width=\"{}\" height=\"10\"/>", to - from);
    }
    svg.push_str("</svg>");
    svg
}

/// The runs of parts that are cited in the same way. A part is cited if one of its lines is.
fn runs(stretches: &[Stretch], line_count: i64) -> Vec<(i64, i64, Mark)> {
    let mut parts = vec![Mark::Plain; usize::try_from(PARTS).unwrap_or_default()];
    let count = i128::from(line_count.max(1));
    for it in stretches.iter().filter(|it| it.mark >= Mark::Refused) {
        let from = i128::from(it.first - 1) * i128::from(PARTS) / count;
        let to = (i128::from(it.last) * i128::from(PARTS) + count - 1) / count;
        let range = usize::try_from(from).unwrap_or_default()..usize::try_from(to).unwrap_or_default();
        for part in parts.get_mut(range).into_iter().flatten() {
            *part = (*part).max(it.mark);
        }
    }
    let mut runs: Vec<(i64, i64, Mark)> = Vec::new();
    for (place, mark) in (0..).zip(parts) {
        match runs.last_mut() {
            Some((_, to, last)) if *to == place && *last == mark => *to = place + 1,
            _ => runs.push((place, place + 1, mark)),
        }
    }
    runs.retain(|(_, _, mark)| *mark != Mark::Plain);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cited_is_drawn_where_it_stands() {
        let stretch = |first, last, mark| Stretch { first, last, mark, begins: Vec::new() };
        let cited = [stretch(1, 5, Mark::Plain), stretch(6, 7, Mark::Cited), stretch(8, 10, Mark::Refused)];
        assert_eq!(runs(&cited, 10), [(250, 350, Mark::Cited), (350, 500, Mark::Refused)]);
        // One line of very many is seen.
        assert_eq!(runs(&[stretch(1_000_000, 1_000_000, Mark::Cited)], 1_000_000), [(499, 500, Mark::Cited)]);
        assert_eq!(runs(&[], 0), []);
    }
}
