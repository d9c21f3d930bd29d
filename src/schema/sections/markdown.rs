//! Classifies the lines of a Markdown text: headings, blank lines, code and the rest.

/// One line of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MarkdownLine<'a> {
    /// The line as it stands, without its end.
    pub(super) raw: &'a str,
    pub(super) kind: LineKind<'a>,
}

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind<'a> {
    Blank,
    /// A fence, or a line inside one.
    Code,
    /// A line of a comment (`<!-- … -->`) that begins at the start of a line.
    Comment,
    /// `## title`. With `tight`, no blank follows the marks, so that it may not be a heading at all.
    Heading {
        level: usize,
        title: &'a str,
        tight: bool,
    },
    /// A line of `=` or `-`, which makes the line before it a heading of this level.
    Underline(usize),
    /// The line below the head of a table.
    Rule,
    Text,
}

impl MarkdownLine<'_> {
    pub(super) fn is_blank(&self) -> bool {
        self.kind == LineKind::Blank
    }

    /// Whether the line is a thematic break (`---`, `***` or the like).
    pub(super) fn is_break(&self) -> bool {
        let signs: Vec<char> = self.raw.chars().filter(|sign| !sign.is_whitespace()).take(80).collect();
        self.kind != LineKind::Code
            && signs.len() >= 3
            && matches!(signs[0], '-' | '*' | '_')
            && signs.iter().all(|sign| *sign == signs[0])
    }
}

/// A line's indentation, in bytes of white space.
pub(super) fn indent(raw: &str) -> usize {
    raw.len() - raw.trim_start().len()
}

/// Splits an answer into lines. An answer that is one fence of Markdown stands for what is inside the fence.
pub(super) fn lines(answer: &str) -> Vec<MarkdownLine<'_>> {
    let answer = answer.strip_prefix('\u{feff}').unwrap_or(answer);
    let raw = without_margin(split(answer));
    let raw = without_margin(unwrapped(&raw).to_vec());
    let mut open: Option<(char, usize)> = None;
    let mut comment = false;
    raw.iter()
        .enumerate()
        .map(|(at, line)| {
            let ends_below = || raw[at + 1..].iter().any(|below| below.contains("-->"));
            if open.is_none() && (comment || line.trim_start().starts_with("<!--")) {
                let rest = behind_comments(line, comment);
                comment = rest.is_none();
                return match rest.filter(|rest| !rest.trim().is_empty()) {
                    // What stands behind a comment on its last line is text.
                    Some(rest) if opens_comment(rest) && ends_below() => {
                        comment = true;
                        MarkdownLine { raw: before_comment(rest), kind: LineKind::Text }
                    }
                    Some(rest) => MarkdownLine { raw: rest, kind: LineKind::Text },
                    None => MarkdownLine { raw: line, kind: LineKind::Comment },
                };
            }
            comment = open.is_none() && opens_comment(line) && ends_below();
            let line = &if comment { before_comment(line) } else { *line };
            let kind = match (open, fence(line)) {
                (None, Some((sign, count, info))) if !(sign == '`' && info.contains('`')) => {
                    open = Some((sign, count));
                    LineKind::Code
                }
                (Some((sign, count)), Some((other, many, ""))) if sign == other && many >= count => {
                    open = None;
                    LineKind::Code
                }
                (Some(_), _) => LineKind::Code,
                (None, _) => kind_of(line),
            };
            MarkdownLine { raw: line, kind }
        })
        .collect()
}

/// Splits a text at its line ends, which are CR LF, LF or CR.
fn split(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\n', '\r']) {
        lines.push(&rest[..at]);
        let end = if rest[at..].starts_with("\r\n") { at + 2 } else { at + 1 };
        rest = &rest[end..];
    }
    lines.push(rest);
    lines
}

/// The lines without the white space that all of them begin with.
fn without_margin(lines: Vec<&str>) -> Vec<&str> {
    let mut filled = lines.iter().filter(|line| !line.trim().is_empty());
    let Some(first) = filled.next() else { return lines };
    let mut margin = &first[..indent(first)];
    for line in filled {
        let same = margin.bytes().zip(line.bytes()).take_while(|(one, two)| one == two).count();
        margin = &margin[..margin.floor_char_boundary(same)];
    }
    lines.iter().map(|line| line.strip_prefix(margin).unwrap_or_else(|| line.trim_start())).collect()
}

/// What stands behind the comments at the beginning of a line, where the first may have begun above (`is_inside`);
/// `None` if the last of them goes on below.
fn behind_comments(line: &str, is_inside: bool) -> Option<&str> {
    let mut rest = if is_inside { line.split_once("-->")?.1 } else { line };
    while rest.trim_start().starts_with("<!--") {
        rest = rest.split_once("-->")?.1;
    }
    Some(rest)
}

/// What stands before the last comment on a line.
fn before_comment(line: &str) -> &str {
    line.rfind("<!--").map_or(line, |at| line[..at].trim_end())
}

/// Whether a comment begins behind a text and does not end on its line. In a code span it is code.
fn opens_comment(line: &str) -> bool {
    let begins = line.rfind("<!--").filter(|at| !line[*at..].contains("-->"));
    begins.is_some_and(|at| line[..at].matches('`').count().is_multiple_of(2))
}

/// The lines inside the fence around a whole text; without such a fence, all lines.
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
    // With other fences inside, only an info string tells that this one encloses them all.
    let alone = !info.is_empty() || !inside.iter().any(|line| fence(line).is_some());
    if markdown && alone && sign == other && many >= count { inside } else { raw }
}

/// The sign, the length and the info string of a line that opens or closes a fence.
fn fence(raw: &str) -> Option<(char, usize, &str)> {
    let text = raw.trim();
    let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let rest = text.trim_start_matches(sign);
    let count = text.len() - rest.len();
    (count >= 3).then_some((sign, count, rest.trim()))
}

fn kind_of(raw: &str) -> LineKind<'_> {
    let text = raw.trim();
    if text.is_empty() {
        return LineKind::Blank;
    }
    if indent(raw) <= 3 && text.starts_with('#') {
        let rest = text.trim_start_matches('#');
        let level = text.len() - rest.len();
        if level <= 6 {
            let tight = !rest.is_empty() && !rest.starts_with([' ', '\t']);
            let closed = rest.trim_end_matches('#');
            // A `#` that touches the title is part of it.
            let title = if closed.ends_with([' ', '\t']) || closed.is_empty() { closed } else { rest };
            return LineKind::Heading { level, title: title.trim(), tight };
        }
    }
    if text.len() >= 2 && text.bytes().all(|byte| byte == b'=') {
        return LineKind::Underline(1);
    }
    if text.len() >= 2 && text.bytes().all(|byte| byte == b'-') {
        return LineKind::Underline(2);
    }
    if text.contains('-') && text.contains('|') && text.bytes().all(|byte| b"|-: \t".contains(&byte)) {
        return LineKind::Rule;
    }
    LineKind::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(text: &str) -> Vec<LineKind<'_>> {
        lines(text).into_iter().map(|line| line.kind).collect()
    }

    fn heading(level: usize, title: &str) -> LineKind<'_> {
        LineKind::Heading { level, title, tight: false }
    }

    #[test]
    fn headings_are_marked_or_underlined() {
        let table = [
            ("# One", heading(1, "One")),
            ("   ###### Six ###", heading(6, "Six")),
            ("## C#", heading(2, "C#")),
            ("##", heading(2, "")),
            ("##Two", LineKind::Heading { level: 2, title: "Two", tight: true }),
            ("####### seven", LineKind::Text),
            ("===", LineKind::Underline(1)),
            ("--", LineKind::Underline(2)),
            ("|---|:--|", LineKind::Rule),
            ("  ", LineKind::Blank),
            ("- item", LineKind::Text),
        ];
        for (text, expected) in table {
            assert_eq!(shapes(text), [expected], "{text}");
        }
        assert_eq!(shapes("a\n    # code")[1], LineKind::Text);
    }

    #[test]
    fn what_stands_in_a_fence_is_code() {
        use LineKind::{Blank, Code, Text};
        let text = "a\n```rust\n# no heading\n\n~~~\n```\nb\r\n~~~~\n~~~\n```\n# x";
        assert_eq!(shapes(text), [Text, Code, Code, Code, Code, Code, Text, Code, Code, Code, Code]);
        assert_eq!(shapes("`a` ``` b"), [Text]);
        assert_eq!(shapes("``` a `b`\n# x"), [Text, heading(1, "x")]);
        assert_eq!(shapes("\n```"), [Blank, Code]);
    }

    #[test]
    fn what_stands_in_a_comment_is_none_of_these() {
        use LineKind::{Comment, Text};
        assert_eq!(shapes("<!-- # x -->\n# y"), [Comment, heading(1, "y")]);
        assert_eq!(shapes("<!--\n# x\n-->\n# y"), [Comment, Comment, Comment, heading(1, "y")]);
        assert_eq!(shapes("a <!-- b\n# x\n--> c\n# y"), [Text, Comment, Text, heading(1, "y")]);
        let raws = |text| lines(text).into_iter().map(|line| line.raw).collect::<Vec<_>>();
        assert_eq!(raws("a <!-- b\n# x\n--> c"), ["a", "# x", " c"]);
        assert_eq!(raws("<!-- a --><!-- b --> c"), [" c"]);
        assert_eq!(raws("<!-- a --> b <!-- c\nd --> e"), [" b", " e"]);
        assert_eq!(shapes("a `<!--` b\n# x -->"), [Text, heading(1, "x -->")]);
        assert_eq!(shapes("a <!-- b\n# x"), [Text, heading(1, "x")]);
        assert_eq!(shapes("<!-- b\n# x"), [Comment, Comment]);
        assert_eq!(shapes("```\n<!--\n```\n# x")[3], heading(1, "x"));
    }

    #[test]
    fn lines_end_in_three_ways_and_a_common_margin_is_taken_off() {
        let raws = |text| lines(text).into_iter().map(|line| line.raw).collect::<Vec<_>>();
        assert_eq!(raws("a\rb\r\nc\nd\r"), ["a", "b", "c", "d", ""]);
        assert_eq!(raws("    # a\n\n      b\n    c"), ["# a", "", "  b", "c"]);
        assert_eq!(raws("\t# a\n\tb"), ["# a", "b"]);
        assert_eq!(raws("  a\n\tb"), ["  a", "\tb"]);
        assert_eq!(raws("  ```md\n    # a\n  ```"), ["# a"]);
    }

    #[test]
    fn a_fence_around_the_whole_is_taken_off() {
        assert_eq!(shapes("```markdown\n# x\n```\n"), [heading(1, "x")]);
        assert_eq!(shapes("\n```\n# x\n```"), [heading(1, "x")]);
        assert_eq!(shapes("```md\n# x\n```py\na\n```\n```").len(), 4);
        assert_eq!(shapes("```py\n# x\n```"), [LineKind::Code; 3]);
        assert_eq!(shapes("```\na\n```\n# x\n```\nb\n```")[3], heading(1, "x"));
    }
}
