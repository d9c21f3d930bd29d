//! The provider-neutral answer: [`Completion`] with its [`TokenUsage`].

use super::finish::Finish;
use super::thoughts;

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
    /// The part of what was written to the cache that is kept for an hour, which costs more than the other writes.
    pub long_cache_tokens: u64,
    /// Searches of the provider's own, which are billed beside the tokens.
    pub searches: u64,
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
    /// The answer's text, without the thoughts before it. Characters that cannot be kept are replaced, as `problem`
    /// says.
    pub text: String,
    /// The thoughts that stood before the answer in the same text. With `text` after them they are the whole text.
    pub thoughts: Option<String>,
    pub finish: Finish,
    /// The provider's own word for why the model stopped; `None` if it gave none.
    pub finish_reason: Option<String>,
    /// What is wrong with the text: characters that cannot be kept, or, where it is empty, what was there instead.
    pub problem: Option<String>,
    pub usage: TokenUsage,
    /// The model that answered, as the provider names it.
    pub model: Option<String>,
    /// The service tier that served it, as the provider names it.
    pub service_tier: Option<String>,
    /// The response as JSON without the answer's text, which is kept in `text` alone; `None` without a server. It has
    /// the provider's own words, also those that Casebook does not know.
    pub envelope: Option<String>,
}

impl Completion {
    /// A complete answer as it was written, without a server: its thoughts are told from the answer, and what cannot be
    /// kept is replaced.
    #[must_use]
    pub fn of_text(text: String, finish: Finish, model: Option<String>) -> Self {
        let found = Self {
            text,
            thoughts: None,
            finish,
            finish_reason: None,
            problem: None,
            usage: TokenUsage::default(),
            model,
            service_tier: None,
            envelope: None,
        };
        found.settled(None)
    }

    /// Replaces the characters that cannot be kept, and tells the thoughts from the answer. `broken` is the character
    /// that stands for broken ones.
    #[must_use]
    pub(super) fn settled(mut self, broken: Option<char>) -> Self {
        // What a model says when it refuses is quoted, and read by nobody.
        if self.finish != Finish::Refusal {
            let (before, _) = thoughts::split(&self.text);
            let answer = self.text.split_off(before.len());
            let before = kept(std::mem::replace(&mut self.text, answer), broken);
            self.thoughts = (!before.is_empty()).then_some(before);
        }
        let halves = broken.map_or(0, |broken| self.text.matches(broken).count());
        let nuls = self.text.matches('\0').count();
        let mut problems = Vec::new();
        if halves > 0 {
            let characters = if halves == 1 { "character" } else { "characters" };
            problems.push(format!("the answer has {halves} broken {characters}, shown as \u{fffd}"));
        }
        if nuls > 0 {
            problems.push(format!(
                "the answer has the character U+0000 (shown as {NUL_SHOWN}), which no table can carry; leave it out"
            ));
        }
        if !problems.is_empty() {
            problems.extend(self.problem.take());
            self.problem = Some(problems.join("\n"));
        }
        let reasoning = self.usage.reasoning_tokens.filter(|tokens| *tokens > 0);
        if let (true, None, Some(tokens)) =
            (self.text.trim().is_empty() && self.thoughts.is_none(), &self.problem, reasoning)
        {
            self.problem = Some(format!("the answer has no text: {tokens} tokens were spent on reasoning"));
        }
        self.text = kept(self.text, broken);
        for own in [&mut self.finish_reason, &mut self.problem, &mut self.model, &mut self.service_tier] {
            *own = own.take().map(|text| kept(text, broken));
        }
        if let (Some(broken), Some(envelope)) = (broken, &mut self.envelope) {
            *envelope = envelope.replace(broken, "\u{fffd}");
        }
        self
    }
}

/// A text with what stands for its broken characters, and for U+0000.
fn kept(text: String, broken: Option<char>) -> String {
    let has = |character: char| text.contains(character);
    if !has('\0') && !broken.is_some_and(has) {
        return text;
    }
    let text = broken.map_or_else(|| text.clone(), |broken| text.replace(broken, "\u{fffd}"));
    text.replace('\0', NUL_SHOWN)
}

/// What is kept in place of U+0000, at which SQLite's text functions end.
const NUL_SHOWN: &str = "\u{2400}";
