//! The judge, and what follows from its verdicts: [`Judge`], [`Accept`] and [`Until`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Llm;
use super::model::ModelChoice;

/// One model, or several, that judge each answer that is valid and passes the checks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// Whether answers are judged; by default whether there is a judge prompt or a list of judges.
    pub enabled: Option<bool>,
    /// The lowest score that passes, from 0 to 100. With several judges it is the default of each, and what the mean of
    /// their scores must reach under the rule `mean`.
    #[schemars(range(min = 0, max = 100), extend("default" = 70.0))]
    pub min_score: Option<u64>,
    /// Criteria that the judge scores one by one, from 0 to 100. The verdict then follows from the weighted mean and
    /// from each criterion's `min`.
    #[schemars(length(min = 1))]
    pub rubric: Option<Vec<Criterion>>,
    /// Several judges in place of one. Each has a name and what differs from this block: `prompt`, `min_score`,
    /// `rubric`, `llm`. All of them judge each answer, and `rule` says when it passes.
    #[schemars(length(min = 1))]
    pub judges: Option<Vec<OneJudge>>,
    /// When an answer passes that several judges have judged. One judge needs no rule.
    #[schemars(extend("default" = "all"))]
    pub rule: Option<JudgeRule>,
    /// Whether the model that generates may be a judge too. It matters where there is a rubric or a list of judges:
    /// there it is refused by default.
    #[schemars(extend("default" = false))]
    pub allow_self: Option<bool>,
    /// The judge's model: what differs from the generation's `llm`. `max_workers` and `retries` are the generation's.
    #[expect(dead_code, reason = "read for its shape; it is resolved as YAML, over the generation's block")]
    #[schemars(with = "Option<ModelChoice>")]
    pub llm: Option<Llm>,
}

/// One judge of several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneJudge {
    /// The judge's name, under which its verdicts are kept. No two judges have the same name.
    pub name: String,
    /// The judge's prompt file, relative to this configuration; by default `prompts.judge`.
    pub prompt: Option<String>,
    /// The lowest score that passes, from 0 to 100; by default `judge.min_score`.
    #[schemars(range(min = 0, max = 100))]
    pub min_score: Option<u64>,
    /// Criteria that this judge scores one by one; by default those of `judge.rubric`.
    #[schemars(length(min = 1))]
    pub rubric: Option<Vec<Criterion>>,
    /// The judge's model: what differs from `judge.llm`.
    #[expect(dead_code, reason = "read for its shape; it is resolved as YAML, over the block's")]
    #[schemars(with = "Option<ModelChoice>")]
    pub llm: Option<Llm>,
}

/// One criterion of a rubric.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// The criterion's name.
    pub name: String,
    /// How much the criterion counts beside the others; above 0.
    #[schemars(extend("default" = 1.0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// What the criterion means, as the judge is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The lowest score of this criterion that passes, from 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
}

/// Several candidates for each work item, of which the one with the best score is taken.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// How many candidates must be accepted before the best of them is taken. More than 1 needs a judge.
    #[schemars(range(min = 1, max = 100), extend("default" = 1))]
    pub outputs: Option<u64>,
    /// The most candidates that a work item may have; by default `outputs`.
    #[schemars(range(min = 1, max = 100))]
    pub candidates: Option<u64>,
}

/// When a step has enough accepted work items.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// The number of accepted work items after which no other work item is begun.
    #[schemars(range(min = 1))]
    pub accepted: u64,
}

/// When an answer passes that several judges have judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgeRule {
    /// Every judge passes it.
    #[default]
    All,
    /// More than half of the judges pass it.
    Majority,
    /// The mean of the judges' scores is at least `min_score`.
    Mean,
}
