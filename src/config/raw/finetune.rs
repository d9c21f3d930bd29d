//! What files for fine-tuning are made of: [`Finetune`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the files for fine-tuning are made of.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finetune {
    /// Which answers are examples.
    #[schemars(extend("default" = "accepted"))]
    pub from: Option<FinetuneSource>,
    /// The share of examples that is kept for validation, in a file of its own.
    #[schemars(range(min = 0, max = 0.9), extend("default" = 0.1))]
    pub validation: Option<f64>,
    /// The seed that draws them; by default `run.seed`.
    pub seed: Option<u64>,
    /// The column of the input whose values stay together: the examples of one value are all for training, or all for
    /// validation. By default the examples of one row or group do.
    pub group: Option<String>,
    /// The most tokens that an example may have with its answer; by default what the provider takes.
    #[schemars(range(min = 1))]
    pub max_tokens: Option<u64>,
}

/// Which answers are examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinetuneSource {
    /// Accepted outputs.
    #[default]
    Accepted,
    /// Accepted outputs that a judge passed.
    Judged,
    /// The gold answers of an experiment, where they are whole outputs.
    Gold,
}

impl FinetuneSource {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Judged, Self::Gold];

    /// Its name, as people write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Judged => "judged",
            Self::Gold => "gold",
        }
    }
}

impl std::str::FromStr for FinetuneSource {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == name);
        found.ok_or_else(|| "expected accepted, judged or gold".to_owned())
    }
}
