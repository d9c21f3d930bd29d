//! From the bytes of a file to the elements of its list.

use std::str;

use serde_json::value::RawValue;

use super::fault::{Fault, FaultKind, Faults};
use super::file::SetFile;
use super::json::{kind_of, reason};
use super::reader::{Further, Reader, Spot, need};

/// What is known of a file before it is read as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// There is no such file.
    Missing,
    /// It is there and cannot be read, and why.
    Unreadable(String),
    Bytes(Vec<u8>),
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a file, without a byte order mark; `None` after a fault that leaves nothing to read.
pub(super) fn text_of_file<'a>(file: SetFile, content: &'a FileContent, faults: &mut Faults) -> Option<&'a str> {
    let mut fault = |kind, line, found: String, expected: &str| {
        faults.add(kind, || Fault { line, ..of_file(file.name(), kind, found, expected) });
    };
    let bytes = match content {
        FileContent::Missing => {
            fault(FaultKind::File, None, "the file is missing".to_owned(), "the five files of a test set");
            return None;
        }
        FileContent::Unreadable(why) => {
            fault(FaultKind::File, None, format!("the file cannot be read: {why}"), "a file of JSON");
            return None;
        }
        FileContent::Bytes(bytes) => bytes,
    };
    let text = match bytes.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => {
            let found = "the file begins with a byte order mark, which other readers of JSON refuse";
            fault(FaultKind::Json, Some(1), found.to_owned(), "UTF-8 without a byte order mark");
            rest
        }
        None => bytes,
    };
    match str::from_utf8(text) {
        Ok(text) => Some(text),
        Err(error) => {
            let before = &text[..error.valid_up_to()];
            let line = 1 + memchr::memchr_iter(b'\n', before).count();
            let column = before.len() - before.iter().rposition(|it| *it == b'\n').map_or(0, |at| at + 1) + 1;
            let found = if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
                "the file is UTF-16".to_owned()
            } else {
                format!("byte {column} of the line is not UTF-8")
            };
            fault(FaultKind::Json, Some(line), found, "UTF-8");
            None
        }
    }
}

/// A fault of a whole file.
pub(super) fn of_file(file: &str, kind: FaultKind, found: String, expected: &str) -> Fault {
    Fault {
        kind,
        file: file.to_owned(),
        item: None,
        line: None,
        path: String::new(),
        found,
        expected: expected.to_owned(),
    }
}

/// The whole value of a file; `None` after a fault.
pub(super) fn value_of<'a>(file: SetFile, text: &'a str, faults: &mut Faults) -> Option<&'a RawValue> {
    match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let found = if text.trim().is_empty() {
                "the file is empty".to_owned()
            } else {
                format!("not JSON at column {}: {}", error.column(), reason(&error))
            };
            let line = Some(error.line().max(1));
            let fault = || Fault { line, ..of_file(file.name(), FaultKind::Json, found, "JSON") };
            faults.add(FaultKind::Json, fault);
            None
        }
    }
}

/// The elements of the one list of a file, with the list itself; `None` after a fault that leaves no list.
pub(super) fn elements<'a>(
    reader: &mut Reader<'_, 'a>,
    value: &'a RawValue,
) -> Option<(&'a RawValue, Vec<&'a RawValue>)> {
    let (list, _) = reader.file.list()?;
    let spot = Spot::item(value);
    if kind_of(value) != "an object" {
        reader.wrong_type(&spot, &format!("an object with the list `{list}`"));
        return None;
    }
    let [raw] = reader.object(&spot, &[need(list)], Further::Refused)?;
    let raw = raw?;
    Some((raw, reader.list(&spot.key(list, raw))?))
}
