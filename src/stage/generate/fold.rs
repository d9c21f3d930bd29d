//! Messages as the run file keeps them: a text that many messages contain is stored once and referred to.
//!
//! A message is a list of parts; its exact text is their concatenation. Which texts are shared is only a hint: it
//! changes the size of the run file and nothing else.

use crate::provider::{Image, Message};
use crate::record::canonical;
use memchr::memmem::Finder;

/// Texts of fewer bytes than this are not worth a reference.
pub const WORTH_SHARING: usize = 64;

/// A text that many messages contain, with its rowid in the table `text`.
#[derive(Debug)]
pub struct SharedText {
    id: i64,
    finder: Finder<'static>,
}

impl SharedText {
    #[must_use]
    pub fn new(id: i64, body: &str) -> Self {
        Self { id, finder: Finder::new(body.as_bytes()).into_owned() }
    }
}

enum MessagePart<'a> {
    Own(&'a str),
    Shared(i64),
    Image(&'a Image),
}

/// Returns the messages as JSON: `[{"role": …, "parts": ["…", {"text": 7}, …]}, …]`. Images come before the text, as
/// `{"image": "<sha1>"}` or `{"image_url": "…"}`. The longest shared texts should come first.
#[must_use]
pub fn fold(messages: &[Message], shared: &[&SharedText]) -> String {
    let mut out = Vec::with_capacity(512);
    out.push(b'[');
    for (index, message) in messages.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"role\":\"");
        out.extend_from_slice(message.role.as_str().as_bytes());
        out.extend_from_slice(b"\",\"parts\":[");
        let images = message.images.iter().map(MessagePart::Image);
        for (position, part) in images.chain(parts(&message.content, shared)).enumerate() {
            if position > 0 {
                out.push(b',');
            }
            match part {
                MessagePart::Image(Image::Data { sha1, .. }) => {
                    out.extend_from_slice(format!("{{\"image\":\"{sha1}\"}}").as_bytes());
                }
                MessagePart::Image(Image::Url(url)) => {
                    out.extend_from_slice(b"{\"image_url\":");
                    canonical::write_str(url, &mut out);
                    out.push(b'}');
                }
                MessagePart::Own(text) => canonical::write_str(text, &mut out),
                MessagePart::Shared(id) => out.extend_from_slice(format!("{{\"text\":{id}}}").as_bytes()),
            }
        }
        out.extend_from_slice(b"]}");
    }
    out.push(b']');
    canonical::text_of(out)
}

fn parts<'a>(content: &'a str, shared: &[&SharedText]) -> Vec<MessagePart<'a>> {
    let mut parts = vec![MessagePart::Own(content)];
    for text in shared {
        let needle = text.finder.needle().len();
        if needle < WORTH_SHARING || needle > content.len() {
            continue;
        }
        let mut next = Vec::with_capacity(parts.len());
        for part in parts {
            let MessagePart::Own(own) = part else {
                next.push(part);
                continue;
            };
            let mut rest = own;
            while let Some(at) = text.finder.find(rest.as_bytes()) {
                if at > 0 {
                    next.push(MessagePart::Own(&rest[..at]));
                }
                next.push(MessagePart::Shared(text.id));
                rest = &rest[at + needle..];
            }
            if !rest.is_empty() {
                next.push(MessagePart::Own(rest));
            }
        }
        parts = next;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Role;
    use crate::record::Digest;
    use proptest::prelude::*;
    use serde_json::Value;

    fn unfold(json: &str, texts: &[(i64, String)]) -> Vec<String> {
        let value: Value = serde_json::from_str(json).unwrap();
        let part = |part: &Value| match part {
            Value::String(own) => own.clone(),
            other => texts.iter().find(|(id, _)| *id == other["text"].as_i64().unwrap()).unwrap().1.clone(),
        };
        let message = |message: &Value| message["parts"].as_array().unwrap().iter().map(part).collect();
        value.as_array().unwrap().iter().map(message).collect()
    }

    #[test]
    fn a_shared_text_stands_once() {
        let context = "c".repeat(100);
        let messages =
            [Message::new(Role::System, context.clone()), Message::new(Role::User, format!("a {context} b {context}"))];
        let json = fold(&messages, &[&SharedText::new(7, &context)]);
        assert_eq!(
            json,
            r#"[{"role":"system","parts":[{"text":7}]},{"role":"user","parts":["a ",{"text":7}," b ",{"text":7}]}]"#
        );
    }

    #[test]
    fn images_stand_before_the_text() {
        let data = Image::Data {
            media_type: "image/png",
            sha1: Digest::of_bytes(b""),
            data: b"never kept here".as_slice().into(),
        };
        let mut message = Message::new(Role::User, "a");
        message.images = vec![data, Image::Url("https://x/\"y".to_owned())];
        assert_eq!(
            fold(&[message], &[]),
            r#"[{"role":"user","parts":[{"image":"da39a3ee5e6b4b0d3255bfef95601890afd80709"},{"image_url":"https://x/\"y"},"a"]}]"#
        );
    }

    proptest! {
        #[test]
        fn the_parts_are_the_exact_text(
            words in proptest::collection::vec("[aä\n\"]{60,70}", 1..4),
            picks in proptest::collection::vec((0usize..4, "[aä\n]{0,5}"), 0..6),
        ) {
            let texts: Vec<(i64, String)> = (1..).zip(words).collect();
            let pieces = picks.iter().flat_map(|(pick, own)| [own.as_str(), &texts[pick % texts.len()].1]);
            let content: String = pieces.collect();
            let shared: Vec<SharedText> = texts.iter().map(|(id, text)| SharedText::new(*id, text)).collect();
            let json = fold(&[Message::new(Role::User, content.clone())], &shared.iter().collect::<Vec<_>>());
            prop_assert_eq!(unfold(&json, &texts), vec![content]);
        }
    }
}
