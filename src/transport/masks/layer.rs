//! A text that was made from another one, and where each part of it comes from ([`Layer`]); and one such text, in which
//! one level of escapes is decoded ([`decoded`]).
//!
//! The decoder knows the escapes of JSON and of most programming languages, percent-encoding, and HTML's character
//! references. It guesses: what looks like an escape is one, whatever stands around it.

use std::ops::Range;

use memchr::memchr3;

use super::entities;

/// A text with its source.
#[derive(Debug, Default)]
pub struct Layer {
    pub text: Vec<u8>,
    segments: Vec<Segment>,
}

/// A part of a layer's text, which ends where the next one begins.
#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Where it begins in the layer's text.
    at: u32,
    /// Where it begins in the source.
    from: u32,
    /// The bytes of an escape in the source; 0 for a run that is the same in both.
    width: u32,
}

impl Layer {
    /// Adds `source[range]` as it is.
    pub fn push_run(&mut self, source: &[u8], range: Range<usize>) {
        if !range.is_empty() {
            self.segments.push(Segment { at: small(self.text.len()), from: small(range.start), width: 0 });
            self.text.extend_from_slice(&source[range]);
        }
    }

    /// Adds `text` for the escape at `range` of the source.
    pub fn push_escape(&mut self, text: &[u8], range: Range<usize>) {
        self.segments.push(Segment { at: small(self.text.len()), from: small(range.start), width: small(range.len()) });
        self.text.extend_from_slice(text);
    }

    /// Adds the parts of the source that `range` of the layer's text was made from.
    pub fn sources(&self, range: Range<usize>, into: &mut Vec<Range<usize>>) {
        let first = self.segments.partition_point(|it| it.at as usize <= range.start).saturating_sub(1);
        let before = into.len();
        for (place, segment) in self.segments.iter().enumerate().skip(first) {
            let (at, from) = (segment.at as usize, segment.from as usize);
            if at >= range.end {
                break;
            }
            let end = self.segments.get(place + 1).map_or(self.text.len(), |next| next.at as usize).min(range.end);
            let part = match segment.width as usize {
                0 => from + range.start.saturating_sub(at)..from + (end - at),
                width => from..from + width,
            };
            match into[before..].last_mut() {
                Some(last) if last.end == part.start => last.end = part.end,
                _ => into.push(part),
            }
        }
    }

    /// `range` of the source, made longer where it begins or ends inside an escape that begins with a backslash: what
    /// is left of such an escape would spoil a JSON text.
    pub fn whole(&self, source: &[u8], range: Range<usize>) -> Range<usize> {
        let around = |position: usize| {
            let before = self.segments.partition_point(|it| (it.from as usize) < position).checked_sub(1)?;
            let Segment { from, width, .. } = self.segments[before];
            let escape = from as usize..(from + width) as usize;
            (position < escape.end && source.get(escape.start) == Some(&b'\\')).then_some(escape)
        };
        let start = around(range.start).map_or(range.start, |escape| escape.start);
        let end = around(range.end).map_or(range.end, |escape| escape.end);
        start..end
    }
}

/// A response is far smaller than 4 GiB.
fn small(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// `text` with one level of its escapes decoded; `None` if it has none.
pub fn decoded(text: &[u8]) -> Option<Layer> {
    let mut layer = Layer::default();
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = memchr3(b'\\', b'%', b'&', &text[at..]) {
        let start = at + found;
        let Some((character, width)) = escape(&text[start..]) else {
            at = start + 1;
            continue;
        };
        layer.push_run(text, copied..start);
        at = start + width;
        copied = at;
        match character {
            Escaped::Byte(byte) => layer.push_escape(&[byte], start..at),
            Escaped::Char(character) => {
                layer.push_escape(character.encode_utf8(&mut [0; 4]).as_bytes(), start..at);
            }
        }
    }
    (copied > 0).then(|| {
        layer.push_run(text, copied..text.len());
        layer
    })
}

/// What an escape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escaped {
    Byte(u8),
    Char(char),
}

impl Escaped {
    /// The ASCII character that it stands for, if it is one.
    pub fn ascii(self) -> Option<u8> {
        match self {
            Self::Byte(byte) => Some(byte).filter(u8::is_ascii),
            Self::Char(character) => u8::try_from(character).ok().filter(u8::is_ascii),
        }
    }
}

/// The escape that `text` begins with, and its length.
pub fn escape(text: &[u8]) -> Option<(Escaped, usize)> {
    match text {
        [b'\\', b'u', b'{', rest @ ..] => braced(rest).map(|(it, width)| (it, width + 3)),
        [b'\\', b'u', rest @ ..] => utf16(rest),
        [b'\\', b'U', rest @ ..] => coded(hex(rest.get(..8)?)?).map(|it| (it, 10)),
        [b'\\', b'x', high, low, ..] => byte(*high, *low).map(|it| (it, 4)),
        [b'\\', short, ..] => simple(*short).map(|it| (Escaped::Byte(it), 2)),
        [b'%', high, low, ..] => byte(*high, *low).map(|it| (it, 3)),
        [b'&', b'#', b'x' | b'X', rest @ ..] => reference(rest, 16).map(|(it, width)| (it, width + 3)),
        [b'&', b'#', rest @ ..] => reference(rest, 10).map(|(it, width)| (it, width + 2)),
        [b'&', rest @ ..] => entities::named(rest).map(|(it, width)| (Escaped::Byte(it), width + 1)),
        _ => None,
    }
}

/// The escapes of one letter.
fn simple(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' | b'/' | b'\'' => letter,
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        _ => return None,
    })
}

/// The four hexadecimal digits of a `\u`, or those of two where they are a pair of surrogates; `rest` begins after the
/// `u`.
fn utf16(rest: &[u8]) -> Option<(Escaped, usize)> {
    let first = hex(rest.get(..4)?)?;
    let second = match rest.get(4..10) {
        Some([b'\\', b'u', digits @ ..]) if (0xd800..0xdc00).contains(&first) => hex(digits),
        _ => None,
    };
    match second {
        Some(second @ 0xdc00..0xe000) => {
            coded(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).map(|it| (it, 12))
        }
        _ => Some((coded(first).unwrap_or(Escaped::Char(char::REPLACEMENT_CHARACTER)), 6)),
    }
}

/// `\u{2b}`; `rest` begins after the brace.
fn braced(rest: &[u8]) -> Option<(Escaped, usize)> {
    let end = rest.iter().take(9).position(|it| *it == b'}')?;
    coded(hex(&rest[..end])?).map(|it| (it, end + 1))
}

/// `&#43;` or `&#x2b;`; `rest` begins at the first digit. As in browsers, the semicolon may be missing;
/// where a blank separates two references in its place, it belongs to the first.
fn reference(rest: &[u8], radix: u32) -> Option<(Escaped, usize)> {
    let count = rest.iter().take(8).take_while(|it| char::from(**it).is_digit(radix)).count();
    let code = u32::from_str_radix(str::from_utf8(&rest[..count]).ok()?, radix).ok()?;
    let ends = matches!(&rest[count..], [b';', ..] | [b' ', b'&', b'#', ..]);
    let end = count + usize::from(ends);
    coded(code).map(|it| (it, end))
}

fn coded(code: u32) -> Option<Escaped> {
    char::from_u32(code).map(Escaped::Char)
}

fn byte(high: u8, low: u8) -> Option<Escaped> {
    let code = hex(&[high, low])?;
    u8::try_from(code).ok().map(Escaped::Byte)
}

/// The value of hexadecimal digits, of which there are at most eight.
fn hex(digits: &[u8]) -> Option<u32> {
    let digits = str::from_utf8(digits).ok().filter(|it| it.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_escape_is_decoded() {
        let cases = [
            (r"\u002B \u002b\u{2b} \U0000002B \x2b", "+ ++ + +"),
            (r#"\/ \" \\ \n \t"#, "/ \" \\ \n \t"),
            (r"\ud83d\ude00 \ud83d \ud83d\u002b", "😀 \u{fffd} \u{fffd}+"),
            ("%2B%2b%C3%BC", "++ü"),
            ("&#43;&#043;&#x2B;&#x2b&plus;&amp;lt;", "+++++&lt;"),
            ("&#43 &#43&#x2b &c.", "+++ &c."),
        ];
        for (text, expected) in cases {
            let layer = decoded(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8_lossy(&layer.text), expected, "{text}");
        }
        for text in ["", "100 % of &c. & more \\ \\d \\u12 %zz &#; &none; &#xg", "\\u{110000} \\U99999999 &#1114112;"] {
            assert!(decoded(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn each_part_knows_its_source() {
        let text = br"ab\u002Bcd%2Fe";
        let layer = decoded(text).unwrap();
        assert_eq!(layer.text, b"ab+cd/e");
        let sources = |range| {
            let mut found = Vec::new();
            layer.sources(range, &mut found);
            found.iter().map(|it| (it.start, it.end)).collect::<Vec<_>>()
        };
        assert_eq!(sources(0..2), [(0, 2)]);
        assert_eq!(sources(1..4), [(1, 9)]);
        assert_eq!(sources(2..3), [(2, 8)]);
        assert_eq!(sources(5..7), [(10, 14)]);
        assert_eq!(sources(0..7), [(0, 14)]);
        // A backslash is not left alone, a percent sign may be.
        assert_eq!((layer.whole(text, 3..9), layer.whole(text, 8..11)), (2..9, 8..11));
        assert_eq!((layer.whole(text, 2..8), layer.whole(text, 0..5)), (2..8, 0..8));
    }
}
