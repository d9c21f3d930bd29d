//! Why a variant is not promoted: [`PromoteError`].

use std::io;
use std::path::PathBuf;

use crate::config::PinError;

/// A variant cannot be promoted.
#[derive(Debug, thiserror::Error)]
pub enum PromoteError {
    /// The file with the pins cannot be used.
    #[error(transparent)]
    Pins(#[from] PinError),
    /// The run file is not there, or has no evaluation.
    #[error("{} has no evaluation", .0.display())]
    NoEvaluation(PathBuf),
    /// The last evaluation is not of this variant.
    #[error("the last evaluation did not measure `{variant}`")]
    NotMeasured { variant: String, measured: Vec<String> },
    /// Work items are open, or left out of the figures.
    #[error("the evaluation of `{variant}` is not complete: {why}")]
    Incomplete { variant: String, why: String },
    /// The answers are samples.
    #[error("the answers of `{0}` are samples")]
    Samples(String),
    /// The gold answers are others than those that it was measured with.
    #[error(
        "the gold answers are not those that `{variant}` was measured with: those have the digest {measured}, these {is}"
    )]
    OtherGold { variant: String, measured: String, is: String },
    /// What would be promoted is not what was measured.
    #[error("`{variant}` is not what was measured: {}", differences.join("; "))]
    Changed { variant: String, differences: Vec<String> },
    /// The gates, what decides or the like are others than those of the evaluation.
    #[error("the experiment is not the one that `{variant}` was measured in: {}", differences.join("; "))]
    OtherExperiment { variant: String, differences: Vec<String> },
    /// The rows are others than those of the evaluation.
    #[error("the rows are not those that `{variant}` was measured on: those have the digest {measured}, these {is}")]
    OtherRows { variant: String, measured: String, is: String },
    /// A model's name may stand for another version tomorrow.
    #[error("step `{step}` asks `{model}`, a name that {vendor} may give to another version")]
    Floating { step: String, model: String, vendor: String, versions: Vec<String> },
    /// A parameter looks like a secret.
    #[error("step `{step}`: the parameter `{path}` looks like a secret, and pins are for everybody to read")]
    Secret { step: String, path: String },
    /// The changelog cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Changelog { path: PathBuf, source: io::Error },
    /// No step asks a model.
    #[error("no step asks a model, so that there is nothing to pin")]
    NothingPinned,
}

impl PromoteError {
    /// Says what to do about it, beyond what the message says.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Pins(error) => return error.hint(),
            Self::NoEvaluation(_) => "`casebook eval CONFIG` measures the variants; `--db` names another run file",
            Self::NotMeasured { measured, .. } => {
                return Some(format!(
                    "it measured {}: run `casebook eval CONFIG` again with this one",
                    measured.join(", ")
                ));
            }
            Self::Incomplete { .. } => "run `casebook eval CONFIG` again, without `--limit`, until nothing is open",
            Self::Samples(_) => "only what a model has answered can be promoted: run `casebook eval CONFIG`",
            Self::OtherGold { .. } | Self::OtherExperiment { .. } => {
                "run `casebook eval CONFIG` again: it works out the figures anew, and asks for nothing that is on record"
            }
            Self::OtherRows { .. } => "run `casebook eval CONFIG` again: it asks about the rows that are not on record",
            Self::Changed { .. } => {
                "run `casebook eval CONFIG` to measure it as it is now, or take back what was measured"
            }
            Self::Floating { versions, .. } if versions.is_empty() => {
                "measure and promote a name with a version, which stays the same model"
            }
            Self::Floating { versions, .. } => {
                let names: Vec<String> = versions.iter().map(|it| format!("`{it}`")).collect();
                return Some(format!("measure and promote one with a version: {}", names.join(" or ")));
            }
            Self::Secret { .. } => "keys are read from the variable that `llm.api_key_env` names; take it out",
            Self::Changelog { .. } => {
                "let it be read, or move it away: a new one gets an entry for each promotion of the run file"
            }
            Self::NothingPinned => "pins hold models and prompts",
        };
        Some(hint.to_owned())
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Pins(error) => error.is_usage(),
            Self::Changelog { .. } => false,
            _ => true,
        }
    }
}
