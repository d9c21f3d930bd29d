//! The roles that formats of chats hold.

use super::findings::EvalFindings;
use super::item::EvalItem;

/// What a role is for a format that knows few of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChatRole {
    User,
    Assistant,
    System,
    Tool,
}

impl ChatRole {
    /// An operator answers users, so that a model takes the operator's place. A role that is not known asks.
    pub(super) fn of(role: &str) -> Self {
        match role.to_ascii_lowercase().as_str() {
            "assistant" | "operator" => Self::Assistant,
            "system" | "developer" => Self::System,
            "tool" => Self::Tool,
            _ => Self::User,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
            Self::Tool => "tool",
        }
    }
}

/// Notes the role of an item's one message where a format has a plain text for it, its `field`; returns whether the
/// role is another one than the user's.
pub(super) fn note_single(item: &EvalItem, field: &'static str, findings: &mut EvalFindings) -> bool {
    match item.single() {
        Some((role, _)) if role != ChatRole::User.name() => {
            findings.renamed(role, field);
            true
        }
        _ => false,
    }
}
