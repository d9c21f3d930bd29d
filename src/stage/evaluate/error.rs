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
    /// Another run file has none of the work items of this one.
    #[error("{0} has none of the work items that are evaluated here")]
    NothingInCommon(String),
    /// The run file is compared with itself.
    #[error("{0} is the run file itself")]
    Itself(String),
    /// Another run file has several variants, and none of them is meant more than the others.
    #[error("{file} has several variants, and none of the name of the baseline: {}", names.join(", "))]
    WhichVariant { file: String, names: Vec<String> },
    #[error("the figures are no JSON as this version writes it: {0}")]
    Json(serde_json::Error),
}

impl EvaluateError {
    /// The key of the configuration whose value does not fit.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        match self {
            Self::Experiment(ExperimentError::Gold(error)) => Some(format!("experiment.gold.fields.{}", error.gold)),
            _ => None,
        }
    }

    /// Says what to do about it, beyond what the message says.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Experiment(error) => error.hint(),
            Self::Artifact(error) => error.hint().map(str::to_owned),
            Self::Store(_) => None,
            Self::NothingInCommon(_) => Some(
                "work items are paired by their work ids: both need the same step, and rows with the same `input.key`, or \
                 without one the same fields"
                    .to_owned(),
            ),
            Self::Itself(_) => Some("variants of one run file are compared without `--against`".to_owned()),
            Self::WhichVariant { .. } => Some(
                "give the variant that it is to be compared with the name of `experiment.baseline`, in that file or here"
                    .to_owned(),
            ),
            Self::Json(_) => Some("evaluate again with `casebook eval`".to_owned()),
        }
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Experiment(error) => error.is_usage(),
            Self::Artifact(error) => error.is_usage(),
            Self::NothingInCommon(_) | Self::Itself(_) | Self::WhichVariant { .. } => true,
            Self::Store(_) | Self::Json(_) => false,
        }
    }
}
