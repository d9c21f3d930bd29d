//! What can be wrong between a project and its input.

use crate::prompt::PromptError;

/// Why a step does not fit the input, or the other steps.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A column that the configuration names is not in the input.
    #[error("`{key}` is `{column}`, but the input has no such column")]
    NoColumn { key: &'static str, column: String, columns: Vec<String> },
    /// A step takes from a field that no output of another one has, or that is no list there.
    #[error("`each` of step `{step}`: the outputs of `{of}` {problem}")]
    NoField { step: String, of: String, problem: String, hint: String },
    /// Tables cannot have a line for each row of a group.
    #[error("`{key}`: {problem}")]
    NoExpansion { key: &'static str, problem: String, hint: String },
    /// Evidence is declared where no output can have it, or the rows have no lines.
    #[error("`{key}`: {problem}")]
    NoEvidence { key: String, problem: String, hint: Option<String> },
    /// A file of objects cannot be made of the outputs of its steps.
    #[error("`{key}`: {problem}")]
    NoObjects { key: String, problem: String, hint: Option<String> },
    /// A prompt of a later step shows images.
    #[error("step `{step}`: only a prompt over rows or groups of the input can show images")]
    NoImages { step: String },
    /// The judge of a step that gives verdicts reads the output that they are about.
    #[error("step `{step}`: what its judge sees as `output` is the verdict, and not the output of `{of}`: {source}")]
    JudgesVerdict { step: String, of: String, source: Box<PromptError> },
    /// The work items are groups, and rows say what requests have of their own.
    #[error("`llm.by_row`: the work items are groups, and a group has no row of its own")]
    CallsOfGroups,
    /// Several judges, and an image that one of them is shown.
    #[error("a prompt of several judges shows an image, which only a single judge may")]
    ManyJudgesSee,
}

impl CompileError {
    /// The key of the configuration whose value is wrong.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::NoColumn { key, .. } | Self::NoExpansion { key, .. } => Some(key),
            Self::NoEvidence { key, .. } | Self::NoObjects { key, .. } => Some(key),
            Self::NoField { .. } => Some("each"),
            Self::CallsOfGroups => Some("llm.by_row"),
            Self::NoImages { .. } | Self::JudgesVerdict { .. } | Self::ManyJudgesSee => None,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoColumn { columns, .. } => Some(format!("its columns are {}", columns.join(", "))),
            Self::NoField { hint, .. } | Self::NoExpansion { hint, .. } => Some(hint.clone()),
            Self::NoEvidence { hint, .. } | Self::NoObjects { hint, .. } => hint.clone(),
            Self::ManyJudgesSee => Some("show it to the generation's model alone, or have one judge".to_owned()),
            Self::JudgesVerdict { of, .. } => Some(format!(
                "a step with `do: judge` judges the output of `{of}` itself: give it that prompt alone, as its own \
                 `prompts.generation` or `prompts.judge`, and `judge: {{enabled: false}}`"
            )),
            Self::CallsOfGroups => {
                Some("leave it out, or use `grouping.mode: row_output_with_group_context`".to_owned())
            }
            Self::NoImages { .. } => None,
        }
    }
}
