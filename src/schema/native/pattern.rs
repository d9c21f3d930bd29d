//! What engines of grammars make of a `pattern`, which is a regular expression of ECMA 262.
//!
//! They read it as the whole text, so that one without `^` and `$` would allow less than the contract. And most read
//! it as the JSON of the text, in which quotation marks, backslashes and line breaks are escaped.

use std::fmt::Write as _;

/// What a pattern uses that not every engine knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a trait of its own")]
pub(super) struct PatternTraits {
    /// It begins with `^` and ends with `$`, and no alternative goes around them.
    pub whole: bool,
    /// Look-arounds, named groups, references to groups, word boundaries, lazy repetitions, escapes of signs by
    /// number, or what some dialects take for sets of signs.
    pub beyond_regular: bool,
    /// `\p{…}`.
    pub property: bool,
    /// `.`, `[^…]`, `\D`, `\S`, `\W`, or a range such as ` -~`: these take quotation marks or backslashes too.
    pub open: bool,
    /// `\s`, which takes line breaks too.
    pub blank: bool,
    /// A quotation mark, a backslash, a line break or a tab by itself, which JSON escapes.
    pub escaped: bool,
}

/// Reads the traits of `pattern`.
pub(super) fn traits(pattern: &str) -> PatternTraits {
    let mut found = PatternTraits::default();
    let (mut depth, mut in_class, mut bars, mut anchors) = (0_usize, false, false, 0_usize);
    let mut ends = false;
    let mut before = NO_SIGN;
    let mut signs = pattern.chars().peekable();
    while let Some(sign) = signs.next() {
        ends = false;
        found.escaped |= sign == '"' || sign.is_control();
        let mut last = sign;
        match sign {
            '\\' => last = escape(signs.next().unwrap_or('\\'), &mut found),
            ']' if in_class => in_class = false,
            _ if in_class => within_class(before, sign, signs.peek().copied(), &mut found),
            '[' => {
                (in_class, last) = (true, NO_SIGN);
                found.open |= signs.peek() == Some(&'^');
            }
            '(' => {
                depth += 1;
                if signs.peek() == Some(&'?') {
                    let mut ahead = signs.clone();
                    ahead.next();
                    found.beyond_regular |= ahead.next() != Some(':');
                    signs.next();
                }
            }
            // Without an opening one, dialects do not agree on what it is.
            ']' => found.beyond_regular = true,
            ')' => depth = depth.saturating_sub(1),
            '|' => bars |= depth == 0,
            '.' => found.open = true,
            '?' => found.beyond_regular |= matches!(before, '*' | '+' | '?' | '}'),
            '^' => anchors += 1,
            '$' => {
                anchors += 1;
                ends = true;
            }
            _ => {}
        }
        before = last;
    }
    found.whole = pattern.starts_with('^') && ends && !bars && anchors == 2;
    found
}

/// Stands for what begins no range.
const NO_SIGN: char = '\0';

/// Reads an escape. Returns the sign that it stands for, if it is one.
fn escape(sign: char, found: &mut PatternTraits) -> char {
    match sign {
        'd' | 'w' => {}
        's' => found.blank = true,
        'n' | 'r' | 't' | '"' | '\\' => found.escaped = true,
        'D' | 'W' | 'S' => found.open = true,
        'p' | 'P' => found.property = true,
        _ if sign.is_ascii_alphanumeric() => found.beyond_regular = true,
        _ => return sign,
    }
    NO_SIGN
}

/// Reads a sign within brackets, between those before and after it.
fn within_class(before: char, sign: char, after: Option<char>, found: &mut PatternTraits) {
    let doubled = matches!(sign, '&' | '-' | '~') && after == Some(sign);
    found.beyond_regular |= sign == '[' || doubled;
    if sign == '-'
        && before != NO_SIGN
        && let Some(last) = after.filter(|it| *it != ']')
    {
        found.open |= ['"', '\\'].iter().any(|it| (before..=last).contains(it));
    }
}

/// `pattern` with `\d` and `\w` as the ranges that they stand for, and without escapes that mean the sign itself;
/// `None` where it has `\s`, which stands for too many signs. For llama.cpp, which takes escapes with letters for the
/// letters.
pub(super) fn with_plain_ranges(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => {
                let escaped = signs.next()?;
                match (escaped, in_class) {
                    ('d', true) => out.push_str("0-9"),
                    ('d', false) => out.push_str("[0-9]"),
                    ('w', true) => out.push_str("A-Za-z0-9_"),
                    ('w', false) => out.push_str("[A-Za-z0-9_]"),
                    ('s', _) => return None,
                    // It would be taken for the sign that excludes the others.
                    ('^', true) if out.ends_with('[') => return None,
                    (sign, _) if is_special(sign) || sign.is_ascii_alphanumeric() => {
                        let _ = write!(out, "\\{sign}");
                    }
                    // In a class a hyphen is a range unless it stands first or last.
                    ('-', true) => return None,
                    (sign, _) => out.push(sign),
                }
            }
            _ => {
                in_class = match sign {
                    '[' => true,
                    ']' => false,
                    _ => in_class,
                };
                out.push(sign);
            }
        }
    }
    Some(out)
}

fn is_special(sign: char) -> bool {
    "^$.[]()|{}*+?\\".contains(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_traits_of_a_pattern() {
        let whole = PatternTraits { whole: true, ..PatternTraits::default() };
        for (pattern, expected) in [
            (r"^[A-Z]{2}-\d{4}$", whole),
            (r"^(a|b)$", whole),
            (r"^a\$$", whole),
            (r"^a|b$", PatternTraits::default()),
            (r"\d{3}", PatternTraits::default()),
            (r"^AB", PatternTraits::default()),
            (r"^AB\$", PatternTraits::default()),
            (r"^[$]", PatternTraits::default()),
            (r"^a$|^b$", PatternTraits::default()),
            (r"^(?!foo)[a-z]+$", PatternTraits { beyond_regular: true, ..whole }),
            (r"^(?:ab)+$", whole),
            (r"^a\b.*$", PatternTraits { beyond_regular: true, open: true, ..whole }),
            (r"^a+?$", PatternTraits { beyond_regular: true, ..whole }),
            (r"^(a)\1$", PatternTraits { beyond_regular: true, ..whole }),
            (r"^\p{L}+$", PatternTraits { property: true, ..whole }),
            (r"^[^a]$", PatternTraits { open: true, ..whole }),
            (r"^[ -~]+$", PatternTraits { open: true, ..whole }),
            (r"^[A-z]+$", PatternTraits { open: true, ..whole }),
            (r"^[\!-~]+$", PatternTraits { open: true, ..whole }),
            (r"^[-a-z\w-.+]+$", whole),
            (r"^[A-Za-z0-9_\-\.]+$", whole),
            (r"^a\sb$", PatternTraits { blank: true, ..whole }),
            (r"^a\nb$", PatternTraits { escaped: true, ..whole }),
            (r"^C:\\a$", PatternTraits { escaped: true, ..whole }),
            ("^\"a\"$", PatternTraits { escaped: true, ..whole }),
            (r#"^[a\"]$"#, PatternTraits { escaped: true, ..whole }),
            (r"^[a]]$", PatternTraits { beyond_regular: true, ..whole }),
            (r"^[[a]$", PatternTraits { beyond_regular: true, ..whole }),
            (r"^[a-z&&b]$", PatternTraits { beyond_regular: true, ..whole }),
            (r"^\u0041$", PatternTraits { beyond_regular: true, ..whole }),
        ] {
            assert_eq!(traits(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn ranges_are_written_out() {
        for (pattern, expected) in [
            (r"^\d{4}$", Some("^[0-9]{4}$")),
            (r"^[\d.,]+\w$", Some("^[0-9.,]+[A-Za-z0-9_]$")),
            (r"^a\.b\-c\/d$", Some(r"^a\.b-c/d$")),
            (r"^a\sb$", None),
            (r"^[\^a]$", None),
            (r"^[a\^]\^$", Some(r"^[a\^]\^$")),
        ] {
            assert_eq!(with_plain_ranges(pattern).as_deref(), expected, "{pattern}");
        }
    }
}
