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
    let broken = unused(&String::from_utf8_lossy(bytes))?;
    let (text, found) = replaced(bytes, broken, |_| broken);
    found.then_some((text, broken))
}

/// A character that a text does not have, neither as it is nor escaped. These are set aside for use inside programs.
fn unused(text: &str) -> Option<char> {
    let lower = text.to_ascii_lowercase();
    ('\u{fdd0}'..='\u{fdef}').find(|it| !lower.contains(*it) && !lower.contains(&escaped(*it)))
}

/// The text with `broken` for bytes that are no UTF-8, and with what stands in for each lone surrogate; and whether
/// there was any of them.
fn replaced(bytes: &[u8], broken: char, stand_in: impl Fn(u16) -> char) -> (String, bool) {
    let mut text = String::with_capacity(bytes.len() + 16);
    let mut found = false;
    for chunk in bytes.utf8_chunks() {
        found |= push_mended(&mut text, chunk.valid(), &stand_in);
        if !chunk.invalid().is_empty() {
            found = true;
            text.push(broken);
        }
    }
    (text, found)
}

/// A message about a body, with U+FFFD for what stands for broken characters in it.
pub fn told(message: &str, broken: Option<char>) -> String {
    match broken {
        // A message shows characters as escapes that do not print.
        Some(broken) => message.replace(&broken.escape_debug().to_string(), "\u{fffd}").replace(broken, "\u{fffd}"),
        None => message.to_owned(),
    }
}

/// Appends `source` with what stands in for each lone surrogate; returns whether there was one.
fn push_mended(text: &mut String, source: &str, stand_in: impl Fn(u16) -> char) -> bool {
    let mut found = false;
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let length = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(half), _) => {
                found = true;
                text.push(stand_in(half));
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

/// Halves of characters in the events of a stream. The other half may come with the next event, so that they are set
/// aside until the events are put together.
#[derive(Debug, Default)]
pub struct Halves {
    /// What stands for those that stay halves; `None` if there are none.
    broken: Option<char>,
}

/// The first of the characters of private use that stand for halves.
const STAND_INS: u32 = 0x10_0000;

impl Halves {
    /// The text with a character for each half, so that it is JSON, and one for bytes that are no UTF-8. `None` if
    /// there are such bytes, and no character to stand for them.
    pub fn set_aside(bytes: &[u8]) -> Option<(Self, String)> {
        let lossy = String::from_utf8_lossy(bytes);
        let Some(broken) = unused(&lossy) else {
            return str::from_utf8(bytes).ok().map(|text| (Self::default(), text.to_owned()));
        };
        let is_taken = lossy.contains(|it| half(it).is_some());
        let stand_in = |half: u16| char::from_u32(STAND_INS + u32::from(half - 0xd800)).unwrap_or(broken);
        let (text, found) = replaced(bytes, broken, |half| if is_taken { broken } else { stand_in(half) });
        Some((Self { broken: found.then_some(broken) }, text))
    }

    /// Joins halves that stand side by side now. Returns the character that stands for those that stay halves.
    pub fn join(&self, value: &mut Value) -> Option<char> {
        let broken = self.broken?;
        join(value, broken);
        Some(broken)
    }

    /// A text of the stream, for a message.
    pub fn shown(&self, text: &str) -> String {
        self.broken.map_or_else(|| text.to_owned(), |broken| told(&joined(text, broken), Some(broken)))
    }
}

fn join(value: &mut Value, broken: char) {
    match value {
        Value::String(text) => *text = joined(text, broken),
        Value::Array(values) => values.iter_mut().for_each(|it| join(it, broken)),
        Value::Object(members) => members.values_mut().for_each(|it| join(it, broken)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn joined(text: &str, broken: char) -> String {
    let units: Vec<u16> = text
        .chars()
        .flat_map(|it| {
            let mut own = [0; 2];
            half(it).map_or_else(|| it.encode_utf16(&mut own).to_vec(), |half| vec![half])
        })
        .collect();
    char::decode_utf16(units).map(|it| it.unwrap_or(broken)).collect()
}

/// The half that a character stands for.
fn half(character: char) -> Option<u16> {
    let offset = u32::from(character).checked_sub(STAND_INS)?;
    u16::try_from(offset).ok().filter(|it| *it < 0x800).map(|it| 0xd800 + it)
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
