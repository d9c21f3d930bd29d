//! The parts of a Jinja template as they are written: its text, and the tags between ([`segments`]).

use std::ops::Range;

/// What a part of a template is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    /// Text that is sent as it is written.
    Text,
    /// A `raw` block with its tags: text that was meant as such.
    Raw,
    Comment,
    /// `{{ … }}`.
    Expression,
    /// `{% … %}`.
    Tag,
}

/// A part of a template, with its byte range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) kind: Markup,
    pub(super) range: Range<usize>,
}

/// The parts of `source`, from left to right. What is not closed counts as text: compiling says what is wrong with it.
pub(super) fn segments(source: &str) -> Vec<Segment> {
    let mut found = Vec::new();
    let (mut text, mut at) = (0, 0);
    while let Some(open) = source[at..].find('{').map(|offset| at + offset) {
        let Some((kind, end)) = markup_at(source, open) else {
            at = open + 1;
            continue;
        };
        if open > text {
            found.push(Segment { kind: Markup::Text, range: text..open });
        }
        found.push(Segment { kind, range: open..end });
        (text, at) = (end, end);
    }
    if text < source.len() {
        found.push(Segment { kind: Markup::Text, range: text..source.len() });
    }
    found
}

/// What begins with the brace at `open`, and where it ends; `None` if that is text.
fn markup_at(source: &str, open: usize) -> Option<(Markup, usize)> {
    let rest = &source[open..];
    if let Some(comment) = rest.strip_prefix("{#") {
        return Some((Markup::Comment, open + 2 + comment.find("#}")? + 2));
    }
    if rest.starts_with("{{") {
        return Some((Markup::Expression, closed(source, open + 2, "}}")?));
    }
    if !rest.starts_with("{%") {
        return None;
    }
    let end = closed(source, open + 2, "%}")?;
    if word(&source[open..end]) != "raw" {
        return Some((Markup::Tag, end));
    }
    let mut from = end;
    loop {
        let tag = from + source[from..].find("{%")?;
        let close = closed(source, tag + 2, "%}")?;
        if word(&source[tag..close]) == "endraw" {
            return Some((Markup::Raw, close));
        }
        from = tag + 2;
    }
}

/// The offset after the next `mark` from `from` on that is not in a text literal.
fn closed(source: &str, from: usize, mark: &str) -> Option<usize> {
    let mut quote = None;
    let mut characters = source[from..].char_indices();
    while let Some((offset, it)) = characters.next() {
        match (quote, it) {
            (Some(_), '\\') => _ = characters.next(),
            (Some(open), _) if open == it => quote = None,
            (None, '"' | '\'') => quote = Some(it),
            (None, _) if source[from + offset..].starts_with(mark) => return Some(from + offset + mark.len()),
            _ => {}
        }
    }
    None
}

/// The first word of a tag.
pub(super) fn word(tag: &str) -> &str {
    let inner = tag.trim_start_matches("{%").trim_start_matches(['-', '+']).trim_start();
    inner.split(|it: char| !it.is_ascii_alphabetic()).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(source: &str) -> Vec<(Markup, &str)> {
        segments(source).into_iter().map(|it| (it.kind, &source[it.range])).collect()
    }

    #[test]
    fn text_and_tags_are_told_apart() {
        use Markup::{Comment, Expression, Raw, Tag, Text};
        assert_eq!(parts("a {b} {{ c }}"), [(Text, "a {b} "), (Expression, "{{ c }}")]);
        assert_eq!(parts("{{ '}}' }}x"), [(Expression, "{{ '}}' }}"), (Text, "x")]);
        assert_eq!(parts("{%- if x -%}y{# {{ #}"), [(Tag, "{%- if x -%}"), (Text, "y"), (Comment, "{# {{ #}")]);
        assert_eq!(
            parts("{% raw %}{{ a }}{% b %}{%- endraw %}z"),
            [(Raw, "{% raw %}{{ a }}{% b %}{%- endraw %}"), (Text, "z")]
        );
        assert_eq!(parts("{{ open é"), [(Text, "{{ open é")]);
        assert!(parts("").is_empty());
    }
}
