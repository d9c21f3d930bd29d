//! Pieces of Markdown that readers write.

/// A heading as one line, of level 1 to 6; empty if it has no text.
pub(super) fn heading_line(level: u8, text: &str) -> String {
    // A non-breaking space stays: only white space that ends words in Markdown does so here.
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let Some(last) = words.last() else { return String::new() };
    let mut line = words.join(" ");
    // A last word of number signs would be taken for the heading's end.
    if last.bytes().all(|it| it == b'#') {
        line.insert(line.len() - last.len(), '\\');
    }
    format!("{} {line}", "#".repeat(usize::from(level)))
}

/// A text in which the marks of Markdown have a `\` before them, but for references to notes.
pub(super) fn escaped(text: &str) -> String {
    let mut all = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let note = if character == '[' { note_reference(rest) } else { None };
        if let Some(length) = note {
            all.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '&') {
            all.push('\\');
        }
        all.push(character);
        rest = &rest[character.len_utf8()..];
    }
    all
}

/// The length of a reference to a note, such as `[^1]`, that `text` begins with.
fn note_reference(text: &str) -> Option<usize> {
    let number = text.strip_prefix("[^")?;
    let digits = number.len() - number.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    (digits > 0 && number[digits..].starts_with(']')).then_some(digits + 3)
}

/// A text after a mark, such as `^` for what is raised and `_` for what is lowered; in parentheses where it is more
/// than one word or number, and as it is if it is blank.
pub(super) fn raised(mark: &str, text: &str) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return text.to_owned();
    }
    let unsigned = inner.trim_start_matches(['+', '-', '\u{2212}']);
    // A link, or a reference to a note, says itself where it ends.
    let is_one =
        inner.starts_with('[') || !unsigned.contains([' ', '\n', '\u{A0}', '+', '-', '\u{2212}', '/', '=', '*']);
    let marked = if is_one { format!("{mark}{inner}") } else { format!("{mark}({inner})") };
    text.replacen(inner, &marked, 1)
}

/// A text that is struck through; as it is if it is blank.
pub(super) fn struck(text: &str) -> String {
    match text.trim() {
        "" => text.to_owned(),
        inner => text.replacen(inner, &format!("~~{inner}~~"), 1),
    }
}

/// A text whose lines after the first are indented by `columns`; blank ones stay empty.
pub(super) fn indented(text: &str, columns: usize) -> String {
    let mut lines = text.split('\n');
    let mut all = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        all.push('\n');
        if !line.trim().is_empty() {
            all.push_str(&" ".repeat(columns));
            all.push_str(line);
        }
    }
    all
}

/// Lines of plain text, in which one that would begin a heading, a fence or an HTML block has a `\` before it. Blank
/// lines are left out, and other marks of Markdown stay as they are.
pub(super) fn escaped_lines(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for line in text.split('\n').filter(|line| !line.trim().is_empty()) {
        if !all.is_empty() {
            all.push('\n');
        }
        let start = line.len() - line.trim_start_matches(' ').len();
        let (margin, rest) = line.split_at(start);
        all.push_str(margin);
        if begins_block(rest) {
            all.push('\\');
        }
        all.push_str(rest);
    }
    all
}

fn begins_block(line: &str) -> bool {
    let run = |mark: char| line.len() - line.trim_start_matches(mark).len();
    let signs = run('#');
    let is_heading = (1..=6).contains(&signs) && line[signs..].chars().next().is_none_or(|it| matches!(it, ' ' | '\t'));
    // A line of these below another line makes a heading of it.
    let is_underline = ['=', '-'].iter().any(|&mark| run(mark) > 0 && line[run(mark)..].trim().is_empty());
    is_heading || is_underline || run('`') >= 3 || run('~') >= 3 || line.starts_with('<')
}
