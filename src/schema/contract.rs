//! The contract that answers are held to: a schema file, checked, closed and ready to validate.

use std::collections::BTreeSet;
use std::sync::Arc;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::answer_form::{AnswerForm, AnswerKind};
use super::error::SchemaError;
use super::field::{self, Field};
use super::json::{self, JsonNode};
use super::native::{self, Native, NotNative, Subset};
use super::sections::{Form, SectionRules};
use super::violation::{self, Violation};
use super::{closed, draft, idle, keywords, nullable, plain_text, pydantic, refs, satisfiable, validator};

/// A closed output schema, ready to be shown, sent and held against answers.
#[derive(Debug)]
pub struct Contract {
    form: AnswerForm,
    source: Option<String>,
    tree: JsonNode,
    closed: Value,
    prompt_text: String,
    native: Result<Value, NotNative>,
    fields: Vec<Field>,
    notes: Vec<String>,
    field_names: BTreeSet<String>,
    validator: Validator,
    /// A list that is empty where a JSON answer leaves it out.
    pub(super) optional_list: Option<&'static str>,
}

/// How closely a schema is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scrutiny {
    /// A word that is nearly a keyword is refused, and so is a schema that nothing can satisfy.
    Full,
    /// Any word may stand for a keyword.
    AnyKeyword,
    /// The schema is on record and has passed before.
    Recorded,
}

impl Contract {
    /// Makes the contract for answers of a kind from `source`, the text of a schema file that messages call `name`.
    pub fn parse_as(
        kind: AnswerKind,
        source: Option<&str>,
        name: &str,
        scrutiny: Scrutiny,
    ) -> Result<Self, SchemaError> {
        match (kind, source) {
            (AnswerKind::Text, source) => Self::of_text(source, name, scrutiny),
            (AnswerKind::Json, Some(source)) => Self::of_json(source, name, scrutiny),
            (AnswerKind::Sections(rules), Some(source)) => Self::of_sections(source, name, scrutiny, rules),
            (AnswerKind::Json | AnswerKind::Sections(_), None) => Err(SchemaError::Missing { name: name.to_owned() }),
        }
    }

    /// Makes the contract for answers in JSON; `source` and `name` as in [`Self::parse_as`].
    pub fn parse(source: &str, name: &str) -> Result<Self, SchemaError> {
        Self::of_json(source, name, Scrutiny::Full)
    }

    fn of_json(source: &str, name: &str, scrutiny: Scrutiny) -> Result<Self, SchemaError> {
        let closed = closed_form(source, name, scrutiny)?;
        let prompt_text = closed.tree.pretty();
        let contract = Self::of_form(AnswerForm::Json, closed, prompt_text)?;
        Ok(Self { source: Some(source.to_owned()), ..contract })
    }

    /// Makes the contract for answers that are texts, each the value of the schema's only field. Without a schema the
    /// field is `text`.
    pub fn parse_text(source: Option<&str>, name: &str) -> Result<Self, SchemaError> {
        Self::of_text(source, name, Scrutiny::Full)
    }

    fn of_text(source: Option<&str>, name: &str, scrutiny: Scrutiny) -> Result<Self, SchemaError> {
        let mut closed = closed_form(source.unwrap_or(plain_text::DEFAULT_SCHEMA), name, scrutiny)?;
        let field = plain_text::only_field(&closed.tree, name)?;
        // The answer is the field's value, so it is always there.
        closed.tree.set("required", JsonNode::Array(vec![JsonNode::String(field.to_string())]));
        let prompt_text = plain_text::description(&closed.tree, &field);
        let contract = Self::of_form(AnswerForm::Text { field }, closed, prompt_text)?;
        Ok(Self { source: source.map(str::to_owned), ..contract })
    }

    /// Makes the contract for answers in sections of Markdown. Outputs have all fields of the schema, each of which may
    /// be null, and [`super::sections::PARSE_ERRORS`].
    pub fn parse_sections(source: &str, name: &str) -> Result<Self, SchemaError> {
        Self::of_sections(source, name, Scrutiny::Full, SectionRules::default())
    }

    fn of_sections(source: &str, name: &str, scrutiny: Scrutiny, rules: SectionRules) -> Result<Self, SchemaError> {
        let file = closed_form(source, name, scrutiny)?;
        let not_sections = |error| SchemaError::NotSections { name: file.name.clone(), error };
        let form = Arc::new(Form::of(&file.tree).map_err(not_sections)?);
        let prompt_text = form.description();
        let schema = Arc::new(file.tree.to_value());
        let closed = ClosedSchema { tree: form.output_schema(&file.tree), ..file };
        let contract = Self::of_form(AnswerForm::Sections { form, schema, rules }, closed, prompt_text)?;
        Ok(Self { source: Some(source.to_owned()), ..contract })
    }

    /// The contract of a judge's answers: the schema asks for reasons, but a verdict without them is one with none.
    #[must_use]
    pub fn of_verdicts(self) -> Self {
        Self { optional_list: Some("reasons"), ..self }
    }

    /// Makes the contract of an object with exactly these fields, whatever their values; without names, of any object.
    pub fn of_fields(fields: &[String]) -> Result<Self, SchemaError> {
        let schema = if fields.is_empty() {
            // Every object is closed; a pattern that matches every name keeps this one open.
            json!({"type": "object", "patternProperties": {"^": {}}})
        } else {
            let properties: serde_json::Map<String, Value> =
                fields.iter().map(|field| (field.clone(), json!({}))).collect();
            json!({"type": "object", "properties": properties, "required": fields})
        };
        Self::parse(&schema.to_string(), "the rule's fields")
    }

    fn of_form(form: AnswerForm, closed: ClosedSchema, prompt_text: String) -> Result<Self, SchemaError> {
        let ClosedSchema { tree, notes, draft, name } = closed;
        let value = tree.to_value();
        let invalid = |(pointer, message)| SchemaError::Invalid { name, pointer, message };
        let validator = validator::build(&value, draft).map_err(invalid)?;
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
            optional_list: None,
            form,
        })
    }

    /// The schema file's text; `None` for texts without a schema.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The form in which answers hold outputs.
    #[must_use]
    pub fn form(&self) -> &AnswerForm {
        &self.form
    }

    /// The closed form: no object accepts a field that is not named, wherever a schema can say so.
    #[must_use]
    pub fn closed(&self) -> &Value {
        &self.closed
    }

    /// [`Self::closed`], to be shared.
    #[must_use]
    pub fn closed_schema(&self) -> Arc<Value> {
        Arc::new(self.closed.clone())
    }

    /// [`Self::closed`] with its keys in the order of the file.
    pub(super) fn tree(&self) -> &JsonNode {
        &self.tree
    }

    /// The closed form of the schema file: for sections, without the nulls and the list of problems that
    /// [`Self::closed`] adds.
    #[must_use]
    pub fn as_written(&self) -> &Value {
        match &self.form {
            AnswerForm::Sections { schema, .. } => schema,
            AnswerForm::Json | AnswerForm::Text { .. } => &self.closed,
        }
    }

    /// What prompts show of the contract (`llm_schema`): for JSON the closed form, indented by two spaces, keys in the
    /// order of the file; for the other forms a description of the answer's format.
    #[must_use]
    pub fn prompt_text(&self) -> &str {
        &self.prompt_text
    }

    /// The closed form in the strict subset of `OpenAI`'s structured outputs, without the annotations that are refused
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

    /// The names of the fields of the objects in the top-level list `list`, sorted; `None` if there is no such list.
    #[must_use]
    pub fn element_fields(&self, list: &str) -> Option<Vec<String>> {
        field::element_fields(&self.tree, list)
    }

    /// What closing changed or could not close, one sentence each, with the place in the schema.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Validates `answer` against the closed schema, formats included. At most [`Violation::LIMIT`] violations are
    /// reported, sorted by their place in the answer.
    pub fn validate(&self, answer: &Value) -> Result<(), Vec<Violation>> {
        violation::violations(&self.validator, &self.field_names, answer)
    }
}

fn not_json() -> NotNative {
    NotNative { pointer: "/".to_owned(), reason: "answers are texts and not JSON".to_owned() }
}

/// A schema file, checked and closed.
struct ClosedSchema {
    tree: JsonNode,
    /// What closing changed or could not close.
    notes: Vec<String>,
    draft: Draft,
    /// The schema's name in messages, which points into the file if it holds several models.
    name: String,
}

fn closed_form(source: &str, name: &str, scrutiny: Scrutiny) -> Result<ClosedSchema, SchemaError> {
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    pydantic::refuse_python(name)?;
    let root = json::read(text).map_err(|error| {
        let (line, column) = json::position(text, error.offset);
        SchemaError::Json { name: name.to_owned(), line, column, message: error.message }
    })?;
    let (root, schema_name) = pydantic::output_model(root, name)?;
    let below = schema_name.strip_prefix(name).and_then(|it| it.strip_prefix('#')).unwrap_or_default().to_owned();
    closed_root(root, schema_name, scrutiny).map_err(|error| error.on_line(text, &below))
}

fn closed_root(mut root: JsonNode, name: String, scrutiny: Scrutiny) -> Result<ClosedSchema, SchemaError> {
    let invalid = |(pointer, message): (String, String)| SchemaError::Invalid { name: name.clone(), pointer, message };
    let draft = draft::of(&root).map_err(|draft| SchemaError::Draft { name: name.clone(), draft })?;
    let misspelled = |it: keywords::Misspelling| SchemaError::Misspelled {
        name: name.clone(),
        pointer: it.pointer,
        word: it.word,
        meant: it.keyword,
    };
    let unknown = keywords::check(&root, draft, scrutiny == Scrutiny::Full).map_err(misspelled)?;
    let idle = if scrutiny == Scrutiny::Recorded { None } else { idle::check(&root) };
    let not_boolean = |pointer| invalid((pointer, "`nullable` is true or false".to_owned()));
    nullable::replace(&mut root).map_err(not_boolean)?;
    validator::check_against_meta_schema(&root.to_value(), draft, &name)?;
    refs::check(&root, &name)?;
    refs::check_root_is_object(&root, &name)?;
    let (tree, closing) = closed::close(&root, draft).map_err(|endless| {
        let reference = &endless.reference;
        let message = format!(
            "`{reference}` contains itself beside other fields of the same object: list the fields there instead"
        );
        invalid((endless.pointer, message))
    })?;
    let mut notes: Vec<String> = unknown.into_iter().chain(idle).chain(closing).collect();
    if scrutiny != Scrutiny::Recorded {
        notes.extend(satisfiable::check(&tree, draft).map_err(|it| invalid((it.pointer, it.message)))?);
    }
    Ok(ClosedSchema { tree, notes, draft, name })
}
