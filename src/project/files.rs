//! Reading the files that a configuration names: texts, digests and formats. Nothing here writes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha1::{Digest as _, Sha1};

use crate::config;
use crate::record::Digest;
use crate::tabular::TableFormat;

/// The format of a table: `named`, or else the one of the file's extension.
pub fn format_of(named: Option<config::Format>, path: &Path) -> Option<TableFormat> {
    let named = named.map(|format| match format {
        config::Format::Csv => TableFormat::Csv,
        config::Format::Tsv => TableFormat::Tsv,
        config::Format::Psv => TableFormat::Psv,
        config::Format::Xlsx => TableFormat::Xlsx,
        config::Format::Ods => TableFormat::Ods,
        config::Format::Jsonl => TableFormat::Jsonl,
    });
    named.or_else(|| TableFormat::from_extension(path))
}

/// The text of a UTF-8 file, without its byte order mark.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The digest and the size (bytes) of a file, read in pieces.
pub fn digest(path: &Path) -> io::Result<(Digest, u64)> {
    digest_of(&mut File::open(path)?)
}

/// The digest and the size (bytes) of what `source` holds, read in pieces.
pub fn digest_of(source: &mut impl Read) -> io::Result<(Digest, u64)> {
    let mut hash = Sha1::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            return Ok((Digest::from_hash(hash.finalize().into()), bytes));
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
}
