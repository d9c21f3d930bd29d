//! One part that differs, and how.

use serde::Serialize;
use serde_json::Value;

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It is another one.
    Changed,
}

impl Change {
    /// Its name in the record's words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// One part that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Its name, such as `llm.temperature` or `prompt: user line 12`.
    pub part: String,
    /// What became of it.
    pub change: Change,
    /// What it was; null where it was not there or not set.
    pub before: Value,
    /// What it is now; null where it is not there or not set.
    pub after: Value,
}

impl Difference {
    /// A part that is another one now.
    pub fn changed(part: impl Into<String>, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { part: part.into(), change: Change::Changed, before: before.into(), after: after.into() }
    }

    /// A part that was not there before.
    pub fn added(part: impl Into<String>, after: impl Into<Value>) -> Self {
        Self { part: part.into(), change: Change::Added, before: Value::Null, after: after.into() }
    }

    /// A part that is not there any more.
    pub fn removed(part: impl Into<String>, before: impl Into<Value>) -> Self {
        Self { part: part.into(), change: Change::Removed, before: before.into(), after: Value::Null }
    }
}
