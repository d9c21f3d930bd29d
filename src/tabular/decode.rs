//! Decodes bytes of any encoding into lines of text: strictly, streaming, in bounded memory.
//!
//! Bytes that the encoding does not have are an error with their line and offset, never replaced. Lines end with LF or
//! CRLF, which may be mixed. A lone CR ends them only in a text whose first line ends with one; in any other it is a
//! character like others, since what stands after it is no line of its own to the program that wrote it.

use std::io::Read;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use memchr::{memchr_iter, memchr2};

use super::error::{PlacedProblem, TableProblem};
use super::limits::MAX_LINE_BYTES;
use crate::record::encoding_named;

const RAW_BYTES: usize = 64 << 10;

/// The encoding that `label` names.
pub(super) fn encoding_of(label: &str) -> Result<&'static Encoding, TableProblem> {
    encoding_named(label).ok_or_else(|| TableProblem::UnknownEncoding(label.to_owned()))
}

/// The lines of a text in some encoding.
pub(super) struct Lines<R> {
    source: R,
    encoding: &'static Encoding,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    /// The offset in the file of `raw[raw_at]`.
    offset: u64,
    /// Whether the source has no more bytes and the decoder was told so.
    finished: bool,
    /// The problem with the bytes that follow what `text` holds.
    invalid: Option<TableProblem>,
    text: String,
    text_at: usize,
    line: u64,
    bom: bool,
    /// Whether a lone CR ends a line; `None` before the first line has ended.
    cr_ends: Option<bool>,
    lone_crs: u64,
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnding {
    Lf,
    CrLf,
    Cr,
    /// The last line, without an ending.
    None,
}

impl LineEnding {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
            Self::None => "",
        }
    }
}

impl<R: Read> Lines<R> {
    /// Opens a text at its start and skips its byte order mark. `label` names the encoding.
    pub(super) fn open(source: R, label: &str) -> Result<Self, PlacedProblem> {
        let encoding = encoding_of(label)?;
        let mut lines = Self {
            source,
            encoding,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: Vec::with_capacity(RAW_BYTES),
            raw_at: 0,
            offset: 0,
            finished: false,
            invalid: None,
            text: String::with_capacity(RAW_BYTES * 3),
            text_at: 0,
            line: 0,
            bom: false,
            cr_ends: None,
            lone_crs: 0,
        };
        lines.read_raw()?;
        lines.skip_byte_order_mark(label)?;
        Ok(lines)
    }

    /// The number of the line that was read last, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether the text began with a byte order mark.
    pub(super) fn bom(&self) -> bool {
        self.bom
    }

    /// Whether lines end with a lone CR.
    pub(super) fn cr_ends(&self) -> bool {
        self.cr_ends == Some(true)
    }

    /// How many lone CRs were read as text.
    pub(super) fn lone_crs(&self) -> u64 {
        self.lone_crs
    }

    /// Returns the source, at whatever position it is.
    pub(super) fn into_source(self) -> R {
        self.source
    }

    /// Reads the next line, without its ending, into `into`. Returns how it ended; `None` at the end of the text.
    pub(super) fn next_into(&mut self, into: &mut String) -> Result<Option<LineEnding>, PlacedProblem> {
        into.clear();
        self.line += 1;
        loop {
            if self.text_at == self.text.len() && !self.fill()? {
                self.line -= u64::from(into.is_empty());
                return Ok((!into.is_empty()).then_some(LineEnding::None));
            }
            let rest = &self.text[self.text_at..];
            let Some(end) = memchr2(b'\n', b'\r', rest.as_bytes()) else {
                self.push(into, self.text.len())?;
                continue;
            };
            let lf = rest.as_bytes()[end] == b'\n';
            self.push(into, self.text_at + end)?;
            self.text_at += 1;
            let ending = if lf {
                LineEnding::Lf
            } else if self.skip_lf()? {
                LineEnding::CrLf
            } else {
                LineEnding::Cr
            };
            // A CR that ends the text ends its last line.
            let at_end = self.text_at == self.text.len();
            if ending == LineEnding::Cr && !*self.cr_ends.get_or_insert(true) && !at_end {
                into.push('\r');
                self.lone_crs += 1;
                continue;
            }
            self.cr_ends.get_or_insert(false);
            return Ok(Some(ending));
        }
    }

    /// The text that was decoded and not taken yet, without regard to lines; `None` at the end. Whoever reads in this
    /// way reads no lines.
    pub(super) fn piece(&mut self) -> Result<Option<&str>, PlacedProblem> {
        self.line = self.line.max(1);
        if self.text_at == self.text.len() && !self.fill()? {
            return Ok(None);
        }
        Ok(Some(&self.text[self.text_at..]))
    }

    /// Takes the first `bytes` of the current piece, and counts its lines.
    pub(super) fn take(&mut self, bytes: usize) {
        let end = (self.text_at + bytes).min(self.text.len());
        self.line += memchr_iter(b'\n', &self.text.as_bytes()[self.text_at..end]).count() as u64;
        self.text_at = end;
    }

    fn push(&mut self, into: &mut String, end: usize) -> Result<(), PlacedProblem> {
        into.push_str(&self.text[self.text_at..end]);
        self.text_at = end;
        if into.len() > MAX_LINE_BYTES {
            return Err(PlacedProblem::at(self.line, TableProblem::LineTooLong));
        }
        Ok(())
    }

    fn skip_lf(&mut self) -> Result<bool, PlacedProblem> {
        if self.text_at == self.text.len() {
            // Invalid bytes after the CR belong to the next line.
            self.line += 1;
            let more = self.fill()?;
            self.line -= 1;
            if !more {
                return Ok(false);
            }
        }
        let lf = self.text.as_bytes()[self.text_at] == b'\n';
        self.text_at += usize::from(lf);
        Ok(lf)
    }

    /// Decodes the next piece of text; returns false at the end.
    fn fill(&mut self) -> Result<bool, PlacedProblem> {
        self.text.clear();
        self.text_at = 0;
        while self.text.is_empty() {
            if let Some(problem) = self.invalid.take() {
                return Err(PlacedProblem::at(self.line, problem));
            }
            if self.finished {
                return Ok(false);
            }
            let last = self.raw_at == self.raw.len() && !self.read_raw()?;
            let (result, read) =
                self.decoder.decode_to_string_without_replacement(&self.raw[self.raw_at..], &mut self.text, last);
            self.raw_at += read;
            self.offset += read as u64;
            match result {
                DecoderResult::InputEmpty => self.finished = last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => {
                    self.invalid = Some(self.invalid_bytes(usize::from(length), usize::from(after)));
                }
            }
        }
        Ok(true)
    }

    fn invalid_bytes(&self, length: usize, after: usize) -> TableProblem {
        let end = self.raw_at.saturating_sub(after);
        let bytes = &self.raw[end.saturating_sub(length)..end];
        TableProblem::InvalidBytes {
            encoding: self.encoding.name(),
            offset: self.offset.saturating_sub((length + after) as u64),
            bytes: bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" "),
        }
    }

    /// Reads the next piece of bytes; returns false at the end. The first piece has at least four bytes if the file
    /// has.
    fn read_raw(&mut self) -> Result<bool, PlacedProblem> {
        // Kept, so that an invalid sequence that spans two pieces is shown whole.
        const KEPT: usize = 8;
        self.raw.drain(..self.raw.len().saturating_sub(KEPT));
        self.raw_at = self.raw.len();
        self.source.by_ref().take(RAW_BYTES as u64).read_to_end(&mut self.raw)?;
        Ok(self.raw_at < self.raw.len())
    }

    fn skip_byte_order_mark(&mut self, label: &str) -> Result<(), PlacedProblem> {
        // The label `utf-16` leaves the byte order open, so the mark decides.
        let either_order =
            self.encoding == UTF_16LE && !label.to_ascii_lowercase().replace(['-', '_'], "").ends_with("le");
        let (found, name, label_to_set, length) = match self.raw.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => (UTF_8, "UTF-8", "utf-8", 3),
            [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => return Err(TableProblem::Utf32.into()),
            [0xFF, 0xFE, ..] => (UTF_16LE, "UTF-16", "utf-16", 2),
            [0xFE, 0xFF, ..] => (UTF_16BE, "UTF-16 (big-endian)", "utf-16", 2),
            _ => return Ok(()),
        };
        if found == UTF_16BE && either_order {
            self.encoding = found;
            self.decoder = found.new_decoder_without_bom_handling();
        } else if found != self.encoding {
            return Err(TableProblem::OtherByteOrderMark {
                found: name,
                declared: label.to_owned(),
                label: label_to_set,
            }
            .into());
        }
        self.raw_at = length;
        self.offset = length as u64;
        self.bom = true;
        Ok(())
    }
}
