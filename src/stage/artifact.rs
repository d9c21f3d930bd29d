//! Artifacts: files in the run file, kept byte for byte. [`ArtifactWriter`] writes one in chunks, [`read`] copies one
//! out.
//!
//! A file of one chunk is stored as it is, so that plain SQL can extract it; the chunks of a larger one are compressed.
//! A file that equals the latest one of its name is not stored again.

use std::io::{self, Write};

use rusqlite::Transaction;
use sha1::{Digest as _, Sha1};

use super::StageContext;
use crate::record::Digest;
use crate::store::sql;

/// The size of a chunk in bytes.
const CHUNK: usize = 256 * 1024;
/// The level of zstd: fast rather than small, since exports are as large as the run.
const COMPRESSION: i32 = 1;

/// A file that a stage wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Its rowid.
    pub id: i64,
    /// Its name, without folders.
    pub name: String,
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// The digest of its bytes.
    pub sha1: Digest,
    /// How many rows it has, for exports.
    pub row_count: Option<i64>,
}

/// Measures the size and the digest of bytes as they come.
#[derive(Clone, Debug, Default)]
pub struct Measure {
    hash: Sha1,
    bytes: i64,
}

impl Measure {
    pub fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    }

    /// Returns the digest of all bytes, and their number.
    #[must_use]
    pub fn finish(self) -> (Digest, i64) {
        (Digest::from_hash(self.hash.finalize().into()), self.bytes)
    }
}

/// What is written to it is only measured.
impl Write for Measure {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes one file into the run file.
pub struct ArtifactWriter<'a> {
    tx: &'a Transaction<'a>,
    id: i64,
    name: &'a str,
    media_type: &'a str,
    measure: Measure,
    pending: Vec<u8>,
    chunks: u64,
}

impl<'a> ArtifactWriter<'a> {
    /// Begins the file `name`.
    pub fn begin(tx: &'a Transaction<'a>, name: &'a str, media_type: &'a str) -> rusqlite::Result<Self> {
        tx.execute_batch("SAVEPOINT artifact")?;
        let id = sql::EXPORT_NEXT_ARTIFACT.row(tx, &[], |row| row.get("id"))?;
        Ok(Self { tx, id, name, media_type, measure: Measure::default(), pending: Vec::new(), chunks: 0 })
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> rusqlite::Result<()> {
        self.measure.add(bytes);
        self.pending.extend_from_slice(bytes);
        while self.pending.len() > CHUNK {
            let rest = self.pending.split_off(CHUNK);
            let chunk = std::mem::replace(&mut self.pending, rest);
            self.store_compressed(&chunk)?;
        }
        Ok(())
    }

    /// Completes the file. If the latest file of that name has the same bytes, nothing is stored and that file is
    /// returned.
    pub fn finish(mut self, ctx: &StageContext<'_>, row_count: Option<i64>) -> rusqlite::Result<Artifact> {
        let rest = std::mem::take(&mut self.pending);
        if self.chunks == 0 {
            self.store("identity", &rest)?;
        } else {
            self.store_compressed(&rest)?;
        }
        let (sha1, bytes) = std::mem::take(&mut self.measure).finish();
        if let Some(same) = latest(self.tx, self.name)?.filter(|it| it.sha1 == sha1) {
            self.tx.execute_batch("ROLLBACK TO artifact; RELEASE artifact")?;
            return Ok(same);
        }
        sql::EXPORT_INSERT_ARTIFACT.execute(
            self.tx,
            &[
                (":id", &self.id),
                (":manifest", &ctx.manifest),
                (":name", &self.name),
                (":media_type", &self.media_type),
                (":bytes", &bytes),
                (":sha1", &sha1),
                (":row_count", &row_count),
                (":now", &ctx.now),
            ],
        )?;
        self.tx.execute_batch("RELEASE artifact")?;
        Ok(Artifact {
            id: self.id,
            name: self.name.to_owned(),
            media_type: self.media_type.to_owned(),
            bytes,
            sha1,
            row_count,
        })
    }

    fn store_compressed(&mut self, chunk: &[u8]) -> rusqlite::Result<()> {
        let packed = zstd::bulk::compress(chunk, COMPRESSION)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        self.store("zstd", &packed)
    }

    fn store(&mut self, encoding: &str, data: &[u8]) -> rusqlite::Result<()> {
        self.chunks += 1;
        sql::EXPORT_INSERT_CHUNK
            .execute(self.tx, &[(":artifact", &self.id), (":encoding", &encoding), (":data", &data)])
            .map(|_| ())
    }
}

/// Returns the latest file of a name.
pub fn latest(connection: &rusqlite::Connection, name: &str) -> rusqlite::Result<Option<Artifact>> {
    sql::EXPORT_LATEST_ARTIFACT.first(connection, &[(":name", &name)], |row| {
        Ok(Artifact {
            id: row.get("id")?,
            name: row.get("name")?,
            media_type: row.get("media_type")?,
            bytes: row.get("bytes")?,
            sha1: row.get("sha1")?,
            row_count: row.get("row_count")?,
        })
    })
}

/// Why an artifact could not be copied out of the run file.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The run file cannot be read.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
    /// A chunk cannot be decompressed, or the bytes cannot be written where they should go.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ArtifactError {
    /// Says what to do about it, beyond what the message says.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Store(_) | Self::Io(_) => None,
        }
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Store(_) | Self::Io(_) => false,
        }
    }
}

/// Copies the bytes of an artifact (rowid) to `out`.
pub fn read(connection: &rusqlite::Connection, artifact: i64, out: &mut dyn Write) -> Result<(), ArtifactError> {
    sql::EXPORT_CHUNKS.each(connection, &[(":artifact", &artifact)], |row| {
        let data = row.get_ref("data")?.as_blob().map_err(rusqlite::Error::from)?;
        if row.get_ref("encoding")?.as_str().map_err(rusqlite::Error::from)? == "zstd" {
            out.write_all(&zstd::bulk::decompress(data, CHUNK)?)?;
        } else {
            out.write_all(data)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_byte_for_byte_and_are_stored_once() {
        let mut connection = crate::store::scratch();
        let tx = connection.transaction().unwrap();
        let ctx = StageContext { invocation: 1, manifest: 1, now: "2026-01-01T00:00:00Z" };
        let mut state = 1u32;
        for size in [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17] {
            let bytes: Vec<u8> = (0..size)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    state.to_be_bytes()[0] & 0x3f
                })
                .collect();
            let put = || {
                let mut writer = ArtifactWriter::begin(&tx, "a.bin", "application/octet-stream").unwrap();
                for part in bytes.chunks(1000) {
                    writer.write(part).unwrap();
                }
                writer.finish(&ctx, None).unwrap()
            };
            let first = put();
            let again = put();
            assert_eq!(first, again, "{size}");
            let mut out = Vec::new();
            read(&tx, first.id, &mut out).unwrap();
            assert_eq!(out, bytes, "{size}");
        }
        let count: i64 = tx.query_row("SELECT count(*) FROM artifact", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 5);
    }
}
