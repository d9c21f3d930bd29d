//! The files: [`FinetuneFile`].

/// Who takes the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinetuneFormat {
    /// Chat fine-tuning of `OpenAI` and Azure.
    OpenAi,
    /// Amazon Bedrock, for Anthropic's models.
    Anthropic,
    /// Vertex AI, for Gemini.
    Gemini,
    /// Open tools, such as Axolotl and LLaMA-Factory.
    ShareGpt,
}

/// A part of the examples, or what there is to say about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinetunePart {
    Train,
    Validation,
    Report,
}

/// A file for fine-tuning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinetuneFile {
    pub format: FinetuneFormat,
    pub part: FinetunePart,
}

impl FinetuneFormat {
    /// Returns its name, as people write it among the formats.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai_finetune",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::ShareGpt => "sharegpt",
        }
    }

    /// Who takes it, in words.
    #[must_use]
    pub fn taker(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI",
            Self::Anthropic => "Amazon Bedrock",
            Self::Gemini => "Vertex AI",
            Self::ShareGpt => "ShareGPT",
        }
    }

    /// Returns its files, in the order in which they are written.
    #[must_use]
    pub fn files(self) -> [FinetuneFile; 3] {
        [FinetunePart::Train, FinetunePart::Validation, FinetunePart::Report]
            .map(|part| FinetuneFile { format: self, part })
    }
}

impl FinetuneFile {
    /// Returns its name, without a folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        use FinetuneFormat::{Anthropic, Gemini, OpenAi, ShareGpt};
        use FinetunePart::{Report, Train, Validation};
        match (self.format, self.part) {
            (OpenAi, Train) => "openai_finetune.train.jsonl",
            (OpenAi, Validation) => "openai_finetune.validation.jsonl",
            (OpenAi, Report) => "openai_finetune.report.json",
            (Anthropic, Train) => "anthropic.train.jsonl",
            (Anthropic, Validation) => "anthropic.validation.jsonl",
            (Anthropic, Report) => "anthropic.report.json",
            (Gemini, Train) => "gemini.train.jsonl",
            (Gemini, Validation) => "gemini.validation.jsonl",
            (Gemini, Report) => "gemini.report.json",
            (ShareGpt, Train) => "sharegpt.train.jsonl",
            (ShareGpt, Validation) => "sharegpt.validation.jsonl",
            (ShareGpt, Report) => "sharegpt.report.json",
        }
    }

    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self.part {
            FinetunePart::Train | FinetunePart::Validation => "application/jsonl",
            FinetunePart::Report => "application/json",
        }
    }
}
