//! Tables in and out: csv, tsv, psv, xlsx, ods and jsonl become records of text, and text becomes cells.
//!
//! The caller brings the bytes (`Read + Seek`) and a name for messages; this room opens no file, reads no clock and
//! depends on no other room. Text formats stream in bounded memory; a workbook's sheet is loaded whole, because its
//! format cannot be read otherwise, so a huge table belongs into csv.
//!
//! Nothing is repaired in silence: what is not a table as declared is an error that names its line, and what is
//! skipped or changed is counted in [`Notes`]. Values are text, never numbers or dates, and never interpreted.

mod decode;
mod delimited;
mod error;
mod format;
mod header;
mod jsonl;
mod names;
mod normalise;
mod sniff;
mod table;
#[cfg(test)]
mod tests;
mod workbook;
mod write;
mod zip;

pub use error::TabularError;
pub use format::Format;
pub use names::column_names;
pub use normalise::normalise;
pub use table::{Notes, ReadOptions, Record, Table};
pub use write::{csv_cell, psv_cell};

/// The longest cell that is read, in bytes of UTF-8.
pub const MAX_CELL_BYTES: usize = 16 << 20;

/// The longest line of a text format, in bytes of UTF-8.
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// The most columns a table may have: SQLite's views have 2,000 at most, and outputs need some of them.
pub const MAX_COLUMNS: usize = 1_500;
