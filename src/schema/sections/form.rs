//! A form: the fields that an answer in sections has, limited to what sections can express.

use serde_json::Value;

use super::super::json::JsonNode;

/// Why a schema cannot be answered in sections.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: an answer in sections {reason}")]
pub struct FormError {
    /// JSON pointer to the place in the schema; `/` is the root.
    pub pointer: String,
    /// What an answer in sections has or lacks, worded to follow "an answer in sections".
    pub reason: String,
}

/// The fields of an object, in the order of the schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub(super) fields: Vec<FormField>,
}

/// One field of a [`Form`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FormField {
    pub(super) name: String,
    /// The name as headings are compared with it (see [`super::names::key`]).
    pub(super) key: String,
    pub(super) kind: FieldKind,
    /// Whether null is one of its values.
    pub(super) nullable: bool,
    /// Whether every answer must have it.
    pub(super) required: bool,
    pub(super) description: Option<String>,
    /// The schema's other constraints, in words: `at most 200 characters`.
    pub(super) limits: Vec<String>,
    pub(super) schema: JsonNode,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FieldKind {
    Scalar(Scalar),
    List(Scalar),
    Object(Form),
}

/// The type of one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Text,
    Integer(Bounds),
    Number(Bounds),
    Boolean,
    /// One of these values, each with the text that stands for it.
    Choice(Vec<(String, Value)>),
}

/// The smallest and the largest value, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bounds {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
}

impl Form {
    /// The dotted names of the fields that every answer must have, those of objects within included.
    #[must_use]
    pub fn required(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.add_required("", &mut names);
        names
    }

    fn add_required(&self, within: &str, names: &mut Vec<String>) {
        for field in self.fields.iter().filter(|field| field.required) {
            let name = format!("{within}{}", field.name);
            if let FieldKind::Object(inner) = &field.kind {
                inner.add_required(&format!("{name}."), names);
            }
            names.push(name);
        }
    }

    /// The index of the field whose name has this key.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.key == key)
    }
}
