//! JSON on one line.

use std::io;

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// Compact JSON in which no text has a character that some reader takes for the end of a line: U+0085, U+2028 and
/// U+2029 are written as escapes, like all control characters.
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['\u{85}', '\u{2028}', '\u{2029}']) {
            let (before, from) = rest.split_at(at);
            let mut letters = from.chars();
            writer.write_all(before.as_bytes())?;
            if let Some(letter) = letters.next() {
                write!(writer, "\\u{:04x}", u32::from(letter))?;
            }
            rest = letters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Appends `value` in one line, without its end. Objects keep the order of their keys.
pub(super) fn push_line(value: &Value, out: &mut Vec<u8>) {
    // Writing a value into memory does not fail.
    let _written = value.serialize(&mut Serializer::with_formatter(out, OneLine));
}

/// `value` in one line.
pub(super) fn line(value: &Value) -> String {
    let mut out = Vec::new();
    push_line(value, &mut out);
    crate::record::canonical::text_of(out)
}
