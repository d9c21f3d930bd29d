//! A rendered request on a page.

use std::io::{self, Write};

use serde_json::Value;

use crate::cli::page::Page;
use crate::engine::{RenderedImage, RenderedRequest};
use crate::view::text::thousands;

/// Shows a request with all that is sent.
pub fn show<W: Write>(page: &mut Page<'_, W>, request: &RenderedRequest) -> io::Result<()> {
    page.title(&title(request))?;
    parts(page, request)
}

/// What the request is for.
fn title(request: &RenderedRequest) -> String {
    let whom = match (request.purpose, &request.judge) {
        ("judge", Some(name)) => format!("Request to the judge `{name}`"),
        ("judge", None) => "Request to the judge".to_owned(),
        _ => "Request".to_owned(),
    };
    let what = match (request.row, &request.group) {
        (Some(row), _) => format!("row {row}"),
        (None, Some(group)) => format!("group {group}"),
        (None, None) => "several rows".to_owned(),
    };
    format!("{whom} of step {}, {what}, attempt {}", request.step, request.attempt)
}

/// The facts and the messages.
pub fn parts<W: Write>(page: &mut Page<'_, W>, request: &RenderedRequest) -> io::Result<()> {
    page.field("work id", &request.work_id)?;
    if let (Some(_), Some(group)) = (request.row, &request.group) {
        page.field("group", group)?;
    }
    page.field("model", &format!("{} ({})", request.model, request.provider))?;
    if let Some(wire) = &request.request {
        page.field("sent to", &wire.url)?;
    }
    if !request.parameters.is_empty() {
        let set = request.parameters.iter().map(|(name, value)| format!("{name} {}", plain(value)));
        page.field("parameters", &set.collect::<Vec<_>>().join(", "))?;
    }
    if request.sample > 1 {
        page.field("sample", &request.sample.to_string())?;
    }
    let about = if request.tokens_exact { "" } else { "about " };
    page.field("input tokens", &format!("{about}{} ({})", thousands(request.input_tokens), request.counted))?;
    if let Some(reason) = &request.no_schema {
        page.field("schema", &format!("none is sent: {reason}"))?;
    }
    page.field("request id", &request.request_id)?;
    page.field("cache id", &request.cache_id)?;
    if request.answered {
        page.field("answer", "on record: a run does not send this again")?;
    }
    if let Some(matched) = &request.matched {
        let pairs = matched.iter().map(|(name, value)| format!("{name} = {}", plain(value)));
        page.field("looked up by", &pairs.collect::<Vec<_>>().join(", "))?;
    }
    for message in &request.messages {
        page.part(message.role, &message.content)?;
        for shown in &message.images {
            page.point("  ", &image(shown))?;
        }
    }
    if let Some(schema) = &request.response_schema {
        page.part("schema, as the provider gets it", &serde_json::to_string_pretty(schema).map_err(io::Error::from)?)?;
    }
    Ok(())
}

/// An image by its name and size.
fn image(image: &RenderedImage) -> String {
    match (image.media_type, image.bytes) {
        (Some(media_type), Some(bytes)) => {
            format!("image {} ({media_type}, {} bytes)", image.name, thousands(bytes as u64))
        }
        _ => format!("image {} (an address that the provider fetches)", image.name),
    }
}

/// A value without quotation marks where it is a text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
