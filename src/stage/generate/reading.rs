//! What the tape holds of an answer ([`TapeAnswer`]), and how a model's answers are read ([`Reading`]).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::provider::{Completion, Finish};

/// An answer as the tape holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct TapeAnswer {
    pub text: String,
    /// The thoughts that stood before the text.
    pub thoughts: Option<String>,
    pub finish: Finish,
    /// The provider's own word for why the model stopped.
    pub finish_reason: Option<String>,
    /// What is wrong with the text as it came, or, where it is empty, what was there instead.
    pub problem: Option<String>,
    /// Whether the text is read with the thoughts in it.
    pub keeps_thoughts: bool,
}

impl TapeAnswer {
    /// A complete answer of this text.
    #[must_use]
    pub fn of_text(text: String) -> Self {
        Self { text, thoughts: None, finish: Finish::Stop, finish_reason: None, problem: None, keeps_thoughts: false }
    }
}

impl From<Completion> for TapeAnswer {
    fn from(completion: Completion) -> Self {
        let Completion { text, thoughts, finish, finish_reason, problem, .. } = completion;
        let finish_reason = finish_reason.filter(|word| !word.is_empty());
        Self { text, thoughts, finish, finish_reason, problem, keeps_thoughts: false }
    }
}

/// How a model's answers are read. It is no part of a request: another reading is another reading of the same answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Whether the thoughts before an answer are a part of it.
    pub keeps_thoughts: bool,
    /// What words of the provider mean for which the configuration says so.
    pub finish: BTreeMap<String, Finish>,
}

impl Reading {
    /// Why the model stopped.
    #[must_use]
    pub fn finish(&self, answer: &TapeAnswer) -> Finish {
        let said = answer.finish_reason.as_ref().and_then(|word| self.finish.get(word));
        said.copied().unwrap_or(answer.finish)
    }

    /// The answer as it is to be read.
    #[must_use]
    pub fn apply(&self, answer: TapeAnswer) -> TapeAnswer {
        let mut answer = answer;
        answer.finish = self.finish(&answer);
        answer.keeps_thoughts = self.keeps_thoughts;
        if self.keeps_thoughts && answer.thoughts.is_some() {
            if answer.text.is_empty() {
                answer.problem = None;
            }
            answer.text = self.text(answer.thoughts.take().as_deref(), answer.text);
        }
        answer
    }

    /// The text of an answer with these thoughts before it.
    #[must_use]
    pub fn text(&self, thoughts: Option<&str>, answer: String) -> String {
        match thoughts {
            Some(thoughts) if self.keeps_thoughts => format!("{thoughts}{answer}"),
            _ => answer,
        }
    }

    /// How the answers of a recorded task are read.
    #[must_use]
    pub fn of_parts(parts: &Value) -> Self {
        let finish = |(word, meaning): (&String, &Value)| Some((word.clone(), Finish::of_name(meaning.as_str()?)?));
        Self {
            keeps_thoughts: parts["thoughts"] == "keep",
            finish: parts["finish"].as_object().into_iter().flatten().filter_map(finish).collect(),
        }
    }

    /// Adds what is configured to the parts of a task.
    pub fn add_to(&self, parts: &mut Value) {
        if self.keeps_thoughts {
            parts["thoughts"] = json!("keep");
        }
        if !self.finish.is_empty() {
            let words = self.finish.iter().map(|(word, finish)| (word.clone(), json!(finish.as_str())));
            parts["finish"] = Value::Object(words.collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_applied_to_what_the_tape_holds() {
        let answer = TapeAnswer {
            text: "Yes.".to_owned(),
            thoughts: Some("<think>a</think>\n".to_owned()),
            finish: Finish::Unknown,
            finish_reason: Some("eos".to_owned()),
            problem: None,
            keeps_thoughts: false,
        };
        assert_eq!(Reading::default().apply(answer.clone()), answer);
        let finish = BTreeMap::from([("eos".to_owned(), Finish::Stop)]);
        let read = Reading { keeps_thoughts: true, finish }.apply(answer);
        assert_eq!((read.text.as_str(), read.thoughts, read.finish), ("<think>a</think>\nYes.", None, Finish::Stop));
    }

    #[test]
    fn only_what_is_configured_is_a_part_of_a_task() {
        let mut parts = json!({});
        Reading::default().add_to(&mut parts);
        assert_eq!(parts, json!({}));
        let finish = BTreeMap::from([("eos".to_owned(), Finish::Stop)]);
        let reading = Reading { keeps_thoughts: true, finish };
        reading.add_to(&mut parts);
        assert_eq!(parts, json!({"thoughts": "keep", "finish": {"eos": "stop"}}));
        assert_eq!(Reading::of_parts(&parts), reading);
    }
}
