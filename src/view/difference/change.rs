//! One part that differs, and how.

use serde::Serialize;
use serde_json::Value;

/// How a part differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Added,
    Removed,
    Changed,
}

impl Change {
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
    /// Such as `llm.temperature` or `prompt: user line 12`.
    pub part: String,
    pub change: Change,
    /// Null if the part was absent or not set.
    pub before: Value,
    /// Null if the part is absent or not set.
    pub after: Value,
}

impl Difference {
    pub fn changed(part: impl Into<String>, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { part: part.into(), change: Change::Changed, before: before.into(), after: after.into() }
    }

    pub fn added(part: impl Into<String>, after: impl Into<Value>) -> Self {
        Self { part: part.into(), change: Change::Added, before: Value::Null, after: after.into() }
    }

    pub fn removed(part: impl Into<String>, before: impl Into<Value>) -> Self {
        Self { part: part.into(), change: Change::Removed, before: before.into(), after: Value::Null }
    }
}
