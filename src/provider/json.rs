//! The JSON in a response, also with halves of characters in it, which no text can have.

use serde_json::Value;

/// The JSON in a response.
#[derive(Debug)]
pub struct Body {
    pub value: Value,
    /// The character that stands for each broken one; `None` if there is none.
    pub broken: Option<char>,
}

/// Parses JSON. Halves of characters are replaced by a character that the text does not have.
pub fn parse(bytes: &[u8]) -> Option<Body> {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Some(Body { value, broken: None });
    }
    let (text, broken) = mended(bytes)?;
    Some(Body { value: serde_json::from_str(&text).ok()?, broken: Some(broken) })
}

/// The text with `broken` in place of each broken character: bytes that are no UTF-8, and escaped surrogates without
/// their other half. `None` if nothing is broken.
fn mended(bytes: &[u8]) -> Option<(String, char)> {
    let lossy = String::from_utf8_lossy(bytes);
    // These characters are set aside for use inside programs.
    let is_unused = |it: &char| !lossy.contains(*it) && !lossy.to_ascii_lowercase().contains(&escaped(*it));
    let broken = ('\u{fdd0}'..='\u{fdef}').find(is_unused)?;
    let mut text = String::with_capacity(bytes.len() + 16);
    let mut found = false;
    for chunk in bytes.utf8_chunks() {
        found |= push_mended(&mut text, chunk.valid(), broken);
        if !chunk.invalid().is_empty() {
            found = true;
            text.push(broken);
        }
    }
    found.then_some((text, broken))
}

/// Appends `source` with each lone surrogate replaced; returns whether there was one.
fn push_mended(text: &mut String, source: &str, broken: char) -> bool {
    let mut found = false;
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let length = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(_), _) => {
                found = true;
                text.push(broken);
                rest = &escape[6..];
                continue;
            }
            (None, _) => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        text.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    text.push_str(rest);
    found
}

/// The surrogate that an escape stands for; `None` for any other escape.
fn surrogate(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    let code = u16::from_str_radix(digits, 16).ok()?;
    (0xd800..=0xdfff).contains(&code).then_some(code)
}

fn escaped(character: char) -> String {
    format!("\\u{:04x}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &[u8]) -> (Value, Option<char>) {
        let body = parse(body).unwrap();
        (body.value, body.broken)
    }

    #[test]
    fn halves_of_characters_are_replaced_and_whole_ones_stay() {
        for (body, expected, broken) in [
            (&br#"["a \ud83d\ude00"]"#[..], "a \u{1f600}", false),
            (br#"["a \ud83d"]"#, "a \u{fdd0}", true),
            (br#"["\ude00 \\ud83d"]"#, "\u{fdd0} \\ud83d", true),
            (br#"["\ud83d\ud83d\ude00"]"#, "\u{fdd0}\u{1f600}", true),
            (br#"["\uD83Dx\n"]"#, "\u{fdd0}x\n", true),
            (b"[\"a \xf0\x9f\x98\"]", "a \u{fdd0}", true),
            (b"[\"\xff \xef\xb7\x90\"]", "\u{fdd1} \u{fdd0}", true),
        ] {
            let (value, found) = text(body);
            assert_eq!(value[0], expected, "{}", String::from_utf8_lossy(body));
            assert_eq!(found.is_some(), broken);
        }
        for body in [&b""[..], b"<html>\xff", b"{\"a\": \"\\u\"}", b"[\"\\ud83d", b"\\"] {
            assert!(parse(body).is_none(), "{}", String::from_utf8_lossy(body));
        }
    }
}
