//! A project that is handed in as values: the texts that a configuration would name as files, and a file of rows.

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
    /// Its rows, as one JSON object a line, whatever `input.path` says.
    pub rows: File,
}

impl Given {
    /// The text of the file that the configuration calls `name`, where it was handed in.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(it, _)| it == name).map(|(_, text)| text.as_str())
    }

    /// The rows, from their beginning. They have one position, so that they are read by one reader at a time.
    pub(super) fn open_rows(&self) -> io::Result<File> {
        let mut rows = self.rows.try_clone()?;
        rows.seek(SeekFrom::Start(0))?;
        Ok(rows)
    }
}
