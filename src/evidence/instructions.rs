//! How to quote, in words for a model: [`instructions`].

use crate::record::ClaimPlaces;

/// Says how to write each kind of claim: a paragraph for each.
#[must_use]
pub fn instructions(all: &[ClaimPlaces]) -> String {
    let paragraphs: Vec<String> = all.iter().map(paragraph).collect();
    paragraphs.join("\n\n")
}

fn paragraph(places: &ClaimPlaces) -> String {
    let (at, quote) = (&places.at, &places.quote);
    let (what, numbers) = match places.lines.as_slice() {
        [first, last] => (
            "one or more whole lines of the text, copied exactly as they stand there, with the marks and blanks at both \
             ends and without line numbers; several lines are joined by a line break (`\\n` in JSON)",
            format!("`{first}` and `{last}` are the numbers of the first and the last of these lines"),
        ),
        lines => (
            "one whole line of the text, copied exactly as it stands there, with the marks and blanks at both ends and \
             without its number",
            format!("`{}` is the number of this line", lines.first().map(ToString::to_string).unwrap_or_default()),
        ),
    };
    format!("How to quote in `{at}`: `{quote}` is {what}. {numbers}, counted from 1 as in the text shown.")
}
