//! Why an experiment cannot be evaluated: [`EvaluateError`].

use crate::experiment::ExperimentError;
use crate::stage::artifact::ArtifactError;

/// An experiment cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A metric or a gold answer does not fit.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// The run file cannot be read or written.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
    /// The figures on record cannot be read.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("the figures are no JSON as this version writes it: {0}")]
    Json(serde_json::Error),
}

impl EvaluateError {
    /// Says what to do about it, beyond what the message says.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Experiment(error) => error.hint(),
            Self::Artifact(error) => error.hint().map(str::to_owned),
            Self::Store(_) => None,
            Self::Json(_) => Some("evaluate again with `casebook eval`".to_owned()),
        }
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Experiment(error) => error.is_usage(),
            Self::Artifact(error) => error.is_usage(),
            Self::Store(_) | Self::Json(_) => false,
        }
    }
}
