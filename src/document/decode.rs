//! Decodes a document's bytes: strictly, so that bytes which the encoding does not have are an error with their place.

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::encoding_guess::likely_encoding;
use super::error::{DocumentError, DocumentPlace, DocumentProblem};
use super::lines::lines_of;
use super::note::DocumentNote;
use crate::record::encoding_named;

/// A text and how it was encoded.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) has_bom: bool,
    /// `None` where the text is the bytes themselves.
    pub(super) encoding: Option<&'static Encoding>,
    /// What speaks against the encoding that was given.
    pub(super) doubt: Option<DocumentNote>,
}

/// Decodes `bytes` as the encoding that `label` names, or as UTF-8.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> Result<Decoded, DocumentError> {
    let encoding = label.map_or(Ok(UTF_8), encoding_of)?;
    let encoding = after_byte_order_mark(bytes, encoding, label)?;
    let mark: &[u8] = match encoding {
        it if it == UTF_8 => b"\xEF\xBB\xBF",
        it if it == UTF_16LE => b"\xFF\xFE",
        it if it == UTF_16BE => b"\xFE\xFF",
        _ => b"",
    };
    let has_bom = !mark.is_empty() && bytes.starts_with(mark);
    let rest = if has_bom { &bytes[mark.len()..] } else { bytes };
    if encoding == UTF_8 {
        let text = utf_8(rest)?;
        return Ok(Decoded { text, has_bom, encoding: None, doubt: None });
    }
    let text = decode_strictly(rest, encoding)?;
    without_nul(&text)?;
    // A text in another encoding is hardly ever valid UTF-8 by chance.
    let seems_utf_8 = encoding.is_ascii_compatible() && !rest.is_ascii() && std::str::from_utf8(rest).is_ok();
    let doubt = seems_utf_8.then(|| DocumentNote::SeemsUtf8 { read_as: encoding.name().to_ascii_lowercase() });
    Ok(Decoded { text, has_bom, encoding: Some(encoding), doubt })
}

/// The encoding that `label` names.
pub(super) fn encoding_of(label: &str) -> Result<&'static Encoding, DocumentProblem> {
    encoding_named(label).ok_or_else(|| DocumentProblem::UnknownEncoding(label.to_owned()))
}

/// Holds `encoding` against the byte order mark. The label `utf-16` leaves the byte order open, so there the mark
/// decides.
fn after_byte_order_mark(
    bytes: &[u8],
    encoding: &'static Encoding,
    label: Option<&str>,
) -> Result<&'static Encoding, DocumentProblem> {
    let (found, name, label_to_set) = match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (UTF_8, "UTF-8", "utf-8"),
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => return Err(DocumentProblem::Utf32),
        [0xFF, 0xFE, ..] => (UTF_16LE, "UTF-16", "utf-16"),
        [0xFE, 0xFF, ..] => (UTF_16BE, "UTF-16 (big-endian)", "utf-16"),
        _ => return Ok(encoding),
    };
    let ends_le = |label: &str| label.to_ascii_lowercase().replace(['-', '_'], "").ends_with("le");
    let either_order = encoding == UTF_16LE && !label.is_some_and(ends_le);
    if found == encoding || (found == UTF_16BE && either_order) {
        return Ok(found);
    }
    Err(match label {
        None => DocumentProblem::OtherUnicode { name, label: label_to_set },
        Some(declared) => {
            DocumentProblem::OtherByteOrderMark { found: name, declared: declared.to_owned(), label: label_to_set }
        }
    })
}

fn utf_8(bytes: &[u8]) -> Result<String, DocumentError> {
    if memchr::memchr(0, bytes).is_some() {
        return Err(match zero_bytes(bytes) {
            Some((name, label)) => DocumentProblem::OtherUnicode { name, label }.into(),
            None => nul_at(std::str::from_utf8(bytes).unwrap_or_default()),
        });
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error,
    };
    let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
    let length = error.error_len().unwrap_or(bytes.len() - error.valid_up_to());
    let bad = hex(&bytes[error.valid_up_to()..error.valid_up_to() + length]);
    let problem = match error.error_len() {
        None => DocumentProblem::CutUtf8 { bytes: bad },
        // A text that is UTF-8 before is damaged, not in another encoding.
        Some(_) if is_mostly_utf_8(bytes) => DocumentProblem::NotUtf8 { bytes: bad },
        Some(_) => match likely_encoding(bytes) {
            Some(likely) => DocumentProblem::OtherEncoding { bytes: bad, likely },
            None => DocumentProblem::NotUtf8 { bytes: bad },
        },
    };
    Err(DocumentError { place: after(valid), problem })
}

/// Whether the characters beyond ASCII are UTF-8 more often than not.
fn is_mostly_utf_8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (mut whole, mut broken) = (0usize, 0usize);
    for character in text.chars().filter(|it| !it.is_ascii()) {
        *(if character == '\u{FFFD}' { &mut broken } else { &mut whole }) += 1;
    }
    whole >= broken
}

/// UTF-16 without a byte order mark has a zero in every second byte of the characters that most texts have, and several
/// of these in a row.
fn zero_bytes(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const IN_A_ROW: usize = 4;
    let head = &bytes[..bytes.len().min(4096) & !1];
    let seems = |zero: usize, to_unit: fn([u8; 2]) -> u16| {
        let pairs: Vec<[u8; 2]> = head.chunks_exact(2).map(|it| [it[0], it[1]]).collect();
        let zeros = pairs.iter().filter(|it| it[zero] == 0 && it[1 - zero] != 0).count();
        let others = pairs.iter().filter(|it| it[1 - zero] == 0).count();
        let in_a_row = pairs.split(|it| it[zero] != 0 || it[1 - zero] == 0).map(<[_]>::len).max().unwrap_or(0);
        let is_text = |it: [u8; 2]| to_unit(it) >= 0x20 || matches!(to_unit(it), 0x09..=0x0D);
        zeros * 10 > pairs.len() * 4
            && others * 10 < pairs.len()
            && in_a_row >= IN_A_ROW
            && pairs.iter().all(|it| is_text(*it))
    };
    match () {
        () if bytes.len() % 2 == 1 => None,
        () if seems(1, u16::from_le_bytes) => Some(("UTF-16 (little-endian)", "utf-16le")),
        () if seems(0, u16::from_be_bytes) => Some(("UTF-16 (big-endian)", "utf-16be")),
        () => None,
    }
}

fn decode_strictly(bytes: &[u8], encoding: &'static Encoding) -> Result<String, DocumentError> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let needed = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len());
    let mut text = String::with_capacity(needed);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        DecoderResult::Malformed(length, behind) => {
            let end = read.saturating_sub(usize::from(behind));
            let bad = hex(&bytes[end.saturating_sub(usize::from(length))..end]);
            let problem = DocumentProblem::InvalidBytes { bytes: bad, encoding: encoding.name() };
            Err(DocumentError { place: after(&text), problem })
        }
        DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(text),
    }
}

/// Refuses U+0000, which `SQLite`'s text functions take for the end of a text.
pub(super) fn without_nul(text: &str) -> Result<(), DocumentError> {
    if memchr::memchr(0, text.as_bytes()).is_some() { Err(nul_at(text)) } else { Ok(()) }
}

fn nul_at(text: &str) -> DocumentError {
    let place = memchr::memchr(0, text.as_bytes()).map_or(DocumentPlace::File, |at| after(&text[..at]));
    DocumentError { place, problem: DocumentProblem::Nul }
}

/// The place of what follows `text`.
fn after(text: &str) -> DocumentPlace {
    let lines = lines_of(text);
    let (line, start) = match lines.last() {
        Some(last) if last.next() == text.len() && !last.ending.as_str().is_empty() => (lines.len() + 1, text.len()),
        Some(_) => (lines.len(), lines.iter().rev().nth(1).map_or(0, |before| before.next())),
        None => (1, 0),
    };
    DocumentPlace::Line { line, column: text[start..].chars().count() + 1 }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}
