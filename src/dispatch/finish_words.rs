//! Words for the end of an answer: [`FinishWords`] says when unknown ones are all that a model gives.

use std::collections::HashMap;

use crate::provider::Finish;
use crate::stage::generate::TapeAnswer;
use crate::stage::generate::oddities::MOST_WORDS;

/// So many answers with the same unknown word, and none with a known one, stop a run.
pub(super) const UNKNOWN_WORDS: u32 = 20;

/// The words with which a model's answers ended.
#[derive(Debug, Default)]
pub(super) struct FinishWords {
    has_known: bool,
    unknown: HashMap<String, u32>,
}

impl FinishWords {
    /// Counts the word of an answer, which means `finish`; returns it if it is unknown and all that this model gives.
    pub(super) fn add(&mut self, answer: &TapeAnswer, finish: Finish) -> Option<String> {
        let word = answer.finish_reason.as_ref()?;
        if finish != Finish::Unknown {
            self.has_known = true;
            return None;
        }
        if self.unknown.len() >= MOST_WORDS && !self.unknown.contains_key(word) {
            self.unknown.clear();
        }
        let count = self.unknown.entry(word.clone()).or_default();
        *count += 1;
        (*count >= UNKNOWN_WORDS && !self.has_known).then(|| word.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(finish: Finish, word: Option<&str>) -> TapeAnswer {
        TapeAnswer { finish, finish_reason: word.map(str::to_owned), ..TapeAnswer::of_text("a".to_owned()) }
    }

    #[test]
    fn twenty_equal_unknown_words_and_no_known_one_are_too_many() {
        let mut words = FinishWords::default();
        let add = |words: &mut FinishWords, answer: &TapeAnswer| words.add(answer, answer.finish);
        for _ in 1..UNKNOWN_WORDS {
            assert_eq!(add(&mut words, &answer(Finish::Unknown, Some("eos"))), None);
            assert_eq!(add(&mut words, &answer(Finish::Stop, None)), None, "no word is no known one");
        }
        assert_eq!(add(&mut words, &answer(Finish::Unknown, Some("other"))), None);
        assert_eq!(add(&mut words, &answer(Finish::Unknown, Some("eos"))).as_deref(), Some("eos"));
        add(&mut words, &answer(Finish::Length, Some("length")));
        assert_eq!(add(&mut words, &answer(Finish::Unknown, Some("eos"))), None);
    }
}
