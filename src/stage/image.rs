//! The images that a work item shows: what they are by their content, and how the record keeps them.
//!
//! A file's bytes are on record once, under their digest, before anything is asked about them; from then on the record
//! alone is read. What a work item shows is part of its exact task, by content: a file that was renamed is the same
//! image, and one that was changed is another.

use std::borrow::Cow;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::generate::Question;
use crate::provider::{Image, excerpt};
use crate::record::Digest;
use crate::store::sql;

/// What an image can be, with the bytes that each begins with.
const KINDS: [(&str, &[u8]); 5] = [
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/gif", b"GIF87a"),
    ("image/gif", b"GIF89a"),
    ("image/webp", b"RIFF"),
];

/// How many characters of a name a message shows.
pub(super) const NAME_CHARS: usize = 200;

/// What `bytes` are, by their content alone; `None` for what is no image that models are shown.
#[must_use]
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let (kind, _) = KINDS.iter().find(|(_, start)| bytes.starts_with(start))?;
    // Other things than pictures come in a RIFF too.
    (*kind != "image/webp" || bytes.get(8..12) == Some(b"WEBP")).then_some(kind)
}

/// An image as a work item shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A file's content, which is on record.
    Content {
        /// What it is.
        media_type: &'static str,
        /// The digest of its bytes.
        sha1: Digest,
    },
    /// An address that is passed on.
    Url(String),
    /// None: why it cannot be shown.
    Problem(String),
    /// A file of this name that nobody has read yet, since its work item is not to be done yet.
    Unread(String),
}

impl Shown {
    /// What it is, as the record keeps it and as the exact task is made of it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Content { media_type, sha1 } => json!({"media_type": media_type, "sha1": sha1.to_string()}),
            Self::Url(url) => json!({"url": url}),
            Self::Problem(problem) => json!({"problem": problem}),
            Self::Unread(name) => json!({"unread": name}),
        }
    }

    /// The image that the record holds under `sha1`, with what it says it is.
    #[must_use]
    pub fn of_record(kind: &str, sha1: Digest) -> Self {
        match KINDS.iter().find(|(known, _)| *known == kind) {
            Some((media_type, _)) => Self::Content { media_type, sha1 },
            None => Self::Problem(format!("the record holds an image of a kind that is not known: {kind}")),
        }
    }

    /// Reads what [`Shown::to_value`] wrote.
    #[must_use]
    pub fn of_value(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str();
        if let Some(url) = text("url") {
            return Self::Url(url.to_owned());
        }
        if let Some(name) = text("unread") {
            return Self::Unread(name.to_owned());
        }
        match (text("problem"), text("sha1").and_then(|it| it.parse().ok())) {
            (Some(problem), _) => Self::Problem(problem.to_owned()),
            (None, Some(sha1)) => Self::of_record(text("media_type").unwrap_or_default(), sha1),
            (None, None) => Self::Problem(format!("the record does not say what image this is: {value}")),
        }
    }
}

/// The images that a work item shows to its models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images {
    /// To the generation's.
    pub generation: Vec<Shown>,
    /// To the judge's.
    pub judge: Vec<Shown>,
}

impl Images {
    /// The images as the record keeps them; `None` where there are none.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        let mut object = Map::new();
        for (name, list) in [("generation", &self.generation), ("judge", &self.judge)] {
            if !list.is_empty() {
                object.insert(name.to_owned(), list.iter().map(Shown::to_value).collect());
            }
        }
        (!object.is_empty()).then_some(Value::Object(object))
    }

    /// Reads what [`Images::to_value`] wrote.
    #[must_use]
    pub fn of_value(value: &Value) -> Self {
        let list = |name: &str| value[name].as_array().into_iter().flatten().map(Shown::of_value).collect();
        Self { generation: list("generation"), judge: list("judge") }
    }

    /// Why one of them cannot be shown, if so. A verdict that cannot be asked for is known before an answer is paid
    /// for.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.generation.iter().chain(&self.judge).find_map(|shown| match shown {
            Shown::Problem(problem) => Some(problem.clone()),
            Shown::Unread(name) => Some(format!("the image `{}` has not been read yet", excerpt(name, NAME_CHARS))),
            Shown::Content { .. } | Shown::Url(_) => None,
        })
    }
}

/// The images of a message, without their bytes: those are read when the message is about to be sent.
#[must_use]
pub fn of_message(shown: &[Shown]) -> Vec<Image> {
    let image = |shown: &Shown| match shown {
        Shown::Content { media_type, sha1 } => Some(Image::Data { media_type, sha1: *sha1, data: Arc::default() }),
        Shown::Url(url) => Some(Image::Url(url.clone())),
        Shown::Problem(_) | Shown::Unread(_) => None,
    };
    shown.iter().filter_map(image).collect()
}

/// The question with the bytes of its images, from the record.
pub fn loaded<'a>(connection: &Connection, question: &'a Question) -> rusqlite::Result<Cow<'a, Question>> {
    if question.request.messages.iter().all(|message| message.images.is_empty()) {
        return Ok(Cow::Borrowed(question));
    }
    let mut question = question.clone();
    for image in question.request.messages.iter_mut().flat_map(|message| &mut message.images) {
        if let Image::Data { sha1, data, .. } = image {
            *data = sql::GENERATE_IMAGE
                .row(connection, &[(":sha1", sha1)], |row| Ok(Arc::from(row.get_ref("data")?.as_blob()?)))?;
        }
    }
    Ok(Cow::Owned(question))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_what_its_bytes_say() {
        let table: [(&[u8], Option<&str>); 10] = [
            (b"\x89PNG\r\n\x1a\n....", Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF87a", Some("image/gif")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (b"RIFF", None),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None),
            (b"root:x:0:0:root:/root:/bin/sh", None),
            (b"", None),
        ];
        for (bytes, expected) in table {
            assert_eq!(media_type(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_is_kept_reads_back() {
        let sha1 = Digest::of_bytes(b"x");
        let images = Images {
            generation: vec![Shown::Content { media_type: "image/gif", sha1 }, Shown::Url("https://x/y".into())],
            judge: vec![Shown::Problem("none".into()), Shown::Unread("a.png".into())],
        };
        let value = images.to_value().unwrap();
        assert_eq!(Images::of_value(&value), images);
        assert_eq!(images.problem().as_deref(), Some("none"));
        assert_eq!(Images::default().to_value(), None);
        let odd = Images::of_value(&json!({"generation": [{"sha1": "x"}, {"sha1": sha1.to_string()}, 1]}));
        assert!(odd.generation.iter().all(|it| matches!(it, Shown::Problem(_))), "{odd:?}");
    }
}
