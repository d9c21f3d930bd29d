//! Documents: which are read ([`PathList`], [`Knowledge`]), and how they become rows ([`Split`]).

use std::fmt;

use schemars::JsonSchema;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::document::{DocumentFormat, SplitBy};

/// One path or pattern, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum PathList {
    /// One path or pattern.
    One(String),
    /// Several.
    Many(#[schemars(length(min = 1))] Vec<String>),
}

impl PathList {
    /// The paths, in the order in which they are written.
    #[must_use]
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(path) => vec![path],
            Self::Many(paths) => paths,
        }
    }
}

impl<'de> Deserialize<'de> for PathList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Paths;
        impl<'de> Visitor<'de> for Paths {
            type Value = PathList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path, or a list of paths")
            }

            fn visit_str<E: serde::de::Error>(self, path: &str) -> Result<PathList, E> {
                Ok(PathList::One(path.to_owned()))
            }

            fn visit_i64<E: serde::de::Error>(self, path: i64) -> Result<PathList, E> {
                Ok(PathList::One(path.to_string()))
            }

            fn visit_u64<E: serde::de::Error>(self, path: u64) -> Result<PathList, E> {
                Ok(PathList::One(path.to_string()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PathList, A::Error> {
                let mut paths = Vec::new();
                while let Some(path) = seq.next_element()? {
                    paths.push(path);
                }
                Ok(PathList::Many(paths))
            }
        }
        deserializer.deserialize_any(Paths)
    }
}

/// The format of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Markdown.
    Markdown,
    /// Plain text, in which nothing is a heading.
    Text,
    /// HTML.
    Html,
    /// A document of Word.
    Docx,
    /// PDF.
    Pdf,
}

impl DocumentKind {
    /// The format as documents are read in it.
    #[must_use]
    pub fn format(self) -> DocumentFormat {
        match self {
            Self::Markdown => DocumentFormat::Markdown,
            Self::Text => DocumentFormat::Text,
            Self::Html => DocumentFormat::Html,
            Self::Docx => DocumentFormat::Docx,
            Self::Pdf => DocumentFormat::Pdf,
        }
    }
}

/// What one row is of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SplitUnit {
    /// The whole document.
    Document,
    /// A section, from a heading to the next.
    #[default]
    Section,
    /// As many whole lines as `max_chars` allows. Lines that are inserted move every later cut.
    Lines,
}

impl SplitUnit {
    /// The unit as documents are split.
    #[must_use]
    pub fn by(self) -> SplitBy {
        match self {
            Self::Document => SplitBy::Document,
            Self::Section => SplitBy::Section,
            Self::Lines => SplitBy::Lines,
        }
    }
}

/// How documents become rows.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// What one row is.
    #[schemars(extend("default" = "section"))]
    pub by: Option<SplitUnit>,
    /// The deepest level of headings that begin a section: 2 means `#` and `##`.
    #[schemars(range(min = 1, max = 6), extend("default" = 2))]
    pub heading_level: Option<u64>,
    /// The most characters of a section or of a run of lines. A longer section is cut at deeper headings, then at blank
    /// lines, never in a table or in a block of code.
    #[schemars(range(min = 1, max = 100_000_000), extend("default" = 12_000))]
    pub max_chars: Option<u64>,
    /// How many lines a run of lines repeats of the one before it.
    #[schemars(range(max = 1_000), extend("default" = 0))]
    pub overlap_lines: Option<u64>,
}

/// A collection of documents that prompts look things up in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Knowledge {
    /// The name that prompts use: letters, digits and `_`.
    pub name: String,
    /// The documents: a file, a folder, a pattern such as `kb/**/*.md`, or a list of these.
    pub path: PathList,
    /// Patterns of documents that are left out.
    pub exclude: Option<PathList>,
    /// How documents become the passages that are found.
    pub split: Option<Split>,
    /// The format of the documents; by default what the extension says.
    pub format: Option<DocumentKind>,
    /// The text encoding, by its WHATWG name.
    #[schemars(extend("default" = "utf-8"))]
    pub encoding: Option<String>,
}
