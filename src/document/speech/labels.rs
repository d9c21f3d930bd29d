//! Labels such as `Customer:`, and quotation marks.

use super::vocabulary::{ANSWER_LABELS, CUSTOMERS, NOTES, OPERATORS, QUESTION_LABELS, is_in, words_of};

/// Who or what a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Customer,
    Operator,
    /// A note in a quote, which nobody says.
    Note,
}

/// The longest label that is looked for, in bytes.
const MAX_LABEL: usize = 80;

/// The label that a line begins with, and what follows it. Times and brackets before it, and numbers and brackets in
/// it, do not count: `[10:32] Customer (Anna):`.
pub(super) fn labelled(line: &str) -> Option<(Label, &str)> {
    let line = without_time(line.trim_start());
    let (head, rest) = ([":", "：", " — ", " – ", " - "].iter())
        .filter_map(|mark| line.split_once(mark))
        .min_by_key(|(head, _)| head.len())
        .filter(|(head, _)| head.len() <= MAX_LABEL)?;
    label_of(head).map(|label| (label, rest.trim()))
}

/// Who a label, or the cell of a column of speakers, names.
pub(super) fn label_of(head: &str) -> Option<Label> {
    let mut depth = 0_usize;
    let outside = head.chars().filter(|character| {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    let words = words_of(&outside.collect::<String>());
    let words: Vec<String> = words.into_iter().filter(|word| !word.chars().all(char::is_numeric)).collect();
    if words.is_empty() || words.len() > 3 {
        return None;
    }
    let all_in = |tables: &[&[&str]]| words.iter().all(|word| tables.iter().any(|table| is_in(table, word)));
    match words.as_slice() {
        [word] if is_in(QUESTION_LABELS, word) => Some(Label::Customer),
        [word] if is_in(ANSWER_LABELS, word) => Some(Label::Operator),
        [word] if is_in(NOTES, word) => Some(Label::Note),
        _ if all_in(&[CUSTOMERS]) => Some(Label::Customer),
        _ if all_in(&[CUSTOMERS, OPERATORS]) => Some(Label::Operator),
        _ => None,
    }
}

/// A line without a time or a bracket at its start.
fn without_time(line: &str) -> &str {
    let after_bracket = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(_, rest)| rest.trim_start());
    let line = after_bracket.unwrap_or(line);
    let time = line.find(|it: char| !it.is_ascii_digit() && it != ':').unwrap_or(0);
    if line[..time].contains(':') { line[time..].trim_start_matches([' ', '-', '—', '–', ',']) } else { line }
}

/// The mark that closes what a mark opens.
fn closing(open: char) -> Option<&'static [char]> {
    Some(match open {
        '"' => &['"'],
        '“' => &['”'],
        '„' => &['“', '”', '"'],
        '«' => &['»'],
        '»' => &['«'],
        '‘' => &['’'],
        '‚' => &['‘'],
        '「' => &['」'],
        '『' => &['』'],
        _ => return None,
    })
}

/// The only quoted part of a text, if it has one, and whether nothing but punctuation stands beside it.
pub(super) fn quoted(text: &str) -> Option<(&str, bool)> {
    let (start, open) = text.char_indices().find(|(_, it)| closing(*it).is_some())?;
    let close = closing(open)?;
    let inside = &text[start + open.len_utf8()..];
    let (end, mark) = inside.char_indices().find(|(_, it)| close.contains(it))?;
    let after = &inside[end + mark.len_utf8()..];
    if after.chars().any(|it| closing(it).is_some()) {
        return None;
    }
    let is_whole = !text[..start].chars().chain(after.chars()).any(char::is_alphanumeric);
    Some((inside[..end].trim(), is_whole))
}

/// A text without the quotation marks around it.
pub(super) fn bare(text: &str) -> &str {
    match quoted(text) {
        Some((inside, true)) if !inside.is_empty() => inside,
        _ => text.trim(),
    }
}

/// A text without a number at its start that tells it from others, such as `T-1001:`, `#12 —` or a date.
pub(super) fn without_number(text: &str) -> &str {
    let after = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let text =
        after.filter(|(head, _)| head.contains(|it: char| it.is_ascii_digit())).map_or(text, |(_, rest)| rest.trim());
    let marks = [": ", " — ", " – ", " - ", ") ", "| "];
    let found = marks.iter().filter_map(|mark| text.split_once(mark)).min_by_key(|(head, _)| head.len());
    match found {
        Some((head, rest))
            if head.len() <= 20 && head.contains(|it: char| it.is_ascii_digit()) && !head.trim().contains(' ') =>
        {
            rest.trim()
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_who_speaks() {
        for (line, found) in [
            ("Customer: Where is it?", Some((Label::Customer, "Where is it?"))),
            ("[10:32] Customer (Anna): hi: there", Some((Label::Customer, "hi: there"))),
            ("10:32 Client 2: hi", Some((Label::Customer, "hi"))),
            ("Клиент: Где заказ?", Some((Label::Customer, "Где заказ?"))),
            ("Оператор — Минуту", Some((Label::Operator, "Минуту"))),
            ("Customer support: Hello", Some((Label::Operator, "Hello"))),
            ("Kundin: Hallo", Some((Label::Customer, "Hallo"))),
            ("Q: Why?", Some((Label::Customer, "Why?"))),
            ("A: Because.", Some((Label::Operator, "Because."))),
            ("Note: Closed on Sundays.", Some((Label::Note, "Closed on Sundays."))),
            ("Customer:", Some((Label::Customer, ""))),
            ("Customer data: keep it safe", None),
            ("The customer must say: yes", None),
            ("Refunds: within 14 days", None),
            ("no label", None),
        ] {
            assert_eq!(labelled(line), found, "{line}");
        }
    }

    #[test]
    fn quotation_marks_are_taken_off_a_whole_quote() {
        for (text, inside) in [
            ("\"Where is it?\"", "Where is it?"),
            ("«Где заказ?».", "Где заказ?"),
            ("„Wo ist es?“", "Wo ist es?"),
            ("Say \"hello\"", "Say \"hello\""),
            ("\"Yes\" or \"no\"", "\"Yes\" or \"no\""),
            ("it's mine", "it's mine"),
        ] {
            assert_eq!(bare(text), inside);
        }
        assert_eq!(without_number("T-1001: My card - again"), "My card - again");
        assert_eq!(without_number("[2024-03-01] My card"), "My card");
        assert_eq!(without_number("My card: gone in 2024"), "My card: gone in 2024");
    }
}
