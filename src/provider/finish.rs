//! Why a model stopped: [`Finish`], and the only reader of the words in which providers say it.
//!
//! Each dialect has a table of its words. A word that is in no table is kept in the completion's envelope, and where
//! there is no answer, the error names it.

use Finish::{ContentFilter, Length, Refusal, Stop};
use WordMeaning::{Failure, Known};

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The answer is complete, or the provider gave no reason that is known here.
    Stop,
    /// The answer reached the output limit.
    Length,
    /// The model refused; the completion's text is what it said.
    Refusal,
    /// The provider's filter held the answer back.
    ContentFilter,
}

impl Finish {
    /// The word in the run file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Refusal => "refusal",
            Self::ContentFilter => "content_filter",
        }
    }
}

/// What a provider's word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordMeaning<'a> {
    /// The model stopped for this reason.
    Known(Finish),
    /// There is no usable answer; the text says why.
    Failure(&'static str),
    /// The provider gave no reason.
    Absent,
    /// A word that is in no table.
    Unknown(&'a str),
}

/// A dialect's words.
pub(super) type WordTable = &'static [(&'static str, WordMeaning<'static>)];

/// `finish_reason` of chat completions. `max_tokens` is the word of some other servers.
pub(super) const CHAT_COMPLETIONS: WordTable = &[
    ("stop", Known(Stop)),
    ("tool_calls", Known(Stop)),
    ("function_call", Known(Stop)),
    ("length", Known(Length)),
    ("max_tokens", Known(Length)),
    ("content_filter", Known(ContentFilter)),
    ("error", Failure("the model stopped with an error that the server does not name")),
];

/// `incomplete_details.reason` of Responses.
pub(super) const RESPONSES: WordTable =
    &[("max_output_tokens", Known(Length)), ("content_filter", Known(ContentFilter))];

/// `stop_reason` of Anthropic's Messages.
pub(super) const ANTHROPIC: WordTable = &[
    ("end_turn", Known(Stop)),
    ("stop_sequence", Known(Stop)),
    ("tool_use", Known(Stop)),
    ("max_tokens", Known(Length)),
    ("model_context_window_exceeded", Known(Length)),
    ("refusal", Known(Refusal)),
    ("pause_turn", Failure("the model paused its turn before it had answered")),
];

/// `stopReason` of Bedrock's Converse.
pub(super) const BEDROCK: WordTable = &[
    ("end_turn", Known(Stop)),
    ("stop_sequence", Known(Stop)),
    ("tool_use", Known(Stop)),
    ("max_tokens", Known(Length)),
    ("model_context_window_exceeded", Known(Length)),
    ("guardrail_intervened", Known(ContentFilter)),
    ("content_filtered", Known(ContentFilter)),
    ("refusal", Known(Refusal)),
    ("malformed_model_output", Failure("the model's answer was malformed (malformed_model_output)")),
    ("malformed_tool_use", Failure("the model's answer was malformed (malformed_tool_use)")),
];

/// `finishReason` of Gemini's candidates.
pub(super) const GEMINI: WordTable = &[
    ("STOP", Known(Stop)),
    ("MAX_TOKENS", Known(Length)),
    ("SAFETY", Known(ContentFilter)),
    ("RECITATION", Known(ContentFilter)),
    ("BLOCKLIST", Known(ContentFilter)),
    ("PROHIBITED_CONTENT", Known(ContentFilter)),
    ("SPII", Known(ContentFilter)),
    ("LANGUAGE", Known(ContentFilter)),
    ("IMAGE_SAFETY", Known(ContentFilter)),
    ("IMAGE_PROHIBITED_CONTENT", Known(ContentFilter)),
    ("IMAGE_RECITATION", Known(ContentFilter)),
    ("MODEL_ARMOR", Known(ContentFilter)),
    ("MALFORMED_RESPONSE", Failure("the model's answer was malformed (MALFORMED_RESPONSE)")),
];

/// What `word` means among `words`. An empty word is none.
pub(super) fn read(words: WordTable, word: Option<&str>) -> WordMeaning<'_> {
    let Some(word) = word.filter(|word| !word.is_empty()) else { return WordMeaning::Absent };
    words.iter().find(|(known, _)| *known == word).map_or(WordMeaning::Unknown(word), |(_, reason)| *reason)
}

impl WordMeaning<'_> {
    /// The reason with an answer that is there, or why the answer cannot be used. An answer whose reason is unknown or
    /// absent is taken as complete: the checks of the answer decide.
    pub(super) fn with_answer(self) -> Result<Finish, &'static str> {
        match self {
            Self::Known(finish) => Ok(finish),
            Self::Failure(why) => Err(why),
            Self::Absent | Self::Unknown(_) => Ok(Stop),
        }
    }

    /// For the error of a response without an answer: the unknown word, if there is one.
    pub(super) fn unknown_word(self) -> String {
        match self {
            Self::Unknown(word) => format!("; the model stopped for an unknown reason, {:?}", super::excerpt(word, 60)),
            Self::Known(_) | Self::Failure(_) | Self::Absent => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_says_when_an_answer_is_complete_cut_off_or_held_back() {
        for (words, complete, cut, held_back) in [
            (CHAT_COMPLETIONS, "stop", "length", "content_filter"),
            (ANTHROPIC, "end_turn", "max_tokens", "refusal"),
            (BEDROCK, "end_turn", "max_tokens", "content_filtered"),
            (GEMINI, "STOP", "MAX_TOKENS", "SAFETY"),
        ] {
            assert_eq!(read(words, Some(complete)).with_answer(), Ok(Stop));
            assert_eq!(read(words, Some(cut)).with_answer(), Ok(Length));
            assert!(matches!(read(words, Some(held_back)).with_answer(), Ok(ContentFilter | Refusal)), "{held_back}");
        }
        assert_eq!(read(RESPONSES, Some("max_output_tokens")), Known(Length));
    }

    #[test]
    fn no_word_stands_twice_in_a_table() {
        for words in [CHAT_COMPLETIONS, RESPONSES, ANTHROPIC, BEDROCK, GEMINI] {
            for (index, (word, _)) in words.iter().enumerate() {
                assert!(words[..index].iter().all(|(other, _)| other != word), "{word}");
            }
        }
    }

    #[test]
    fn an_unknown_word_is_kept_and_said() {
        let unknown = read(ANTHROPIC, Some("tired"));
        assert_eq!(unknown, WordMeaning::Unknown("tired"));
        assert_eq!(unknown.unknown_word(), "; the model stopped for an unknown reason, \"tired\"");
        assert_eq!(
            (unknown.with_answer(), read(GEMINI, Some("")), read(GEMINI, None)),
            (Ok(Stop), WordMeaning::Absent, WordMeaning::Absent)
        );
        assert!(read(ANTHROPIC, Some("pause_turn")).with_answer().is_err());
    }
}
