//! A step as the user writes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Accept, Answer, Check, Context, Grouping, Judge, Llm, Prompts, Schema, Until};

/// A step of the task. The blocks of the same name at the top are the defaults of every step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The step's name, by which other steps and templates know it: letters, digits and `_`.
    #[schemars(regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub name: String,
    /// What becomes a work item: `row`, `group`, `output of STEP`, `element of STEP.FIELD`, `join STEP, STEP by KEY` (a
    /// key is `row`, `group` or a field of every output) or `pairs of STEP.FIELD`. By default rows, or groups where the
    /// grouping says so.
    pub each: Option<String>,
    /// A Jinja expression; work items for which it is not true are skipped, and counted.
    pub when: Option<String>,
    /// What is done to each: `llm` asks a model, `rule` works the output out, `judge` asks for a verdict.
    pub r#do: Option<Do>,
    /// The output without a model: a Jinja expression that gives an object, or a block of fields whose texts are Jinja
    /// expressions.
    pub rule: Option<Value>,
    /// How `pairs of` puts combinations together.
    pub pairs: Option<Pairs>,
    /// The step once for each of these roles, as `STEP.NAME`; a step that joins them puts their outputs together.
    #[schemars(length(min = 1))]
    pub perspectives: Option<Vec<Perspective>>,
    /// Rows put together into groups.
    pub grouping: Option<Grouping>,
    /// What a prompt sees of a row or a group as `context`.
    pub context: Option<Context>,
    /// The prompt files.
    pub prompts: Option<Prompts>,
    /// The JSON Schema that every answer is held to.
    pub schema: Option<Schema>,
    /// How an answer holds an output: as JSON, as the text that it is, or in sections of Markdown.
    pub answer: Option<Answer>,
    /// What differs from the run's `llm`.
    pub llm: Option<Llm>,
    /// A second opinion on each answer by a model.
    pub judge: Option<Judge>,
    /// Conditions that each valid answer has to meet, instead of the run's.
    pub checks: Option<Vec<Check>>,
    /// Several candidates for each work item, of which the best is taken.
    pub accept: Option<Accept>,
    /// When enough is accepted; what is left stays open.
    pub until: Option<Until>,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Do {
    /// Asks a model for an output.
    Llm,
    /// Works the output out of what is there, without a model.
    Rule,
    /// Asks a model for a verdict on the output of the step before, which is this step's output.
    Judge,
}

/// How combinations are put together.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pairs {
    /// `full`: every combination; `pairwise`: so that any two values of two lists meet at least once; `sample`: `count`
    /// of all, drawn by the run's seed.
    #[schemars(extend("default" = "full"))]
    pub cover: Option<Cover>,
    /// How many are drawn for `sample`.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: Option<u64>,
}

/// Which combinations are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// Every combination.
    #[default]
    Full,
    /// Any two values of two lists meet at least once.
    Pairwise,
    /// So many, drawn by the run's seed.
    Sample,
}

/// A role in which a step is done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Perspective {
    /// The role's name: letters, digits and `_`.
    #[schemars(regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub name: String,
    /// The system prompt in this role, a Jinja template; by default the prompt file's.
    pub system: Option<String>,
    /// The model in this role; by default the step's.
    pub model: Option<String>,
    /// What else differs from the step's `llm`.
    pub llm: Option<Llm>,
}
