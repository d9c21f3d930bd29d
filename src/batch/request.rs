//! What is asked about one item.

use serde::Serialize;
use serde_json::Value;

/// What is asked about one item. Texts are sent as they are: nothing in them is taken for a template.
///
/// ```
/// use casebook::Request;
///
/// let request = Request::new("What does this page say?")
///     .system("You read scanned pages.")
///     .image("page-1.png")
///     .data(("book", 1));
/// # let _ = request;
/// ```
#[derive(Debug)]
#[must_use]
pub struct Request {
    pub(super) user: String,
    pub(super) system: Option<String>,
    pub(super) images: Vec<String>,
    pub(super) data: Option<Result<Value, serde_json::Error>>,
}

impl Request {
    /// A request with this user message.
    pub fn new(user: impl Into<String>) -> Self {
        Self { user: user.into(), system: None, images: Vec::new(), data: None }
    }

    /// Its own system message, instead of [`Batch::system`](crate::Batch::system)'s.
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.system = Some(text.into());
        self
    }

    /// Shows an image with the user message: a PNG, JPEG, GIF or WebP file in
    /// [`Batch::images_dir`](crate::Batch::images_dir), by its name there. What it holds is part of the request, and is
    /// kept in the run file; a file that cannot be shown fails its work item, and nothing else. Can be given again.
    pub fn image(mut self, name: impl Into<String>) -> Self {
        self.images.push(name.into());
        self
    }

    /// Data that comes back with the result ([`ItemResult::data`](crate::ItemResult::data)) and is kept on record. It
    /// is not sent.
    pub fn data(mut self, data: impl Serialize) -> Self {
        self.data = Some(serde_json::to_value(data));
        self
    }
}
