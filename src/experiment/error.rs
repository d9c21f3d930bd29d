//! What can be wrong with an experiment: [`ExperimentError`].

use crate::prompt::PromptError;

/// An experiment cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// A metric cannot be compiled.
    #[error("`{key}`: {message}")]
    Metric { key: String, message: String },
    /// An expression of a metric cannot be compiled.
    #[error(transparent)]
    Expression(#[from] PromptError),
    /// A gold answer is of another type than what it is compared with.
    #[error(transparent)]
    Gold(#[from] Box<GoldMismatch>),
}

/// A gold answer that a metric cannot compare with.
#[derive(Debug, thiserror::Error)]
#[error("the gold answer `{gold}` of {about} is {found}, but the metric `{metric}` needs {expected}")]
pub struct GoldMismatch {
    /// The name of the gold value.
    pub gold: String,
    /// Which row or group it is about, in words.
    pub about: String,
    pub metric: String,
    /// The value, shortened.
    pub found: String,
    pub expected: String,
}

impl ExperimentError {
    /// Says what to do about it, beyond what the message says.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Metric { .. } => None,
            Self::Expression(error) => error.hint(),
            Self::Gold(_) => Some(
                "correct the gold answer, or leave it empty if there is none: the schema says of which type it is"
                    .into(),
            ),
        }
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Metric { .. } | Self::Gold(_) => true,
            Self::Expression(error) => error.is_usage(),
        }
    }
}
