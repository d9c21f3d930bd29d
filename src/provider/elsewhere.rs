//! Answers without a text: what a response has instead of one, as the attempt says it.

use serde_json::Value;

use super::Finish;

/// The most things that are named; of the others there is a count.
const MOST_SAID: usize = 8;

/// What a response has beside the answer's text.
#[derive(Debug, Default)]
pub struct Elsewhere {
    said: Vec<String>,
    /// How many more there are.
    more: usize,
    /// A call that the model waits for.
    call: Option<String>,
}

impl Elsewhere {
    /// Notes the text in `value`, which stands in the member `name`: a text, or a list or object with texts in it.
    pub fn text(&mut self, name: &str, value: &Value) {
        let characters = characters(value);
        if characters > 0 {
            self.note(format!("{characters} characters are in `{}`", super::excerpt(name, super::WORD_CHARS)));
        }
    }

    /// Notes that the model called a tool; `waits` says that it is not the provider that runs it.
    pub fn tool(&mut self, name: Option<&str>, waits: bool) {
        let call = match name.filter(|name| !name.is_empty()) {
            Some(name) => format!("the model called the tool `{}`", super::excerpt(name, super::WORD_CHARS)),
            None => "the model called a tool".to_owned(),
        };
        if waits && self.call.is_none() {
            self.call = Some(call.clone());
        }
        if !self.said.contains(&call) {
            self.note(call);
        }
    }

    /// Notes something else.
    pub fn note(&mut self, what: String) {
        if self.said.len() < MOST_SAID {
            self.said.push(what);
        } else {
            self.more += 1;
        }
    }

    /// Why the model stopped, and what is wrong: why there is no text, or that a call of a tool follows it. A turn that
    /// ends in a call is no end: what stands before it is no answer.
    pub fn settle(&self, text: &str, finish: Finish) -> (Finish, Option<String>) {
        if text.trim().is_empty() {
            let more = (self.more > 0).then(|| format!("{} more", self.more));
            let said: Vec<&str> = self.said.iter().map(String::as_str).chain(more.as_deref()).collect();
            return (finish, (!said.is_empty()).then(|| format!("the answer has no text: {}", said.join(", and "))));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_bounded() {
        let mut elsewhere = Elsewhere::default();
        for index in 0..1_000 {
            elsewhere.text(&format!("{}\u{1b}[31m{index}", "x".repeat(10_000)), &Value::from("a text"));
            elsewhere.tool(Some(&format!("{}{index}", "y".repeat(50))), true);
        }
        let (_, problem) = elsewhere.settle("", Finish::Stop);
        let problem = problem.unwrap();
        assert!(problem.len() < 1_000, "{problem}");
        assert!(problem.ends_with(", and 1992 more"), "{problem}");
        let mut elsewhere = Elsewhere::default();
        elsewhere.text("\u{1b}[31mred", &Value::from("a text"));
        let said = "the answer has no text: 6 characters are in `\\u{1b}[31mred`";
        assert_eq!(elsewhere.settle("", Finish::Stop).1.as_deref(), Some(said));
    }
}
