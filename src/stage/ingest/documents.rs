//! Documents become rows. Each is read once more than it was digested, one at a time, so that memory does not grow with
//! their number: its lines go into `line`, once for each content, and its sections into `input_row`.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use super::dataset::Dataset;
use super::document_notes::DocumentNotes;
use super::document_text;
use super::error::IngestError;
use super::rows::{NewRow, insert_dataset, insert_row};
use super::source::SourceFile;

use crate::document::{Document, DocumentFormat, Section, SplitRules, numbered, reader_of, split};
use crate::record::document::DOCUMENT_COLUMNS;
use crate::record::{Digest, RowId};
use crate::stage::{ManifestContent, StageContext};
use crate::store::sql;

/// What stands between two headings of a heading path.
const PATH_SEPARATOR: &str = " > ";

/// A document that is to be ingested.
#[derive(Clone, Copy, Debug)]
pub struct DocumentEntry<'a> {
    pub name: &'a str,
    pub format: DocumentFormat,
    /// The digest of its bytes when the documents were listed.
    pub sha1: Digest,
}

/// What documents are ingested with.
pub struct DocumentRequest<'a> {
    pub source: &'a SourceFile,
    pub rules: &'a SplitRules,
    /// The label of their encoding; `None` is UTF-8.
    pub encoding: Option<&'a str>,
    /// What is said of the documents, beside what is found in them.
    pub notes: Vec<String>,
}

/// Returns the id of a row: it does not depend on its text or its lines.
#[must_use]
pub fn document_row_id(document: &str, section: &Section) -> RowId {
    RowId::of(&[json!({
        "document": document, "heading_path": section.heading_path, "occurrence": section.occurrence,
    })])
}

/// Returns the cells of a row, in the order of [`DOCUMENT_COLUMNS`].
#[must_use]
pub fn document_fields(document: &Document, name: &str, section: &Section) -> Vec<String> {
    let (first, last) = (section.first_line, section.last_line);
    vec![
        name.to_owned(),
        section.title.clone(),
        section.heading_path.join(PATH_SEPARATOR),
        first.to_string(),
        last.to_string(),
        document.text_of(first, last),
        numbered(document.lines_between(first, last).map(|line| line.text)),
    ]
}

/// How much was ingested.
#[derive(Default)]
struct Counts {
    rows: i64,
    lines: u64,
    pages: u64,
}

/// Reads documents into a new data set. `read` returns the bytes of each.
pub fn ingest_documents<'a>(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &DocumentRequest<'_>,
    entries: impl Iterator<Item = DocumentEntry<'a>>,
    read: &mut dyn FnMut(usize) -> Result<Vec<u8>, IngestError>,
) -> Result<(Dataset, ManifestContent), IngestError> {
    let source = request.source;
    let dataset: i64 = sql::INGEST_NEXT_DATASET.row(tx, &[], |row| row.get("id"))?;
    let mut counts = Counts::default();
    let mut notes = DocumentNotes::default();
    let mut documents = 0;
    for (index, entry) in entries.enumerate() {
        let bytes = read(index)?;
        if Digest::of_bytes(&bytes) != entry.sha1 {
            return Err(IngestError::DocumentChanged { name: entry.name.to_owned() });
        }
        one(tx, ctx, request, (dataset, index + 1, entry), &bytes, &mut counts, &mut notes)?;
        documents += 1;
    }
    let columns: Vec<String> = DOCUMENT_COLUMNS.map(str::to_owned).into();
    insert_dataset(tx, ctx, source, dataset, &columns, counts.rows)?;
    let mut manifest = json!({
        "documents": documents, "sections": counts.rows, "rows": counts.rows, "lines": counts.lines,
        "bytes": source.bytes, "columns": columns.len(),
    });
    if counts.pages > 0 {
        manifest["pages"] = json!(counts.pages);
    }
    let placed =
        |note: String| if source.knowledge().is_some() { format!("knowledge `{}`: {note}", source.name) } else { note };
    let said: Vec<String> = request.notes.iter().cloned().chain(notes.to_say()).map(placed).collect();
    if !said.is_empty() {
        manifest["notes"] = json!(said);
    }
    let outputs = json!({"dataset": dataset, "columns": columns});
    let content = ManifestContent { inputs: source.inputs(), outputs, counts: manifest };
    Ok((Dataset { id: dataset, columns, kinds: source.kinds.clone(), is_documents: true }, content))
}

/// Ingests one document.
fn one(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &DocumentRequest<'_>,
    (dataset, number, entry): (i64, usize, DocumentEntry<'_>),
    bytes: &[u8],
    counts: &mut Counts,
    notes: &mut DocumentNotes,
) -> Result<(), IngestError> {
    let document = Document::read(entry.format, bytes, request.encoding)
        .map_err(|error| IngestError::Document { name: entry.name.to_owned(), error })?;
    let text = document_text::store(tx, &document, entry.sha1, bytes)?;
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let id = sql::INGEST_INSERT_DOCUMENT.insert(
        tx,
        &[(":dataset", &dataset), (":number", &number), (":name", &entry.name), (":document_text", &text)],
    )?;
    let parts = split(&document, entry.name, request.rules);
    for section in &parts.sections {
        let fields = document_fields(&document, entry.name, section);
        let line = i64::try_from(section.first_line).unwrap_or(i64::MAX);
        let row_id = document_row_id(entry.name, section);
        let row = NewRow { row_id, index: counts.rows, line, document: Some(id), fields: &fields, json: &[] };
        insert_row(tx, dataset, &row)?;
        counts.rows += 1;
    }
    counts.lines += document.line_count() as u64;
    counts.pages += document.page_count.map_or(0, u64::from);
    notes.of_document(tx, ctx, entry.name, document.notes.iter().chain(&parts.notes))?;
    notes.of_headings(tx, ctx, entry.name, &parts.sections)?;
    Ok(())
}

/// Returns how the documents of these `formats` are read and split, as the record keeps it. `format` is that of all of
/// them, if the configuration names one.
#[must_use]
pub fn document_options(
    rules: &SplitRules,
    encoding: Option<&str>,
    format: Option<DocumentFormat>,
    formats: &[DocumentFormat],
) -> Value {
    let split = json!({
        "by": rules.by.as_str(), "heading_level": rules.heading_level, "max_chars": rules.max_chars,
        "overlap_lines": rules.overlap_lines,
    });
    let mut options = json!({"split": split});
    if let Some(encoding) = encoding {
        options["encoding"] = json!(encoding);
    }
    if let Some(format) = format {
        options["format"] = json!(format.as_str());
    }
    // Another version of a reader may make other lines.
    let readers = formats.iter().filter_map(|format| Some((format.as_str().to_owned(), json!(reader_of(*format)?))));
    let readers: Map<String, Value> = readers.collect();
    if !readers.is_empty() {
        options["readers"] = Value::Object(readers);
    }
    options
}
