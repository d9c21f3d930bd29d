//! The text of a Word document (docx) as Markdown.
//!
//! `package` opens the parts of the archive, `styles` says which paragraphs are headings and list items, `walk` goes
//! through a part's elements, and `blocks` writes what it finds. Tracked changes count as accepted. What is not read
//! (headers, footers, comments, the numbers of lists, pictures) is a part of the format's description for users; what a
//! document loses beyond that is a note.

mod blocks;
mod math;
mod open;
mod package;
mod styles;
mod text;
mod walk;
mod xml;

use std::collections::HashMap;

use blocks::Block;
use open::{Losses, NoteReference};
use package::Package;
use walk::Walk;

use super::error::{DocumentError, DocumentProblem};
use super::limits::MAX_DOCUMENT_BYTES;
use super::markup::indented;
use super::note::DocumentNote;
use super::reading::Reading;

/// The version of the reader. Another may make other lines of the same file.
pub(super) const READER: &str = "docx 2";

/// Reads a docx.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, DocumentError> {
    let mut package = Package::open(bytes)?;
    let styles = match package.part("styles") {
        Some(part) => styles::read(package.open_part(&part)?, &part)?,
        None => styles::Styles::default(),
    };
    let main = package.main().to_owned();
    let mut walk = Walk::new(&styles);
    walk.read(package.open_part(&main)?, &main)?;
    let (mut blocks, notes, mut losses, title) = walk.into_parts();
    // Notes may hold text boxes and tables, but no notes of their own.
    let mut texts = HashMap::new();
    for kind in ["footnotes", "endnotes"] {
        if let Some(part) = package.part(kind) {
            let mut walk = Walk::new(&styles);
            walk.read(package.open_part(&part)?, &part)?;
            losses.add(walk.losses());
            let notes = walk.into_notes().into_iter();
            texts.extend(notes.map(|(id, note)| (NoteReference { part: kind, id }, blocks::markdown(&note))));
        }
    }
    let mut note_bytes = 0;
    for (index, reference) in notes.iter().enumerate() {
        let text = texts.get(reference).map_or("", String::as_str);
        // One note may be referred to often.
        note_bytes += text.len();
        if note_bytes > MAX_DOCUMENT_BYTES {
            return Err(DocumentProblem::Expands { limit: MAX_DOCUMENT_BYTES as u64 }.into());
        }
        blocks.push(Block::Note(format!("[^{}]: {}", index + 1, indented(text, 4))));
    }
    let text = blocks::markdown(&blocks);
    Ok(Reading { text, reader: READER.to_owned(), title, notes: losses_told(&losses), ..Reading::default() })
}

fn losses_told(losses: &Losses) -> Vec<DocumentNote> {
    let told = [
        (losses.hidden, "pieces of hidden text are left out"),
        (losses.symbols, "characters of symbol fonts, such as Wingdings, stand as U+FFFD"),
        (losses.drawings, "diagrams and charts are left out with their text"),
        (losses.formulas, "formulas have parts, such as matrices or accents, whose form is lost"),
        (losses.chunks, "embedded documents (altChunk) are left out"),
    ];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, what)| DocumentNote::Skipped(format!("{what} ({count})"))).collect()
}
