//! The texts between quotation marks, put together: what was split over several strings of a JSON text is whole in one
//! of them ([`joined`]).
//!
//! This is no JSON parser: it works on any text, in quotes that are escaped any number of times, and on the lines of an
//! event stream. A piece that only separates others (`": "`, `"}, {"`) is left out.

use std::collections::HashMap;
use std::ops::Range;

use memchr::memchr_iter;

use super::layer::Layer;

/// Between two texts that are not to be read as one.
const BREAK: &[u8] = b"\0";

/// A text between quotation marks.
struct Piece {
    range: Range<usize>,
    /// Whether a colon follows it: it is the name of a member.
    is_name: bool,
}

/// The strings of `text` as one text each: all values in their order, all values and names, and the values of members
/// that have the same name.
pub fn joined(text: &[u8]) -> Vec<Layer> {
    let pieces = pieces(text);
    if pieces.len() < 2 {
        return Vec::new();
    }
    let (mut values, mut all, mut by_name) = (Layer::default(), Layer::default(), Layer::default());
    let mut groups: Vec<Vec<Range<usize>>> = Vec::new();
    let mut names: HashMap<&[u8], usize> = HashMap::new();
    let mut group: Option<usize> = None;
    for Piece { range, is_name } in pieces {
        all.push_run(text, range.clone());
        if is_name {
            group = Some(*names.entry(&text[range]).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            }));
        } else {
            values.push_run(text, range.clone());
            if let Some(group) = group {
                groups[group].push(range);
            }
        }
    }
    for group in groups.into_iter().filter(|it| it.len() > 1) {
        by_name.push_escape(BREAK, 0..1);
        for range in group {
            by_name.push_run(text, range);
        }
    }
    vec![values, all, by_name]
}

/// The pieces of `text`, without those that only separate others.
fn pieces(text: &[u8]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    // Whether the last piece was kept, so that a colon may be about it.
    let mut kept = false;
    let mut start = 0;
    for quote in memchr_iter(b'"', text).chain([text.len()]) {
        let mut range = start..quote;
        start = (quote + 1).min(text.len());
        // An odd number of backslashes is a part of the quotation mark, an even one is text.
        let backslashes = text[range.clone()].iter().rev().take_while(|it| **it == b'\\').count();
        if !backslashes.is_multiple_of(2) {
            range.end -= backslashes;
        }
        let separator = separator(&text[range.clone()]);
        if separator == Some(b':')
            && kept
            && let Some(last) = pieces.last_mut()
        {
            last.is_name = true;
        }
        kept = separator.is_none();
        if kept {
            pieces.push(Piece { range, is_name: false });
        }
    }
    pieces
}

/// The first character of a piece that separates others; a space if it has none.
fn separator(piece: &[u8]) -> Option<u8> {
    let (Some(first), Some(last)) = (piece.trim_ascii().first(), piece.trim_ascii().last()) else { return Some(b' ') };
    let separates = |it: &u8| matches!(it, b',' | b':' | b'{' | b'}' | b'[' | b']');
    (separates(first) && separates(last)).then_some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> [String; 3] {
        let layers = joined(text.as_bytes());
        let text =
            |place: usize| layers.get(place).map_or(String::new(), |it| String::from_utf8(it.text.clone()).unwrap());
        [0, 1, 2].map(text)
    }

    #[test]
    fn strings_are_put_together() {
        assert_eq!(texts(r#"{"a": "one", "n": 12, "b": [true, "two"]}"#), ["onetwo", "aonenbtwo", ""]);
        assert_eq!(
            texts(r#"{"a": {"x": "one"}, "b": {"y": "-", "x": "two"}}"#),
            ["one-two", "axonebyxtwo", "\0onetwo"].map(|it| it.replace("byx", "by-x"))
        );
        assert_eq!(texts(r#""{\"a\": \"one\", \"b\": \"two\"}""#)[0], "onetwo");
        assert_eq!(texts("one"), ["", "", ""]);
        assert_eq!(texts(""), ["", "", ""]);
    }

    #[test]
    fn a_stream_of_events_is_put_together_by_name() {
        let event = |text: &str| format!("data: {{\"id\":\"c1\",\"d\":{{\"content\":\"{text}\"}}}}\n\n");
        let stream = ["sk-", "ab", "cd"].map(event).concat() + "data: [DONE]\n";
        assert!(texts(&stream)[2].contains("sk-abcd"), "{:?}", texts(&stream)[2]);
    }
}
