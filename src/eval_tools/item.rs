//! What is written for every tool: [`EvalItem`].

use serde_json::{Map, Value, json};

/// One example for an evaluation tool.
#[derive(Clone, Debug, PartialEq)]
pub struct EvalItem {
    /// Its id, which no other item of the export has.
    pub id: String,
    pub input: EvalInput,
    /// The answer that is expected.
    pub expected: Option<String>,
    /// What an answer has to do, one sentence each.
    pub criteria: Vec<String>,
    /// Everything else, by name.
    pub metadata: Map<String, Value>,
    pub remarks: EvalRemarks,
}

/// What was found while an item was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvalRemarks {
    /// Keys of messages beside `role` and `content`, one entry for each message that has it. The metadata has such
    /// messages whole.
    pub message_keys: Vec<String>,
    /// Criteria that are null, and so are none.
    pub null_criteria: u64,
    /// Whether the object has an `id` of its own, and the item's is the work item's.
    pub is_renamed: bool,
}

/// What the model under test is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvalInput {
    /// A text, as if a user said it.
    Text(String),
    /// At least one message.
    Messages(Vec<EvalMessage>),
}

/// A message of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalMessage {
    /// `user`, `operator`, `assistant`, `system`, or any other word.
    pub role: String,
    pub content: String,
}

impl EvalItem {
    /// The messages as roles and contents.
    pub(super) fn turns(&self) -> Vec<(&str, &str)> {
        match &self.input {
            EvalInput::Text(text) => vec![("user", text)],
            EvalInput::Messages(messages) => {
                messages.iter().map(|it| (it.role.as_str(), it.content.as_str())).collect()
            }
        }
    }

    /// The role and the content of the message, if there is one alone: such an item is single turn, any other a dialog.
    pub(super) fn single(&self) -> Option<(&str, &str)> {
        match self.turns().as_slice() {
            [turn] => Some(*turn),
            _ => None,
        }
    }

    /// The messages with their own roles, as chat formats write them.
    pub(super) fn chat(&self) -> Value {
        self.turns().into_iter().map(|(role, content)| json!({"role": role, "content": content})).collect()
    }

    /// The roles of all messages, in order.
    pub(super) fn roles(&self) -> Value {
        self.turns().into_iter().map(|(role, _)| Value::from(role)).collect()
    }
}
