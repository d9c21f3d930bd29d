//! Documents that are opened to be ingested: those of the input, and those of each collection of knowledge. They are
//! listed and digested first, and read one at a time when they are ingested.

use std::fs;
use std::path::Path;

use rusqlite::Transaction;
use serde_json::json;

use super::error::EngineError;
use crate::config::{Documents, Knowledge, is_pattern};
use crate::document::{DocumentFormat, MAX_DOCUMENT_BYTES};
use crate::project::documents::{DocumentList, list};
use crate::record::Digest;
use crate::record::document::DOCUMENT_COLUMNS;
use crate::stage::ingest::{
    DOCUMENTS, Dataset, DatasetRole, DocumentEntry, DocumentRequest, IngestError, SourceFile, document_kinds,
    document_options, ingest_documents,
};
use crate::stage::{ManifestContent, StageContext};

/// Documents that are listed and not read yet.
pub(super) struct DocumentReader {
    wanted: Documents,
    list: DocumentList,
    /// The block of the configuration that has their keys.
    block: String,
    /// The collection's name; `None` for the input.
    knowledge: Option<String>,
    pub(super) columns: Vec<String>,
}

/// Lists and digests the documents of the input, whose paths are relative to `dir`.
pub(super) fn open(wanted: &Documents, dir: &Path) -> Result<(SourceFile, DocumentReader), EngineError> {
    opened(wanted, dir, "input", None)
}

/// Lists and digests the documents of the collection of knowledge at `index`.
pub(super) fn open_knowledge(
    knowledge: &Knowledge,
    index: usize,
    dir: &Path,
) -> Result<(SourceFile, DocumentReader), EngineError> {
    opened(&knowledge.documents, dir, &format!("knowledge[{index}]"), Some(&knowledge.name))
}

fn opened(
    wanted: &Documents,
    dir: &Path,
    block: &str,
    knowledge: Option<&str>,
) -> Result<(SourceFile, DocumentReader), EngineError> {
    let list = list(wanted, dir, &format!("{block}.path"))?;
    if let Some(file) = list.files.iter().find(|it| it.bytes > MAX_DOCUMENT_BYTES as u64) {
        let error = IngestError::DocumentTooLarge { name: file.name.clone(), bytes: file.bytes };
        return Err(about(error, knowledge, block).into());
    }
    let names: Vec<_> = list.files.iter().map(|it| json!([it.name, it.format.as_str(), it.sha1.to_string()])).collect();
    let is_there = |format: &DocumentFormat| list.files.iter().any(|it| it.format == *format);
    let formats: Vec<_> = DocumentFormat::ALL.into_iter().filter(is_there).collect();
    let source = SourceFile {
        name: knowledge.map_or_else(|| name_of(wanted), str::to_owned),
        format: DOCUMENTS.to_owned(),
        sha1: Digest::of_value(&json!(names)),
        bytes: list.files.iter().map(|it| it.bytes).sum(),
        options: document_options(&wanted.split.rules(), wanted.encoding.as_deref(), wanted.format(), &formats),
        key: None,
        kinds: document_kinds(),
        is_inferred: false,
        may_be_empty: false,
        role: if knowledge.is_some() { DatasetRole::Knowledge } else { DatasetRole::Input },
    };
    let columns = DOCUMENT_COLUMNS.map(str::to_owned).into();
    let (block, knowledge) = (block.to_owned(), knowledge.map(str::to_owned));
    Ok((source, DocumentReader { wanted: wanted.clone(), list, block, knowledge, columns }))
}

/// An error about a document, which names its collection if it is one of knowledge.
fn about(error: IngestError, knowledge: Option<&str>, block: &str) -> IngestError {
    match knowledge {
        Some(name) => error.of_knowledge(name, block),
        None => error,
    }
}

/// The name of the documents as people see it: that of their folder or file, or the pattern.
fn name_of(wanted: &Documents) -> String {
    let name = |path: &String| {
        let path = path.trim_start_matches("./").trim_end_matches('/');
        let is_short = is_pattern(path) && !path.starts_with(['/', '.']);
        let last = Path::new(path).file_name().map_or(path.into(), |it| it.to_string_lossy());
        if is_short { path.to_owned() } else { last.into_owned() }
    };
    wanted.paths.iter().map(name).collect::<Vec<_>>().join(", ")
}

impl DocumentReader {
    /// Reads the documents into a new data set.
    pub(super) fn ingest(
        &self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        source: &SourceFile,
    ) -> Result<(Dataset, ManifestContent), IngestError> {
        let rules = self.wanted.split.rules();
        let request = DocumentRequest {
            source,
            rules: &rules,
            encoding: self.wanted.encoding.as_deref(),
            notes: self.list.left_out.note().into_iter().collect(),
        };
        let entries =
            self.list.files.iter().map(|it| DocumentEntry { name: &it.name, format: it.format, sha1: it.sha1 });
        let ingested = ingest_documents(tx, ctx, &request, entries, &mut |index| {
            let file = &self.list.files[index];
            fs::read(&file.path).map_err(|source| IngestError::NoDocument { name: file.name.clone(), source })
        });
        ingested.map_err(|error| about(error, self.knowledge.as_deref(), &self.block))
    }
}
