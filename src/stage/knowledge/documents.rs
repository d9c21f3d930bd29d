//! The documents of a run file, as the functions of templates read them: [`RecordedDocuments`].

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::index::{Index, IndexBuilder, IndexedPassage};
use super::lines::CopiedLines;
use crate::prompt::{DocumentLookup, DocumentUse, Retrieved};
use crate::stage::ingest::parse_fields;
use crate::store::sql;

/// The documents of the input and of collections, as far as the templates of some steps read them.
///
/// They are copied from the record once, by [`RecordedDocuments::load`], since templates are rendered where the record
/// is in use. Where no template reads any, that costs nothing.
#[derive(Debug, Default)]
pub struct RecordedDocuments {
    /// The data set of each collection (rowids).
    knowledge: BTreeMap<String, i64>,
    /// The data set of the input (rowid), if it is documents.
    input: Option<i64>,
    uses: DocumentUse,
    loaded: Mutex<Option<Loaded>>,
}

#[derive(Debug)]
struct Loaded {
    indexes: BTreeMap<String, Index>,
    lines: Option<CopiedLines>,
}

impl RecordedDocuments {
    /// The documents of the data sets `knowledge` and `input` (rowids), of which templates make these `uses`.
    #[must_use]
    pub fn new(knowledge: BTreeMap<String, i64>, input: Option<i64>, uses: DocumentUse) -> Self {
        Self { knowledge, input, uses, loaded: Mutex::new(None) }
    }

    /// Reads the documents from the record, if templates read any and they are not read yet.
    pub fn load(&self, record: &Connection) -> rusqlite::Result<()> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.is_some() || !self.uses.is_any() {
            return Ok(());
        }
        let read = || self.knowledge.iter().filter(|(name, _)| self.uses.reads(name));
        let indexes = read()
            .filter(|_| self.uses.retrieves)
            .map(|(name, dataset)| Ok((name.clone(), recorded_index(record, *dataset)?)));
        let indexes = indexes.collect::<rusqlite::Result<_>>()?;
        let with_lines = self.input.filter(|_| self.uses.input).into_iter();
        let with_lines: Vec<i64> =
            with_lines.chain(read().filter(|_| self.uses.lines).map(|(_, dataset)| *dataset)).collect();
        let lines = if with_lines.is_empty() { None } else { Some(CopiedLines::of(record, &with_lines)?) };
        *loaded = Some(Loaded { indexes, lines });
        Ok(())
    }

    /// The data set of a collection (rowid).
    fn dataset(&self, knowledge: &str) -> Result<i64, String> {
        self.knowledge.get(knowledge).copied().ok_or_else(|| {
            let known = self.knowledge.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            format!("there is no knowledge `{knowledge}`; known: {known}")
        })
    }
}

/// The index of a collection on record (rowid of its data set).
pub fn recorded_index(record: &Connection, dataset: i64) -> rusqlite::Result<Index> {
    let mut builder = IndexBuilder::new()?;
    sql::KNOWLEDGE_ROWS.each::<rusqlite::Error>(record, &[(":dataset", &dataset)], |row| {
        let fields = parse_fields(row.get_ref("fields")?.as_str()?)?;
        let [document, title, heading_path, line_start, line_end, text, ..] = fields.as_slice() else {
            return Err(rusqlite::Error::InvalidColumnName("fields".to_owned()));
        };
        let number = |text: &str| text.parse().map_err(|_| rusqlite::Error::InvalidColumnName("fields".to_owned()));
        builder.add(&IndexedPassage {
            row: row.get("id")?,
            document,
            title,
            heading_path,
            line_start: number(line_start)?,
            line_end: number(line_end)?,
            page: row.get("page")?,
            text,
        })
    })?;
    builder.finish()
}

impl DocumentLookup for RecordedDocuments {
    fn retrieve(&self, knowledge: &str, query: &str, count: u32) -> Result<Retrieved, String> {
        let dataset = self.dataset(knowledge)?;
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let index = loaded.as_ref().and_then(|it| it.indexes.get(knowledge)).ok_or_else(not_read)?;
        let passages = index.search(query, count).map_err(|error| format!("the index cannot be read: {error}"))?;
        Ok(Retrieved { dataset, passages })
    }

    fn lines(
        &self,
        knowledge: Option<&str>,
        document: &str,
        first: i64,
        last: Option<i64>,
    ) -> Result<Vec<String>, String> {
        let dataset = match knowledge {
            Some(name) => self.dataset(name)?,
            None => self.input.ok_or_else(|| "the input is no documents, but a table".to_owned())?,
        };
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = loaded.as_ref().and_then(|it| it.lines.as_ref()).ok_or_else(not_read)?;
        let found = lines.get(dataset, document, (first, last));
        found.map_err(|error| format!("the lines cannot be read: {error}"))?
    }
}

fn not_read() -> String {
    "the documents are not read here".to_owned()
}
