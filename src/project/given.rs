//! A project that is passed in as values: the texts of the files that its configuration names, a file of rows, and
//! images as bytes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::record::Digest;

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
    /// Images that rows name, if any are passed in as bytes.
    pub images: Option<GivenImages>,
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

/// The beginning of the names that [`GivenImages`] gives.
const PREFIX: &str = "bytes/";

/// Images as bytes. They wait in an unnamed scratch file, each content once, so that memory does not grow with them.
#[derive(Debug)]
pub struct GivenImages {
    file: Mutex<File>,
    end: u64,
    /// The offset and the length of each content.
    places: HashMap<Digest, (u64, usize)>,
}

impl GivenImages {
    /// No images yet.
    pub fn new() -> io::Result<Self> {
        Ok(Self { file: Mutex::new(tempfile::tempfile()?), end: 0, places: HashMap::new() })
    }

    /// Adds an image that people call `name`; returns the name for its row, which also says the content.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<String> {
        let digest = Digest::of_bytes(bytes);
        if !self.places.contains_key(&digest) {
            let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(self.end))?;
            file.write_all(bytes)?;
            self.places.insert(digest, (self.end, bytes.len()));
            self.end += bytes.len() as u64;
        }
        Ok(format!("{PREFIX}{digest}/{name}"))
    }

    /// The bytes of the image with a name from [`add`](Self::add).
    pub(super) fn read(&self, name: &str) -> Option<io::Result<Vec<u8>>> {
        let (digest, _) = name.strip_prefix(PREFIX)?.split_once('/')?;
        let (offset, length) = *self.places.get(&digest.parse().ok()?)?;
        let read = || {
            let mut bytes = vec![0; length];
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        Some(read())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_come_back_by_the_name_that_says_their_content() {
        let mut images = GivenImages::new().unwrap();
        let names: Vec<String> = [("a", &b"one"[..]), ("a", b"two"), ("b/c", b"one"), ("", b"")]
            .map(|(name, it)| images.add(name, it).unwrap())
            .into();
        assert_eq!(images.end, 6, "each content once");
        let read = |name: &str| images.read(name).map(|it| String::from_utf8(it.unwrap()).unwrap());
        let found: Vec<Option<String>> = names.iter().map(|name| read(name)).collect();
        assert_eq!(found, [Some("one".into()), Some("two".into()), Some("one".into()), Some(String::new())]);
        assert_ne!(names[0], names[1]);
        for name in ["a", "bytes/a", "bytes/0000000000000000000000000000000000000000/a", ""] {
            assert_eq!(read(name), None, "{name}");
        }
    }
}
