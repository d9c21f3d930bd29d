//! The request about one item.

use serde::Serialize;
use serde_json::Value;

/// The request about one item. Its texts are sent unchanged: nothing in them is read as a template.
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
    /// Makes a request with this user message.
    pub fn new(user: impl Into<String>) -> Self {
        Self { user: user.into(), system: None, images: Vec::new(), data: None }
    }

    /// Sets a system message, in place of [`Batch::system`](crate::Batch::system)'s.
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.system = Some(text.into());
        self
    }

    /// Adds an image to the user message: the name of a PNG, JPEG, GIF or WebP file in
    /// [`Batch::images_dir`](crate::Batch::images_dir). Each call adds one more.
    ///
    /// The file's content is part of the request and is kept in the run file. A file that cannot be read as an image
    /// fails its own work item only.
    pub fn image(mut self, name: impl Into<String>) -> Self {
        self.images.push(name.into());
        self
    }

    /// Attaches data that comes back with the result, as [`ItemResult::data`](crate::ItemResult::data). It is kept in
    /// the run file, and is not sent to the model.
    pub fn data(mut self, data: impl Serialize) -> Self {
        self.data = Some(serde_json::to_value(data));
        self
    }
}
