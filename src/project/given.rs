//! A project that is passed in as values: the texts of the files that its configuration names, and a file of rows.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::PathBuf;

/// A configuration with the texts of its files and its rows.
#[derive(Debug)]
pub struct Given {
    /// The text of the configuration.
    pub config: String,
    /// The name of the configuration in messages.
    pub name: String,
    /// The folder that paths are relative to.
    pub dir: PathBuf,
    /// The texts of the files that it names, by the names that it gives them.
    pub files: Vec<(String, String)>,
    /// Its rows, one JSON object a line; `input.path` is ignored.
    pub rows: File,
}

impl Given {
    /// The text of the file that the configuration calls `name`, if it was passed in.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(it, _)| it == name).map(|(_, text)| text.as_str())
    }

    /// The rows, from their beginning. All handles share one position, so only one reader may read at a time.
    pub(super) fn open_rows(&self) -> io::Result<File> {
        let mut rows = self.rows.try_clone()?;
        rows.seek(SeekFrom::Start(0))?;
        Ok(rows)
    }
}
