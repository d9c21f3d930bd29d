//! A model where one is chosen: [`ModelChoice`]. It is for the JSON Schema alone: where a configuration is read, names
//! have become blocks.

use schemars::JsonSchema;

use super::Llm;

/// A model: the name of one of `models`, or a block.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub enum ModelChoice {
    /// The name of a model of `models`, which replaces the inherited one wholly.
    Named(String),
    /// What differs from the inherited block.
    Block(Box<Llm>),
}
