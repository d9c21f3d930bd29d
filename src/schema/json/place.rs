//! Where a part of a JSON value stands in its text.

use super::JsonNode;
use super::reader::{position, read_at};

/// The line, from 1, of the part of `text` that `tokens` of a JSON pointer name: of its key, where it has one. Where
/// the text has no such part, the line of the innermost one that it has.
pub fn line_of(text: &str, tokens: impl Iterator<Item = String>) -> usize {
    let mut value = skip_space(text, 0);
    let mut found = value;
    for token in tokens {
        match member(text, value, &token) {
            Some((key, inner)) => (found, value) = (key, inner),
            None => break,
        }
    }
    position(text, found).0
}

fn skip_space(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The offsets of the key and of the value of a member, or of an item, of the value at `at`.
fn member(text: &str, at: usize, token: &str) -> Option<(usize, usize)> {
    let is_object = match text.as_bytes().get(at)? {
        b'{' => true,
        b'[' => false,
        _ => return None,
    };
    let mut at = skip_space(text, at + 1);
    for index in 0.. {
        let key_at = at;
        let mut matches = token == index.to_string();
        if is_object {
            let (key, end) = read_at(text, at).ok()?;
            matches = key == JsonNode::String(token.to_owned());
            at = skip_space(text, end);
            if text.as_bytes().get(at) != Some(&b':') {
                return None;
            }
            at = skip_space(text, at + 1);
        }
        if matches {
            return Some((key_at, at));
        }
        at = skip_space(text, read_at(text, at).ok()?.1);
        if text.as_bytes().get(at) != Some(&b',') {
            return None;
        }
        at = skip_space(text, at + 1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_that_of_the_key() {
        let text = "\n{\n  \"a\": {\"b\": [\n    1,\n    {\"c\":\n 2}]},\n  \"d\": 3\n}";
        let line = |pointer: &str| line_of(text, pointer.split('/').skip(1).map(str::to_owned));
        assert_eq!(
            ["", "/a", "/a/b", "/a/b/0", "/a/b/1", "/a/b/1/c", "/d", "/none", "/a/none/x", "/a/b/7"].map(line),
            [2, 3, 3, 4, 5, 5, 7, 2, 3, 3]
        );
    }
}
