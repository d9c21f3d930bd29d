//! Secrets in hexadecimal with something between the bytes, in any case.

use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::layer::Layer;

/// What may stand between two bytes; after it, `0x` too.
const BETWEEN: &[u8] = b" :-,\n";
/// The most characters of it.
const LONGEST: usize = 2;

/// Where `text` has what `search` finds in lower case, with or without something between the bytes.
pub fn matches(search: &AhoCorasick, text: &[u8]) -> Vec<Range<usize>> {
    let layer = together(text);
    let mut found = Vec::new();
    for one in search.find_overlapping_iter(&layer.text) {
        let before = found.len();
        layer.sources(one.range(), &mut found);
        // What is between the bytes goes with them.
        let whole = found[before..].first().zip(found.last()).map(|(first, last)| first.start..last.end);
        found.truncate(before);
        found.extend(whole);
    }
    found
}

/// `text` in lower case, without what stands between bytes in hexadecimal.
fn together(text: &[u8]) -> Layer {
    let mut layer = Layer::default();
    let (mut at, mut copied) = (2, 0);
    while at + 2 < text.len() {
        let separates = BETWEEN.contains(&text[at]) && is_byte(&text[at - 2..]);
        let Some(end) = next_byte(text, at).filter(|_| separates) else {
            at += 1;
            continue;
        };
        layer.push_run(text, copied..at);
        copied = end;
        at = end + 2;
    }
    layer.push_run(text, copied..text.len());
    layer.text.make_ascii_lowercase();
    layer
}

/// Where the next byte begins, after what separates it.
fn next_byte(text: &[u8], at: usize) -> Option<usize> {
    let end = at + text[at..].iter().take(LONGEST).take_while(|it| BETWEEN.contains(it)).count();
    let prefix = matches!(&text[end..], [b'0', b'x' | b'X', ..]);
    let end = end + if prefix { 2 } else { 0 };
    is_byte(&text[end..]).then_some(end)
}

fn is_byte(text: &[u8]) -> bool {
    matches!(text, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vec_of(range: Range<usize>) -> Vec<Range<usize>> {
        std::iter::once(range).collect()
    }

    #[test]
    fn bytes_are_found_whatever_is_between_them() {
        let search = AhoCorasick::new(["736b2d31"]).unwrap();
        for text in [
            "736b2d31",
            "736B2d31",
            "73:6B:2D:31",
            "73 6b 2d 31",
            "73-6b-2d-31",
            "73, 6b, 2d, 31",
            "73 0x6b,0x2D, 0x31",
        ] {
            let around = format!("ab cd: {text} and x");
            assert_eq!(matches(&search, around.as_bytes()), vec_of(7..7 + text.len()), "{text}");
        }
        for text in ["", "7", "73:", "73 6b 2d", "73 6b 2 d31", "73   6b2d31", "73.6b.2d.31"] {
            assert!(matches(&search, text.as_bytes()).is_empty(), "{text}");
        }
    }
}
