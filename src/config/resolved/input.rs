//! What goes in: [`Input`], [`Grouping`] and [`Images`].

use serde::{Deserialize, Serialize};

use super::document::Documents;
use crate::config::raw::{Format, GroupingMode, InputTypes};

/// The table or the documents that are read.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Input {
    /// The path as written, relative to the configuration; empty where a command writes the table. Of documents all
    /// paths, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The documents; `None` for a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<Documents>,
    /// The program that writes the table, and its arguments; empty where a file has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The format of a table; `None` leaves it to the file's extension.
    pub format: Option<Format>,
    /// The character between cells; `None` leaves it to the format and the file's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Whether what the file does not say is guessed from its content.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub guess: bool,
    /// The WHATWG name of the encoding.
    pub encoding: String,
    /// The sheet of a workbook; `None` is the first.
    pub sheet: Option<String>,
    /// The column that identifies a row; `None`: its whole content does.
    pub key: Option<String>,
    pub required_columns: Vec<String>,
    /// The columns that no prompt shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// The columns that are gold answers: they are read apart, and are no part of a row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gold: Vec<String>,
    /// The types of columns. Without any, they are not in the snapshot.
    #[serde(default, skip_serializing_if = "InputTypes::is_empty")]
    pub types: InputTypes,
    /// Whether cells are normalised (white space, words for no value).
    pub normalise: bool,
    /// The most bytes that a `.gz` may unpack to.
    #[serde(default = "max_unpacked", skip_serializing_if = "is_max_unpacked")]
    pub max_unpacked_bytes: u64,
}

/// The most bytes that a `.gz` may unpack to, where the configuration does not say: 4 GiB.
pub const MAX_UNPACKED_BYTES: u64 = 4 << 30;

pub(super) fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
pub(super) fn is_true(value: &bool) -> bool {
    *value
}

fn max_unpacked() -> u64 {
    MAX_UNPACKED_BYTES
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_max_unpacked(value: &u64) -> bool {
    *value == MAX_UNPACKED_BYTES
}

impl Input {
    /// The path that stands for stdin.
    pub const STDIN: &str = "-";

    /// Whether a command writes the table.
    #[must_use]
    pub fn is_command(&self) -> bool {
        !self.command.is_empty()
    }

    /// The command in words, for people; shortened if it is long.
    #[must_use]
    pub fn shown_command(&self) -> String {
        let words = self.command.join(" ");
        let mut shown: String = words.chars().filter(|it| !it.is_control()).take(MOST_SHOWN).collect();
        if words.chars().count() > MOST_SHOWN {
            shown.push('…');
        }
        shown
    }

    /// The documents that are read, if the input is documents and no table.
    #[must_use]
    pub fn documents(&self) -> Option<&Documents> {
        self.documents.as_ref()
    }

    /// Whether the table comes from stdin.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        self.path == Self::STDIN
    }
}

/// How many characters of a command are shown.
const MOST_SHOWN: usize = 80;

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
