//! What goes in: [`Input`], [`Grouping`] and [`Images`].

use serde::{Deserialize, Serialize};

use crate::config::raw::{Format, GroupingMode, InputTypes};

/// The table that is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Input {
    /// The path as written, relative to the configuration.
    pub path: String,
    /// `None` leaves it to the file's extension.
    pub format: Option<Format>,
    /// The WHATWG name of the encoding.
    pub encoding: String,
    /// The sheet of a workbook; `None` is the first.
    pub sheet: Option<String>,
    /// The column that identifies a row; `None`: its whole content does.
    pub key: Option<String>,
    pub required_columns: Vec<String>,
    /// The types of columns. Without any, they are not in the snapshot.
    #[serde(default, skip_serializing_if = "InputTypes::is_empty")]
    pub types: InputTypes,
    /// Whether cells are normalised (white space, words for no value).
    pub normalise: bool,
}

/// How rows are grouped.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Grouping {
    /// The column whose equal values form a group.
    pub column: String,
    pub mode: GroupingMode,
    /// The most rows that a group's context shows.
    pub max_rows_per_group: usize,
}

/// Where the images of prompts are, and how large they may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Images {
    /// The folder of the image files, as written.
    pub dir: String,
    /// The most bytes that one image may have.
    pub max_bytes: u64,
    /// Whether prompts may name addresses, which the provider fetches.
    pub allow_urls: bool,
}

impl Images {
    /// Whether this is the default, which no snapshot shows.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Images {
    fn default() -> Self {
        Self { dir: ".".to_owned(), max_bytes: 20 * 1024 * 1024, allow_urls: false }
    }
}
