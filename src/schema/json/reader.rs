//! The strict JSON reader. It depends on [`JsonNode`] alone and must never repair anything.

use std::collections::HashSet;

use serde_json::{Number, Value};

use super::JsonNode;
use super::digits::keeps_digits;

/// How deep arrays and objects may be nested, so that no text can exhaust the stack.
pub const MAX_DEPTH: usize = 128;

/// Why a text cannot be read as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonError {
    pub message: String,
    /// In bytes.
    pub offset: usize,
    pub kind: JsonErrorKind,
}

/// What kind of error a [`JsonError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    Malformed,
    /// The text is JSON so far, but ends before the value does.
    Truncated,
    /// Deeper than [`MAX_DEPTH`].
    TooDeep,
}

/// The line and the column (in characters) of a byte offset, both from 1.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |index| index + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Reads the one value that is all of `text`.
pub fn read(text: &str) -> Result<JsonNode, JsonError> {
    let (node, end) = read_at(text, 0)?;
    let mut reader = JsonReader { text, at: end };
    reader.skip_space();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.error(format!("unexpected {} after the end of the JSON value", reader.here()))),
    }
}

/// Reads the value that begins at byte `start`, or after white space there. Returns it and the offset of its end.
pub fn read_at(text: &str, start: usize) -> Result<(JsonNode, usize), JsonError> {
    let mut reader = JsonReader { text, at: start };
    let node = reader.value(0)?;
    Ok((node, reader.at))
}

struct JsonReader<'a> {
    text: &'a str,
    at: usize,
}

impl JsonReader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// What is at this place, for messages.
    fn here(&self) -> String {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            None => "the end of the text".to_owned(),
            Some('\n' | '\r') => "a line break".to_owned(),
            Some(sign) if sign.is_alphanumeric() => {
                let word = self.text[self.at..].chars().take_while(|it| it.is_alphanumeric() || *it == '_').take(20);
                format!("`{}`", word.collect::<String>())
            }
            Some(sign) if sign.is_control() => format!("`{}`", sign.escape_debug()),
            Some(sign) => format!("`{sign}`"),
        }
    }

    fn error(&self, message: String) -> JsonError {
        JsonError { message, offset: self.at, kind: JsonErrorKind::Malformed }
    }

    fn unexpected(&self, expected: &str) -> JsonError {
        let hint = match self.peek() {
            None => {
                let message = format!("the text ends where {expected} was expected");
                return JsonError { message, offset: self.at, kind: JsonErrorKind::Truncated };
            }
            Some(b'\'') => ": strings are written in double quotes",
            Some(b'/' | b'#') => ": JSON has no comments",
            _ => "",
        };
        self.error(format!("expected {expected}, found {}{hint}", self.here()))
    }

    fn value(&mut self, depth: usize) -> Result<JsonNode, JsonError> {
        self.skip_space();
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                let message = format!("arrays and objects are nested more than {MAX_DEPTH} levels deep");
                Err(JsonError { message, offset: self.at, kind: JsonErrorKind::TooDeep })
            }
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(JsonNode::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<JsonNode, JsonError> {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let node = match &rest[..length] {
            "null" => JsonNode::Null,
            "true" => JsonNode::Bool(true),
            "false" => JsonNode::Bool(false),
            "NaN" | "Infinity" => {
                return Err(self.error(format!("{} is not a JSON number", self.here())));
            }
            // The start of one of the three words, cut off by the end of the text.
            word if !word.is_empty()
                && length == rest.len()
                && ["null", "true", "false"].iter().any(|it| it.starts_with(word)) =>
            {
                self.at += length;
                return Err(self.unexpected("the rest of a value"));
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.at += length;
        Ok(node)
    }

    fn object(&mut self, depth: usize) -> Result<JsonNode, JsonError> {
        self.at += 1;
        let mut members = Vec::new();
        let mut names = HashSet::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'}') if members.is_empty() => break,
                Some(b'}') => return Err(self.error("a comma before the closing `}`".to_owned())),
                Some(b'"') => {}
                _ if members.is_empty() => return Err(self.unexpected("a field name in double quotes or `}`")),
                _ => return Err(self.unexpected("a field name in double quotes")),
            }
            let key_at = self.at;
            let key = self.string()?;
            if !names.insert(key.clone()) {
                let message = format!("the field {} is given twice", Value::String(key));
                return Err(JsonError { message, offset: key_at, kind: JsonErrorKind::Malformed });
            }
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:` after a field name"));
            }
            self.at += 1;
            members.push((key, self.value(depth + 1)?));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("`,` or `}`")),
            }
        }
        self.at += 1;
        Ok(JsonNode::Object(members))
    }

    fn array(&mut self, depth: usize) -> Result<JsonNode, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(b']') if items.is_empty() => break,
                Some(b']') => return Err(self.error("a comma before the closing `]`".to_owned())),
                _ => items.push(self.value(depth + 1)?),
            }
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("`,` or `]`")),
            }
        }
        self.at += 1;
        Ok(JsonNode::Array(items))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.bytes().take_while(|byte| *byte >= 0x20 && !matches!(byte, b'"' | b'\\')).count();
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                None => return Err(self.unexpected("the closing quote of a string")),
                Some(b'"') => break,
                Some(b'\\') => out.push(self.escape()?),
                Some(byte) => {
                    let escape = match byte {
                        b'\n' => "a line break in a string is not allowed, write it as \\n".to_owned(),
                        b'\t' => "a tab in a string is not allowed, write it as \\t".to_owned(),
                        _ => format!("the control character U+{byte:04X} in a string must be written as \\u{byte:04x}"),
                    };
                    return Err(self.error(escape));
                }
            }
        }
        self.at += 1;
        Ok(out)
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let sign = match self.peek() {
            None => return Err(self.unexpected("the rest of an escape")),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape(start);
            }
            Some(_) => {
                let message = format!("a backslash before {} is not a JSON escape", self.here());
                return Err(JsonError { message, offset: start, kind: JsonErrorKind::Malformed });
            }
        };
        self.at += 1;
        Ok(sign)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, JsonError> {
        let lone = JsonError {
            message: "half a surrogate pair in a string".to_owned(),
            offset: start,
            kind: JsonErrorKind::Malformed,
        };
        let first = self.four_hex()?;
        let code = match first {
            0xd800..=0xdbff => {
                if self.text.len() < self.at + 2 && r"\u".starts_with(&self.text[self.at..]) {
                    self.at = self.text.len();
                    return Err(self.unexpected("the rest of an escape"));
                }
                if !self.text[self.at..].starts_with("\\u") {
                    return Err(lone);
                }
                self.at += 2;
                match self.four_hex()? {
                    second @ 0xdc00..=0xdfff => 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                    _ => return Err(lone),
                }
            }
            _ => first,
        };
        char::from_u32(code).ok_or(lone)
    }

    fn four_hex(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            match self.peek().and_then(|byte| char::from(byte).to_digit(16)) {
                Some(digit) => code = code * 16 + digit,
                None => return Err(self.unexpected("four hexadecimal digits after \\u")),
            }
            self.at += 1;
        }
        Ok(code)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<JsonNode, JsonError> {
        let start = self.at;
        let refuse = |message: String| JsonError { message, offset: start, kind: JsonErrorKind::Malformed };
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.at;
        self.digits()?;
        if self.text.as_bytes()[first] == b'0' && self.at > first + 1 {
            return Err(refuse("a number must not begin with 0".to_owned()));
        }
        let mut integer = true;
        if self.peek() == Some(b'.') {
            integer = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            integer = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let token = &self.text[start..self.at];
        if integer && token != "-0" {
            if let Ok(small) = token.parse::<i64>() {
                return Ok(JsonNode::Number(small.into()));
            }
            if let Ok(large) = token.parse::<u64>() {
                return Ok(JsonNode::Number(large.into()));
            }
        }
        let float: f64 = token.parse().map_err(|_| refuse("not a number".to_owned()))?;
        if float.is_finite() && !keeps_digits(token, float) {
            let shown: String = token.chars().take(40).collect();
            return Err(refuse(format!(
                "the number {shown} is too large to be kept exactly; where all digits count, the schema needs a string"
            )));
        }
        // `from_f64` refuses what is not finite: 1e400 has no double.
        Number::from_f64(float)
            .map(JsonNode::Number)
            .ok_or_else(|| refuse("the number is out of the range of a double".to_owned()))
    }
}
