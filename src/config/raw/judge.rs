//! Who judges, as the user writes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Llm;

/// A second opinion on each answer by a model.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// Whether answers are judged; by default when there is a judge prompt.
    pub enabled: Option<bool>,
    /// The lowest score that passes, of 100; with several judges the default of each, and the bound of their mean.
    #[schemars(range(min = 0, max = 100), extend("default" = 70.0))]
    pub min_score: Option<u64>,
    /// What the judge scores, one by one; the verdict follows from the weighted score.
    #[schemars(length(min = 1))]
    pub rubric: Option<Vec<Criterion>>,
    /// Several judges instead of one.
    #[schemars(length(min = 1))]
    pub judges: Option<Vec<OneJudge>>,
    /// When an output passes that several judges look at.
    #[schemars(extend("default" = "all"))]
    pub rule: Option<JudgeRule>,
    /// Whether the model that generates may judge itself, where there is a rubric or there are several judges.
    #[schemars(extend("default" = false))]
    pub allow_self: Option<bool>,
    /// What differs from the generation's `llm`.
    pub llm: Option<Llm>,
}

/// One judge of several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneJudge {
    /// The judge's name, as its verdicts are told by.
    pub name: String,
    /// Its prompt file; by default `prompts.judge`.
    pub prompt: Option<String>,
    /// The lowest score that passes, of 100; by default that of the block.
    #[schemars(range(min = 0, max = 100))]
    pub min_score: Option<u64>,
    /// What it scores, one by one; by default the block's.
    #[schemars(length(min = 1))]
    pub rubric: Option<Vec<Criterion>>,
    /// What differs from the block's `llm`.
    pub llm: Option<Llm>,
}

/// One thing that a judge looks at.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// The criterion's name.
    pub name: String,
    /// How much it counts beside the others.
    #[schemars(extend("default" = 1.0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// What it means, as the judge is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The lowest score that passes by itself, of 100.
    #[schemars(range(min = 0, max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
}

/// Several candidates for each work item, of which the best is taken.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// How many of them must be accepted before the best by score is taken.
    #[schemars(range(min = 1, max = 100), extend("default" = 1))]
    pub outputs: Option<u64>,
    /// How many there may be.
    #[schemars(range(min = 1, max = 100))]
    pub candidates: Option<u64>,
}

/// When a step has enough.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// No more work items are begun once so many are accepted.
    #[schemars(range(min = 1))]
    pub accepted: u64,
}

/// When an output passes that several judges look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgeRule {
    /// When every judge passes it.
    #[default]
    All,
    /// When more than half of them do.
    Majority,
    /// When the mean of their scores is at least `min_score`.
    Mean,
}
