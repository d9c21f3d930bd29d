//! The request about one item, and what a request builder may return ([`IntoRequest`]).

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::message::{Message, Role};

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
    pub(super) images: Vec<RequestImage>,
    pub(super) data: Option<Result<Value, serde_json::Error>>,
    pub(super) carried: Option<Carried>,
    pub(super) model: Option<String>,
    /// What the request has of its own, as the column `call` has it.
    pub(super) call: Map<String, Value>,
    /// What is wrong with it, if anything is.
    pub(super) wrong: Option<String>,
}

/// An image of a request.
#[derive(Debug)]
pub(super) enum RequestImage {
    /// The name of a file.
    File(String),
    /// The content, and a name for people.
    Bytes(String, Vec<u8>),
}

impl RequestImage {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::File(name) | Self::Bytes(name, _) => name,
        }
    }
}

/// A value that is carried to the result handler.
#[derive(Clone)]
pub(super) struct Carried(pub(super) Arc<dyn Any + Send + Sync>);

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carried")
    }
}

impl Request {
    /// Makes a request with this user message.
    pub fn new(user: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            system: None,
            images: Vec::new(),
            data: None,
            carried: None,
            model: None,
            call: Map::new(),
            wrong: None,
        }
    }

    /// Makes a request of several messages: examples of questions and answers, or a conversation so far. The last one
    /// is the user's and gets the images; a system message may be the first.
    pub fn messages(messages: impl IntoIterator<Item = Message>) -> Self {
        let mut messages: Vec<Message> = messages.into_iter().collect();
        let mut request = Self::new("");
        let has_images = messages.iter().any(|it| !it.images.is_empty());
        if messages.first().is_some_and(|it| it.role == Role::System) {
            request.system = Some(messages.remove(0).content);
        }
        match messages.pop() {
            Some(Message { role: Role::User, content, .. }) => request.user = content,
            Some(other) => {
                request.is_wrong(format!("the last message is of the role `{}`, not `user`", other.role.as_str()));
            }
            None => request.is_wrong("there is no message of the user".to_owned()),
        }
        if messages.iter().any(|it| it.role == Role::System) {
            request.is_wrong("a system message comes first, and there is one".to_owned());
        }
        if has_images {
            request.is_wrong("a message has images: set them with `image` or `image_bytes`".to_owned());
        }
        if messages.iter().any(|it| it.content.is_empty()) {
            request.is_wrong("an earlier message is empty".to_owned());
        }
        if !messages.is_empty() {
            let turn = |it: &Message| json!({"role": it.role.as_str(), "content": it.content});
            request.call.insert("messages".to_owned(), messages.iter().map(turn).collect());
        }
        request
    }

    /// Sets a system message, in place of [`Batch::system`](crate::Batch::system)'s.
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.system = Some(text.into());
        self
    }

    /// Asks this model of the batch's provider, in place of the batch's. Models are priced and paced each on their own;
    /// a price that [`Llm::price`](crate::Llm::price) sets is the batch's model's alone.
    pub fn model(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        if name.trim().is_empty() {
            self.is_wrong("the model has no name".to_owned());
        }
        self.call.insert("model".to_owned(), name.as_str().into());
        self.model = Some(name);
        self
    }

    /// Sets the sampling temperature of this request, from 0 to 2.
    pub fn temperature(mut self, temperature: f64) -> Self {
        if !(0.0..=2.0).contains(&temperature) {
            self.is_wrong(format!("its temperature is {temperature}, and not from 0 to 2"));
        }
        self.with("temperature", temperature)
    }

    /// Limits the tokens of the answer to this request.
    pub fn max_output_tokens(mut self, tokens: u32) -> Self {
        if !(1..=10_000_000).contains(&tokens) {
            self.is_wrong(format!("its `max_output_tokens` is {tokens}, and not from 1 to 10000000"));
        }
        self.with("max_output_tokens", tokens)
    }

    /// Sets the seed of this request. A provider that takes none fails the item.
    pub fn seed(self, seed: u64) -> Self {
        self.with("seed", seed)
    }

    /// Adds an image to the user message: the name of a PNG, JPEG, GIF or WebP file in
    /// [`Batch::images_dir`](crate::Batch::images_dir). Each call adds one more.
    ///
    /// The file's content is part of the request and is kept in the run file. A file that cannot be read as an image
    /// fails its own work item only.
    pub fn image(mut self, name: impl Into<String>) -> Self {
        self.images.push(RequestImage::File(name.into()));
        self
    }

    /// Adds an image to the user message: the bytes of a PNG, JPEG, GIF or WebP file, and a name under which people
    /// find it on record. What kind it is, the bytes say.
    ///
    /// As with [`image`](Self::image), the content is part of the request, and the name is not.
    pub fn image_bytes(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.images.push(RequestImage::Bytes(name.into(), bytes.into()));
        self
    }

    /// Attaches data that comes back with the result, as [`ItemResult::data`](crate::ItemResult::data). It is kept in
    /// the run file, and is not sent to the model.
    pub fn data(mut self, data: impl Serialize) -> Self {
        self.data = Some(serde_json::to_value(data));
        self
    }

    /// Carries a value of any type to the result handler, which receives it as
    /// [`ItemResult::carried`](crate::ItemResult::carried).
    ///
    /// It stays in memory until the run ends, and is not recorded: each run makes it again, together with the request.
    /// What has to outlive the process is [`data`](Self::data).
    pub fn carry<T: Any + Send + Sync>(mut self, value: T) -> Self {
        self.carried = Some(Carried(Arc::new(value)));
        self
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.call.insert(key.to_owned(), value.into());
        self
    }

    fn is_wrong(&mut self, reason: String) {
        self.wrong.get_or_insert(reason);
    }
}

/// What a request builder returns: a [`Request`], or `None` where there is nothing to ask; or a `Result` of one of
/// these, whose error fails the item alone.
pub trait IntoRequest {
    /// Returns the request, `None`, or the error of the builder.
    fn into_request(self) -> Result<Option<Request>, Box<dyn std::error::Error + Send + Sync>>;
}

impl IntoRequest for Request {
    fn into_request(self) -> Result<Option<Request>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Some(self))
    }
}

impl IntoRequest for Option<Request> {
    fn into_request(self) -> Result<Option<Request>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self)
    }
}

impl<R: IntoRequest, E: Into<Box<dyn std::error::Error + Send + Sync>>> IntoRequest for Result<R, E> {
    fn into_request(self) -> Result<Option<Request>, Box<dyn std::error::Error + Send + Sync>> {
        self.map_err(Into::into)?.into_request()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_messages_are_a_conversation_that_ends_with_the_user() {
        let request =
            Request::messages([Message::system("s"), Message::user("a"), Message::assistant("b"), Message::user("c")]);
        assert_eq!((request.system.as_deref(), request.user.as_str(), &request.wrong), (Some("s"), "c", &None));
        let earlier = json!([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]);
        assert_eq!(request.call["messages"], earlier);
        assert!(Request::messages([Message::user("c")]).call.is_empty());
        let wrong = |messages: Vec<Message>| Request::messages(messages).wrong.unwrap();
        assert_eq!(wrong(vec![]), "there is no message of the user");
        assert_eq!(wrong(vec![Message::system("s")]), "there is no message of the user");
        let last = vec![Message::user("a"), Message::assistant("b")];
        assert_eq!(wrong(last), "the last message is of the role `assistant`, not `user`");
        let second = vec![Message::user("a"), Message::system("s"), Message::user("b")];
        assert_eq!(wrong(second), "a system message comes first, and there is one");
        let empty = vec![Message::assistant(""), Message::user("b")];
        assert_eq!(wrong(empty), "an earlier message is empty");
    }

    #[test]
    fn what_cannot_be_sent_is_known_at_once() {
        assert_eq!(
            Request::new("a").temperature(f64::NAN).wrong.unwrap(),
            "its temperature is NaN, and not from 0 to 2"
        );
        assert!(Request::new("a").temperature(2.1).wrong.is_some());
        assert!(Request::new("a").max_output_tokens(0).wrong.is_some());
        assert!(Request::new("a").model(" ").wrong.is_some());
        let fine = Request::new("a").temperature(0.0).max_output_tokens(1).seed(0).model("m");
        assert!(fine.wrong.is_none());
    }

    #[test]
    fn a_builder_returns_a_request_nothing_or_an_error() {
        type Fails = Result<Option<Request>, std::io::Error>;
        let made =
            |it: Result<Option<Request>, Box<dyn std::error::Error + Send + Sync>>| it.unwrap().map(|it| it.user);
        assert_eq!(made(Request::new("a").into_request()), Some("a".to_owned()));
        assert_eq!(made(Some(Request::new("a")).into_request()), Some("a".to_owned()));
        assert_eq!(made(None.into_request()), None);
        assert_eq!(made(Fails::Ok(None).into_request()), None);
        assert_eq!(made(Ok::<_, &str>(Request::new("a")).into_request()), Some("a".to_owned()));
        assert_eq!(Err::<Request, _>("no page").into_request().unwrap_err().to_string(), "no page");
    }
}
