//! Tests of reading and splitting documents.

mod encodings;
mod lines;
mod readers;
mod split;

use super::error::DocumentError;
use super::format::DocumentFormat;
use super::limits::MAX_DOCUMENT_BYTES;
use super::lines::{Ending, LineRef, numbered};
use super::note::DocumentNote;
use super::read::Document;
use super::split::{Section, Split, SplitBy, SplitRules, split};

/// Reads a document whose lines are its bytes.
fn markdown(text: &str) -> Document {
    Document::read(DocumentFormat::Markdown, text.as_bytes(), None).unwrap()
}

fn plain(text: &str) -> Document {
    Document::read(DocumentFormat::Text, text.as_bytes(), None).unwrap()
}

fn message(format: DocumentFormat, bytes: &[u8], encoding: Option<&str>) -> String {
    Document::read(format, bytes, encoding).unwrap_err().to_string()
}

/// The sections as `path | first-last`.
fn shown(split: &Split) -> Vec<String> {
    let section = |it: &Section| format!("{} | {}-{}", it.heading_path.join(" > "), it.first_line, it.last_line);
    split.sections.iter().map(section).collect()
}

fn sections(text: &str, rules: &SplitRules) -> Vec<String> {
    shown(&super::split(&markdown(text), "folder/doc.md", rules))
}

fn at_most(max_chars: usize) -> SplitRules {
    SplitRules { max_chars, ..SplitRules::default() }
}
