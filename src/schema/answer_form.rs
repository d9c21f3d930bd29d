//! The forms in which an answer can hold an output: a JSON object, plain text, or sections of Markdown.

use std::sync::Arc;

use serde_json::Value;

use super::sections::{Form, SectionRules};

/// Which form answers have: the configuration's `answer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerKind {
    #[default]
    Json,
    Text,
    /// Read as strictly as the rules say.
    Sections(SectionRules),
}

impl AnswerKind {
    /// The word for this kind where it is a part of a key, with the version of the rules by which answers are read, and
    /// those that are set: other rules lead to other outputs. `None` for JSON, so that the keys of JSON answers have no
    /// such part.
    #[must_use]
    pub fn key(self) -> Option<String> {
        match self {
            Self::Json => None,
            Self::Text => Some("text/1".to_owned()),
            Self::Sections(rules) => Some(format!("sections/2{}", rules.key())),
        }
    }

    /// The kind whose [`Self::key`] this is; `None` if answers were read by rules of another version.
    #[must_use]
    pub fn of_key(key: Option<&str>) -> Option<Self> {
        let sections = SectionRules::all().map(Self::Sections);
        [Self::Json, Self::Text].into_iter().chain(sections).find(|kind| kind.key().as_deref() == key)
    }

    /// The word for the form in which answers are written, whatever the rules by which they are read; `None` for JSON.
    #[must_use]
    pub fn written(self) -> Option<&'static str> {
        match self {
            Self::Json => None,
            Self::Text => Some("text/1"),
            Self::Sections(_) => Some("sections/1"),
        }
    }
}

/// A form, with what is needed to read and write answers in it.
#[derive(Clone, Debug)]
pub enum AnswerForm {
    Json,
    /// The whole answer is the value of `field`.
    Text {
        field: Arc<str>,
    },
    Sections {
        form: Arc<Form>,
        /// The closed form of the schema file. In the contract's own schema each field may be null too.
        schema: Arc<Value>,
        rules: SectionRules,
    },
}

impl AnswerForm {
    /// The sentence with which a model is asked to answer again.
    #[must_use]
    pub fn again(&self) -> &'static str {
        match self {
            Self::Json => "Answer again with one JSON object that is valid against the schema, and nothing else.",
            Self::Text { .. } => "Answer again, with the whole text and nothing else.",
            Self::Sections { .. } => {
                "Answer again with all sections, in the format that was asked for, and nothing else."
            }
        }
    }

    #[must_use]
    pub fn kind(&self) -> AnswerKind {
        match self {
            Self::Json => AnswerKind::Json,
            Self::Text { .. } => AnswerKind::Text,
            Self::Sections { rules, .. } => AnswerKind::Sections(*rules),
        }
    }

    /// Writes an output as an answer in this form would hold it.
    #[must_use]
    pub fn write(&self, output: &Value) -> String {
        match (self, output) {
            (Self::Text { field }, Value::Object(fields)) => match fields.get(&**field) {
                Some(Value::String(text)) => text.clone(),
                _ => String::new(),
            },
            (Self::Sections { form, .. }, Value::Object(fields)) => form.write(fields),
            (_, other) => other.to_string(),
        }
    }
}
