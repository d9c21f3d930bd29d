//! The table that a command (`input.command`) wrote, in a scratch file.

use std::fs::File;
use std::io::{self, Seek as _};
use std::sync::Arc;

/// What a command wrote.
#[derive(Clone, Debug)]
pub struct Acquired {
    file: Arc<File>,
    is_fresh: bool,
}

impl Acquired {
    /// The table in `file`. `is_fresh` says that the command wrote it just now, and that it is not on record yet.
    #[must_use]
    pub fn new(file: File, is_fresh: bool) -> Self {
        Self { file: Arc::new(file), is_fresh }
    }

    /// Whether it is not on record yet.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// The table from its beginning. All handles share one position, so only one reader may read at a time.
    pub fn open(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }
}
