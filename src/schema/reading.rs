//! How an answer's text holds an output: as a JSON object, in sections of Markdown, or as the text that it is.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::answer::{AnswerError, find_object};
use super::json::Node;
use super::sections::{Form, PARSE_ERRORS, Problem, Reading};
use super::violation::Violation;
use super::{Contract, SchemaError};

/// The ways in which answers hold outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerKind {
    /// As a JSON object.
    #[default]
    Json,
    /// As it is.
    Text,
    /// In sections of Markdown.
    Sections,
}

impl AnswerKind {
    /// How it stands in a key where it is a part of one, with the version of its rules: an answer that is read by other
    /// rules is another output. JSON stands in none: it is what answers are unless something else is said.
    #[must_use]
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::Json => None,
            Self::Text => Some("text/1"),
            Self::Sections => Some("sections/1"),
        }
    }

    /// The kind that stands in a key so; `None` where its rules are others.
    #[must_use]
    pub fn of_key(key: Option<&str>) -> Option<Self> {
        [Self::Json, Self::Text, Self::Sections].into_iter().find(|kind| kind.key() == key)
    }
}

/// How an answer holds an output.
#[derive(Clone, Debug)]
pub enum AnswerForm {
    /// As a JSON object.
    Json,
    /// As it is: the whole text is the value of this field.
    Text {
        /// The field's name.
        field: Arc<str>,
    },
    /// In sections of Markdown.
    Sections {
        /// The fields.
        form: Arc<Form>,
        /// The schema as it was given, closed; what is read may be null beside.
        schema: Arc<Value>,
    },
}

/// Why an answer holds no output. Its text can be sent to the model as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It holds no JSON object that could be used.
    #[error(transparent)]
    Json(#[from] AnswerError),
    /// Nothing but white space, where a text was expected.
    #[error("the answer is empty")]
    Empty,
    /// No section could be read.
    #[error("nothing in the answer could be read:\n{}", lines(.0))]
    NoSection(Vec<String>),
    /// The output is not valid against the schema.
    #[error("{}", lines(.0))]
    Invalid(Vec<Violation>),
}

fn lines(items: &[impl ToString]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl AnswerForm {
    /// The sentence that a model is sent when it has to answer again.
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

    /// Which way it is.
    #[must_use]
    pub fn kind(&self) -> AnswerKind {
        match self {
            Self::Json => AnswerKind::Json,
            Self::Text { .. } => AnswerKind::Text,
            Self::Sections { .. } => AnswerKind::Sections,
        }
    }

    /// A value as an answer holds it.
    #[must_use]
    pub fn write(&self, value: &Value) -> String {
        match (self, value) {
            (Self::Text { field }, Value::Object(fields)) => match fields.get(&**field) {
                Some(Value::String(text)) => text.clone(),
                _ => String::new(),
            },
            (Self::Sections { form, .. }, Value::Object(fields)) => form.write(fields),
            (_, other) => other.to_string(),
        }
    }
}

impl Contract {
    /// The output that an answer holds, valid against the schema. Nothing is repaired or made up.
    pub fn read(&self, answer: &str) -> Result<Value, ReadError> {
        match &self.form {
            AnswerForm::Json => {
                let output = find_object(answer)?;
                self.validate(&output).map_err(ReadError::Invalid)?;
                Ok(output)
            }
            _ if answer.trim().is_empty() => Err(ReadError::Empty),
            AnswerForm::Text { field } => {
                let output = json!({&**field: answer});
                self.validate(&output).map_err(ReadError::Invalid)?;
                Ok(output)
            }
            AnswerForm::Sections { form, .. } => self.read_sections(form, answer),
        }
    }

    fn read_sections(&self, form: &Form, answer: &str) -> Result<Value, ReadError> {
        let Reading { mut value, mut problems, named } = form.read(answer);
        value.insert(PARSE_ERRORS.to_owned(), Value::Array(Vec::new()));
        let mut output = Value::Object(value);
        // What is not valid is not there: null, and said. Each round ends at least one value.
        while let Err(violations) = self.validate(&output) {
            let before = problems.len();
            for Violation { pointer, message } in &violations {
                if let Some(field) = clear(&mut output, pointer) {
                    problems.push(Problem { field, problem: message.clone() });
                }
            }
            if problems.len() == before {
                return Err(ReadError::Invalid(violations));
            }
        }
        // The order of a schema's fields says nothing.
        problems.sort();
        problems.dedup();
        if !named || (!problems.is_empty() && is_null(&output)) {
            let mut said: Vec<String> = problems.iter().map(|it| format!("{}: {}", it.field, it.problem)).collect();
            if said.is_empty() {
                said.push("no heading and no label names a field of the schema".to_owned());
            }
            return Err(ReadError::NoSection(said));
        }
        if let Value::Object(fields) = &mut output {
            let listed = problems.iter().map(Problem::to_value).collect();
            fields.insert(PARSE_ERRORS.to_owned(), Value::Array(listed));
        }
        Ok(output)
    }
}

/// Sets the innermost field that `pointer` leads to to null; returns its name, or `None` where it is null already.
fn clear(output: &mut Value, pointer: &str) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    let mut held: &Value = output;
    let mut end = 0;
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        // An item of a list has no name: without it, the list is another one.
        let Some(inner) = held.as_object().and_then(|fields| fields.get(&name)) else { break };
        held = inner;
        end += 1 + step.len();
        names.push(name);
    }
    if names.first().is_none_or(|first| first == PARSE_ERRORS) {
        return None;
    }
    let held = output.pointer_mut(&pointer[..end])?;
    let before = std::mem::take(held);
    (!before.is_null()).then(|| names.join("."))
}

/// Whether no field has a value.
fn is_null(output: &Value) -> bool {
    let none = |fields: &Map<String, Value>| fields.iter().all(|(name, held)| name == PARSE_ERRORS || is_null(held));
    match output {
        Value::Null => true,
        Value::Object(fields) => none(fields),
        _ => false,
    }
}

/// The field that a text is the value of: the only one of the schema, a string.
pub(super) fn text_field(closed: &Node, name: &str) -> Result<Arc<str>, SchemaError> {
    let fields = super::field::fields(closed);
    let found = match &fields[..] {
        [only] if only.type_hint == "string" => return Ok(Arc::from(only.name.as_str())),
        [only] => format!("one field, `{}`, of type {}", only.name, only.type_hint),
        others => format!("{} fields", others.len()),
    };
    Err(SchemaError::NotText { name: name.to_owned(), found })
}

/// What prompts show of a contract for texts.
pub(super) fn text_description(closed: &Node, field: &str) -> String {
    let mut text =
        "Answer with plain text. All of the answer is taken, as it is: add nothing before or after it.".to_owned();
    let schema = closed.get("properties").and_then(|fields| fields.get(field));
    if let Some(said) = schema.and_then(|it| it.get("description")).and_then(Node::as_str) {
        text.push_str("\nThe text: ");
        text.push_str(said);
    }
    text
}
