//! Validates an answer and says what is wrong with it, in sentences that a model can act on.

use std::collections::BTreeSet;
use std::fmt;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::pointer;

/// One way in which a value violates its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer to the place in the value. The root is the empty pointer, which messages show as `/`.
    pub pointer: String,
    /// A sentence that says what was found and what was expected.
    pub message: String,
}

impl Violation {
    /// How many violations of one value are reported at most.
    pub const LIMIT: usize = 20;
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", pointer::shown(&self.pointer), self.message)
    }
}

/// Values longer than this are cut in messages.
const SHOWN_CHARACTERS: usize = 80;
/// Lists longer than this are cut in messages.
const SHOWN_ITEMS: usize = 50;

/// Validates `answer` and describes what is wrong with it. `known` are the names of all fields in the schema.
pub(super) fn violations(
    validator: &Validator,
    known: &BTreeSet<String>,
    answer: &Value,
) -> Result<(), Vec<Violation>> {
    let mut found = FoundViolations::default();
    for error in validator.iter_errors(answer) {
        describe(&error, &mut found);
        if found.certain.len() + found.unevaluated.len() > Violation::LIMIT {
            break;
        }
    }
    let FoundViolations { certain: mut violations, unevaluated } = found;
    // If one part of an object is not valid, its fields count as unevaluated too. To report them would mislead.
    let follows_from_another = |place: &str, name: &String| {
        known.contains(name)
            && violations
                .iter()
                .any(|it| it.pointer.strip_prefix(place).is_some_and(|it| it.is_empty() || it.starts_with('/')))
    };
    let news: Vec<Violation> = unevaluated
        .into_iter()
        .filter(|(place, name)| !follows_from_another(place, name))
        .map(|(pointer, name)| Violation { pointer, message: format!("unknown field {}", quoted(&name)) })
        .collect();
    violations.extend(news);
    if violations.is_empty() {
        return Ok(());
    }
    violations.truncate(Violation::LIMIT);
    violations.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    violations.dedup();
    Err(violations)
}

#[derive(Default)]
struct FoundViolations {
    certain: Vec<Violation>,
    /// Unevaluated fields: the pointer of the object, and the field's name.
    unevaluated: Vec<(String, String)>,
}

/// Appends the violations that `error` consists of.
fn describe(error: &ValidationError<'_>, found: &mut FoundViolations) {
    let pointer = error.instance_path().as_str();
    let mut add = |message: String| found.certain.push(Violation { pointer: pointer.to_owned(), message });
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for name in unexpected.iter().take(Violation::LIMIT) {
                add(format!("unknown field {}", quoted(name)));
            }
        }
        ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let fields = unexpected.iter().take(Violation::LIMIT);
            found.unevaluated.extend(fields.map(|name| (pointer.to_owned(), name.clone())));
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            match meant_alternative(context, pointer) {
                Some(errors) => errors.iter().for_each(|error| describe(error, found)),
                None => add(sentence(error)),
            }
        }
        _ => add(sentence(error)),
    }
}

/// The errors of the alternative that a value must have been meant for: the only one of its type, or the only one whose
/// constants it has.
fn meant_alternative<'a>(
    alternatives: &'a [Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<&'a Vec<ValidationError<'static>>> {
    let of_type: Vec<_> = alternatives
        .iter()
        .filter(|errors| {
            !errors.iter().any(|error| {
                error.instance_path().as_str() == pointer
                    && matches!(error.kind(), ValidationErrorKind::Type { .. } | ValidationErrorKind::FalseSchema)
            })
        })
        .collect();
    if let [only] = of_type[..] {
        return Some(only);
    }
    let has_other_constant = |error: &ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::Constant { .. });
    let mut of_constants = of_type.into_iter().filter(|errors| !errors.iter().any(has_other_constant));
    let first = of_constants.next()?;
    of_constants.next().is_none().then_some(first)
}

/// Describes one error.
pub(super) fn sentence(error: &ValidationError<'_>) -> String {
    use ValidationErrorKind as Kind;
    let found = || shown(error.instance());
    match error.kind() {
        Kind::Required { property } => format!("the field {} is missing", shown(property)),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            format!("unknown field {}", list(unexpected.iter().map(|name| quoted(name))))
        }
        Kind::Enum { options } => match options.as_array() {
            Some(options) => format!("{} is not one of {}", found(), list(options.iter().map(shown))),
            None => format!("{} is not one of {options}", found()),
        },
        Kind::Constant { expected_value } => format!("{} is not {}", found(), shown(expected_value)),
        Kind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(kind) => kind.to_string(),
                TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(" or "),
            };
            format!("{} is {}, expected {expected}", found(), kind_of(error.instance()))
        }
        Kind::Minimum { limit } => format!("{} is less than {limit}", found()),
        Kind::Maximum { limit } => format!("{} is greater than {limit}", found()),
        Kind::ExclusiveMinimum { limit } => format!("{} is not greater than {limit}", found()),
        Kind::ExclusiveMaximum { limit } => format!("{} is not less than {limit}", found()),
        Kind::MultipleOf { multiple_of } => format!("{} is not a multiple of {multiple_of}", found()),
        Kind::MinLength { limit } => format!("{} has fewer than {limit} characters", found()),
        Kind::MaxLength { limit } => {
            let length = error.instance().as_str().map_or(0, |text| text.chars().count());
            format!("the text has {length} characters, at most {limit} are allowed")
        }
        Kind::MinItems { limit } => format!("{} items, at least {limit} are expected", count(error.instance())),
        Kind::MaxItems { limit } => format!("{} items, at most {limit} are allowed", count(error.instance())),
        Kind::AdditionalItems { limit } => {
            format!("{} items, at most {limit} are allowed", count(error.instance()))
        }
        Kind::MinProperties { limit } => format!("{} fields, at least {limit} are expected", count(error.instance())),
        Kind::MaxProperties { limit } => format!("{} fields, at most {limit} are allowed", count(error.instance())),
        Kind::UniqueItems => "the items are not all different".to_owned(),
        Kind::Contains => "too few or too many of the items are of the kind that `contains` asks for".to_owned(),
        Kind::Pattern { pattern } => format!("{} does not match the pattern {pattern}", found()),
        Kind::Format { format } => format!("{} is not a valid {format}", found()),
        Kind::FalseSchema => "nothing is allowed here".to_owned(),
        Kind::Not { .. } => format!("{} is excluded by a `not`", found()),
        Kind::PropertyNames { error } => format!("a field's name is not allowed: {}", sentence(error)),
        Kind::OneOfMultipleValid { .. } => {
            format!("{} fits more than one of the alternatives, it must fit exactly one", found())
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let reasons = context.iter().enumerate().filter_map(|(index, errors)| {
                let error = errors.first()?;
                let place = error.instance_path().as_str();
                Some(format!("({}) {}: {}", index + 1, pointer::shown(place), sentence(error)))
            });
            let reasons: Vec<String> = reasons.take(5).collect();
            format!("{} fits none of the {} alternatives: {}", found(), context.len(), reasons.join("; "))
        }
        _ => clipped(&error.to_string(), 300),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        _ => 0,
    }
}

fn quoted(name: &str) -> String {
    clipped(&Value::String(name.to_owned()).to_string(), SHOWN_CHARACTERS)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "the array".to_owned(),
        Value::Object(_) => "the object".to_owned(),
        _ => clipped(&value.to_string(), SHOWN_CHARACTERS),
    }
}

fn list(items: impl ExactSizeIterator<Item = String>) -> String {
    let total = items.len();
    let mut text = items.take(SHOWN_ITEMS).collect::<Vec<_>>().join(", ");
    if total > SHOWN_ITEMS {
        text.push_str(", …");
    }
    text
}

fn clipped(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
