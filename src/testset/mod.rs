//! Test sets: what the five files of one have to be, and whether they are it.
//!
//! [`check()`] holds the files ([`SetContent`]) to the contract, and their quotes to the documents
//! ([`SourceDocument`]). It returns all that is wrong as [`Fault`]s with their places, what the set has, and how good
//! it looks ([`Quality`]). It knows nothing of how the files were made.
//!
//! `open` and `json` make values with places of a file's bytes, `reader` reads them and says what is wrong; `subjects`,
//! `test_case`, `example` and `manifest` each read one kind of item, in the order of the files, so that a reference is
//! checked where it is read. `counts` has the rules about the whole set, `document_words` finds messages in documents.
//!
//! Pure functions over bytes and texts; may use `evidence` for lines and `likeness` for near-duplicates. It must never
//! repair anything.

mod case;
mod check;
mod counts;
mod document_words;
mod example;
mod fault;
mod file;
mod fold;
mod items;
mod json;
mod manifest;
mod messages;
mod open;
mod quality;
mod reader;
mod sources;
mod subjects;
mod test_case;
#[cfg(test)]
mod tests;

pub use check::{Checked, SetContent, check, input_path};
pub use counts::AskedCounts;
pub use document_words::CustomerMessage;
pub use fault::{Fault, FaultKind, MOST_OF_A_KIND, Note};
pub use file::SetFile;
pub use open::FileContent;
pub use quality::{Alike, LengthRow, Named, Quality, Repeated};
pub use sources::{CustomerWords, SourceDocument};
