//! The file that rows come from: [`SourceFile`].

use serde_json::{Value, json};

use super::document_columns::DOCUMENTS;
use super::error::IngestError;
use crate::record::{ColumnKind, DatasetId, Digest};

/// The file that rows come from.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Without folders; of a collection of knowledge its name.
    pub name: String,
    /// The format that it is read in.
    pub format: String,
    /// The digest of its bytes.
    pub sha1: Digest,
    pub bytes: u64,
    /// The settings that change rows: encoding, sheet, key.
    pub options: Value,
    /// The column that identifies rows, if there is one.
    pub key: Option<String>,
    /// What the cells of each column are.
    pub kinds: Vec<ColumnKind>,
    /// Whether the types among them were inferred.
    pub is_inferred: bool,
    /// Whether there may be no row.
    pub may_be_empty: bool,
    pub role: DatasetRole,
}

/// What the rows of a data set are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatasetRole {
    Input,
    /// The answers that are right.
    Gold,
    /// Rows that the pinned task is asked about again and again. They are the input of their run file.
    Canary,
    /// A collection of documents that prompts look things up in.
    Knowledge,
}

impl DatasetRole {
    /// The word in the run file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Gold => "gold",
            Self::Canary => "canary",
            Self::Knowledge => "knowledge",
        }
    }
}

impl SourceFile {
    /// Returns the id of the data set that this file makes when it is read in this way.
    #[must_use]
    pub fn dataset_id(&self) -> DatasetId {
        DatasetId::of(&[json!(self.sha1.to_string()), json!(self.format), self.options.clone()])
    }

    /// Returns whether its rows are those of documents.
    #[must_use]
    pub fn is_documents(&self) -> bool {
        self.format == DOCUMENTS
    }

    /// The name of the collection, if it is one of knowledge.
    #[must_use]
    pub fn knowledge(&self) -> Option<&str> {
        (self.role == DatasetRole::Knowledge).then_some(self.name.as_str())
    }

    /// Returns the position of the key column among `columns`, from 0.
    pub fn key_index(&self, columns: &[String]) -> Result<Option<usize>, IngestError> {
        let Some(key) = &self.key else { return Ok(None) };
        columns.iter().position(|column| column == key).map(Some).ok_or_else(|| IngestError::NoKeyColumn {
            key: key.clone(),
            name: self.name.clone(),
            columns: columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "),
        })
    }

    /// Says which types were inferred; `None` where none were asked for.
    #[must_use]
    pub fn inferred(&self, columns: &[String]) -> Option<String> {
        if !self.is_inferred {
            return None;
        }
        let typed = columns.iter().zip(&self.kinds).filter_map(|(column, kind)| match kind {
            ColumnKind::Typed(kind) => Some(format!("`{column}` is {kind}")),
            ColumnKind::Untyped | ColumnKind::Json => None,
        });
        let typed: Vec<String> = typed.collect();
        let found = if typed.is_empty() { "every column is text".to_owned() } else { typed.join(", ") };
        Some(format!(
            "`input.types: infer` took these from the cells: {found}; name the types to keep them as they are"
        ))
    }

    /// Returns what the manifest lists as read.
    #[must_use]
    pub fn inputs(&self) -> Value {
        let mut inputs = json!({
            "dataset_id": self.dataset_id().to_string(), "name": self.name, "format": self.format,
            "sha1": self.sha1.to_string(), "bytes": self.bytes, "options": self.options,
        });
        if let Some(name) = self.knowledge() {
            inputs["knowledge"] = json!(name);
        }
        if self.role == DatasetRole::Gold {
            inputs["role"] = json!(self.role.as_str());
        }
        inputs
    }
}
