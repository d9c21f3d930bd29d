//! Compressing a file on its way, and unpacking one that was recorded. Neither a time nor a name goes into it, so that
//! the same text makes the same bytes.

use std::io::{self, Write};

use flate2::write::{GzDecoder, GzEncoder};
use flate2::{Compression, GzBuilder};
use rusqlite::Connection;

use super::sink::Sink;
use crate::config::Packing;
use crate::stage::artifact::{self, ArtifactError, Measure};

/// The levels of compression, which are those that the programs `gzip` and `zstd` have without an option.
const GZIP_LEVEL: u32 = 6;
const ZSTANDARD_LEVEL: i32 = 3;
/// How many packed bytes are handed on at once.
const PIECE: usize = 64 * 1024;

/// Compresses the pieces of a text.
pub(super) enum Packer {
    Gzip(GzEncoder<Vec<u8>>),
    Zstandard(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Packer {
    pub(super) fn new(packing: Packing) -> io::Result<Self> {
        Ok(match packing {
            Packing::Gzip => Self::Gzip(GzBuilder::new().write(Vec::new(), Compression::new(GZIP_LEVEL))),
            Packing::Zstandard => {
                let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), ZSTANDARD_LEVEL)?;
                encoder.include_checksum(true)?;
                Self::Zstandard(encoder)
            }
        })
    }

    /// Adds a piece of the text; hands on what is packed so far.
    pub(super) fn add(&mut self, bytes: &[u8], sink: Sink<'_>) -> rusqlite::Result<()> {
        let packed = match self {
            Self::Gzip(encoder) => {
                encoder.write_all(bytes).map_err(failed)?;
                encoder.get_mut()
            }
            Self::Zstandard(encoder) => {
                encoder.write_all(bytes).map_err(failed)?;
                encoder.get_mut()
            }
        };
        if packed.len() >= PIECE {
            sink(packed)?;
            packed.clear();
        }
        Ok(())
    }

    /// Ends the file; hands on its rest.
    pub(super) fn finish(self, sink: Sink<'_>) -> rusqlite::Result<()> {
        let rest = match self {
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstandard(encoder) => encoder.finish(),
        };
        sink(&rest.map_err(failed)?)
    }
}

/// The error of a compressor, which has no other cause than memory.
pub(super) fn failed(error: io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// Returns the measure of the text in a compressed artifact (rowid).
pub fn unpack(connection: &Connection, artifact: i64, packing: Packing) -> Result<Measure, ArtifactError> {
    match packing {
        Packing::Gzip => {
            let mut decoder = GzDecoder::new(Measure::default());
            artifact::read(connection, artifact, &mut decoder)?;
            Ok(decoder.finish()?)
        }
        Packing::Zstandard => {
            let mut decoder = zstd::stream::write::Decoder::new(Measure::default())?;
            artifact::read(connection, artifact, &mut decoder)?;
            decoder.flush()?;
            Ok(decoder.into_inner())
        }
    }
}
