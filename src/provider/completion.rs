//! The provider-neutral answer: [`Completion`] with its [`TokenUsage`].

use super::finish::Finish;

/// Token counts as the provider will bill them. One that it did not report is `None`, never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenUsage {
    /// The prompt, cached tokens included.
    pub input_tokens: Option<u64>,
    /// What is billed as output: the answer, reasoning included, wherever the provider counts it.
    pub output_tokens: Option<u64>,
    /// The part of the input that was read from the provider's cache.
    pub cached_tokens: Option<u64>,
    /// The part of the input that was written to the provider's cache, if it charges for that.
    pub cache_write_tokens: Option<u64>,
    /// The part of the output that was spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// The total as it was reported.
    pub total_tokens: Option<u64>,
    /// The part of the output that the provider did not count as output: only its total or its details have it.
    pub hidden_tokens: u64,
    /// Whether nothing says what the hidden tokens are. They count as output, but their price is not known.
    pub unexplained: bool,
}

impl TokenUsage {
    /// The usage of an answer with this text: no output for a text means that it was not counted.
    #[must_use]
    pub fn of_text(self, text: &str) -> Self {
        Self { output_tokens: self.output_tokens.filter(|count| *count > 0 || text.is_empty()), ..self }
    }
}

/// A model's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The answer's text, unchanged.
    pub text: String,
    pub finish: Finish,
    pub usage: TokenUsage,
    /// The model that answered, as the provider names it.
    pub model: Option<String>,
    /// The service tier that served it, as the provider names it.
    pub service_tier: Option<String>,
    /// The response as JSON without the answer's text, which is kept in `text` alone; `None` without a server. It has
    /// the provider's own words, also those that Casebook does not know.
    pub envelope: Option<String>,
}
