//! The tokens of a template, as the engine reads them. Only called on sources that compile.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Name,
    Text,
    Number,
    /// An operator, a bracket or another sign.
    Sign,
}

/// A token and the bytes that it takes in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token {
    pub(super) fn text(self, source: &str) -> &str {
        &source[self.start..self.end]
    }
}

/// The tokens between two delimiters.
#[derive(Debug)]
pub(super) struct Tag {
    /// Whether it is `{% … %}`, so that its first token is a keyword.
    pub(super) is_statement: bool,
    pub(super) tokens: Vec<Token>,
}

/// The tags of a template, without comments and what is in `raw` blocks.
pub(super) fn tags(source: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(open) = next_open(source, at) {
        let inside = open + 2;
        match source.as_bytes()[open + 1] {
            b'#' => at = after(source, inside, "#}"),
            b'%' if let Some(body) = basic_tag(source, inside, "raw", false) => at = after_raw(source, body),
            sign => {
                let (close, is_statement) = if sign == b'%' { ("%}", true) } else { ("}}", false) };
                let control = usize::from(matches!(source.as_bytes().get(inside), Some(b'-' | b'+')));
                let (tokens, end) = tokens(source, inside + control, Some(close));
                tags.push(Tag { is_statement, tokens });
                at = end;
            }
        }
    }
    tags
}

fn next_open(source: &str, from: usize) -> Option<usize> {
    let rest = &source.as_bytes()[from..];
    rest.windows(2).position(|pair| pair[0] == b'{' && matches!(pair[1], b'{' | b'%' | b'#')).map(|at| from + at)
}

/// The position after the next `end`, or the end of the source.
fn after(source: &str, from: usize, end: &str) -> usize {
    source[from..].find(end).map_or(source.len(), |at| from + at + end.len())
}

/// The position after a tag that consists of `name` alone and starts after its delimiter at `from`.
fn basic_tag(source: &str, from: usize, name: &str, control: bool) -> Option<usize> {
    let mut rest = &source[from..];
    if control {
        rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    }
    rest = rest.trim_ascii_start().strip_prefix(name)?.trim_ascii_start();
    rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    rest.strip_prefix("%}").map(|rest| source.len() - rest.len())
}

/// The position after the `endraw` of a block whose text starts at `from`.
fn after_raw(source: &str, from: usize) -> usize {
    let mut opens = source[from..].match_indices("{%").map(|(at, _)| from + at + 2);
    opens.find_map(|open| basic_tag(source, open, "endraw", true)).unwrap_or(source.len())
}

/// The tokens from `from` to the closing delimiter, or to the end without one; and the position after it.
pub(super) fn tokens(source: &str, from: usize, close: Option<&str>) -> (Vec<Token>, usize) {
    let bytes = source.as_bytes();
    let mut tokens = Vec::new();
    let (mut at, mut depth) = (from, 0i32);
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let rest = &source[at..];
        if let Some(close) = close.filter(|_| depth == 0) {
            let bare = rest.strip_prefix(['-', '+']).filter(|it| it.starts_with(close)).unwrap_or(rest);
            if bare.starts_with(close) {
                return (tokens, source.len() - bare.len() + close.len());
            }
        }
        let after_dot = at > 0 && bytes[at - 1] == b'.';
        let (kind, length) = match byte {
            b'\'' | b'"' => (TokenKind::Text, text_length(rest, byte)),
            b'0'..=b'9' => (TokenKind::Number, number_length(rest, after_dot)),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => (TokenKind::Name, name_length(rest)),
            _ => (TokenKind::Sign, sign_length(rest)),
        };
        depth += match byte {
            b'(' | b'[' | b'{' => 1,
            b')' | b']' | b'}' => -1,
            _ => 0,
        };
        tokens.push(Token { kind, start: at, end: at + length });
        at += length;
    }
    (tokens, source.len())
}

fn name_length(rest: &str) -> usize {
    rest.bytes().take_while(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()).count()
}

fn sign_length(rest: &str) -> usize {
    let double = ["//", "**", "==", "!=", ">=", "<="].iter().any(|sign| rest.starts_with(sign));
    if double { 2 } else { rest.chars().next().map_or(1, char::len_utf8) }
}

/// The length of a text literal with its quotes.
fn text_length(rest: &str, quote: u8) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if byte == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a number, which after a dot has no fraction: `a.1.0` is `a[1][0]`.
fn number_length(rest: &str, after_dot: bool) -> usize {
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        bytes[from.min(bytes.len())..].iter().take_while(|it| it.is_ascii_digit() || **it == b'_').count()
    };
    if matches!(bytes.get(..2), Some([b'0', b'b' | b'B' | b'o' | b'O' | b'x' | b'X'])) {
        let radix = bytes[2..].iter().take_while(|it| it.is_ascii_hexdigit() || **it == b'_').count();
        return 2 + radix;
    }
    let mut length = digits(0);
    let starts_exponent = |at: usize| {
        matches!(bytes.get(at), Some(b'e' | b'E')) && matches!(bytes.get(at + 1), Some(b'+' | b'-' | b'0'..=b'9'))
    };
    if !after_dot && bytes.get(length) == Some(&b'.') {
        let names_attribute = matches!(bytes.get(length + 1), Some(b'_' | b'a'..=b'z' | b'A'..=b'Z'));
        if !names_attribute || starts_exponent(length + 1) {
            length += 1 + digits(length + 1);
        }
    }
    if starts_exponent(length) {
        length += 2 + digits(length + 2);
    }
    length
}
