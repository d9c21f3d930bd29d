//! What providers take: [`FinetuneLimits`]. Sources and dates stand in `docs/fine-tuning.md`.

use serde_json::{Value, json};

use super::file::FinetuneFormat;

/// What a format's provider takes; `None` where it sets no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinetuneLimits {
    /// Examples in the training file, at least.
    pub min_examples: u64,
    /// Examples in the training file, at most.
    pub max_examples: Option<u64>,
    /// Examples in the validation file, at most.
    pub max_validation: Option<u64>,
    /// Tokens of an example, with its answer.
    pub max_tokens: Option<u64>,
    /// Images of an example.
    pub max_images: usize,
}

impl FinetuneFormat {
    /// What its provider takes.
    #[must_use]
    pub fn limits(self) -> FinetuneLimits {
        let none = FinetuneLimits {
            min_examples: 1,
            max_examples: None,
            max_validation: None,
            max_tokens: None,
            max_images: 0,
        };
        match self {
            Self::OpenAi => FinetuneLimits { min_examples: 10, max_tokens: Some(65_536), max_images: 64, ..none },
            Self::Anthropic => FinetuneLimits {
                min_examples: 32,
                max_examples: Some(10_000),
                max_validation: Some(1_000),
                max_tokens: Some(32_000),
                ..none
            },
            Self::Gemini => FinetuneLimits {
                max_examples: Some(1_000_000),
                max_validation: Some(5_000),
                max_tokens: Some(131_072),
                ..none
            },
            Self::ShareGpt => none,
        }
    }
}

impl FinetuneLimits {
    pub(super) fn to_value(self) -> Value {
        json!({
            "min_examples": self.min_examples, "max_examples": self.max_examples,
            "max_validation_examples": self.max_validation, "max_tokens": self.max_tokens,
            "max_images": self.max_images,
        })
    }
}
