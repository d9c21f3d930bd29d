//! The words of a document, in which messages are found whatever marks stand between them: [`DocumentWords`].

use std::collections::{BTreeMap, BTreeSet, HashSet};

use memchr::memmem;

use super::fold::folded;

/// What a customer says in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerMessage {
    /// The first line and the last, counted from 1.
    pub lines: (usize, usize),
    pub text: String,
}

/// How the words of a message stand in a document, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MessageStanding {
    Nowhere,
    /// Within something longer.
    Part,
    /// They are all that a customer says, or hold it, or are whole lines or cells.
    Whole,
}

/// The words of a document.
pub(super) struct DocumentWords {
    /// Folded, with a space between two of them and at both ends.
    text: String,
    /// Where a line, a cell or what follows a label begins, and where a line or cell ends, in bytes of `text`.
    starts: HashSet<usize>,
    ends: HashSet<usize>,
    /// What customers say, folded.
    messages: BTreeSet<String>,
    /// Where that begins and ends in `text`.
    spans: BTreeMap<usize, usize>,
}

impl DocumentWords {
    pub(super) fn of(document: &str, messages: &[CustomerMessage]) -> Self {
        let mut words = Self {
            text: " ".to_owned(),
            starts: HashSet::new(),
            ends: HashSet::new(),
            messages: messages.iter().map(|it| folded(&it.text)).filter(|it| !it.is_empty()).collect(),
            spans: BTreeMap::new(),
        };
        let mut lines: Vec<usize> = Vec::new();
        for line in document.split('\n') {
            lines.push(words.text.len());
            for cell in line.split('|') {
                words.starts.insert(words.text.len());
                match cell.split_once([':', '：']) {
                    Some((label, rest)) => {
                        words.push(label);
                        words.starts.insert(words.text.len());
                        words.push(rest);
                    }
                    None => words.push(cell),
                }
                words.ends.insert(words.text.len());
            }
        }
        for message in messages {
            words.place(message, &lines);
        }
        words
    }

    fn push(&mut self, text: &str) {
        let words = folded(text);
        if !words.is_empty() {
            self.text.push_str(&words);
            self.text.push(' ');
        }
    }

    /// Finds a message on its lines, which begin at `lines`.
    fn place(&mut self, message: &CustomerMessage, lines: &[usize]) {
        let (first, last) = message.lines;
        let start = first.checked_sub(1).and_then(|at| lines.get(at)).copied();
        let end = lines.get(last).copied().unwrap_or(self.text.len());
        // With the space before it.
        let Some((start, on_lines)) = start.and_then(|at| Some((at - 1, self.text.get(at - 1..end)?))) else { return };
        let wanted = format!(" {} ", folded(&message.text));
        if let Some(at) = memmem::find(on_lines.as_bytes(), wanted.as_bytes()) {
            self.spans.insert(start + at + 1, start + at + wanted.len());
        }
    }

    /// How many bytes are searched.
    pub(super) fn byte_count(&self) -> usize {
        self.text.len()
    }

    /// How a message stands here, of which `words` are the words, folded.
    pub(super) fn standing(&self, words: &str) -> MessageStanding {
        if self.messages.contains(words) {
            return MessageStanding::Whole;
        }
        let wanted = format!(" {words} ");
        let (mut from, mut standing) = (0, MessageStanding::Nowhere);
        // One may begin with the space that ends another.
        while let Some(at) = self.text.get(from..).and_then(|rest| memmem::find(rest.as_bytes(), wanted.as_bytes())) {
            let (start, end) = (from + at + 1, from + at + wanted.len());
            let holds_message = self.spans.range(start..end).any(|(_, span_end)| *span_end <= end);
            if holds_message || self.starts.contains(&start) && self.ends.contains(&end) {
                return MessageStanding::Whole;
            }
            standing = MessageStanding::Part;
            from = end - 1;
        }
        standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_whole_if_it_is_all_that_a_customer_says_or_whole_lines() {
        let text =
            "# Tickets\n\n| 1 | My card was charged. Twice! | open |\n- T-12 Parcel never\n  arrived\n> Customer: Why?";
        let message = |lines, text: &str| CustomerMessage { lines, text: text.to_owned() };
        let messages = [message((4, 5), "Parcel never arrived")];
        let words = DocumentWords::of(text, &messages);
        for (words_of_message, standing) in [
            ("Parcel never arrived!", MessageStanding::Whole),
            ("T-12 Parcel never arrived", MessageStanding::Whole),
            ("12 Parcel never arrived", MessageStanding::Whole),
            ("my card was charged twice", MessageStanding::Whole),
            ("1 | My card was charged. Twice! | open", MessageStanding::Whole),
            ("Why", MessageStanding::Whole),
            ("Customer: Why?", MessageStanding::Whole),
            ("card", MessageStanding::Part),
            ("My card was charged", MessageStanding::Part),
            ("never arrived", MessageStanding::Part),
            ("I never wrote this", MessageStanding::Nowhere),
        ] {
            assert_eq!(words.standing(&folded(words_of_message)), standing, "{words_of_message}");
        }
    }
}
