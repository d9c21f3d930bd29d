//! What files for fine-tuning are made of: [`Finetune`].

use serde::{Deserialize, Serialize};

use crate::config::raw::FinetuneSource;

/// The share of examples for validation, where the configuration says nothing.
pub const VALIDATION: f64 = 0.1;

/// What the files for fine-tuning are made of.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Finetune {
    pub from: FinetuneSource,
    /// The share of examples for validation, from 0 to 0.9.
    pub validation: f64,
    /// The seed that draws them; `None`: that of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The column whose values stay together; `None`: rows or groups do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The most tokens of an example; `None`: what the provider takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
}

impl Default for Finetune {
    fn default() -> Self {
        Self { from: FinetuneSource::Accepted, validation: VALIDATION, seed: None, group: None, max_tokens: None }
    }
}
