//! Documents that are read: [`Documents`], [`Split`] and [`Knowledge`].

use serde::{Deserialize, Serialize};

use crate::config::raw::{DocumentKind, SplitUnit};
use crate::document::{DocumentFormat, SplitRules};

/// Documents, and how they become rows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Documents {
    /// The files, folders and patterns as written, relative to the configuration.
    pub paths: Vec<String>,
    /// The patterns of documents that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    pub split: Split,
    /// The format of all of them; `None` leaves it to the extension of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<DocumentKind>,
    /// The WHATWG name of the encoding; `None` is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
}

impl Documents {
    /// The documents of one file or folder, each read as a whole.
    #[must_use]
    pub fn whole(path: String) -> Self {
        let split = Split { by: SplitUnit::Document, heading_level: 6, max_chars: usize::MAX, overlap_lines: 0 };
        Self { paths: vec![path], exclude: Vec::new(), split, format: None, encoding: None }
    }

    /// The format that all of them are read in, if the configuration names one.
    #[must_use]
    pub fn format(&self) -> Option<DocumentFormat> {
        self.format.map(DocumentKind::format)
    }

    /// The paths and patterns, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        self.paths.join(", ")
    }
}

/// How documents become rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Split {
    pub by: SplitUnit,
    /// The deepest level of headings that begin a section, from 1 to 6.
    pub heading_level: u8,
    /// The most characters of a section or of a run of lines.
    pub max_chars: usize,
    /// How many lines a run of lines repeats of the one before it.
    pub overlap_lines: usize,
}

impl Split {
    /// The same as documents are split by.
    #[must_use]
    pub fn rules(&self) -> SplitRules {
        let Self { by, heading_level, max_chars, overlap_lines } = *self;
        SplitRules { by: by.by(), heading_level, max_chars, overlap_lines }
    }
}

/// A collection of documents that prompts look things up in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Knowledge {
    /// The name that prompts use.
    pub name: String,
    #[serde(flatten)]
    pub documents: Documents,
}
