//! The format of an answer as prompts describe it, and answers written in it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::form::{Bounds, FieldKind, Form, FormField, Scalar};

/// The level of the top fields' headings.
const TOP: usize = 2;

impl Form {
    /// Describes the format of an answer, for prompts.
    #[must_use]
    pub fn description(&self) -> String {
        let mut out = "Answer in Markdown, with one section for each of these fields, in this order, under a heading \
                       that is exactly its name:\n"
            .to_owned();
        describe(self, TOP, &mut out);
        out
    }

    /// Writes a value in the format that [`Self::description`] describes, without the fields that `value` lacks.
    #[must_use]
    pub fn write(&self, value: &Map<String, Value>) -> String {
        let mut out = String::new();
        write(self, value, TOP, &mut out);
        out
    }
}

fn heading(level: usize, name: &str, out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.extend(std::iter::repeat_n('#', level));
    out.push(' ');
    out.push_str(name);
    out.push('\n');
}

fn describe(form: &Form, level: usize, out: &mut String) {
    for field in &form.fields {
        heading(level, &field.name, out);
        let mut sentence = what(field);
        if field.nullable {
            sentence.push_str("; `null` if there is nothing to say");
        }
        if !field.required {
            sentence.push_str("; may be left out");
        }
        sentence.push('.');
        if let Some(description) = &field.description {
            let _ = write!(sentence, " {description}");
        }
        out.push_str(&sentence);
        out.push('\n');
        if let FieldKind::Object(inner) = &field.kind {
            describe(inner, level + 1, out);
        }
    }
}

fn what(field: &FormField) -> String {
    let limits: String = field.limits.iter().flat_map(|limit| [", ", limit]).collect();
    match &field.kind {
        FieldKind::Object(_) => "The sections below it".to_owned(),
        FieldKind::Scalar(scalar) => format!("{}{limits}", one(scalar)),
        FieldKind::List(scalar) => {
            let items = match scalar {
                Scalar::Text => String::new(),
                other => format!(" ({})", lower(&one(other))),
            };
            format!("A list{items}{limits}: each item on a line of its own that begins with `- `, or the word `none`")
        }
    }
}

fn one(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text => "Text".to_owned(),
        Scalar::Integer(bounds) => format!("A whole number{}", within(*bounds)),
        Scalar::Number(bounds) => format!("A number{}", within(*bounds)),
        Scalar::Boolean => "`true` or `false`".to_owned(),
        Scalar::Choice(values) => {
            let names: Vec<String> = values.iter().map(|(name, _)| format!("`{name}`")).collect();
            format!("One of {}", names.join(", "))
        }
    }
}

fn within(bounds: Bounds) -> String {
    match (bounds.min, bounds.max) {
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
        (Some(min), None) => format!(", at least {min}"),
        (None, Some(max)) => format!(", at most {max}"),
        (None, None) => String::new(),
    }
}

fn lower(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map(|first| first.to_lowercase().chain(signs).collect()).unwrap_or_default()
}

fn write(form: &Form, value: &Map<String, Value>, level: usize, out: &mut String) {
    for field in &form.fields {
        let Some(held) = value.get(&field.name) else { continue };
        heading(level, &field.name, out);
        match (&field.kind, held) {
            (FieldKind::Object(inner), Value::Object(fields)) => write(inner, fields, level + 1, out),
            (_, Value::Array(items)) if items.is_empty() => out.push_str("none\n"),
            (_, Value::Array(items)) => {
                for item in items {
                    let _ = writeln!(out, "- {}", plain(item).replace('\n', "\n  "));
                }
            }
            (_, other) => {
                out.push_str(&plain(other));
                out.push('\n');
            }
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
