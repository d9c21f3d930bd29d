//! Rules about documents: their lines are the bytes that were read, or what the reader makes of them, and their rows
//! are what the split makes of the lines.
//!
//! One document is in memory at a time. A text that a reader of another version made cannot be made again: its rows are
//! then held against its recorded lines alone.

use std::collections::HashSet;

use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use crate::document::{Document, DocumentFormat, Ending, Section, SplitBy, SplitRules, numbered, split};
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::record::document::DOCUMENT_COLUMNS;
use crate::record::{DatasetId, Digest, RowId};
use crate::stage::ingest::{
    DOCUMENTS, READER_OF_BYTES, document_fields, document_file, document_kinds, document_row_id, read_fields,
};
use crate::store::sql;

/// Checks the texts of documents, and the rows made of them.
pub(super) fn check(connection: &Connection) -> Result<Vec<VerifyCheck>, EngineError> {
    let mut pass = DocumentCheck {
        connection,
        texts: VerifyCheck::new("documents have the digests of their bytes, and their lines are what was read"),
        rows: VerifyCheck::new("rows of documents are what stands on their lines"),
        known: HashSet::new(),
    };
    let datasets = sql::VERIFY_DOCUMENT_DATASETS.all(connection, &[], RecordedDataset::read)?;
    for dataset in &datasets {
        pass.dataset(dataset)?;
    }
    pass.orphans()?;
    Ok(vec![pass.texts, pass.rows])
}

/// A data set of documents, and the manifest of its ingest.
struct RecordedDataset {
    id: i64,
    dataset_id: DatasetId,
    name: String,
    role: String,
    sha1: Digest,
    bytes: i64,
    columns: Value,
    types: Value,
    key_column: Option<String>,
    row_count: i64,
    /// What the manifest lists as read.
    inputs: Option<Value>,
}

impl RecordedDataset {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            dataset_id: row.get("dataset_id")?,
            name: row.get("name")?,
            role: row.get("role")?,
            sha1: row.get("sha1")?,
            bytes: row.get("bytes")?,
            columns: row.get("columns")?,
            types: row.get("types")?,
            key_column: row.get("key_column")?,
            row_count: row.get("row_count")?,
            inputs: row.get("inputs")?,
        })
    }

    /// How its documents were split.
    fn rules(&self) -> Option<SplitRules> {
        let split = &self.inputs.as_ref()?["options"]["split"];
        let by = [SplitBy::Document, SplitBy::Section, SplitBy::Lines];
        let count = |name: &str| split[name].as_u64().and_then(|it| usize::try_from(it).ok());
        Some(SplitRules {
            by: by.into_iter().find(|by| split["by"] == by.as_str())?,
            heading_level: u8::try_from(count("heading_level")?).ok()?,
            max_chars: count("max_chars")?,
            overlap_lines: count("overlap_lines")?,
        })
    }

    /// The label of the encoding of its documents.
    fn encoding(&self) -> Option<&str> {
        self.inputs.as_ref()?["options"]["encoding"].as_str()
    }

    /// Whether what is recorded of it follows from its manifest and from the names and contents of its documents.
    fn is_whole(&self, documents: &[Value], bytes: i64) -> bool {
        let Some(inputs) = &self.inputs else { return false };
        let id = DatasetId::of(&[json!(self.sha1.to_string()), json!(DOCUMENTS), inputs["options"].clone()]);
        let kinds: Vec<_> = document_kinds().iter().map(|kind| kind.word()).collect();
        let role = if inputs["knowledge"].is_null() { "input" } else { "knowledge" };
        let same = |key: &str, value: Value| inputs[key] == value;
        self.sha1 == Digest::of_value(&json!(documents))
            && (self.dataset_id, self.bytes, self.key_column.as_deref()) == (id, bytes, None)
            && (&self.columns, &self.types, self.role.as_str()) == (&json!(DOCUMENT_COLUMNS), &json!(kinds), role)
            && same("dataset_id", json!(id.to_string()))
            && same("sha1", json!(self.sha1.to_string()))
            && same("name", json!(self.name))
            && same("bytes", json!(bytes))
    }
}

/// A document of a data set, with its text.
struct RecordedDocument {
    id: i64,
    number: i64,
    name: String,
    text: i64,
    sha1: Digest,
    format: String,
    reader: String,
    bytes: i64,
    has_bom: bool,
    line_count: i64,
    page_count: Option<u32>,
}

impl RecordedDocument {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            number: row.get("number")?,
            name: row.get("name")?,
            text: row.get("document_text")?,
            sha1: row.get("sha1")?,
            format: row.get("format")?,
            reader: row.get("reader")?,
            bytes: row.get("bytes")?,
            has_bom: row.get("has_bom")?,
            line_count: row.get("line_count")?,
            page_count: row.get("page_count")?,
        })
    }
}

/// A recorded line.
struct RecordedLine {
    number: i64,
    ending: u8,
    page: Option<u32>,
    text: String,
}

struct DocumentCheck<'c> {
    connection: &'c Connection,
    texts: VerifyCheck,
    rows: VerifyCheck,
    /// The texts (rowids) that are checked already.
    known: HashSet<i64>,
}

impl DocumentCheck<'_> {
    fn dataset(&mut self, dataset: &RecordedDataset) -> Result<(), EngineError> {
        let (mut listed, mut bytes, mut rows) = (Vec::new(), 0i64, 0i64);
        let (mut number, mut before) = (0, String::new());
        while let Some(document) = sql::VERIFY_NEXT_DOCUMENT.first(
            self.connection,
            &[(":dataset", &dataset.id), (":after", &before)],
            RecordedDocument::read,
        )? {
            self.rows.require(document.number == number + 1, || format!("{} is not in its place", document.name));
            number = document.number;
            listed.push(json!([document.name, document.format, document.sha1.to_string()]));
            bytes = bytes.saturating_add(document.bytes);
            self.document(dataset, &document, &mut rows)?;
            before = document.name;
        }
        self.rows.require(rows == dataset.row_count, || {
            format!("{} has {} rows, and its documents make {rows}", dataset.name, dataset.row_count)
        });
        self.rows.require(dataset.is_whole(&listed, bytes), || {
            format!("the data set of {} is of other documents or settings", dataset.name)
        });
        Ok(())
    }

    /// Checks a document, and its rows from the one at `place` on.
    fn document(
        &mut self,
        dataset: &RecordedDataset,
        document: &RecordedDocument,
        place: &mut i64,
    ) -> Result<(), EngineError> {
        let lines = sql::VERIFY_LINES.all(self.connection, &[(":document_text", &document.text)], |row| {
            Ok(RecordedLine {
                number: row.get("number")?,
                ending: row.get("ending")?,
                page: row.get("page")?,
                text: row.get("text")?,
            })
        })?;
        let bytes = self.bytes(document, &lines)?;
        let read = read_again(document, bytes.as_deref(), dataset.encoding());
        if self.known.insert(document.text) {
            self.text(document, &lines, bytes.as_deref(), read.as_ref());
        }
        let expected = match (&read, dataset.rules()) {
            (Some(read), Some(rules)) => Some((read, split(read, &document.name, &rules).sections)),
            _ => None,
        };
        let first = *place;
        let count = match &expected {
            Some((_, sections)) => i64::try_from(sections.len()).unwrap_or(i64::MAX),
            None => self.count(dataset, document, first)?,
        };
        let (from, to) = (first, first.saturating_add(count));
        let rows = [(":dataset", &dataset.id as &dyn rusqlite::ToSql), (":from", &from), (":to", &to)];
        let mut sections = expected.iter().flat_map(|(_, sections)| sections.iter());
        let check = &mut self.rows;
        sql::VERIFY_ROWS_OF_DOCUMENT.each::<rusqlite::Error>(self.connection, &rows, |row| {
            let is_placed = row.get::<_, i64>("row_index")? == *place
                && row.get::<_, Option<i64>>("document")? == Some(document.id);
            let fields = read_fields(row)?;
            let is_right = match (&expected, sections.next()) {
                (Some((read, _)), Some(section)) => is_made_of(row, &fields, (read, &document.name), section)?,
                (Some(_), None) => false,
                (None, _) => stands_there(&fields, &lines),
            };
            check.require(is_placed && is_right, || format!("row {} of {}", *place + 1, document.name));
            *place += 1;
            Ok(())
        })?;
        let found = *place - first;
        check.require(found == count, || format!("{} has {found} rows of {count}", document.name));
        Ok(())
    }

    /// How many rows of a data set are those of a document, from the one at `first` on.
    fn count(&self, dataset: &RecordedDataset, document: &RecordedDocument, first: i64) -> rusqlite::Result<i64> {
        let of = [(":dataset", &dataset.id as &dyn rusqlite::ToSql), (":from", &first), (":document", &document.id)];
        let next = sql::VERIFY_FIRST_OTHER_ROW.first(self.connection, &of, |row| row.get("row_index"))?;
        Ok(next.unwrap_or(dataset.row_count).saturating_sub(first))
    }

    /// The bytes of a document, from its lines or as they are kept; `None` where a part of them cannot be unpacked.
    fn bytes(&mut self, document: &RecordedDocument, lines: &[RecordedLine]) -> rusqlite::Result<Option<Vec<u8>>> {
        let kept = document_file(self.connection, document.text)?;
        if document.reader != READER_OF_BYTES {
            return Ok(kept);
        }
        self.texts.require(kept.is_some_and(|kept| kept.is_empty()), || {
            format!("{} is kept as a file beside its lines", document.name)
        });
        let mut bytes = if document.has_bom { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
        for line in lines {
            bytes.extend_from_slice(line.text.as_bytes());
            let ending = Ending::ALL.into_iter().find(|it| it.code() == line.ending);
            bytes.extend_from_slice(ending.map_or("", Ending::as_str).as_bytes());
        }
        Ok(Some(bytes))
    }

    /// Checks a text: its digest and size, and that its lines are what the reader makes of the bytes.
    fn text(
        &mut self,
        document: &RecordedDocument,
        lines: &[RecordedLine],
        bytes: Option<&[u8]>,
        read: Option<&Document>,
    ) {
        let is_whole = bytes.is_some_and(|bytes| {
            Digest::of_bytes(bytes) == document.sha1 && i64::try_from(bytes.len()) == Ok(document.bytes)
        });
        self.texts.require(is_whole, || format!("the bytes of {} have another digest or size", document.name));
        let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        self.texts.require(count == document.line_count, || {
            format!("{} has {count} lines of {}", document.name, document.line_count)
        });
        let wrong = lines.iter().zip(1..).find(|(line, number)| line.number != *number);
        self.texts.require(wrong.is_none(), || format!("a line of {} is missing", document.name));
        let Some(read) = read else {
            let other = document.reader != READER_OF_BYTES && bytes.is_some() && is_whole;
            self.texts.require(other, || format!("{} cannot be read again", document.name));
            return;
        };
        let same_lines = read.line_count() == lines.len()
            && read
                .lines()
                .zip(lines)
                .all(|(one, two)| (one.text, one.ending.code(), one.page) == (two.text.as_str(), two.ending, two.page));
        self.texts.require(same_lines, || format!("the lines of {} are not what was read", document.name));
        let same_facts = (read.has_bom, read.page_count) == (document.has_bom, document.page_count);
        self.texts.require(same_facts, || format!("what is recorded of {} is not what was read", document.name));
    }

    /// Texts that belong to no document.
    fn orphans(&mut self) -> Result<(), EngineError> {
        let count: i64 = sql::VERIFY_DOCUMENT_TEXTS.row(self.connection, &[], |row| row.get("n"))?;
        let known = i64::try_from(self.known.len()).unwrap_or(i64::MAX);
        self.texts.require(count == known, || format!("{} texts are of no document", count - known));
        let other: i64 = sql::VERIFY_ROWS_WITH_DOCUMENT.row(self.connection, &[], |row| row.get("n"))?;
        self.rows.require(other == 0, || format!("{other} rows of tables name a document"));
        Ok(())
    }
}

/// The document as it is read now; `None` where it cannot be, or another reader made its text.
fn read_again(document: &RecordedDocument, bytes: Option<&[u8]>, encoding: Option<&str>) -> Option<Document> {
    let format = DocumentFormat::ALL.into_iter().find(|format| format.as_str() == document.format)?;
    let read = Document::read(format, bytes?, encoding).ok()?;
    (read.reader == document.reader).then_some(read)
}

/// Whether a row is the one that a section makes.
fn is_made_of(
    row: &Row<'_>,
    fields: &[String],
    (document, name): (&Document, &str),
    section: &Section,
) -> rusqlite::Result<bool> {
    let line: i64 = row.get("line")?;
    Ok(row.get::<_, RowId>("row_id")? == document_row_id(name, section)
        && usize::try_from(line) == Ok(section.first_line)
        && fields == document_fields(document, name, section))
}

/// Whether the text of a row is what stands on the lines that it names.
fn stands_there(fields: &[String], lines: &[RecordedLine]) -> bool {
    let [_, _, _, first, last, text, shown] = fields else { return false };
    let (Ok(first), Ok(last)) = (first.parse::<usize>(), last.parse::<usize>()) else { return false };
    let Some(lines) = first.checked_sub(1).and_then(|first| lines.get(first..last)) else { return false };
    let texts = || lines.iter().map(|line| line.text.as_str());
    *text == texts().collect::<Vec<_>>().join("\n") && *shown == numbered(texts())
}
