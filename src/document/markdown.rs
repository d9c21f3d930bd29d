//! Where a `CommonMark` document has its headings, and the blocks that are never cut.
//!
//! The parser knows neither a byte order mark nor a lone CR in fences, and takes front matter for text, so it is given
//! the lines after the front matter, joined with LF.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::joined::JoinedLines;
use super::limits::MAX_HEADING_CHARS;

/// A heading whose parent is the document. One in a quote, list item or footnote is a part of that.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) level: u8,
    /// Its text without markup, with white space as single spaces.
    pub(super) text: String,
    pub(super) line: usize,
}

/// The headings and closed blocks of a document, by lines counted from 1.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Structure {
    pub(super) headings: Vec<Heading>,
    /// The first and last lines of code, tables and HTML blocks, wherever they stand, in order.
    pub(super) closed: Vec<(usize, usize)>,
}

/// Finds the structure of `lines`, the first of which is line `first` of the document.
pub(super) fn structure<'a>(lines: impl Iterator<Item = &'a str>, first: usize) -> Structure {
    let joined = JoinedLines::of(lines, first);
    let line_at = |offset: usize| joined.line_at(offset);
    let mut found = Structure::default();
    let mut depth = 0usize;
    let mut open: Option<Heading> = None;
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    for (event, range) in Parser::new_ext(&joined.text, options).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                match tag {
                    Tag::Heading { level, .. } if depth == 0 => {
                        open = Some(Heading { level: level as u8, text: String::new(), line: line_at(range.start) });
                    }
                    Tag::CodeBlock(_) | Tag::Table(_) | Tag::HtmlBlock => {
                        found.closed.push((line_at(range.start), line_at(range.end.saturating_sub(1))));
                    }
                    _ => {}
                }
                depth += 1;
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                if let (TagEnd::Heading(_), 0, Some(heading)) = (tag, depth, open.take_if(|_| depth == 0)) {
                    found.headings.push(Heading { text: heading_text(&heading.text), ..heading });
                }
            }
            Event::Text(piece) | Event::Code(piece) => push(&mut open, &piece),
            Event::InlineHtml(source) => push(&mut open, shown_of(&source)),
            Event::SoftBreak | Event::HardBreak => push(&mut open, " "),
            _ => {}
        }
    }
    found
}

/// What a heading shows of a piece of HTML: nothing of a comment and of an element that only formats, a mark before
/// what is raised or lowered, and the source of all others, such as `<name>`.
fn shown_of(source: &str) -> &str {
    const FORMATS: [&str; 20] = [
        "a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "img", "ins", "kbd", "mark", "samp", "small",
        "span", "strong", "tt", "u", "var",
    ];
    let is_end = source.starts_with("</");
    let name = source.trim_start_matches(['<', '/']);
    let name = name[..name.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(name.len())].to_ascii_lowercase();
    match name.as_str() {
        _ if source.starts_with("<!--") => "",
        "br" => " ",
        "wbr" => "",
        "sup" => {
            if is_end {
                ""
            } else {
                "^"
            }
        }
        "sub" => {
            if is_end {
                ""
            } else {
                "_"
            }
        }
        name if FORMATS.contains(&name) => "",
        _ => source,
    }
}

/// The text of the heading that `line` is; `None` if it is no heading.
pub(super) fn heading_of(line: &str) -> Option<String> {
    structure(std::iter::once(line), 1).headings.pop().map(|it| it.text)
}

fn push(open: &mut Option<Heading>, piece: &str) {
    if let Some(heading) = open {
        heading.text.push_str(piece);
    }
}

/// A heading's text, with white space as single spaces, and no longer than is kept.
pub(super) fn heading_text(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MAX_HEADING_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
