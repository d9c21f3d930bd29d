//! The images that a work item shows: their media types, how the run file keeps them, and how they get into messages.
//!
//! The bytes of a file are recorded once, under their digest, before anything is asked about them; from then on only
//! the run file is read. Images are part of the exact task by content: a renamed file is the same image, and a changed
//! one is another. This file reads no files: [`super::plan`] does that, through its caller.

use std::borrow::Cow;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::generate::Question;
use crate::provider::{Image, excerpt};
use crate::record::Digest;
use crate::store::sql;

/// The media types of images, with the bytes that each begins with.
const KINDS: [(&str, &[u8]); 5] = [
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/gif", b"GIF87a"),
    ("image/gif", b"GIF89a"),
    ("image/webp", b"RIFF"),
];

/// How many characters of a name messages show.
pub(super) const NAME_CHARS: usize = 200;

/// Returns the media type of `bytes` by their content alone; `None` for anything that models are not shown.
#[must_use]
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let (kind, _) = KINDS.iter().find(|(_, start)| bytes.starts_with(start))?;
    // RIFF files may hold other things than images.
    (*kind != "image/webp" || bytes.get(8..12) == Some(b"WEBP")).then_some(kind)
}

/// An image as a work item shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownImage {
    /// The recorded content of a file.
    Content { media_type: &'static str, sha1: Digest },
    /// A URL that is passed on to the provider.
    Url(String),
    /// Why it cannot be shown.
    Problem(String),
    /// The name of a file that is not read yet, since its work item is not due in this run.
    Unread(String),
}

impl ShownImage {
    /// Returns it as the run file keeps it, and as part of the exact task.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Content { media_type, sha1 } => json!({"media_type": media_type, "sha1": sha1.to_string()}),
            Self::Url(url) => json!({"url": url}),
            Self::Problem(problem) => json!({"problem": problem}),
            Self::Unread(name) => json!({"unread": name}),
        }
    }

    /// Returns the recorded image `sha1` with its recorded media type.
    #[must_use]
    pub fn of_record(kind: &str, sha1: Digest) -> Self {
        match KINDS.iter().find(|(known, _)| *known == kind) {
            Some((media_type, _)) => Self::Content { media_type, sha1 },
            None => Self::Problem(format!("the record holds an image of a kind that is not known: {kind}")),
        }
    }

    /// Reads what [`ShownImage::to_value`] wrote.
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
pub struct ItemImages {
    /// In the prompt of the generation.
    pub generation: Vec<ShownImage>,
    /// In the prompt of the judge.
    pub judge: Vec<ShownImage>,
}

impl ItemImages {
    /// Returns the images as the run file keeps them; `None` if there are none.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        let mut object = Map::new();
        for (name, list) in [("generation", &self.generation), ("judge", &self.judge)] {
            if !list.is_empty() {
                object.insert(name.to_owned(), list.iter().map(ShownImage::to_value).collect());
            }
        }
        (!object.is_empty()).then_some(Value::Object(object))
    }

    /// Reads what [`ItemImages::to_value`] wrote.
    #[must_use]
    pub fn of_value(value: &Value) -> Self {
        let list = |name: &str| value[name].as_array().into_iter().flatten().map(ShownImage::of_value).collect();
        Self { generation: list("generation"), judge: list("judge") }
    }

    /// Returns why one of them cannot be shown, if that is so. The judge's images count too, so that no answer is paid
    /// for that cannot be judged.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.generation.iter().chain(&self.judge).find_map(|shown| match shown {
            ShownImage::Problem(problem) => Some(problem.clone()),
            ShownImage::Unread(name) => {
                Some(format!("the image `{}` has not been read yet", excerpt(name, NAME_CHARS)))
            }
            ShownImage::Content { .. } | ShownImage::Url(_) => None,
        })
    }
}

/// Returns the images of a message without their bytes, which are read when the message is sent.
#[must_use]
pub fn of_message(shown: &[ShownImage]) -> Vec<Image> {
    let image = |shown: &ShownImage| match shown {
        ShownImage::Content { media_type, sha1 } => Some(Image::Data { media_type, sha1: *sha1, data: Arc::default() }),
        ShownImage::Url(url) => Some(Image::Url(url.clone())),
        ShownImage::Problem(_) | ShownImage::Unread(_) => None,
    };
    shown.iter().filter_map(image).collect()
}

/// Returns the question with the bytes of its images from the run file.
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
        let images = ItemImages {
            generation: vec![
                ShownImage::Content { media_type: "image/gif", sha1 },
                ShownImage::Url("https://x/y".into()),
            ],
            judge: vec![ShownImage::Problem("none".into()), ShownImage::Unread("a.png".into())],
        };
        let value = images.to_value().unwrap();
        assert_eq!(ItemImages::of_value(&value), images);
        assert_eq!(images.problem().as_deref(), Some("none"));
        assert_eq!(ItemImages::default().to_value(), None);
        let odd = ItemImages::of_value(&json!({"generation": [{"sha1": "x"}, {"sha1": sha1.to_string()}, 1]}));
        assert!(odd.generation.iter().all(|it| matches!(it, ShownImage::Problem(_))), "{odd:?}");
    }
}
