//! One message of a prompt, before it is rendered: [`Turn`].

use super::template::Template;

/// Who speaks in a message of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnRole {
    System,
    User,
    Assistant,
}

impl TurnRole {
    /// The role's name in a prompt file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }

    /// The role that a prompt file calls `name`.
    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::System, Self::User, Self::Assistant].into_iter().find(|role| role.as_str() == name)
    }
}

/// A message of a prompt.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) role: TurnRole,
    pub(super) template: Template,
}
