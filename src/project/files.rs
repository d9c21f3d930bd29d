//! Reading the files that a configuration names: texts, digests, formats and tables. Nothing here writes, but for
//! scratch files without a name.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek as _};
use std::path::Path;

use flate2::bufread::GzDecoder;
use sha1::{Digest as _, Sha1};

use crate::config;
use crate::record::Digest;
use crate::tabular::TableFormat;

/// The key of the configuration that names the template of pages.
pub(super) const PAGE_TEMPLATE: &str = "report.page_template";

/// The format of a table: `named`, or else the one of the file's extension.
pub fn format_of(named: Option<config::Format>, path: &Path) -> Option<TableFormat> {
    let named = named.map(|format| match format {
        config::Format::Csv => TableFormat::Csv,
        config::Format::Tsv => TableFormat::Tsv,
        config::Format::Psv => TableFormat::Psv,
        config::Format::Xlsx => TableFormat::Xlsx,
        config::Format::Ods => TableFormat::Ods,
        config::Format::Jsonl => TableFormat::Jsonl,
        config::Format::Json => TableFormat::Json,
    });
    named.or_else(|| TableFormat::from_extension(path))
}

/// Opens the file of a table. What is packed (`.gz`) is unpacked into a scratch file, to at most `max_unpacked` bytes.
pub fn open_table(path: &Path, max_unpacked: u64) -> io::Result<File> {
    let file = File::open(path)?;
    let is_packed = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("gz"));
    if is_packed { unpacked(file, max_unpacked) } else { Ok(file) }
}

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Whether a file begins as a gzip file does. It is left at its start.
pub(super) fn is_gzip(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.by_ref().take(2).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head == GZIP)
}

/// What a gzip file holds, in a scratch file of at most `most` bytes.
pub(super) fn unpacked(mut file: File, most: u64) -> io::Result<File> {
    let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
    if !is_gzip(&mut file)? {
        return Err(invalid("it is no gzip file: rename it without `.gz` if it is unpacked already".to_owned()));
    }
    let mut unpacked = tempfile::tempfile()?;
    let bytes = unpack(BufReader::new(file), most, &mut unpacked).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => invalid("the gzip file ends too early".to_owned()),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            invalid(format!("the gzip file is damaged: {error}"))
        }
        _ => error,
    })?;
    if bytes > most {
        return Err(invalid(format!("it unpacks to more than {most} bytes (`input.max_unpacked_bytes`)")));
    }
    unpacked.rewind()?;
    Ok(unpacked)
}

/// Unpacks the members of a gzip file, one after the other, into a scratch file; returns how many bytes they hold.
/// Beyond `most` it stops. Zeros after a member are padding, as the programs that unpack such files have it.
fn unpack(mut packed: BufReader<File>, most: u64, into: &mut File) -> io::Result<u64> {
    let mut bytes = 0;
    loop {
        let mut member = GzDecoder::new(packed).take(most.saturating_add(1) - bytes);
        bytes += io::copy(&mut member, into)?;
        if bytes > most {
            return Ok(bytes);
        }
        packed = member.into_inner().into_inner();
        loop {
            let rest = packed.fill_buf()?;
            if rest.is_empty() {
                return Ok(bytes);
            }
            let zeros = rest.iter().take_while(|byte| **byte == 0).count();
            let is_padding = zeros == rest.len();
            packed.consume(zeros);
            if !is_padding {
                break;
            }
        }
    }
}

/// Whether a file begins as an SQLite database does.
pub(super) fn is_database(path: &Path) -> bool {
    let mut head = [0; 16];
    // A file that cannot be read is said to be so where it is read.
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && &head == b"SQLite format 3\0"
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
