//! The fields of a row: how the run file keeps them, and the id that is made of them.

use serde::Deserialize;

use crate::record::{Field, RowId, canonical};

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

/// Replaces `buffer` with what exact tasks see of a row: its fields as canonical JSON, and which are no texts.
pub fn seen_fields(columns: &[String], sorted: &[usize], fields: &[Field], buffer: &mut Vec<u8>) {
    let texts: Vec<String> = fields.iter().map(|field| field.text.clone()).collect();
    canonical_fields(columns, sorted, &texts, buffer);
    let json: Vec<usize> = sorted.iter().copied().filter(|index| fields[*index].is_json).collect();
    for (position, index) in json.iter().enumerate() {
        buffer.extend_from_slice(if position == 0 { b",[" } else { b"," });
        canonical::write_str(&columns[*index], buffer);
    }
    if !json.is_empty() {
        buffer.push(b']');
    }
}

/// Returns the fields as the run file keeps them: a JSON list of texts in the order of the columns. Where a JSON file
/// has something else than a text, an object with the positions of these follows.
pub(super) fn fields_text(fields: &[String], json: &[usize]) -> String {
    let mut out = Vec::with_capacity(fields.iter().map(|it| it.len() + 3).sum::<usize>() + 2);
    out.push(b'[');
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        canonical::write_str(field, &mut out);
    }
    if !json.is_empty() {
        let positions: Vec<String> = json.iter().map(ToString::to_string).collect();
        out.extend_from_slice(format!(",{{\"json\":[{}]}}", positions.join(",")).as_bytes());
    }
    out.push(b']');
    canonical::text_of(out)
}

/// An element of the list that the run file keeps.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Text(String),
    Json { json: Vec<usize> },
}

/// Reads the column `fields`: one text per column of the data set.
pub fn read_fields(row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<String>> {
    parse_fields(row.get_ref("fields")?.as_str()?)
}

/// Reads the JSON list of a row's fields.
pub fn parse_fields(text: &str) -> rusqlite::Result<Vec<String>> {
    if !text.ends_with("}]") {
        return serde_json::from_str(text).map_err(unreadable);
    }
    Ok(parse_typed_fields(text)?.into_iter().map(|field| field.text).collect())
}

/// Reads the JSON list of a row's fields, each with whether it is something else than a text in a JSON file.
pub fn parse_typed_fields(text: &str) -> rusqlite::Result<Vec<Field>> {
    let kept: Vec<Kept> = serde_json::from_str(text).map_err(unreadable)?;
    let mut fields = Vec::with_capacity(kept.len());
    for kept in kept {
        match kept {
            Kept::Text(text) => fields.push(Field { text, is_json: false }),
            Kept::Json { json } => {
                for position in json {
                    if let Some(field) = fields.get_mut(position) {
                        field.is_json = true;
                    }
                }
            }
        }
    }
    Ok(fields)
}

/// Reads the column `fields`, each with whether it is something else than a text in a JSON file.
pub fn read_typed_fields(row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<Field>> {
    parse_typed_fields(row.get_ref("fields")?.as_str()?)
}

fn unreadable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
