//! Documents in: Markdown, text, HTML, docx and PDF become numbered lines, and these become sections.
//!
//! [`Document::read`] reads a file's bytes. Of Markdown and text the lines *are* the bytes: only LF, CRLF and CR end
//! one (`lines`), and nothing else is touched (`decode` has the encodings). The readers of the other formats (`html`,
//! `docx`, `pdf`) make a text; what they skip or lose is a [`DocumentNote`]. [`split()`] makes rows of a document:
//! headings and blocks where a `CommonMark` parser sees them (`markdown`, `front_matter`), cut by size (`pieces`).
//! [`customer_words`] and [`dialogs`] find what people say in it (`speech`).
//!
//! The caller brings the bytes and the document's name. This room opens no file, reads no clock and depends on no other
//! room.
//!
//! It must never repair anything silently: what cannot be read is an error with its line or page, and a line that is
//! not blank is in exactly one section.

mod decode;
mod docx;
mod encoding_guess;
mod error;
mod format;
mod front_matter;
mod html;
mod joined;
mod limits;
mod lines;
mod markdown;
mod markup;
mod note;
mod pdf;
mod pieces;
mod read;
mod readers;
mod reading;
mod sniff;
mod speech;
mod split;
mod table;
#[cfg(test)]
mod tests;

pub use error::DocumentError;
pub use format::DocumentFormat;
pub use limits::MAX_DOCUMENT_BYTES;
pub use lines::{Ending, numbered};
pub use note::DocumentNote;
pub use read::Document;
pub use readers::reader_of;
pub use speech::{Utterance, UtteranceKind, customer_words, dialogs};
pub use split::{Section, SplitBy, SplitRules, split};
