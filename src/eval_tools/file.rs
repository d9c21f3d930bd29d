//! The files: [`EvalFile`].

/// A file that an evaluation tool loads. Some tools take several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvalFile {
    /// `DeepEval`, single turn.
    DeepEvalGoldens,
    /// `DeepEval`, dialogs.
    DeepEvalConversations,
    /// Giskard 3.
    GiskardScenarios,
    /// Giskard 2.
    Giskard2Testset,
    GiskardHub,
    Evidently,
    Inspect,
    PromptfooTests,
    /// The prompt that promptfoo renders for each test; the same for all data.
    PromptfooPrompt,
    /// The configuration for promptfoo; the same for all data.
    PromptfooConfig,
    LangfuseItems,
}

/// How items stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// A JSON array, with an item on each line.
    Array,
    /// A JSON object on each line.
    Lines,
    /// A table with a header.
    Csv,
    /// A text that has no items.
    Fixed(&'static str),
}

impl EvalFile {
    /// All files.
    pub const ALL: [Self; 11] = [
        Self::DeepEvalGoldens,
        Self::DeepEvalConversations,
        Self::GiskardScenarios,
        Self::Giskard2Testset,
        Self::GiskardHub,
        Self::Evidently,
        Self::Inspect,
        Self::PromptfooTests,
        Self::PromptfooPrompt,
        Self::PromptfooConfig,
        Self::LangfuseItems,
    ];

    /// Returns its name, without a folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DeepEvalGoldens => "deepeval_goldens.json",
            Self::DeepEvalConversations => "deepeval_conversations.json",
            Self::GiskardScenarios => "giskard_scenarios.jsonl",
            Self::Giskard2Testset => "giskard2_qatestset.jsonl",
            Self::GiskardHub => "giskard_hub.json",
            Self::Evidently => "evidently.csv",
            Self::Inspect => "inspect.jsonl",
            Self::PromptfooTests => "promptfoo_tests.jsonl",
            Self::PromptfooPrompt => "promptfoo_prompt.json",
            Self::PromptfooConfig => "promptfoo.yaml",
            Self::LangfuseItems => "langfuse_items.json",
        }
    }

    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self.framing() {
            Framing::Array => "application/json",
            Framing::Lines => "application/jsonl",
            Framing::Csv => "text/csv",
            Framing::Fixed(_) => "text/plain",
        }
    }

    /// Returns whether it is the same for all data.
    #[must_use]
    pub fn is_fixed(self) -> bool {
        matches!(self.framing(), Framing::Fixed(_))
    }

    pub(super) fn framing(self) -> Framing {
        match self {
            Self::DeepEvalGoldens | Self::DeepEvalConversations | Self::GiskardHub | Self::LangfuseItems => {
                Framing::Array
            }
            Self::GiskardScenarios | Self::Giskard2Testset | Self::Inspect | Self::PromptfooTests => Framing::Lines,
            Self::Evidently => Framing::Csv,
            Self::PromptfooPrompt => Framing::Fixed(super::promptfoo::PROMPT),
            Self::PromptfooConfig => Framing::Fixed(super::promptfoo::CONFIG),
        }
    }
}
