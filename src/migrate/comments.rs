//! Finds the comments in a YAML text, which YAML readers drop.

/// Each comment with a letter or a digit in it, with its line.
pub(super) fn of(text: &str) -> Vec<(u32, String)> {
    let mut comments = Vec::new();
    let mut block = None;
    let mut quote = None;
    for (number, line) in (1..).zip(text.lines()) {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if block.is_some_and(|outer| line.trim().is_empty() || indent > outer) {
            continue;
        }
        block = None;
        let start = scan(line, &mut quote);
        let (content, comment) = line.split_at(start.unwrap_or(line.len()));
        if quote.is_none() && opens_block(content) {
            block = Some(indent);
        }
        let comment = comment.trim_start_matches('#').trim();
        if comment.chars().any(char::is_alphanumeric) {
            comments.push((number, comment.to_owned()));
        }
    }
    comments
}

/// The byte offset of the comment in a line. `quote` is the open quotation mark, before the line and after it.
fn scan(line: &str, quote: &mut Option<char>) -> Option<usize> {
    let mut before = ' ';
    let mut last = None;
    let mut letters = line.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match *quote {
            Some('"') if letter == '\\' => skip(&mut letters),
            Some('\'') if letter == '\'' && letters.peek().is_some_and(|(_, next)| *next == '\'') => {
                skip(&mut letters);
            }
            Some(mark) if letter == mark => *quote = None,
            None if letter == '#' && before.is_whitespace() => return Some(at),
            // In a plain scalar, a quotation mark is a letter.
            None if matches!(letter, '"' | '\'') && last.is_none_or(|it| ":,[{-?".contains(it)) => {
                *quote = Some(letter);
            }
            Some(_) | None => {}
        }
        before = letter;
        if !letter.is_whitespace() {
            last = Some(letter);
        }
    }
    None
}

fn skip(letters: &mut impl Iterator) {
    letters.next();
}

/// Whether the line opens a block scalar, which all further indented lines belong to.
fn opens_block(content: &str) -> bool {
    let word = content.split_whitespace().next_back().unwrap_or_default();
    let mut letters = word.chars();
    matches!(letters.next(), Some('|' | '>')) && letters.all(|it| it.is_ascii_digit() || matches!(it, '+' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_found_and_nothing_else() {
        let text = "\
# --------
# Title
a: 1  # one
b: 'it''s # no comment' # two
c: \"a \\\" # no comment\"   #three
d: it's # four
e: a#b
f: [x, '#y'] # five
g: |  # six
  # no comment

  # no comment either
h:
  - >-
    # text
  - \"two # lines
    # still quoted\"  # seven
#
i: >
 x
# eight
";
        let found = of(text);
        let shown: Vec<String> = found.iter().map(|(line, comment)| format!("{line} {comment}")).collect();
        assert_eq!(
            shown,
            ["2 Title", "3 one", "4 two", "5 three", "6 four", "8 five", "9 six", "17 seven", "21 eight"]
        );
    }
}
