//! Markdown by lines: which are headings, which are blank, and which stand in code.

/// One line of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The line as it stands, without its end.
    pub(super) raw: &'a str,
    pub(super) shape: Shape<'a>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape<'a> {
    Blank,
    /// A fence, or a line between two.
    Code,
    /// `## title`. `tight` says that no blank follows the marks, so that it may be no heading at all.
    Heading {
        level: usize,
        title: &'a str,
        tight: bool,
    },
    /// A line of `=` or `-`, which makes a heading of the line before it.
    Underline(usize),
    /// The line below the head of a table.
    Rule,
    Text,
}

impl Line<'_> {
    pub(super) fn is_blank(&self) -> bool {
        self.shape == Shape::Blank
    }

    /// Whether this is `---`, `***` or the like: it parts what is before from what is after, and is neither.
    pub(super) fn is_break(&self) -> bool {
        let signs: Vec<char> = self.raw.chars().filter(|sign| !sign.is_whitespace()).take(80).collect();
        self.shape != Shape::Code
            && signs.len() >= 3
            && matches!(signs[0], '-' | '*' | '_')
            && signs.iter().all(|sign| *sign == signs[0])
    }
}

/// How far a line is indented, in bytes of white space.
pub(super) fn indent(raw: &str) -> usize {
    raw.len() - raw.trim_start().len()
}

/// The lines of an answer. An answer that is one fence of Markdown is what stands in it.
pub(super) fn lines(answer: &str) -> Vec<Line<'_>> {
    let answer = answer.strip_prefix('\u{feff}').unwrap_or(answer);
    let raw: Vec<&str> = answer.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let raw = unwrapped(&raw);
    let mut open: Option<(char, usize)> = None;
    raw.iter()
        .map(|raw| {
            let shape = match (open, fence(raw)) {
                (None, Some((sign, count, info))) if !(sign == '`' && info.contains('`')) => {
                    open = Some((sign, count));
                    Shape::Code
                }
                (Some((sign, count)), Some((other, many, ""))) if sign == other && many >= count => {
                    open = None;
                    Shape::Code
                }
                (Some(_), _) => Shape::Code,
                (None, _) => shape(raw),
            };
            Line { raw, shape }
        })
        .collect()
}

/// The lines inside the fence that stands around the whole of a text.
fn unwrapped<'r, 'a>(raw: &'r [&'a str]) -> &'r [&'a str] {
    let blank = |line: &&str| line.trim().is_empty();
    let (Some(first), Some(last)) = (raw.iter().position(|it| !blank(it)), raw.iter().rposition(|it| !blank(it)))
    else {
        return raw;
    };
    let (Some((sign, count, info)), Some((other, many, ""))) = (fence(raw[first]), fence(raw[last])) else {
        return raw;
    };
    if first == last {
        return raw;
    }
    let markdown = matches!(info.to_ascii_lowercase().as_str(), "" | "markdown" | "md" | "text" | "txt");
    let inside = raw.get(first + 1..last).unwrap_or_default();
    // Where other fences stand in it, only the word says that this one is around all of them.
    let alone = !info.is_empty() || !inside.iter().any(|line| fence(line).is_some());
    if markdown && alone && sign == other && many >= count { inside } else { raw }
}

/// The sign, the length and the word of a line that opens or closes a fence.
fn fence(raw: &str) -> Option<(char, usize, &str)> {
    let text = raw.trim();
    let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let rest = text.trim_start_matches(sign);
    let count = text.len() - rest.len();
    (count >= 3).then_some((sign, count, rest.trim()))
}

fn shape(raw: &str) -> Shape<'_> {
    let text = raw.trim();
    if text.is_empty() {
        return Shape::Blank;
    }
    if indent(raw) <= 3 && text.starts_with('#') {
        let rest = text.trim_start_matches('#');
        let level = text.len() - rest.len();
        if level <= 6 {
            let tight = !rest.is_empty() && !rest.starts_with([' ', '\t']);
            let closed = rest.trim_end_matches('#');
            // A `#` that touches the title is part of it.
            let title = if closed.ends_with([' ', '\t']) || closed.is_empty() { closed } else { rest };
            return Shape::Heading { level, title: title.trim(), tight };
        }
    }
    if text.len() >= 2 && text.bytes().all(|byte| byte == b'=') {
        return Shape::Underline(1);
    }
    if text.len() >= 2 && text.bytes().all(|byte| byte == b'-') {
        return Shape::Underline(2);
    }
    if text.contains('-') && text.contains('|') && text.bytes().all(|byte| b"|-: \t".contains(&byte)) {
        return Shape::Rule;
    }
    Shape::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(text: &str) -> Vec<Shape<'_>> {
        lines(text).into_iter().map(|line| line.shape).collect()
    }

    fn heading(level: usize, title: &str) -> Shape<'_> {
        Shape::Heading { level, title, tight: false }
    }

    #[test]
    fn headings_are_marked_or_underlined() {
        let table = [
            ("# One", heading(1, "One")),
            ("   ###### Six ###", heading(6, "Six")),
            ("## C#", heading(2, "C#")),
            ("##", heading(2, "")),
            ("##Two", Shape::Heading { level: 2, title: "Two", tight: true }),
            ("####### seven", Shape::Text),
            ("    # code", Shape::Text),
            ("===", Shape::Underline(1)),
            ("--", Shape::Underline(2)),
            ("|---|:--|", Shape::Rule),
            ("  ", Shape::Blank),
            ("- item", Shape::Text),
        ];
        for (text, expected) in table {
            assert_eq!(shapes(text), [expected], "{text}");
        }
    }

    #[test]
    fn what_stands_in_a_fence_is_code() {
        use Shape::{Blank, Code, Text};
        let text = "a\n```rust\n# no heading\n\n~~~\n```\nb\r\n~~~~\n~~~\n```\n# x";
        assert_eq!(shapes(text), [Text, Code, Code, Code, Code, Code, Text, Code, Code, Code, Code]);
        assert_eq!(shapes("`a` ``` b"), [Text]);
        assert_eq!(shapes("``` a `b`\n# x"), [Text, heading(1, "x")]);
        assert_eq!(shapes("\n```"), [Blank, Code]);
    }

    #[test]
    fn a_fence_around_the_whole_is_taken_off() {
        assert_eq!(shapes("```markdown\n# x\n```\n"), [heading(1, "x")]);
        assert_eq!(shapes("\n```\n# x\n```"), [heading(1, "x")]);
        assert_eq!(shapes("```md\n# x\n```py\na\n```\n```").len(), 4);
        assert_eq!(shapes("```py\n# x\n```"), [Shape::Code; 3]);
        assert_eq!(shapes("```\na\n```\n# x\n```\nb\n```")[3], heading(1, "x"));
    }
}
