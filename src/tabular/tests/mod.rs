//! Whole tables, good and bad, through the public face of the room.

mod dialects;
mod json;
mod jsonl;
mod text;
mod workbook;
mod write;

use std::io::Cursor;

use super::{Notes, ReadOptions, Table, TableFormat, TabularError};

/// A table as it was read: columns, lines with their fields, notes.
type Read = (Vec<String>, Vec<(u64, Vec<String>)>, Notes);

fn read_with(bytes: impl Into<Vec<u8>>, options: &ReadOptions) -> Result<Read, TabularError> {
    let mut table = Table::open(Cursor::new(bytes.into()), "in", options)?;
    let columns = table.columns().to_vec();
    let mut rows = Vec::new();
    while let Some(record) = table.next_record()? {
        rows.push((record.line, record.fields));
    }
    Ok((columns, rows, table.notes().clone()))
}

fn read(format: TableFormat, bytes: impl Into<Vec<u8>>) -> Read {
    read_with(bytes, &ReadOptions::new(format)).unwrap()
}

/// Reads cells as they are.
fn read_raw(format: TableFormat, bytes: impl Into<Vec<u8>>) -> Read {
    read_with(bytes, &ReadOptions { normalise: false, ..ReadOptions::new(format) }).unwrap()
}

fn error(format: TableFormat, bytes: impl Into<Vec<u8>>) -> String {
    read_with(bytes, &ReadOptions::new(format)).unwrap_err().to_string()
}

fn row<const N: usize>(line: u64, fields: [&str; N]) -> (u64, Vec<String>) {
    (line, fields.map(str::to_owned).to_vec())
}

#[track_caller]
fn assert_error(format: TableFormat, bytes: impl Into<Vec<u8>>, expected: &str) {
    let message = error(format, bytes);
    assert!(message.starts_with("in: ") && message.contains(expected), "{message}\nexpected: {expected}");
}
