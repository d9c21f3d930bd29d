//! Why the input was not taken in.

use std::borrow::Cow;

use crate::document::{DocumentError, MAX_DOCUMENT_BYTES};
use crate::record::ColumnType;
use crate::record::document::DOCUMENT_COLUMNS;
use crate::tabular::TabularError;

/// Why the input was not taken in. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error(transparent)]
    Table(#[from] TabularError),
    #[error("`input.key` is `{key}`, but {name} has no such column; its columns are {columns}")]
    NoKeyColumn { key: String, name: String, columns: String },
    #[error("{name}, line {line}: the key column `{key}` is empty")]
    EmptyKey { name: String, line: u64, key: String },
    #[error("{name}, lines {first} and {second}: both rows have the key `{value}`")]
    RepeatedKey {
        name: String,
        /// The lines of the two rows, from 1.
        first: i64,
        second: i64,
        value: String,
    },
    #[error("`input.types` names the column `{column}`, but {name} has no such column")]
    NoTypedColumn { name: String, column: String, hint: String },
    #[error("{name}, line {line}, column `{column}`: expected {}, found \"{text}\"", kind.expected())]
    NotOfType { name: String, line: u64, column: String, text: String, kind: ColumnType },
    #[error("{0} has a header but no rows")]
    NoRows(String),
    /// A document cannot be read; the error says where in it.
    #[error("{name}: {error}")]
    Document { name: String, error: DocumentError },
    /// An error about a document of a collection of knowledge, whose keys are under `block`.
    #[error("knowledge `{name}`: {}", in_block(&error.to_string(), block))]
    Knowledge {
        name: String,
        block: String,
        #[source]
        error: Box<IngestError>,
    },
    #[error("{name} has {bytes} bytes, more than the {} MB that are read of a document", MAX_DOCUMENT_BYTES / 1_000_000)]
    DocumentTooLarge { name: String, bytes: u64 },
    #[error("{name} was changed while the documents were read")]
    DocumentChanged { name: String },
    #[error("cannot read the document {name}")]
    NoDocument {
        name: String,
        #[source]
        source: std::io::Error,
    },
    #[error("`input.required_columns` names `{column}`, and rows of documents have no such column")]
    NoDocumentColumn { column: String },
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl IngestError {
    /// The key of the configuration whose value does not fit the table.
    #[must_use]
    pub fn key(&self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match self {
            Self::NoKeyColumn { .. } => "input.key",
            Self::NoTypedColumn { .. } => "input.types",
            Self::NoDocumentColumn { .. } => "input.required_columns",
            Self::Document { error, .. } => error.input_key()?,
            Self::Table(error) => error.input_key()?,
            Self::Knowledge { block, error, .. } => {
                let key = error.key()?;
                return key.strip_prefix("input.").map(|key| format!("{block}.{key}").into());
            }
            // The rest is about a line of the table, which the message names.
            _ => return None,
        }))
    }

    /// Says what to do about it, beyond what the message says.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::EmptyKey { .. } | Self::RepeatedKey { .. } => Some(
                "a key names exactly one row: correct the file, name another column, or leave `input.key` out".into(),
            ),
            Self::Table(error) => error.hint(),
            Self::NoTypedColumn { hint, .. } => Some(hint.clone().into()),
            Self::NotOfType { column, kind, .. } => Some(
                format!("correct the cell, or change `{column}: {kind}` in `input.types`; an empty cell has no value")
                    .into(),
            ),
            Self::Document { error, .. } => error.hint().map(Into::into),
            Self::Knowledge { block, error, .. } => error.hint().map(|hint| in_block(&hint, block).into()),
            Self::DocumentTooLarge { .. } => Some("split the file, or leave it out with `input.exclude`".into()),
            Self::DocumentChanged { .. } => Some("nothing was written: run it again".into()),
            Self::NoDocumentColumn { .. } => Some(format!("their columns are {}", DOCUMENT_COLUMNS.join(", ")).into()),
            Self::NoDocument { .. } => Some("it was there when the documents were listed: run it again".into()),
            Self::NoKeyColumn { .. } | Self::NoRows(_) | Self::Store(_) => None,
        }
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Table(_)
            | Self::NoKeyColumn { .. }
            | Self::EmptyKey { .. }
            | Self::RepeatedKey { .. }
            | Self::NoTypedColumn { .. }
            | Self::NotOfType { .. }
            | Self::Document { .. }
            | Self::DocumentTooLarge { .. }
            | Self::NoDocumentColumn { .. }
            | Self::NoRows(_) => true,
            Self::DocumentChanged { .. } | Self::NoDocument { .. } | Self::Store(_) => false,
            Self::Knowledge { error, .. } => error.is_usage(),
        }
    }

    /// The same about a document of the collection `name`, whose keys are under `block`.
    #[must_use]
    pub fn of_knowledge(self, name: &str, block: &str) -> Self {
        match self {
            Self::Document { .. }
            | Self::DocumentTooLarge { .. }
            | Self::DocumentChanged { .. }
            | Self::NoDocument { .. } => {
                Self::Knowledge { name: name.to_owned(), block: block.to_owned(), error: Box::new(self) }
            }
            other => other,
        }
    }
}

/// A message about a key of `input` as one about the key of another block.
fn in_block(message: &str, block: &str) -> String {
    message.replace("`input.", &format!("`{block}."))
}
