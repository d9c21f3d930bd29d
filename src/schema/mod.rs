//! From a JSON Schema to the contract that answers are held to, and from an answer's text to the object in it.
//!
//! A [`Contract`] is the closed form of a schema: no object may have a field that the schema does not name. The same
//! closed form is what prompts show, what answers are validated against and what samples are made for, so that a model
//! is never held to something else than it was told.
//!
//! Pure: no I/O, no clock, no environment, no randomness, and no network: a `$ref` to somewhere else is an error. May
//! depend on `record` alone. It must never repair an answer or weaken a schema.

mod answer;
mod author;
mod closed;
mod field;
mod infer;
mod json;
mod native;
mod older;
mod places;
mod reading;
mod refs;
mod rubric;
mod sample;
mod sections;
mod types;
mod verdict;
mod violation;

use std::collections::BTreeSet;
use std::sync::Arc;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

pub use answer::{AnswerError, find_object};
pub use author::{Authored, any_schema_contract, author_sample, authored};
pub use field::Field;
pub use infer::{InferError, Inference, Inferred};
pub use native::{Native, NotNative, Subset};
pub use reading::{AnswerForm, AnswerKind, ReadError};
pub use rubric::{Criterion, Rubric, RubricVerdict};
pub use sample::{SampleError, Sampler, sample};
pub use sections::{Form, FormError};
pub use verdict::{JudgeVerdict, verdict_contract};
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
    /// The file is a Python module.
    #[error(
        "{name} is a Python module, and no Python is run here: name a file with its JSON Schema, which \
         `json.dumps(LLMOutput.model_json_schema())` makes of a Pydantic model"
    )]
    Python {
        /// The schema file's name.
        name: String,
    },
    /// The file holds several models, and the one that says what an answer is is not among them.
    #[error("{name}: /models: expected a JSON Schema `LLMOutput`, found {found}")]
    NoOutputModel {
        /// The schema file's name.
        name: String,
        /// What is there.
        found: String,
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
    /// An answer that is a text is the value of one field, and the schema has others.
    #[error("{name}: with `answer: text` the schema has one field, a string, but this one has {found}")]
    NotText {
        /// The schema file's name.
        name: String,
        /// What it has.
        found: String,
    },
    /// Only a text needs no schema.
    #[error("{name}: an answer needs a schema, unless it is a text")]
    Missing {
        /// What stands in messages for the file.
        name: String,
    },
    /// The schema says something that sections cannot hold.
    #[error("{name}: {error}")]
    NotSections {
        /// The schema file's name.
        name: String,
        /// What it says.
        error: FormError,
    },
}

impl SchemaError {
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
            | Self::RemoteRef { name, pointer, .. }
            | Self::DanglingRef { name, pointer, .. } => (name, pointer.as_str()),
            Self::Draft { name, .. } => (name, "/$schema"),
        };
        let reason = whole.strip_prefix(&format!("{name}: ")).unwrap_or(&whole).to_owned();
        (pointer, reason)
    }
}

/// The schema of an answer that is a text, where none is given.
const TEXT: &str = r#"{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}"#;

/// The `$schema` of draft 2020-12, which is also assumed where there is none.
const DRAFT_2020_12: &str = "https://json-schema.org/draft/2020-12/schema";
/// The `$schema` of draft 7.
const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";

/// A closed output schema, ready to be shown, sent and held against answers.
#[derive(Debug)]
pub struct Contract {
    form: AnswerForm,
    source: Option<String>,
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
    /// The contract of a schema file for answers of a kind: `source` is its text, `name` stands in messages.
    pub fn parse_as(kind: AnswerKind, source: Option<&str>, name: &str) -> Result<Self, SchemaError> {
        match (kind, source) {
            (AnswerKind::Text, source) => Self::parse_text(source, name),
            (AnswerKind::Json, Some(source)) => Self::parse(source, name),
            (AnswerKind::Sections, Some(source)) => Self::parse_sections(source, name),
            (AnswerKind::Json | AnswerKind::Sections, None) => Err(SchemaError::Missing { name: name.to_owned() }),
        }
    }

    /// The contract of a schema file for answers in JSON: `source` is its text, `name` stands in messages.
    pub fn parse(source: &str, name: &str) -> Result<Self, SchemaError> {
        let closed = closed_form(source, name)?;
        let prompt_text = closed.tree.pretty();
        let contract = Self::of_form(AnswerForm::Json, closed, prompt_text)?;
        Ok(Self { source: Some(source.to_owned()), ..contract })
    }

    /// The contract of a schema file for answers that are texts, each the value of the schema's only field; without a
    /// schema the field is `text`.
    pub fn parse_text(source: Option<&str>, name: &str) -> Result<Self, SchemaError> {
        let mut closed = closed_form(source.unwrap_or(TEXT), name)?;
        let field = reading::text_field(&closed.tree, name)?;
        // There is no answer without it.
        closed.tree.set("required", Node::Array(vec![Node::String(field.to_string())]));
        let prompt_text = reading::text_description(&closed.tree, &field);
        let contract = Self::of_form(AnswerForm::Text { field }, closed, prompt_text)?;
        Ok(Self { source: source.map(str::to_owned), ..contract })
    }

    /// The contract of a schema file for answers in sections of Markdown. Outputs have all fields of the schema, each
    /// of which may be null, and [`PARSE_ERRORS`].
    pub fn parse_sections(source: &str, name: &str) -> Result<Self, SchemaError> {
        let given = closed_form(source, name)?;
        let not_sections = |error| SchemaError::NotSections { name: given.name.clone(), error };
        let form = Arc::new(Form::of(&given.tree).map_err(not_sections)?);
        let prompt_text = form.description();
        let schema = Arc::new(given.tree.to_value());
        let closed = Closed { tree: form.schema(&given.tree), ..given };
        let contract = Self::of_form(AnswerForm::Sections { form, schema }, closed, prompt_text)?;
        Ok(Self { source: Some(source.to_owned()), ..contract })
    }

    fn of_form(form: AnswerForm, closed: Closed, prompt_text: String) -> Result<Self, SchemaError> {
        let Closed { tree, notes, draft, name } = closed;
        let value = tree.to_value();
        let invalid = |(pointer, message)| SchemaError::Invalid { name, pointer, message };
        let validator = build_validator(&value, draft).map_err(invalid)?;
        let native = match form {
            AnswerForm::Json => native::native(&tree, Subset::OpenAi).map(|native| native.schema),
            AnswerForm::Text { .. } | AnswerForm::Sections { .. } => Err(not_json()),
        };
        Ok(Self {
            native,
            prompt_text,
            fields: field::fields(&tree),
            notes,
            field_names: field::all_names(&tree),
            validator,
            closed: value,
            tree,
            source: None,
            form,
        })
    }

    /// The text that it was made of; `None` for a text without a schema.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// How an answer holds an output.
    #[must_use]
    pub fn form(&self) -> &AnswerForm {
        &self.form
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

    /// The closed form of the schema as it was given: for sections, without what reading them adds.
    #[must_use]
    pub fn given(&self) -> &Value {
        match &self.form {
            AnswerForm::Sections { schema, .. } => schema,
            AnswerForm::Json | AnswerForm::Text { .. } => &self.closed,
        }
    }

    /// What prompts show of it (`llm_schema`): for JSON the closed form, indented by two spaces, keys in the order of
    /// the file; else the format of an answer in words.
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
        match self.form {
            AnswerForm::Json => native::native(&self.tree, subset),
            AnswerForm::Text { .. } | AnswerForm::Sections { .. } => Err(not_json()),
        }
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

fn not_json() -> NotNative {
    NotNative { pointer: "/".to_owned(), reason: "answers are texts and not JSON".to_owned() }
}

/// A schema file, checked and closed.
struct Closed {
    tree: Node,
    /// What could not be closed as the file had it.
    notes: Vec<String>,
    draft: Draft,
    /// What messages call it.
    name: String,
}

fn closed_form(source: &str, name: &str) -> Result<Closed, SchemaError> {
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    older::refuse_python(name)?;
    let root = json::read(text).map_err(|error| {
        let (line, column) = json::position(text, error.offset);
        SchemaError::Json { name: name.to_owned(), line, column, message: error.message }
    })?;
    let (root, name) = older::output_model(root, name)?;
    let draft = draft_of(&root, &name)?;
    check_against_meta_schema(&root.to_value(), draft, &name)?;
    refs::check(&root, &name)?;
    refs::check_root_is_object(&root, &name)?;
    let (tree, notes) = closed::close(&root, draft);
    Ok(Closed { tree, notes, draft, name })
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
