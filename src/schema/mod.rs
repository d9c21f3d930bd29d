//! From a JSON Schema to the contract that answers are held to, and from an answer's text to the object in it.
//!
//! A [`Contract`] is the closed form of a schema: no object may have a field that the schema does not name. The same
//! closed form is what prompts show, what answers are validated against and what samples are made for, so that a model
//! is never held to something else than it was told.
//!
//! Pure: no I/O, no clock, no environment, no randomness, and no network: a `$ref` to somewhere else is an error. May
//! depend on `record` alone. It must never repair an answer or weaken a schema.

mod answer;
mod closed;
mod field;
mod json;
mod native;
mod places;
mod refs;
mod sample;
mod verdict;
mod violation;

use std::collections::BTreeSet;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

pub use answer::{AnswerError, find_object};
pub use field::Field;
pub use native::{Native, NotNative, Subset};
pub use sample::{SampleError, Sampler, sample};
pub use verdict::{JudgeVerdict, VerdictError, verdict_contract};
pub use violation::Violation;

use json::Node;

/// Why a file is not an output schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The file is not JSON, or repeats a key.
    #[error("{name}: line {line}, column {column}: {message}")]
    Json {
        /// The schema file's name.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// The JSON is not a valid schema.
    #[error("{name}: {pointer}: {message}")]
    Invalid {
        /// The schema file's name.
        name: String,
        /// JSON pointer to the place in the schema.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// `$schema` names something other than draft 2020-12 or draft 7.
    #[error("{name}: `$schema` is \"{draft}\", expected \"{DRAFT_2020_12}\" or \"{DRAFT_7}\"")]
    Draft {
        /// The schema file's name.
        name: String,
        /// What `$schema` says.
        draft: String,
    },
    /// The schema does not describe a JSON object.
    #[error(
        "{name}: the schema describes {found}, but an answer is always a JSON object: set \"type\": \"object\" at the \
         top, and put the value into a property"
    )]
    NotAnObject {
        /// The schema file's name.
        name: String,
        /// What it describes.
        found: String,
    },
    /// A `$ref` to another document.
    #[error("{name}: {pointer}: \"{reference}\" is another document, and nothing is fetched: copy it into `$defs`")]
    RemoteRef {
        /// The schema file's name.
        name: String,
        /// JSON pointer to the `$ref`.
        pointer: String,
        /// What it refers to.
        reference: String,
    },
    /// A `$ref` to a place that does not exist.
    #[error("{name}: {pointer}: \"{reference}\" refers to nothing in this file")]
    DanglingRef {
        /// The schema file's name.
        name: String,
        /// JSON pointer to the `$ref`.
        pointer: String,
        /// What it refers to.
        reference: String,
    },
}

/// The `$schema` of draft 2020-12, which is also assumed where there is none.
const DRAFT_2020_12: &str = "https://json-schema.org/draft/2020-12/schema";
/// The `$schema` of draft 7.
const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";

/// A closed output schema, ready to be shown, sent and held against answers.
#[derive(Debug)]
pub struct Contract {
    tree: Node,
    closed: Value,
    prompt_text: String,
    native: Result<Value, NotNative>,
    fields: Vec<Field>,
    notes: Vec<String>,
    field_names: BTreeSet<String>,
    validator: Validator,
}

impl Contract {
    /// The contract of a schema file: `source` is its text, `name` stands in messages.
    pub fn parse(source: &str, name: &str) -> Result<Self, SchemaError> {
        let text = source.strip_prefix('\u{feff}').unwrap_or(source);
        let root = json::read(text).map_err(|error| {
            let (line, column) = json::position(text, error.offset);
            SchemaError::Json { name: name.to_owned(), line, column, message: error.message }
        })?;
        let draft = draft_of(&root, name)?;
        check_against_meta_schema(&root.to_value(), draft, name)?;
        refs::check(&root, name)?;
        refs::check_root_is_object(&root, name)?;
        let (closed, notes) = closed::close(&root, draft);
        let value = closed.to_value();
        let validator = build_validator(&value, draft).map_err(|(pointer, message)| SchemaError::Invalid {
            name: name.to_owned(),
            pointer,
            message,
        })?;
        Ok(Self {
            prompt_text: closed.pretty(),
            native: native::native(&closed, Subset::OpenAi).map(|native| native.schema),
            fields: field::fields(&closed),
            notes,
            field_names: field::all_names(&closed),
            validator,
            closed: value,
            tree: closed,
        })
    }

    /// The contract of an object with exactly these fields, of any kind; of any object where none are named.
    pub fn of_fields(fields: &[String]) -> Result<Self, SchemaError> {
        let schema = if fields.is_empty() {
            // Closed as every object is: a pattern that every name matches keeps it open.
            json!({"type": "object", "patternProperties": {"^": {}}})
        } else {
            let properties: serde_json::Map<String, Value> =
                fields.iter().map(|field| (field.clone(), json!({}))).collect();
            json!({"type": "object", "properties": properties, "required": fields})
        };
        Self::parse(&schema.to_string(), "the rule's fields")
    }

    /// The closed form: no object accepts a field that is not named, wherever a schema can say so.
    #[must_use]
    pub fn closed(&self) -> &Value {
        &self.closed
    }

    /// The closed form as prompts show it (`llm_schema`): indented by two spaces, keys in the order of the file.
    #[must_use]
    pub fn prompt_text(&self) -> &str {
        &self.prompt_text
    }

    /// The closed form in the strict subset of `OpenAI`'s structured outputs, without annotations that are refused
    /// there, or why the schema does not fit.
    pub fn native(&self) -> Result<&Value, &NotNative> {
        self.native.as_ref()
    }

    /// The closed form in a provider's subset, with what was left out of it, or why the schema does not fit.
    pub fn native_in(&self, subset: Subset) -> Result<Native, NotNative> {
        native::native(&self.tree, subset)
    }

    /// The top-level fields, sorted by name.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// What could not be closed as the file had it, one sentence each, with the place in the schema.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Holds `answer` against the closed schema, formats included. Of many violations, the first
    /// [`Violation::LIMIT`] are reported, sorted by their place in the answer.
    pub fn validate(&self, answer: &Value) -> Result<(), Vec<Violation>> {
        violation::violations(&self.validator, &self.field_names, answer)
    }
}

fn draft_of(root: &Node, name: &str) -> Result<Draft, SchemaError> {
    let Some(said) = root.get("$schema") else { return Ok(Draft::Draft202012) };
    let said = said.as_str().map_or_else(|| said.to_value().to_string(), str::to_owned);
    let bare = said.trim_end_matches('#').trim_start_matches("https://").trim_start_matches("http://");
    match bare {
        "json-schema.org/draft/2020-12/schema" => Ok(Draft::Draft202012),
        "json-schema.org/draft-07/schema" => Ok(Draft::Draft7),
        _ => Err(SchemaError::Draft { name: name.to_owned(), draft: said }),
    }
}

fn check_against_meta_schema(schema: &Value, draft: Draft, name: &str) -> Result<(), SchemaError> {
    let result = match draft {
        Draft::Draft7 => jsonschema::draft7::meta::validate(schema),
        _ => jsonschema::draft202012::meta::validate(schema),
    };
    result.map_err(|error| SchemaError::Invalid {
        name: name.to_owned(),
        pointer: violation::shown_pointer(error.instance_path().as_str()),
        message: violation::sentence(&error),
    })
}

/// The validator of a schema, with formats asserted; else the place in the schema and what is wrong there.
fn build_validator(schema: &Value, draft: Draft) -> Result<Validator, (String, String)> {
    // Draft 7 has no `uuid`, but a schema that says so means it.
    jsonschema::options()
        .with_draft(draft)
        .should_validate_formats(true)
        .with_format("uuid", is_uuid)
        .offline()
        .build(schema)
        .map_err(|error| (violation::shown_pointer(error.instance_path().as_str()), error.to_string()))
}

fn is_uuid(text: &str) -> bool {
    let fits = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

#[cfg(test)]
mod tests;
