//! Why a file cannot be used as an output schema.

use std::borrow::Cow;

use super::draft::{DRAFT_7, DRAFT_2020_12};
use super::sections::FormError;
use super::{json, pointer};

/// Why a file cannot be used as an output schema. `name` is how messages call the file, with the line where it is
/// known; a `pointer` is a JSON pointer into the schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The file is not JSON, or an object in it has a key twice.
    #[error("{name}: line {line}, column {column}: {message}")]
    Json {
        name: String,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
        message: String,
    },
    #[error(
        "{name} is a Python module, and no Python is run here: name a file with its JSON Schema, which \
         `json.dumps(LLMOutput.model_json_schema())` makes of a Pydantic model"
    )]
    Python { name: String },
    /// The file holds the schemas of several models, and none of them is called `LLMOutput`.
    #[error("{name}: /models: expected a JSON Schema `LLMOutput`, found {found}")]
    NoOutputModel {
        name: String,
        /// The names of the models that are there.
        found: String,
    },
    #[error("{name}: {pointer}: {message}")]
    Invalid { name: String, pointer: String, message: String },
    /// A word that JSON Schema does not have and that is nearly one of its keywords.
    #[error(
        "{name}: {pointer}: `{word}` is no keyword of JSON Schema and would constrain nothing: did you mean `{meant}`?"
    )]
    Misspelled { name: String, pointer: String, word: String, meant: &'static str },
    /// `$schema` names neither draft 2020-12 nor draft 7.
    #[error("{name}: `$schema` is \"{draft}\", expected \"{DRAFT_2020_12}\" or \"{DRAFT_7}\"")]
    Draft { name: String, draft: String },
    #[error(
        "{name}: the schema describes {found}, but an answer is always a JSON object: set \"type\": \"object\" at the \
         top, and put the value into a property"
    )]
    NotAnObject {
        name: String,
        /// What the schema describes, with its article.
        found: String,
    },
    /// A `$ref` to another document.
    #[error("{name}: {pointer}: \"{reference}\" is another document, and nothing is fetched: copy it into `$defs`")]
    RemoteRef { name: String, pointer: String, reference: String },
    /// A `$ref` to a place that does not exist.
    #[error("{name}: {pointer}: \"{reference}\" refers to nothing in this file")]
    DanglingRef { name: String, pointer: String, reference: String },
    /// With `answer: text`, the answer is the value of the schema's only field, but the schema is not like that.
    #[error("{name}: with `answer: text` the schema has one field, a string, but this one has {found}")]
    NotText { name: String, found: String },
    /// There is no schema, which only `answer: text` can do without.
    #[error("{name}: an answer needs a schema, unless it is a text")]
    Missing { name: String },
    /// The schema describes something that sections of Markdown cannot hold.
    #[error("{name}: {error}")]
    NotSections { name: String, error: FormError },
}

impl SchemaError {
    /// A hint on how to fix it, if the message does not already say so.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotText { .. } => Some(Cow::Borrowed(
                "a text needs no schema: take it away (in a step: `schema: null`), or give it one field",
            )),
            Self::Misspelled { .. } => Some(Cow::Borrowed(
                "if it is meant as it is, begin it with `x-`, or set `schema.check_keywords: false`",
            )),
            _ => None,
        }
    }

    /// The error with the line of its place in `text`, if that has several lines. `below` is the pointer to the schema
    /// in the text.
    pub(super) fn on_line(mut self, text: &str, below: &str) -> Self {
        if let Self::Invalid { name, pointer, .. }
        | Self::Misspelled { name, pointer, .. }
        | Self::RemoteRef { name, pointer, .. }
        | Self::DanglingRef { name, pointer, .. } = &mut self
            && text.trim().contains('\n')
        {
            let whole = format!("{below}{}", if pointer == "/" { "" } else { pointer.as_str() });
            let line = json::line_of(text, pointer::tokens(&whole));
            *name = format!("{name}: line {line}");
        }
        self
    }

    /// Whether the user's input is wrong: a schema that cannot be used always is.
    #[must_use]
    #[expect(clippy::unused_self, reason = "every error is asked this, whatever its room")]
    pub fn is_usage(&self) -> bool {
        true
    }

    /// The place in the schema, as a JSON pointer, and what is wrong there, without the name.
    #[must_use]
    pub fn parts(&self) -> (&str, String) {
        let whole = self.to_string();
        let (name, pointer) = match self {
            Self::Json { name, .. }
            | Self::Python { name, .. }
            | Self::NoOutputModel { name, .. }
            | Self::NotText { name, .. }
            | Self::Missing { name, .. }
            | Self::NotSections { name, .. }
            | Self::NotAnObject { name, .. } => (name, ""),
            Self::Invalid { name, pointer, .. }
            | Self::Misspelled { name, pointer, .. }
            | Self::RemoteRef { name, pointer, .. }
            | Self::DanglingRef { name, pointer, .. } => (name, pointer.as_str()),
            Self::Draft { name, .. } => (name, "/$schema"),
        };
        let reason = whole.strip_prefix(&format!("{name}: ")).unwrap_or(&whole).to_owned();
        (pointer, reason)
    }
}
