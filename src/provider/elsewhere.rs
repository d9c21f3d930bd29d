//! Answers without a text: what a response has instead of one, as the attempt says it.

use serde_json::Value;

use super::Finish;

/// What a response has beside the answer's text.
#[derive(Debug, Default)]
pub struct Elsewhere {
    said: Vec<String>,
    /// A call that the model waits for.
    call: Option<String>,
}

impl Elsewhere {
    /// Notes the text in `value`, which stands in the member `name`: a text, or a list or object with texts in it.
    pub fn text(&mut self, name: &str, value: &Value) {
        let characters = characters(value);
        if characters > 0 {
            self.said.push(format!("{characters} characters are in `{name}`"));
        }
    }

    /// Notes that the model called a tool; `waits` says that it is not the provider that runs it.
    pub fn tool(&mut self, name: Option<&str>, waits: bool) {
        let call = match name.filter(|name| !name.is_empty()) {
            Some(name) => format!("the model called the tool `{}`", super::excerpt(name, 60)),
            None => "the model called a tool".to_owned(),
        };
        if waits && self.call.is_none() {
            self.call = Some(call.clone());
        }
        if !self.said.contains(&call) {
            self.said.push(call);
        }
    }

    /// Notes something else.
    pub fn note(&mut self, what: String) {
        self.said.push(what);
    }

    /// Why the model stopped, and what is wrong: why there is no text, or that a call of a tool follows it. A turn that
    /// ends in a call is no end: what stands before it is no answer.
    pub fn settle(&self, text: &str, finish: Finish) -> (Finish, Option<String>) {
        if text.trim().is_empty() {
            let why = || format!("the answer has no text: {}", self.said.join(", and "));
            return (finish, (!self.said.is_empty()).then(why));
        }
        let Some(call) = &self.call else { return (finish, None) };
        let finish = if finish == Finish::Stop { Finish::Length } else { finish };
        (finish, Some(format!("{call}, and Casebook offers none: what stands before the call is no answer")))
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
