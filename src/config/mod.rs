//! The configuration: what the user wrote ([`raw`]), then resolved ([`Config`]), which is always valid.
//!
//! Texts of files are handed in and [`Config::files`] says which other files must exist; this room reads nothing
//! itself. It depends on nothing of the project, and never holds a secret: keys are named, not written.

mod answer;
mod each;
mod error;
mod judge;
mod llm;
mod node;
mod older;
mod place;
pub mod raw;
mod resolve;
mod resolved;
mod schema;
mod steps;
mod syntax;
mod tuning;
mod typed;

use std::sync::Arc;

pub use answer::Answer;
pub use each::{Each, JoinKey};
pub use error::{ConfigError, Location, Problem};
pub(crate) use error::{Origin, nearest, printable};
pub(crate) use node::{Node, Value as NodeValue};
pub(crate) use older::evidence as evidence_of_older;
pub use raw::{
    Check, Cover, Criterion, Format, GroupingMode, JudgeRule, KvOrder, MaxTokensField, OutputFormat, StructuredOutput,
};
pub use resolved::{
    Columns, Config, Context, Endpoint, Grouping, Judge, Llm, Pairs, Price, Prompts, Provider, Recorded, Sample,
    Schema, Step,
};
pub use steps::resolve;
pub use syntax::PromptSyntax;
pub(crate) use typed::typed;

/// A configuration that was read as YAML and not yet checked: `--set` comes first.
#[derive(Clone, Debug)]
pub struct Raw {
    node: Node,
}

/// Reads the text of a configuration. `file` is how messages call it.
pub fn parse(text: &str, file: &str) -> Result<Raw, ConfigError> {
    let file = Arc::from(file);
    let node = Node::parse(text, &file, "a Casebook configuration")?;
    older::refuse(&node, &file)?;
    Ok(Raw { node })
}

/// The JSON Schema of the configuration, as pretty text with a newline at its end.
#[must_use]
pub fn json_schema() -> String {
    let mut schema = schemars::schema_for!(raw::Config);
    schema.insert("$id".to_owned(), "casebook.schema.json".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
