//! Static pages of documents: one for each, with all its lines, what cites them and by which claim; and an index.
//!
//! [`DocumentPage`] renders them one after the other. Lines have the anchors `#L12`, and claims `#C3`, by their place
//! on the page. Every value is escaped, nothing in a page runs, and its policy lets it load nothing. The same record
//! makes the same bytes. Nothing here opens files: pages are written to what the caller gives.

mod claims;
mod error;
mod escape;
mod index;
mod lines;
mod page;
mod strip;

pub use error::DocumentPageError;
pub use index::{DocumentIndex, IndexEntry};
pub use page::DocumentPage;

use crate::record::Digest;

/// The folder that the pages are in, beside the report.
pub const FOLDER: &str = "documents";

/// The page's one style block.
const STYLE: &str = include_str!("../../../templates/documents/style.css");

/// How many characters of a document's name its page's name has at most.
const MOST: usize = 80;
/// How many digits of the digest of the name tell pages apart.
const DIGITS: usize = 8;

/// The name of the page of a document, which depends on the document's name alone and is safe on every file system.
#[must_use]
pub fn page_name(document: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() || matches!(it, '-' | '.') { it } else { '_' };
    let slug: String = document.chars().map(plain).take(MOST).collect();
    let slug = slug.trim_matches(['.', '_', '-']).to_ascii_lowercase();
    let digest = Digest::of_bytes(document.as_bytes()).to_string();
    let digest = digest.get(..DIGITS).unwrap_or(&digest);
    if slug.is_empty() { format!("{digest}.html") } else { format!("{slug}-{digest}.html") }
}

/// The name of a page of the index, by its number from 1.
#[must_use]
pub fn index_name(number: u64) -> String {
    if number <= 1 { "index.html".to_owned() } else { format!("index-{number:04}.html") }
}

/// Whether a file has the name of a page of a document or of the index.
#[must_use]
pub fn is_page(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".html") else { return false };
    let number =
        stem.strip_prefix("index-").is_some_and(|it| it.len() == 4 && it.bytes().all(|it| it.is_ascii_digit()));
    let digest = stem.rsplit('-').next().unwrap_or_default();
    let is_digest =
        digest.len() == DIGITS && digest.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
    stem == "index" || number || is_digest
}

#[cfg(test)]
mod tests;
