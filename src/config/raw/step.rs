//! A step: [`Step`], and the combinations and perspectives in it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::ModelChoice;
use super::{Accept, Check, Context, Evidence, Grouping, Judge, Llm, Prompts, Schema, Until};
use crate::config::answer::Answer;

/// A step of the task. The blocks of the same name at the top are the defaults of every step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most blocks are read for their shape; they are resolved as YAML, over those at the top")]
pub struct Step {
    /// The step's name, as other steps and templates refer to it: letters, digits and `_`.
    #[schemars(regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub name: String,
    /// What becomes a work item: `row`, `group`, `output of STEP`, `element of STEP.PATH`, `join STEP, STEP by KEY`
    /// (the key is `row`, `group` or a field of every output) or `pairs of STEP.FIELD`. By default rows, or groups if
    /// the grouping's mode is `group_output`.
    pub each: Option<String>,
    /// A Jinja expression. Work items for which it is false are skipped and counted.
    pub when: Option<String>,
    /// What is done to each work item: `llm` asks a model, `rule` computes the output, `judge` asks a model for a
    /// verdict. By default `rule` where there is one, otherwise `llm`.
    pub r#do: Option<Do>,
    /// The output, computed without a model: a Jinja expression whose value is an object, or a block of fields whose
    /// texts are Jinja expressions.
    pub rule: Option<Value>,
    /// Which combinations `each: pairs of STEP.FIELD` makes.
    pub pairs: Option<Pairs>,
    /// Roles: the step is done once in each of them, as `STEP.NAME`. A later step can join their outputs.
    #[schemars(length(min = 1))]
    pub perspectives: Option<Vec<Perspective>>,
    /// Groups of rows with an equal value in one column.
    pub grouping: Option<Grouping>,
    /// What a prompt sees of a row or a group as `context`.
    pub context: Option<Context>,
    /// The prompt files.
    pub prompts: Option<Prompts>,
    /// The variables that differ from those at the top, by their names.
    pub vars: Option<BTreeMap<String, Value>>,
    /// The JSON Schema that every answer must be valid against. It replaces the one at the top as a whole.
    pub schema: Option<Schema>,
    /// The form of an answer: a JSON object, plain text, or sections of Markdown.
    pub answer: Option<Answer>,
    /// The step's model: what differs from the `llm` block at the top.
    #[schemars(with = "Option<ModelChoice>")]
    pub llm: Option<Llm>,
    /// One model, or several, that judge each answer that is valid and passes the checks.
    pub judge: Option<Judge>,
    /// Conditions that each valid answer has to meet, in place of those at the top.
    pub checks: Option<Vec<Check>>,
    /// Claims in the outputs that name lines of their document and quote them, in place of those at the top.
    pub evidence: Option<Vec<Evidence>>,
    /// Several candidates for each work item, of which the best is taken.
    pub accept: Option<Accept>,
    /// Stops the step once enough of its work items are accepted; the others stay open.
    pub until: Option<Until>,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Do {
    /// Asks a model for an output.
    Llm,
    /// Computes the output, without a model.
    Rule,
    /// Asks a model for a verdict on an output of the step that `each` names. The verdict is this step's output.
    Judge,
}

/// Which combinations of the values of several lists become work items.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pairs {
    /// `full`: every combination. `pairwise`: so many that any two values of two lists meet at least once, or `count`
    /// that let as many meet as they can. `sample`: `count` of them, drawn with the run's seed.
    #[schemars(extend("default" = "full"))]
    pub cover: Option<Cover>,
    /// How many combinations `sample` draws, or exactly how many `pairwise` makes.
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
    /// So many that any two values of two lists meet at least once; with a `count`, so many, the most telling first.
    Pairwise,
    /// `count` of them, drawn with the run's seed.
    Sample,
}

/// A role in which a step is done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "`model` and `llm` are read for their shape; they are resolved as YAML")]
pub struct Perspective {
    /// The role's name: letters, digits and `_`.
    #[schemars(regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub name: String,
    /// The system prompt in this role, a Jinja template; by default that of the prompt file.
    pub system: Option<String>,
    /// The model in this role; by default the step's.
    pub model: Option<String>,
    /// What else differs from the step's `llm`.
    #[schemars(with = "Option<ModelChoice>")]
    pub llm: Option<Llm>,
}
