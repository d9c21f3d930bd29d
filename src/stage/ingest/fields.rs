//! The fields of a row: how the run file keeps them, and the id that is made of them.

use crate::record::{RowId, canonical};

/// Returns the positions of the columns sorted by name: the canonical order of fields.
#[must_use]
pub fn sorted_columns(columns: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by(|a, b| columns[*a].encode_utf16().cmp(columns[*b].encode_utf16()));
    order
}

/// Returns the id of a row without a key: of its fields by name and its number among equal rows, from 1. The order of
/// the columns in the file does not matter.
#[must_use]
pub fn row_id(columns: &[String], sorted: &[usize], fields: &[String], occurrence: i64, buffer: &mut Vec<u8>) -> RowId {
    canonical_fields(columns, sorted, fields, buffer);
    RowId::of_canonical(&[buffer, occurrence.to_string().as_bytes()])
}

/// Replaces `buffer` with the fields as a canonical JSON object.
pub fn canonical_fields(columns: &[String], sorted: &[usize], fields: &[String], buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.push(b'{');
    for (position, index) in sorted.iter().enumerate() {
        if position > 0 {
            buffer.push(b',');
        }
        canonical::write_str(&columns[*index], buffer);
        buffer.push(b':');
        canonical::write_str(&fields[*index], buffer);
    }
    buffer.push(b'}');
}

/// Returns the fields as the run file keeps them: a JSON list in the order of the columns.
pub(super) fn fields_text(fields: &[String]) -> String {
    let mut out = Vec::with_capacity(fields.iter().map(|it| it.len() + 3).sum::<usize>() + 2);
    out.push(b'[');
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        canonical::write_str(field, &mut out);
    }
    out.push(b']');
    canonical::text_of(out)
}

/// Reads the column `fields`: one text per column of the data set.
pub fn read_fields(row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<String>> {
    parse_fields(row.get_ref("fields")?.as_str()?)
}

/// Reads the JSON list of a row's fields.
pub fn parse_fields(text: &str) -> rusqlite::Result<Vec<String>> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
}
