//! Inputs that are nearly equal: what conversations have of their own is compared, not the prompt around it.

use std::collections::{HashMap, HashSet};

use crate::likeness::first_alike;

/// How alike inputs are that count as nearly equal.
const ALIKE: f64 = 0.9;
/// How many characters of an input are compared.
const MOST_OF_ONE: usize = 2_000;
/// How many characters all inputs may have together; beyond that nearly equal ones are not looked for.
const MOST_OF_ALL: usize = 8_000_000;

/// A piece of a conversation, as the run file keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputPiece {
    /// A text of this conversation.
    Own(String),
    /// A text that many may have, by its number; with what it says when it is first met.
    Shared(i64, Option<String>),
}

/// The inputs of conversations, as far as memory allows.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    all: Vec<Vec<InputPiece>>,
    shared: HashMap<i64, (String, usize)>,
    characters: usize,
    is_too_much: bool,
}

impl Inputs {
    /// Adds the pieces of the next conversation.
    pub(super) fn add(&mut self, pieces: Vec<InputPiece>) {
        if self.is_too_much {
            return;
        }
        let mut seen = HashSet::new();
        let mut kept = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                InputPiece::Own(text) => {
                    let text: String = text.chars().take(MOST_OF_ONE).collect();
                    self.characters += text.len();
                    kept.push(InputPiece::Own(text));
                }
                InputPiece::Shared(id, text) => {
                    let shared = self.shared.entry(id).or_insert_with(|| {
                        let text: String = text.unwrap_or_default().chars().take(MOST_OF_ONE).collect();
                        self.characters += text.len();
                        (text, 0)
                    });
                    shared.1 += usize::from(seen.insert(id));
                    kept.push(InputPiece::Shared(id, None));
                }
            }
        }
        self.all.push(kept);
        if self.characters > MOST_OF_ALL {
            *self = Self { is_too_much: true, ..Self::default() };
        }
    }

    /// For each conversation, the place of the first one whose input is nearly the same, which is its own where there
    /// is none; `None` where there are too many to look. A shared text that more than half of the conversations have is
    /// the prompt's, and no part of an input; what has no text of its own is like no other.
    pub(super) fn first_alike(&self) -> Option<Vec<usize>> {
        if self.is_too_much {
            return None;
        }
        let own = |piece: &InputPiece| match piece {
            InputPiece::Own(text) => Some(text.clone()),
            InputPiece::Shared(id, _) => self
                .shared
                .get(id)
                .filter(|(_, uses)| uses.saturating_mul(2) <= self.all.len())
                .map(|(text, _)| text.clone()),
        };
        let text = |pieces: &Vec<InputPiece>| {
            let all = pieces.iter().filter_map(own).collect::<Vec<_>>().join("\n");
            all.chars().take(MOST_OF_ONE).collect::<String>()
        };
        let texts: Vec<(usize, String)> =
            self.all.iter().map(text).enumerate().filter(|(_, text)| !text.trim().is_empty()).collect();
        let (places, texts): (Vec<usize>, Vec<String>) = texts.into_iter().unzip();
        let mut firsts: Vec<usize> = (0..self.all.len()).collect();
        for (place, first) in std::iter::zip(&places, first_alike(&texts, ALIKE).ok()?) {
            if let (Some(slot), Some(first)) = (firsts.get_mut(*place), places.get(first)) {
                *slot = *first;
            }
        }
        Some(firsts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_compared_without_the_text_of_the_prompt() {
        let mut inputs = Inputs::default();
        let prompt = |own: &str| {
            let rules = "Sort the ticket by its topic, and say what the customer asks for.".to_owned();
            vec![InputPiece::Shared(1, Some(rules)), InputPiece::Own(own.to_owned())]
        };
        for own in ["My card was charged twice today!", "Where is my parcel?", "my card was charged twice today", " "] {
            inputs.add(prompt(own));
        }
        inputs.add(vec![InputPiece::Shared(1, None)]);
        assert_eq!(inputs.first_alike(), Some(vec![0, 1, 0, 3, 4]));
        inputs.add(vec![InputPiece::Shared(2, Some("a context ".repeat(1_000)))]);
        assert_eq!(inputs.first_alike().map(|it| it[5]), Some(5));
        for _ in 0..5_000 {
            inputs.add(prompt(&"long ".repeat(1_000)));
        }
        assert_eq!(inputs.first_alike(), None, "it would take too much memory");
    }
}
