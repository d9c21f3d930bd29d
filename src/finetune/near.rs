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
    inputs: Vec<Vec<InputPiece>>,
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
        self.inputs.push(kept);
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
                .filter(|(_, uses)| uses.saturating_mul(2) <= self.inputs.len())
                .map(|(text, _)| text.clone()),
        };
        let text = |pieces: &Vec<InputPiece>| {
            let all = pieces.iter().filter_map(own).collect::<Vec<_>>().join("\n");
            all.chars().take(MOST_OF_ONE).collect::<String>()
        };
        let texts: Vec<(usize, String)> =
            self.inputs.iter().map(text).enumerate().filter(|(_, text)| !text.trim().is_empty()).collect();
        let (places, texts): (Vec<usize>, Vec<String>) = texts.into_iter().unzip();
        let mut firsts: Vec<usize> = (0..self.inputs.len()).collect();
        for (place, first) in std::iter::zip(&places, first_alike(&texts, ALIKE).ok()?) {
            if let (Some(slot), Some(first)) = (firsts.get_mut(*place), places.get(first)) {
                *slot = *first;
            }
        }
        Some(firsts)
    }
}
