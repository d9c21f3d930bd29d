//! An output read out of an answer's text, in whichever form the contract's answers have.

use serde_json::{Map, Value, json};

use super::answer::{AnswerError, find_object};
use super::answer_form::AnswerForm;
use super::contract::Contract;
use super::pointer;
use super::sections::{Form, PARSE_ERRORS, Reading, SectionProblem, SectionRules};
use super::violation::Violation;

/// Why an answer holds no output. The message can be sent to the model as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// The answer does not hold one readable JSON object.
    #[error(transparent)]
    Json(#[from] AnswerError),
    /// A text was expected, and there is nothing but white space.
    #[error("the answer is empty")]
    Empty,
    /// No field could be read from the sections.
    #[error("nothing in the answer could be read:\n{}", lines(.0))]
    NoSection(Vec<String>),
    /// The sections do not have all required fields.
    #[error("required fields have no value:\n{}", lines(.0))]
    NoRequired(Vec<String>),
    /// The output is not valid against the schema.
    #[error("{}", lines(.0))]
    Invalid(Vec<Violation>),
}

fn lines(items: &[impl ToString]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Contract {
    /// Returns the output that `answer` holds, valid against the schema. Nothing is repaired or made up, but for the
    /// reasons of a verdict that has none.
    pub fn read(&self, answer: &str) -> Result<Value, OutputError> {
        match self.form() {
            AnswerForm::Json => {
                let mut output = find_object(answer)?;
                if let (Some(field), Some(fields)) = (self.optional_list, output.as_object_mut())
                    && fields.get(field).is_none_or(Value::is_null)
                {
                    fields.insert(field.to_owned(), json!([]));
                }
                self.validate(&output).map_err(OutputError::Invalid)?;
                Ok(output)
            }
            _ if answer.trim().is_empty() => Err(OutputError::Empty),
            AnswerForm::Text { field } => {
                let output = json!({&**field: answer});
                self.validate(&output).map_err(OutputError::Invalid)?;
                Ok(output)
            }
            AnswerForm::Sections { form, rules, .. } => self.read_sections(form, *rules, answer),
        }
    }

    fn read_sections(&self, form: &Form, rules: SectionRules, answer: &str) -> Result<Value, OutputError> {
        let Reading { mut value, mut problems, named } = form.read(answer, rules);
        value.insert(PARSE_ERRORS.to_owned(), Value::Array(Vec::new()));
        let mut output = Value::Object(value);
        // A value that is not valid becomes null, and a problem says so. Each round clears at least one value, so the
        // loop ends.
        while let Err(violations) = self.validate(&output) {
            let before = problems.len();
            for Violation { pointer, message } in &violations {
                if let Some(field) = clear(&mut output, pointer) {
                    problems.push(SectionProblem { field, problem: message.clone() });
                }
            }
            if problems.len() == before {
                return Err(OutputError::Invalid(violations));
            }
        }
        // Sorted, because the order of a schema's fields has no meaning and must not change the output.
        problems.sort();
        problems.dedup();
        if !named || (!problems.is_empty() && is_null(&output)) {
            let mut sentences: Vec<String> =
                problems.iter().map(|it| format!("{}: {}", it.field, it.problem)).collect();
            if sentences.is_empty() {
                sentences.push("no heading and no label names a field of the schema".to_owned());
            }
            return Err(OutputError::NoSection(sentences));
        }
        if rules.required {
            let missing = missing(&output, form, &problems);
            if !missing.is_empty() {
                return Err(OutputError::NoRequired(missing));
            }
        }
        if let Value::Object(fields) = &mut output {
            let listed = problems.iter().map(SectionProblem::to_value).collect();
            fields.insert(PARSE_ERRORS.to_owned(), Value::Array(listed));
        }
        Ok(output)
    }
}

/// Why the required fields that have no value have none. What the schema lets be null, and the answer says is null, has
/// no problem and is not missing.
fn missing(output: &Value, form: &Form, problems: &[SectionProblem]) -> Vec<String> {
    let required = form.required();
    let is_null = |name: &str| name.split('.').try_fold(output, |held, name| held.get(name)).is_none_or(Value::is_null);
    let missing = problems.iter().filter(|it| required.contains(&it.field) && is_null(&it.field));
    missing.map(|it| format!("{}: {}", it.field, it.problem)).collect()
}

/// Sets the innermost field on the way to `pointer` to null. Returns its dotted name, or `None` if it is null already.
fn clear(output: &mut Value, pointer: &str) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    let mut held: &Value = output;
    for name in pointer::tokens(pointer) {
        // Stop at a list: without one of its items it would be another list, so all of it goes.
        let Some(inner) = held.as_object().and_then(|fields| fields.get(&name)) else { break };
        held = inner;
        names.push(name);
    }
    if names.first().is_none_or(|first| first == PARSE_ERRORS) {
        return None;
    }
    let held = names.iter().try_fold(output, |held, name| held.get_mut(name))?;
    let before = std::mem::take(held);
    (!before.is_null()).then(|| names.join("."))
}

/// Whether no field, at any depth, has a value.
fn is_null(output: &Value) -> bool {
    let none = |fields: &Map<String, Value>| fields.iter().all(|(name, held)| name == PARSE_ERRORS || is_null(held));
    match output {
        Value::Null => true,
        Value::Object(fields) => none(fields),
        _ => false,
    }
}
