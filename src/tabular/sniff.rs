//! Recognises what a file is by its first bytes, because files are often given the wrong name or format.

use std::io::{Read, Seek, SeekFrom};

use super::error::{GZIP, PlacedProblem, TableProblem};
use super::format::TableFormat;
use super::zip;

const HEAD_BYTES: u64 = 64;

/// The first bytes of kinds of files that are not tables, and what messages call these.
const SIGNATURES: [(&[u8], &str); 17] = [
    (b"%PDF-", "a PDF document"),
    (b"PAR1\x15", "a Parquet file"),
    (b"ARROW1\0\0", "an Arrow file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x1f\x8b", GZIP),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"BZh91AY", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (xls) or one with a password"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"{\\rtf", "an RTF document"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
];

/// Refuses a file whose first bytes contradict the format, and leaves the source at its start.
pub(super) fn check<R: Read + Seek>(source: &mut R, format: TableFormat) -> Result<(), PlacedProblem> {
    source.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    source.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    if head.is_empty() {
        return Err(TableProblem::Empty.into());
    }
    let is_zip = head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06");
    if is_zip {
        check_zip(source, format)?;
    } else if let Some(found) = kind_of(&head) {
        return Err(wrong_kind(found, format));
    } else if format.is_workbook() {
        return Err(wrong_kind("text, or something else that is no workbook", format));
    }
    source.seek(SeekFrom::Start(0))?;
    Ok(())
}

fn check_zip<R: Read + Seek>(source: &mut R, format: TableFormat) -> Result<(), PlacedProblem> {
    let archive = match zip::survey(source) {
        Ok(archive) => archive,
        Err(zip::SurveyError::Io(error)) => return Err(error.into()),
        Err(zip::SurveyError::Damaged(_)) if !format.is_workbook() => return Err(wrong_kind("a zip archive", format)),
        Err(zip::SurveyError::Damaged(why)) => return Err(TableProblem::Workbook(why.to_owned()).into()),
    };
    let expected = match format {
        TableFormat::Xlsx => archive.kind == zip::ArchiveKind::Xlsx,
        TableFormat::Ods => archive.kind == zip::ArchiveKind::OpenDocument,
        TableFormat::Csv | TableFormat::Tsv | TableFormat::Psv | TableFormat::Jsonl | TableFormat::Json => false,
    };
    if !expected {
        return Err(wrong_kind(archive.kind.describe(), format));
    }
    if archive.is_implausible() {
        let (compressed, uncompressed) = (archive.compressed, archive.uncompressed);
        return Err(TableProblem::ZipBomb { compressed, uncompressed }.into());
    }
    Ok(())
}

/// What messages call the kind of file that begins with `head`.
fn kind_of(head: &[u8]) -> Option<&'static str> {
    let starts_with = |signature: &[u8]| {
        let markup = signature.starts_with(b"<");
        let head = if markup { head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start() } else { head };
        head.get(..signature.len())
            .is_some_and(|start| start == signature || (markup && start.eq_ignore_ascii_case(signature)))
    };
    SIGNATURES.into_iter().find(|(signature, _)| starts_with(signature)).map(|(_, kind)| kind)
}

fn wrong_kind(found: &'static str, format: TableFormat) -> PlacedProblem {
    TableProblem::WrongKind { found, expected: format.as_str() }.into()
}
