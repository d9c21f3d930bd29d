//! What a zip archive holds and how far it would expand, from its central directory alone.
//!
//! Nothing is unpacked here. The sizes are those that the archive declares.

use std::io::{self, Read, Seek, SeekFrom};

const END_BYTES: u64 = 22;
const COMMENT_BYTES: u64 = 0xffff;
const ENTRY_BYTES: usize = 46;
const DIRECTORY_BYTES: u64 = 64 << 20;

/// An archive as its directory describes it.
#[derive(Debug)]
pub(super) struct Archive {
    /// What kind of document it is, by the names of its entries.
    pub(super) kind: ArchiveKind,
    /// The sum of the entries' compressed sizes, in bytes.
    pub(super) compressed: u64,
    /// The sum of the entries' unpacked sizes, in bytes, as declared.
    pub(super) uncompressed: u64,
}

/// What kind of document an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchiveKind {
    Xlsx,
    Xlsb,
    Word,
    OpenDocument,
    Other,
}

/// Why an archive could not be surveyed.
#[derive(Debug)]
pub(super) enum SurveyError {
    Io(io::Error),
    Damaged(&'static str),
}

impl From<io::Error> for SurveyError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl ArchiveKind {
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Xlsx => "an Excel workbook (xlsx)",
            Self::Xlsb => "a binary Excel workbook (xlsb)",
            Self::Word => "a Word document",
            Self::OpenDocument => "an OpenDocument file (ods)",
            Self::Other => "a zip archive",
        }
    }

    fn of_entry(name: &[u8]) -> Option<Self> {
        match name {
            b"xl/workbook.bin" => Some(Self::Xlsb),
            b"word/document.xml" => Some(Self::Word),
            b"content.xml" => Some(Self::OpenDocument),
            // The workbook's part may have any name; this folder is always there.
            _ if name.starts_with(b"xl/") => Some(Self::Xlsx),
            _ => None,
        }
    }
}

impl Archive {
    /// Whether it would expand further than any real workbook does.
    pub(super) fn is_implausible(&self) -> bool {
        const ALWAYS: u64 = 2 << 30;
        const WHEN_DENSE: u64 = 100 << 20;
        self.uncompressed > ALWAYS || (self.uncompressed > WHEN_DENSE && self.uncompressed / 200 > self.compressed)
    }
}

/// Reads the central directory.
pub(super) fn survey<R: Read + Seek>(source: &mut R) -> Result<Archive, SurveyError> {
    let (start, length) = find_directory(source)?;
    if length > DIRECTORY_BYTES {
        return Err(SurveyError::Damaged("its directory is too large"));
    }
    source.seek(SeekFrom::Start(start))?;
    let mut directory = Vec::new();
    source.by_ref().take(length).read_to_end(&mut directory)?;
    let mut archive = Archive { kind: ArchiveKind::Other, compressed: 0, uncompressed: 0 };
    let mut rest = directory.as_slice();
    while rest.starts_with(b"PK\x01\x02") {
        let damaged = SurveyError::Damaged("its directory ends early");
        let lengths = (u16_at(rest, 28), u16_at(rest, 30), u16_at(rest, 32));
        let (Some(name), Some(extra), Some(comment)) = lengths else { return Err(damaged) };
        let (name, extra) = (usize::from(name), usize::from(extra));
        let end = ENTRY_BYTES + name + extra + usize::from(comment);
        if rest.len() < end {
            return Err(damaged);
        }
        let sizes = sizes(rest, &rest[ENTRY_BYTES + name..ENTRY_BYTES + name + extra]);
        archive.compressed = archive.compressed.saturating_add(sizes.0);
        archive.uncompressed = archive.uncompressed.saturating_add(sizes.1);
        match ArchiveKind::of_entry(&rest[ENTRY_BYTES..ENTRY_BYTES + name]) {
            // A binary workbook has this folder too, beside its own sign.
            Some(ArchiveKind::Xlsx) if archive.kind != ArchiveKind::Other => {}
            Some(kind) => archive.kind = kind,
            None => {}
        }
        rest = &rest[end..];
    }
    Ok(archive)
}

/// Finds the central directory: its offset and its length.
fn find_directory<R: Read + Seek>(source: &mut R) -> Result<(u64, u64), SurveyError> {
    let incomplete = SurveyError::Damaged("the end of the archive is missing");
    let length = source.seek(SeekFrom::End(0))?;
    let tail_start = length.saturating_sub(END_BYTES + COMMENT_BYTES);
    source.seek(SeekFrom::Start(tail_start))?;
    let mut tail = Vec::new();
    source.by_ref().take(END_BYTES + COMMENT_BYTES).read_to_end(&mut tail)?;
    let Some(end) = memchr::memmem::rfind(&tail, b"PK\x05\x06") else { return Err(incomplete) };
    let (Some(size), Some(start)) = (u32_at(&tail, end + 12), u32_at(&tail, end + 16)) else {
        return Err(incomplete);
    };
    if size != u32::MAX && start != u32::MAX {
        return Ok((u64::from(start), u64::from(size)));
    }
    // Zip64: a locator of 20 bytes before the end says where the larger record is.
    let locator = end.checked_sub(20).filter(|&at| tail[at..].starts_with(b"PK\x06\x07"));
    let Some(record) = locator.and_then(|at| u64_at(&tail, at + 8)) else { return Err(incomplete) };
    source.seek(SeekFrom::Start(record))?;
    let mut bytes = Vec::new();
    source.by_ref().take(56).read_to_end(&mut bytes)?;
    match (bytes.starts_with(b"PK\x06\x06"), u64_at(&bytes, 40), u64_at(&bytes, 48)) {
        (true, Some(size), Some(start)) => Ok((start, size)),
        _ => Err(incomplete),
    }
}

/// An entry's compressed and uncompressed size; those above 4 GiB are in its zip64 field.
fn sizes(entry: &[u8], extra: &[u8]) -> (u64, u64) {
    let mut compressed = u32_at(entry, 20).map_or(u64::MAX, u64::from);
    let mut uncompressed = u32_at(entry, 24).map_or(u64::MAX, u64::from);
    let mut rest = extra;
    while let (Some(id), Some(length)) = (u16_at(rest, 0), u16_at(rest, 2)) {
        let field = rest.get(4..4 + usize::from(length)).unwrap_or_default();
        if id == 1 {
            // The field holds only the sizes that did not fit, the uncompressed one first.
            let mut at = 0;
            if uncompressed == u64::from(u32::MAX) {
                uncompressed = u64_at(field, at).unwrap_or(uncompressed);
                at += 8;
            }
            if compressed == u64::from(u32::MAX) {
                compressed = u64_at(field, at).unwrap_or(compressed);
            }
        }
        rest = rest.get(4 + usize::from(length)..).unwrap_or_default();
    }
    (compressed, uncompressed)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
