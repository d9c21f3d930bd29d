//! Answers without a text: what a response has instead of one, as the attempt says it.

use serde_json::Value;

/// What a response has beside the answer's text.
#[derive(Debug, Default)]
pub struct Elsewhere(Vec<String>);

impl Elsewhere {
    /// Notes the text in `value`, which stands in the member `name`: a text, or a list or object with texts in it.
    pub fn text(&mut self, name: &str, value: &Value) {
        let characters = characters(value);
        if characters > 0 {
            self.0.push(format!("{characters} characters are in `{name}`"));
        }
    }

    /// Notes that the model called a tool.
    pub fn tool(&mut self, name: Option<&str>) {
        let call = match name.filter(|name| !name.is_empty()) {
            Some(name) => format!("the model called the tool `{}`", super::excerpt(name, 60)),
            None => "the model called a tool".to_owned(),
        };
        if !self.0.contains(&call) {
            self.0.push(call);
        }
    }

    /// Notes something else.
    pub fn note(&mut self, what: String) {
        self.0.push(what);
    }

    /// Why an answer has no text; `None` if it has one, or if nothing is known of it.
    pub fn problem(&self, text: &str) -> Option<String> {
        let is_empty = text.trim().is_empty() && !self.0.is_empty();
        is_empty.then(|| format!("the answer has no text: {}", self.0.join(", and ")))
    }
}

/// How many characters the texts in a value have.
fn characters(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(values) => values.iter().map(characters).sum(),
        Value::Object(members) => members.iter().filter(|(key, _)| *key != "type").map(|(_, it)| characters(it)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
