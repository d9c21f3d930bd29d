//! The texts of documents, each content once: its lines, and the bytes of the file where a reader made the text.

use rusqlite::{Connection, Transaction};

use super::error::IngestError;
use crate::document::Document;
use crate::record::Digest;
use crate::store::sql;

/// What made the text of a document whose lines are its bytes.
pub const READER_OF_BYTES: &str = "bytes";

/// The size of a chunk of a file in bytes.
const CHUNK: usize = 256 * 1024;
/// The level of zstd.
const COMPRESSION: i32 = 3;

/// Stores the text of a document, unless the run file has it; returns its rowid.
pub(super) fn store(tx: &Transaction<'_>, document: &Document, sha1: Digest, bytes: &[u8]) -> Result<i64, IngestError> {
    let (format, reader) = (document.format.as_str(), document.reader.as_str());
    let known = sql::INGEST_DOCUMENT_TEXT.first(
        tx,
        &[(":sha1", &sha1), (":format", &format), (":reader", &reader)],
        |row| row.get("id"),
    )?;
    if let Some(known) = known {
        return Ok(known);
    }
    let size = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
    let id = sql::INGEST_INSERT_DOCUMENT_TEXT.insert(
        tx,
        &[
            (":sha1", &sha1),
            (":format", &format),
            (":reader", &reader),
            (":bytes", &size(bytes.len())),
            (":has_bom", &document.has_bom),
            (":line_count", &size(document.line_count())),
            (":page_count", &document.page_count),
        ],
    )?;
    for line in document.lines() {
        sql::INGEST_INSERT_LINE.execute(
            tx,
            &[
                (":document_text", &id),
                (":number", &size(line.number)),
                (":ending", &line.ending.code()),
                (":page", &line.page),
                (":text", &line.text),
            ],
        )?;
    }
    if reader != READER_OF_BYTES {
        for chunk in bytes.chunks(CHUNK) {
            let packed = zstd::bulk::compress(chunk, COMPRESSION)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            let (encoding, data) = if packed.len() < chunk.len() { ("zstd", &*packed) } else { ("identity", chunk) };
            sql::INGEST_INSERT_DOCUMENT_FILE
                .execute(tx, &[(":document_text", &id), (":encoding", &encoding), (":data", &data)])?;
        }
    }
    Ok(id)
}

/// Returns the bytes of a document whose text a reader made (rowid of its text); `None` if a chunk cannot be unpacked.
pub fn document_file(connection: &Connection, text: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut bytes = Some(Vec::new());
    sql::INGEST_DOCUMENT_FILE.each::<rusqlite::Error>(connection, &[(":document_text", &text)], |row| {
        let data = row.get_ref("data")?.as_blob()?;
        let is_packed = row.get_ref("encoding")?.as_str()? == "zstd";
        let chunk = if is_packed { zstd::bulk::decompress(data, CHUNK).ok() } else { Some(data.to_vec()) };
        match (&mut bytes, chunk) {
            (Some(bytes), Some(chunk)) => bytes.extend_from_slice(&chunk),
            (bytes, _) => *bytes = None,
        }
        Ok(())
    })?;
    Ok(bytes)
}
