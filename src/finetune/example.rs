//! One example, before it is written in a format: [`Example`].

use crate::record::{Digest, canonical};

/// A conversation, and the answer that it should end with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub turns: Vec<ExampleTurn>,
    pub answer: String,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleTurn {
    pub role: ExampleRole,
    pub text: String,
    /// The images that it shows, before its text.
    pub images: Vec<ExampleImage>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleRole {
    System,
    User,
    Assistant,
}

/// An image of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleImage {
    /// What names it: its digest, or its address.
    pub name: String,
    /// Its media type; `None` for an address.
    pub media_type: Option<String>,
    /// Its size; `None` for an address.
    pub bytes: Option<u64>,
    /// Where it is: an address, or a data URL with its bytes; empty until somebody needs it.
    pub address: String,
}

impl ExampleRole {
    /// The role with this name in a request.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "system" => Some(Self::System),
            "user" => Some(Self::User),
            "assistant" => Some(Self::Assistant),
            _ => None,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

impl Example {
    /// The digest of the conversation without the answer.
    #[must_use]
    pub fn prompt_digest(&self) -> Digest {
        let mut bytes = Vec::with_capacity(256);
        for turn in &self.turns {
            canonical::write_str(turn.role.as_str(), &mut bytes);
            for image in &turn.images {
                canonical::write_str(&image.name, &mut bytes);
            }
            bytes.push(b':');
            canonical::write_str(&turn.text, &mut bytes);
        }
        Digest::of_bytes(&bytes)
    }

    /// How many images it shows.
    #[must_use]
    pub fn image_count(&self) -> usize {
        self.turns.iter().map(|turn| turn.images.len()).sum()
    }

    /// The texts of all turns and of the answer.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.turns.iter().map(|turn| turn.text.as_str()).chain([self.answer.as_str()])
    }
}
