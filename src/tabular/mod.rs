//! Tables in and out: csv, tsv, psv, xlsx, ods, jsonl and json become records of text, and text becomes cells.
//!
//! [`Table`] reads any of the formats ([`TableFormat`]); `sniff` refuses a file that is of another kind than its
//! format says, `decode` turns bytes into lines, `delimited`, `jsonl`, `json` and `workbook` turn these into cells,
//! `header` checks the columns, and `normalise` brings cells into their normal form. `separation` and `dialect` say how
//! a text is delimited that does not say it; [`ObjectReader`] reads single objects. `write` writes psv and csv cells,
//! and `names` names the columns of results.
//!
//! The caller brings the bytes (`Read + Seek`) and a name for messages. This room opens no file, reads no clock and
//! depends on no other room. Text formats stream in bounded memory; a workbook's sheet is loaded whole, because its
//! format cannot be read otherwise, so that a huge table should be a csv.
//!
//! It must never repair anything silently: what is not a table as declared is an error that names its line, and what
//! is skipped or changed is counted in [`Notes`]. Values are text; they are never read as numbers or dates.

mod cells;
mod choice;
mod decode;
mod delimited;
mod delimiter;
mod dialect;
mod error;
mod format;
mod header;
mod json;
mod jsonl;
mod limits;
mod names;
mod normalise;
mod notes;
mod object_reader;
mod objects;
mod ods;
mod ods_cell;
mod ods_styles;
mod ods_xml;
mod separation;
mod sheet;
mod sniff;
mod table;
#[cfg(test)]
mod tests;
mod times;
mod workbook;
mod write;
mod zip;

pub use choice::ColumnChoice;
pub use error::TabularError;
pub use format::TableFormat;
pub use names::{ColumnNames, column_names};
pub use normalise::normalise;
pub use notes::Notes;
#[cfg(test)]
pub use notes::PsvDialect;
pub use object_reader::{ObjectCells, ObjectReader};
pub use table::{ReadOptions, Record, Table};
pub use workbook::worksheet_names;
pub use write::{csv_cell, psv_cell, unmarked_cell};
