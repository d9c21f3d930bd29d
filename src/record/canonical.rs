//! Canonical JSON: one sequence of bytes for each value, so that its digest is the same everywhere and in every
//! version.
//!
//! The form is RFC 8785 (JSON Canonicalization Scheme): UTF-8, no white space, object keys sorted by their UTF-16 code
//! units, the shortest escapes, numbers as ECMAScript prints them. It differs in one point: an integer that a double
//! cannot hold exactly keeps all its digits, because two different inputs must never share an id.
//!
//! It must never be written by `serde_json`: whether its maps are sorted depends on a feature that any dependency can
//! turn on.

use serde_json::Value;

/// The canonical bytes of `value`.
#[must_use]
pub fn to_vec(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write(value, &mut out);
    out
}

/// The canonical form of `value` as text.
#[must_use]
pub fn to_string(value: &Value) -> String {
    text_of(to_vec(value))
}

/// Converts what this module wrote to text. That is always UTF-8, so nothing is ever replaced.
#[must_use]
pub fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// `value` as text in canonical form, except that objects keep the order of their keys.
#[must_use]
pub fn to_string_in_order(value: &Value) -> String {
    let mut out = Vec::with_capacity(256);
    write_in(value, false, &mut out);
    text_of(out)
}

/// Appends the canonical form of `value` to `out`.
pub fn write(value: &Value, out: &mut Vec<u8>) {
    write_in(value, true, out);
}

fn write_in(value: &Value, is_sorted: bool, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_str(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_in(item, is_sorted, out);
            }
            out.push(b']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            if !is_sorted {
                // The keys keep their order.
            } else if entries.iter().all(|(key, _)| key.is_ascii()) {
                entries.sort_unstable_by_key(|(key, _)| *key);
            } else {
                entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            }
            out.push(b'{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_str(key, out);
                out.push(b':');
                write_in(item, is_sorted, out);
            }
            out.push(b'}');
        }
    }
}

/// Appends `text` as a JSON string with the shortest escapes.
pub fn write_str(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = first_escape(rest) {
        out.extend_from_slice(&rest[..at]);
        let byte = rest[at];
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            0x08 => b"\\b",
            0x09 => b"\\t",
            0x0a => b"\\n",
            0x0c => b"\\f",
            0x0d => b"\\r",
            _ => {
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                b""
            }
        };
        out.extend_from_slice(escape);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The index of the first byte that a JSON string must escape. Most texts have few, so whole blocks are tested without
/// a branch, which the compiler vectorises.
fn first_escape(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    let blocks = bytes.chunks_exact(BLOCK);
    let clean = blocks.take_while(|block| !block.iter().fold(false, |any, byte| any | must_escape(*byte))).count();
    let passed = clean * BLOCK;
    bytes[passed..].iter().position(|byte| must_escape(*byte)).map(|at| passed + at)
}

fn write_number(number: &serde_json::Number, out: &mut Vec<u8>) {
    if let Some(integer) = number.as_i64() {
        out.extend_from_slice(integer.to_string().as_bytes());
    } else if let Some(integer) = number.as_u64() {
        out.extend_from_slice(integer.to_string().as_bytes());
    } else if let Some(float) = number.as_f64() {
        out.extend_from_slice(ryu_js::Buffer::new().format(float).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sorts_keys_by_utf16_code_units() {
        // The example of RFC 8785 §3.2.3: U+FB33 sorts after the surrogate pair of U+1F600.
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let text = to_string(&value);
        assert_eq!(text, "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}");
    }

    #[test]
    fn prints_numbers_as_ecmascript_does() {
        let text =
            "[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001, 1.0, -0.0, 18446744073709551615]";
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(to_string(&value), "[333333333.3333333,1e+30,4.5,0.002,1e-27,1,0,18446744073709551615]");
    }

    #[test]
    fn escapes_only_what_must_be_escaped() {
        assert_eq!(to_string(&json!("a\"\\/\u{8}\u{1}\u{7f}\u{2028}é")), "\"a\\\"\\\\/\\b\\u0001\u{7f}\u{2028}é\"");
    }

    #[test]
    fn an_escape_is_found_wherever_it_stands() {
        for length in 0..100 {
            for at in 0..length {
                let text: String = (0..length).map(|index| if index == at { '\n' } else { 'a' }).collect();
                let expected = format!("\"{}\\n{}\"", "a".repeat(at), "a".repeat(length - at - 1));
                assert_eq!(to_string(&json!(text)), expected);
            }
        }
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_value() {
        let value = json!({"b": [1, null, true, {"z": "\u{0}", "a": -1.5}], "a": "x"});
        let again: Value = serde_json::from_slice(&to_vec(&value)).unwrap();
        assert_eq!(value, again);
    }
}
