//! The messages of a conversation.

use std::sync::Arc;

use crate::engine;

/// A message of a conversation.
///
/// ```
/// use casebook::{Message, Request};
///
/// let request = Request::messages([
///     Message::user("The parcel is late."),
///     Message::assistant("{\"topic\": \"delivery\"}"),
///     Message::user("I was charged twice."),
/// ]);
/// # let _ = request;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The text, exactly as it is sent.
    pub content: String,
    /// The images before the text. Only messages of a [`ModelCall`](crate::ModelCall) have them; a request's images are
    /// set with [`Request::image`](crate::Request::image).
    pub images: Vec<MessageImage>,
}

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The system message.
    System,
    /// The user: the request.
    User,
    /// The model: its answer.
    Assistant,
}

/// An image in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageImage {
    /// The content of a file.
    #[non_exhaustive]
    Bytes {
        /// By the content: `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
        media_type: &'static str,
        /// The content.
        bytes: Arc<[u8]>,
    },
    /// An address, where `images.allow_urls` is set.
    Url(String),
}

impl Message {
    /// Makes a system message, which comes first.
    pub fn system(content: impl Into<String>) -> Self {
        Self { role: Role::System, content: content.into(), images: Vec::new() }
    }

    /// Makes a message of the user.
    pub fn user(content: impl Into<String>) -> Self {
        Self { role: Role::User, content: content.into(), images: Vec::new() }
    }

    /// Makes a message of the model.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self { role: Role::Assistant, content: content.into(), images: Vec::new() }
    }

    pub(super) fn of(message: &engine::Message) -> Self {
        let role = match message.role {
            engine::Role::System => Role::System,
            engine::Role::User => Role::User,
            engine::Role::Assistant => Role::Assistant,
        };
        let image = |image: &engine::Image| match image {
            engine::Image::Data { media_type, data, .. } => MessageImage::Bytes { media_type, bytes: Arc::clone(data) },
            engine::Image::Url(url) => MessageImage::Url(url.clone()),
        };
        Self { role, content: message.content.clone(), images: message.images.iter().map(image).collect() }
    }
}

impl Role {
    /// The role's name: `system`, `user` or `assistant`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}
