//! Two texts, line by line.

use std::ops::Range;

use super::change::Difference;

/// The most pairs of lines that are compared; in longer texts the whole difference is one block.
const MOST_PAIRS: usize = 1 << 20;

/// Returns the lines that differ, named `{name} line 12`. Numbers count in the new text; for removed lines in the old.
#[must_use]
pub fn texts(name: &str, before: &str, after: &str) -> Vec<Difference> {
    let [old, new] = [before, after].map(|text| text.split('\n').collect::<Vec<_>>());
    let join = |lines: &[&str]| lines.join("\n");
    hunks(&old, &new)
        .into_iter()
        .map(|(was, is)| {
            let [gone, come] = [join(&old[was.clone()]), join(&new[is.clone()])];
            match (was.is_empty(), is.is_empty()) {
                (true, _) => Difference::added(line_name(name, &is), come),
                (_, true) => Difference::removed(line_name(name, &was), gone),
                _ => Difference::changed(line_name(name, &is), gone, come),
            }
        })
        .collect()
}

fn line_name(name: &str, lines: &Range<usize>) -> String {
    match lines.len() {
        1 => format!("{name} line {}", lines.end),
        _ => format!("{name} lines {}-{}", lines.start + 1, lines.end),
    }
}

/// Returns the ranges of both lists that are not part of their longest common subsequence.
fn hunks(old: &[&str], new: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    let head = old.iter().zip(new).take_while(|(one, two)| one == two).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(one, two)| one == two).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let mut found = Vec::new();
    let mut last = (head, head);
    for (at, to) in common(&old[head..old_end], &new[head..new_end]) {
        let (at, to) = (head + at, head + to);
        found.push((last.0..at, last.1..to));
        last = (at + 1, to + 1);
    }
    found.push((last.0..old_end, last.1..new_end));
    found.retain(|(was, is)| !was.is_empty() || !is.is_empty());
    found
}

/// Returns the positions of a longest common subsequence in both lists; none if the lists are too long to find it.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return Vec::new();
    }
    // The length of the longest common subsequence of the rests from each pair of positions on.
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for at in (0..old.len()).rev() {
        for to in (0..new.len()).rev() {
            lengths[at * width + to] = if old[at] == new[to] {
                lengths[(at + 1) * width + to + 1] + 1
            } else {
                lengths[(at + 1) * width + to].max(lengths[at * width + to + 1])
            };
        }
    }
    let (mut at, mut to) = (0, 0);
    let mut pairs = Vec::new();
    while at < old.len() && to < new.len() {
        if old[at] == new[to] {
            pairs.push((at, to));
            (at, to) = (at + 1, to + 1);
        } else if lengths[(at + 1) * width + to] >= lengths[at * width + to + 1] {
            at += 1;
        } else {
            to += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::super::change::Change;
    use super::*;

    fn shown(before: &str, after: &str) -> Vec<String> {
        let short = |it: Difference| match it.change {
            Change::Added => format!("{} + {}", it.part, it.after),
            Change::Removed => format!("{} - {}", it.part, it.before),
            Change::Changed => format!("{}: {} > {}", it.part, it.before, it.after),
        };
        texts("user", before, after).into_iter().map(short).collect()
    }

    #[test]
    fn lines_are_named_by_their_numbers() {
        for (before, after, expected) in [
            ("a\nb\nc", "a\nb\nc", &[][..]),
            ("a\nb\nc", "a\nx\nc", &["user line 2: \"b\" > \"x\""]),
            ("a\nb\nc", "a\nc", &["user line 2 - \"b\""]),
            ("a\nc", "a\nb\nc", &["user line 2 + \"b\""]),
            ("a", "a\n", &["user line 2 + \"\""]),
            ("", "a", &["user line 1: \"\" > \"a\""]),
            ("a\nb\nc\nd", "x\nb\nc\ny\nz", &["user line 1: \"a\" > \"x\"", "user lines 4-5: \"d\" > \"y\\nz\""]),
            ("a\na\na", "a\na", &["user line 3 - \"a\""]),
            ("a\nb", "b\na", &["user line 1 - \"a\"", "user line 2 + \"a\""]),
        ] {
            assert_eq!(shown(before, after), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn very_long_texts_differ_in_one_block() {
        let text = |word: &str| (0..1_500).map(|it| format!("{word}{it}")).collect::<Vec<_>>().join("\n");
        let found = texts("user", &format!("same\n{}", text("a")), &format!("same\n{}", text("b")));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].part, "user lines 2-1501");
    }
}
