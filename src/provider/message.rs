//! The messages of a conversation: [`Message`], its [`Role`] and its [`Image`]s.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::record::Digest;

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The system prompt.
    System,
    /// The prompt, and the feedback on an answer.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The role's name in the run file and in most dialects.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// A picture in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Image {
    /// A local file's content.
    Data {
        /// By the content, not the name: `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
        media_type: &'static str,
        /// The digest of the bytes, which is part of the request's id.
        sha1: Digest,
        data: Arc<[u8]>,
    },
    /// An address that the provider fetches. Casebook never does.
    Url(String),
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub role: Role,
    /// The text, exactly as it is sent.
    pub content: String,
    /// The pictures before the text, in order.
    pub images: Vec<Image>,
}

impl Image {
    /// The picture's part of a request's id: the digest and the media type of the content, or the address.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Data { media_type, sha1, .. } => json!({"sha1": sha1.to_string(), "media_type": media_type}),
            Self::Url(url) => json!({"url": url}),
        }
    }
}

impl Message {
    /// A message without pictures.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), images: Vec::new() }
    }
}
