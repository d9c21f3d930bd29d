//! The input of a project: which kind it is, and its bytes.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use super::{Acquired, Project, files, open_table, stdin};
use crate::config;

impl Project {
    /// The project with what its command wrote.
    #[must_use]
    pub fn with_acquired(self, acquired: Option<Acquired>) -> Self {
        Self { acquired, ..self }
    }

    /// What the project's command wrote, once that is known.
    #[must_use]
    pub fn acquired(&self) -> Option<&Acquired> {
        self.acquired.as_ref()
    }

    /// Whether a command writes the input.
    #[must_use]
    pub fn runs_command(&self) -> bool {
        self.given.is_none() && self.config.input.is_command()
    }

    /// Whether the rows were passed in by a program.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// The bytes of an image that was passed in, by the name that its row gives it; `None` for the name of a file.
    #[must_use]
    pub fn given_image(&self, name: &str) -> Option<io::Result<Vec<u8>>> {
        self.given.as_ref()?.images.as_ref()?.read(name)
    }

    /// The path of the input, from the configuration's folder; of a command its words.
    #[must_use]
    pub fn input_path(&self) -> PathBuf {
        if self.runs_command() {
            return PathBuf::from(self.config.input.shown_command());
        }
        if self.reads_stdin() { PathBuf::from("stdin") } else { self.dir.join(&self.config.input.path) }
    }

    /// The documents that are read, if the input is documents and no table.
    #[must_use]
    pub fn documents(&self) -> Option<&config::Documents> {
        self.config.input.documents().filter(|_| self.given.is_none())
    }

    /// Whether the input comes from stdin.
    #[must_use]
    pub fn reads_stdin(&self) -> bool {
        self.given.is_none() && self.config.input.is_stdin()
    }

    /// Opens the input as it lies there: the file, stdin, or the rows that were passed in.
    pub fn open_input(&self) -> io::Result<File> {
        match &self.given {
            Some(given) => given.open_rows(),
            None if self.runs_command() => match &self.acquired {
                Some(acquired) => acquired.open(),
                None => Err(io::Error::new(io::ErrorKind::NotFound, "the command has not run")),
            },
            None if self.reads_stdin() => stdin::open(),
            None => File::open(self.input_path()),
        }
    }

    /// Opens the input as a table: unpacked if it is packed.
    pub fn open_table(&self) -> io::Result<File> {
        let most = self.config.input.max_unpacked_bytes;
        if self.given.is_some() {
            return self.open_input();
        }
        if !self.reads_stdin() && !self.runs_command() {
            return open_table(&self.input_path(), most);
        }
        let mut file = self.open_input()?;
        if files::is_gzip(&mut file)? { files::unpacked(file, most) } else { Ok(file) }
    }
}
