//! What goes in: [`Input`], [`Grouping`] and [`Images`].

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::document::{DocumentKind, PathList, Split};
use crate::record::ColumnType;

/// The format of a table's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// Pipe-separated values.
    Psv,
    /// An Excel workbook.
    Xlsx,
    /// An OpenDocument spreadsheet.
    Ods,
    /// One JSON object per line.
    Jsonl,
    /// One JSON array of objects.
    Json,
}

/// The format of the input: of a table, or of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputFormat {
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// Pipe-separated values.
    Psv,
    /// An Excel workbook.
    Xlsx,
    /// An OpenDocument spreadsheet.
    Ods,
    /// One JSON object per line.
    Jsonl,
    /// One JSON array of objects.
    Json,
    /// Documents in Markdown.
    Markdown,
    /// Documents of plain text.
    Text,
    /// Documents in HTML.
    Html,
    /// Documents of Word.
    Docx,
    /// Documents in PDF.
    Pdf,
}

impl InputFormat {
    /// The format of a table; `None` for one of documents.
    #[must_use]
    pub fn table(self) -> Option<Format> {
        Some(match self {
            Self::Csv => Format::Csv,
            Self::Tsv => Format::Tsv,
            Self::Psv => Format::Psv,
            Self::Xlsx => Format::Xlsx,
            Self::Ods => Format::Ods,
            Self::Jsonl => Format::Jsonl,
            Self::Json => Format::Json,
            Self::Markdown | Self::Text | Self::Html | Self::Docx | Self::Pdf => return None,
        })
    }

    /// The format of documents; `None` for one of tables.
    #[must_use]
    pub fn document(self) -> Option<DocumentKind> {
        Some(match self {
            Self::Markdown => DocumentKind::Markdown,
            Self::Text => DocumentKind::Text,
            Self::Html => DocumentKind::Html,
            Self::Docx => DocumentKind::Docx,
            Self::Pdf => DocumentKind::Pdf,
            Self::Csv | Self::Tsv | Self::Psv | Self::Xlsx | Self::Ods | Self::Jsonl | Self::Json => return None,
        })
    }
}

/// The table or the documents that are read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The file of a table, relative to this configuration; `-` is stdin, and a name that ends in `.gz` is unpacked. Or
    /// documents (`.md`, `.txt`, `.html`, `.docx`, `.pdf`): a file, a folder with all below it, a pattern such as
    /// `docs/**/*.md`, or a list of these.
    pub path: Option<PathList>,
    /// Patterns of documents that are left out, such as `drafts/**`: of their names or of their paths.
    pub exclude: Option<PathList>,
    /// How documents become rows.
    pub split: Option<Split>,
    /// A program and its arguments that write the table, in place of a file. It runs without a shell in the
    /// configuration's folder. Its output is kept in the run file; it runs again only for `--refresh`. The words are on
    /// record, so that no key may be among them.
    #[schemars(length(min = 1))]
    pub command: Option<Vec<String>>,
    /// The format; by default what the extension says, and csv for a command. In a folder of documents, only files with
    /// an extension of that format are read.
    pub format: Option<InputFormat>,
    /// The character between the cells of a csv or tsv; `tab` is a tab. By default what the format says, or, where a
    /// comma gives one column, the one of `;`, tab and `|` that gives each record equally many.
    pub delimiter: Option<String>,
    /// Whether what the file does not say is guessed from its content: the delimiter, a quote after a blank, and the
    /// dialect of a psv. Each guess is reported.
    #[schemars(extend("default" = true))]
    pub guess: Option<bool>,
    /// The text encoding, by its WHATWG name.
    #[schemars(extend("default" = "utf-8"))]
    pub encoding: Option<String>,
    /// The sheet of a workbook; by default the first.
    pub sheet: Option<String>,
    /// The column of a table whose value identifies a row; by default the row's whole content does.
    pub key: Option<String>,
    /// Columns that the table must have.
    pub required_columns: Option<Vec<String>>,
    /// Columns that no prompt shows, such as the right answers: no context has them, and a prompt that names one is an
    /// error. Prompts of judges, checks, `when`, rules and exports may use them.
    pub hidden: Option<Vec<String>>,
    /// What the cells of columns are, by the names of the columns, or `infer`, which takes the type of all cells of a
    /// column. Templates then see numbers, true and false, JSON values and dates, and a cell that is none is refused.
    pub types: Option<InputTypes>,
    /// Whether cells are normalised: each run of white space, line breaks included, becomes one space, zero-width
    /// characters are removed, and words for no value (`None`, `NaN`, `n/a`, `NULL`, `[None]`, in any case) become
    /// empty. `false` keeps every cell as it is. Documents are never normalised.
    #[schemars(extend("default" = true))]
    pub normalise: Option<bool>,
    /// The most bytes that a `.gz` may unpack to.
    #[schemars(range(min = 1), extend("default" = 4_294_967_296u64))]
    pub max_unpacked_bytes: Option<u64>,
}

/// The types of the input's columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum InputTypes {
    /// Found from the cells.
    #[schemars(extend("const" = "infer"))]
    Infer(String),
    /// By the names of the columns.
    Columns(BTreeMap<String, ColumnType>),
}

impl Default for InputTypes {
    fn default() -> Self {
        Self::Columns(BTreeMap::new())
    }
}

impl InputTypes {
    /// Whether no column has a type.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Columns(columns) if columns.is_empty())
    }
}

impl<'de> Deserialize<'de> for InputTypes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Types;
        impl<'de> Visitor<'de> for Types {
            type Value = InputTypes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("columns with their types, or `infer`")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<InputTypes, E> {
                if word == "infer" {
                    Ok(InputTypes::Infer(word.to_owned()))
                } else {
                    Err(E::unknown_variant(word, &["infer"]))
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InputTypes, A::Error> {
                let mut columns = BTreeMap::new();
                while let Some((name, kind)) = map.next_entry()? {
                    columns.insert(name, kind);
                }
                Ok(InputTypes::Columns(columns))
            }
        }
        deserializer.deserialize_any(Types)
    }
}

/// What one answer is for: a group, or a row that sees its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupingMode {
    /// One answer per group.
    GroupOutput,
    /// One answer per row; the prompt's `context` is the row's group.
    RowOutputWithGroupContext,
}

/// Groups of rows with an equal value in one column.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grouping {
    /// Whether rows are grouped; by default whether `column` is set.
    pub enabled: Option<bool>,
    /// The column whose equal values form a group.
    pub column: Option<String>,
    /// Whether there is one answer per group, or one per row with its group as context.
    #[schemars(extend("default" = "row_output_with_group_context"))]
    pub mode: Option<GroupingMode>,
    /// The most rows of a group that its context shows; the number of the others is reported.
    #[schemars(range(min = 1, max = 1_000_000), extend("default" = 50))]
    pub max_rows_per_group: Option<u64>,
}

/// Where the images of prompts are, and how large they may be.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// The folder of the image files, relative to this configuration. Prompts name files in it; a path that leads out
    /// of it is refused.
    #[schemars(extend("default" = "."))]
    pub dir: Option<String>,
    /// The most bytes that an image may have.
    #[schemars(range(min = 1, max = 104_857_600), extend("default" = 20_971_520))]
    pub max_bytes: Option<u64>,
    /// Whether prompts may name `http` and `https` addresses. The provider fetches them; Casebook never does.
    #[schemars(extend("default" = false))]
    pub allow_urls: Option<bool>,
}
