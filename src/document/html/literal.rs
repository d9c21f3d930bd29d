//! Sees to it that the text of a page begins no heading, though it may look like one in Markdown.
//!
//! The converter knows what a line begins with only within one piece of text, so the whole is parsed: what is a heading
//! or a rule there, and was not made as one, is text.

use pulldown_cmark::{Event, Options, Parser, Tag};

/// Stands before what was made as a heading or a rule. No text has it.
pub(super) const MADE: char = '\0';

/// How often a text is parsed: where one line is taken for text, the next may be taken for what it was.
const MAX_PASSES: usize = 8;

/// `text` without its marks [`MADE`], and with a `\` before what only looks like a heading or a rule.
pub(super) fn literal(text: &str) -> String {
    let mut marked = Vec::new();
    let mut all = String::with_capacity(text.len());
    for (index, piece) in text.split(MADE).enumerate() {
        if index > 0 {
            marked.push(all.len());
        }
        all.push_str(piece);
    }
    for _ in 0..MAX_PASSES {
        let places = lookalikes(&all, &marked);
        if places.is_empty() {
            break;
        }
        all = escaped_at(&all, &places);
        for at in &mut marked {
            *at += places.partition_point(|place| place < at);
        }
    }
    all
}

/// Where a `\` is to stand, in order.
fn lookalikes(text: &str, made: &[usize]) -> Vec<usize> {
    let mut places = Vec::new();
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        if !matches!(event, Event::Start(Tag::Heading { .. }) | Event::Rule) {
            continue;
        }
        let block = text[range.clone()].trim_end();
        let indent = block.len() - block.trim_start().len();
        let start = range.start + indent;
        if made.binary_search(&start).is_ok() {
            continue;
        }
        // The line of marks below a heading's text, or the heading's own first marks.
        let last_line = block.rfind('\n').map_or(0, |at| at + 1);
        if last_line == 0 {
            places.push(start);
            continue;
        }
        let mark = block.chars().next_back().unwrap_or('-');
        places.push(range.start + last_line.max(block.trim_end_matches(mark).len()));
    }
    places.sort_unstable();
    places.dedup();
    places
}

fn escaped_at(text: &str, places: &[usize]) -> String {
    let mut all = String::with_capacity(text.len() + places.len());
    let mut from = 0;
    for &place in places {
        all.push_str(&text[from..place]);
        all.push('\\');
        from = place;
    }
    all.push_str(&text[from..]);
    all
}
