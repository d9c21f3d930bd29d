//! What an answer must be valid against: [`Schema`], written by hand, inline or by a model ([`Author`]).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Llm;
use crate::config::error::ConfigError;
use crate::config::node::Node;

/// The JSON Schema that answers must be valid against.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Schema {
    /// The path as written; `None` for an inline schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The schema that the configuration itself contains. The run file keeps it as a text, because the order of its
    /// fields counts.
    #[serde(skip)]
    pub inline: Option<Inline>,
    /// Whether a word that is nearly a keyword is an error.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub check_keywords: bool,
    /// The model that writes the file; `None`: the file must exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Box<Author>>,
}

fn yes() -> bool {
    true
}

/// A model that writes the schema.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Author {
    /// Whether the model writes the file although it exists.
    pub force: bool,
    pub llm: Llm,
}

/// A schema that a configuration contains, with the position of each part of it.
#[derive(Clone, Debug)]
pub struct Inline {
    /// The schema as JSON, its fields in the order in which they are written.
    pub text: String,
    pub(in crate::config) node: Node,
}

impl Inline {
    /// The error for a fault of the schema at a JSON pointer, with what to do about it.
    #[must_use]
    pub fn wrong(&self, pointer: &str, reason: String, hint: Option<Cow<'static, str>>) -> ConfigError {
        let error = ConfigError::value("schema.inline", reason, self.node.origin_below(pointer));
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}
