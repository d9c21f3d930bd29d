//! Inputs that are nearly equal: what conversations have of their own is compared, not the prompt around it.

use std::collections::{HashMap, HashSet};

use crate::likeness::alike_among;

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

/// Why inputs were not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotCompared {
    /// They have more characters than are kept.
    TooLong,
    /// They share so much that it would take too long.
    TooAlike,
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

    /// The conversations for which `is_held` says so, each with the place of the one of the others whose input is most
    /// alike, where it is nearly the same. A shared text that more than half of the conversations have is the prompt's,
    /// and no part of an input; what has no text of its own is like no other.
    pub(super) fn alike_in_others(&self, is_held: impl Fn(usize) -> bool) -> Result<Vec<(usize, usize)>, NotCompared> {
        if self.is_too_much {
            return Err(NotCompared::TooLong);
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
        let texts = self.all.iter().map(text).enumerate().filter(|(_, text)| !text.trim().is_empty());
        let (held, others): (Vec<_>, Vec<_>) = texts.partition(|(place, _)| is_held(*place));
        let (held, asked): (Vec<usize>, Vec<String>) = held.into_iter().unzip();
        let (others, known): (Vec<usize>, Vec<String>) = others.into_iter().unzip();
        let found = alike_among(&known, &asked, ALIKE).map_err(|_| NotCompared::TooAlike)?;
        let pair = |(place, like): (usize, Option<usize>)| Some((place, *others.get(like?)?));
        Ok(std::iter::zip(held, found).filter_map(pair).collect())
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
        let is_held = |place: usize| place >= 2;
        assert_eq!(inputs.alike_in_others(is_held), Ok(vec![(2, 0)]));
        assert_eq!(inputs.alike_in_others(|place| place == 1), Ok(vec![]));
        inputs.add(vec![InputPiece::Shared(2, Some("a context ".repeat(1_000)))]);
        assert_eq!(inputs.alike_in_others(is_held), Ok(vec![(2, 0)]));
        for _ in 0..5_000 {
            inputs.add(prompt(&"long ".repeat(1_000)));
        }
        assert_eq!(inputs.alike_in_others(is_held), Err(NotCompared::TooLong), "it would take too much memory");
    }
}
