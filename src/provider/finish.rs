//! Why a model stopped: [`Finish`], and the only reader of the words in which providers say it.
//!
//! One table has the words of all providers, since gateways pass on the words of the models behind them. Upper and
//! lower case do not matter. A word that is not in the table is [`Finish::Unknown`]: what is not known as an end is
//! never taken for one. The word itself is kept beside it, as it came.

use Finish::{ContentFilter, Length, Refusal, Stop};

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The answer is complete, or the provider gave no reason.
    Stop,
    /// The answer was cut off: at the output limit, at the end of the context, or because the server gave up.
    Length,
    /// The model refused; the completion's text is what it said.
    Refusal,
    /// The provider's filter held the answer back.
    ContentFilter,
    /// The provider's word is not known, so that the answer may not be complete.
    Unknown,
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
            Self::Unknown => "unknown",
        }
    }

    /// The meaning with this word in the run file.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Stop, Length, Refusal, ContentFilter, Self::Unknown].into_iter().find(|it| it.as_str() == name)
    }

    /// What a provider's word means. No word, or an empty one, is an end: many servers give none.
    #[must_use]
    pub fn of_word(word: Option<&str>) -> Self {
        let Some(word) = word.map(str::trim).filter(|word| !word.is_empty()) else { return Stop };
        let of =
            |word: &str| WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, finish)| *finish);
        of(word).or_else(|| of(bare(word))).unwrap_or(Self::Unknown)
    }

    /// Whether a word says that the context of the model was full. Another try ends in the same way.
    #[must_use]
    pub fn is_context_limit(word: &str) -> bool {
        CONTEXT_WORDS.iter().any(|known| known.eq_ignore_ascii_case(bare(word)))
    }
}

/// Whether a word says that the output limit was reached, and not that the answer broke off for another reason.
#[must_use]
pub fn is_output_limit(word: &str) -> bool {
    LIMIT_WORDS.iter().any(|known| known.eq_ignore_ascii_case(bare(word)))
}

/// A word without what the generated clients of Google and others put before it, as in `FINISH_REASON_STOP`.
fn bare(word: &str) -> &str {
    let word = word.trim();
    let after = |prefix: &str| {
        let (start, rest) = word.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    after("finish_reason_").or_else(|| after("FinishReason.")).unwrap_or(word)
}

/// The words for the output limit.
const LIMIT_WORDS: [&str; 6] =
    ["length", "max_tokens", "max_output_tokens", "max_length", "max_new_tokens", "max_completion_tokens"];

/// The words for a full context.
const CONTEXT_WORDS: [&str; 5] = [
    "model_length",
    "context_length",
    "context_length_exceeded",
    "max_context_length",
    "model_context_window_exceeded",
];

/// The words of all providers, each with what it means.
const WORDS: &[(&str, Finish)] = &[
    // OpenAI's chat completions, and servers that speak them: vLLM, SGLang, llama.cpp, Ollama, DeepSeek, xAI …
    ("stop", Stop),
    ("tool_calls", Stop),
    ("function_call", Stop),
    ("length", Length),
    ("content_filter", ContentFilter),
    ("abort", Length),
    ("aborted", Length),
    ("cancelled", Length),
    ("error", Length),
    ("timeout", Length),
    ("insufficient_system_resource", Length),
    ("network_error", Length),
    ("sensitive", ContentFilter),
    ("load", Length),
    ("unload", Length),
    // Mistral, and the context limits of others.
    ("model_length", Length),
    ("context_length", Length),
    ("context_length_exceeded", Length),
    ("max_context_length", Length),
    // Servers that name the option which was reached.
    ("max_length", Length),
    ("max_new_tokens", Length),
    ("max_completion_tokens", Length),
    // Text Generation Inference.
    ("eos_token", Stop),
    // Cohere.
    ("complete", Stop),
    ("tool_call", Stop),
    ("error_limit", Length),
    ("error_toxic", ContentFilter),
    ("user_cancel", Length),
    // OpenAI's Responses: the reasons of incomplete ones.
    ("max_output_tokens", Length),
    ("max_prompt_tokens", Length),
    // Anthropic's Messages and Bedrock's Converse.
    ("end_turn", Stop),
    ("stop_sequence", Stop),
    ("tool_use", Stop),
    ("max_tokens", Length),
    ("model_context_window_exceeded", Length),
    ("pause_turn", Length),
    ("compaction", Length),
    ("refusal", Refusal),
    ("guardrail_intervened", ContentFilter),
    ("content_filtered", ContentFilter),
    ("malformed_model_output", Length),
    ("malformed_tool_use", Length),
    // Gemini.
    ("finish_reason_unspecified", Length),
    ("other", Length),
    ("safety", ContentFilter),
    ("recitation", ContentFilter),
    ("language", ContentFilter),
    ("blocklist", ContentFilter),
    ("prohibited_content", ContentFilter),
    ("spii", ContentFilter),
    ("model_armor", ContentFilter),
    ("image_safety", ContentFilter),
    ("image_prohibited_content", ContentFilter),
    ("image_recitation", ContentFilter),
    ("image_other", Length),
    ("no_image", Length),
    ("malformed_response", Length),
    ("malformed_function_call", Length),
    ("unexpected_tool_call", Length),
    ("too_many_tool_calls", Length),
    ("missing_thought_signature", Length),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_says_when_an_answer_is_complete_cut_off_or_held_back() {
        for (words, expected) in [
            (&["stop", "STOP", "tool_calls", "eos_token", "end_turn", "COMPLETE", "stop_sequence"][..], Stop),
            (&["length", "model_length", "MAX_TOKENS", "abort", "insufficient_system_resource"], Length),
            (&["max_output_tokens", "pause_turn", "compaction", "OTHER", "error", "load"], Length),
            (&["content_filter", "SAFETY", "RECITATION", "SPII", "MODEL_ARMOR", "content_filtered"], ContentFilter),
            (&["FINISH_REASON_MAX_TOKENS", "max_length", "FINISH_REASON_UNSPECIFIED", "FINISH_REASON_OTHER"], Length),
            (&["FINISH_REASON_SAFETY", "finish_reason_recitation"], ContentFilter),
            (&["FINISH_REASON_STOP", "FinishReason.STOP"], Stop),
            (&["refusal"], Refusal),
            (&["FINISH_REASON_", "FINISH_REASON_NEW", "eos", "done", "2", "true", "[\"length\"]"], Finish::Unknown),
        ] {
            for word in words {
                assert_eq!(Finish::of_word(Some(word)), expected, "{word}");
            }
        }
        for word in [None, Some(""), Some(" "), Some("stop "), Some(" STOP\n")] {
            assert_eq!(Finish::of_word(word), Stop, "{word:?}");
        }
    }

    #[test]
    fn a_full_context_is_no_output_limit() {
        for word in CONTEXT_WORDS {
            assert_eq!(Finish::of_word(Some(word)), Length, "{word}");
            assert!(!is_output_limit(word), "{word}");
        }
        for word in LIMIT_WORDS.into_iter().chain(["FINISH_REASON_MAX_TOKENS"]) {
            assert_eq!(Finish::of_word(Some(word)), Length, "{word}");
            assert!(is_output_limit(word), "{word}");
        }
        for (word, expected) in [("MODEL_LENGTH", true), ("length", false), ("abort", false)] {
            assert_eq!(Finish::is_context_limit(word), expected, "{word}");
        }
    }

    #[test]
    fn no_word_stands_twice_in_the_table() {
        for (index, (word, _)) in WORDS.iter().enumerate() {
            assert!(WORDS[..index].iter().all(|(other, _)| other != word), "{word}");
        }
    }
}
