//! A file of the user's that is written anew: what it held stays, as a copy beside it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

use super::whole_file::{Existing, write_whole};
use crate::record::Digest;

/// The folder of the copies, beside the file.
const FOLDER: &str = "archived";
/// How many digits of the digest tell copies of a file apart.
const DIGITS: usize = 12;

/// The outcome of writing a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptFile {
    /// It held these bytes already.
    Unchanged,
    /// It did not exist before.
    New,
    /// Its earlier content is in this copy.
    Replaced(PathBuf),
}

/// Makes `text` the content of the file at `path`. If the file holds something else, that is first copied into
/// `archived/` beside it, under a name with its digest. The file is replaced as a whole.
pub fn keep(path: &Path, text: &str) -> io::Result<KeptFile> {
    let before = match fs::read(path) {
        Ok(bytes) if bytes == text.as_bytes() => return Ok(KeptFile::Unchanged),
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let kept = match before {
        Some(bytes) => KeptFile::Replaced(copy(path, &bytes)?),
        None => KeptFile::New,
    };
    write_whole(path, Existing::Replace, |out| out.write_all(text.as_bytes()))?;
    Ok(kept)
}

/// Copies `bytes`, the content of a file, unless an equal copy exists; returns the copy's path.
fn copy(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let folder = path.with_file_name(FOLDER);
    fs::create_dir_all(&folder)?;
    let digest = Digest::from_hash(Sha1::digest(bytes).into()).to_string();
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{}", &digest[..DIGITS]));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    let copy = folder.join(name);
    if !fs::read(&copy).is_ok_and(|it| it == bytes) {
        write_whole(&copy, Existing::Replace, |out| out.write_all(bytes))?;
    }
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_that_was_there_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("schema/complaint.json");
        assert_eq!(keep(&path, "{}\n").unwrap(), KeptFile::New);
        assert_eq!(keep(&path, "{}\n").unwrap(), KeptFile::Unchanged);
        let KeptFile::Replaced(copy) = keep(&path, "[]\n").unwrap() else { panic!("not replaced") };
        assert_eq!(
            (fs::read_to_string(&path).unwrap(), fs::read_to_string(copy).unwrap()),
            ("[]\n".into(), "{}\n".into())
        );
        keep(&path, "{}\n").unwrap();
        keep(&path, "[]\n").unwrap();
        assert_eq!(names(&dir.path().join("schema/archived")).len(), 2, "the same bytes are kept once");
        assert_eq!(names(&dir.path().join("schema")), ["archived", "complaint.json"]);
    }

    #[test]
    fn what_cannot_be_copied_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("schema.json");
        fs::write(&path, "mine").unwrap();
        fs::write(dir.path().join("archived"), "in the way").unwrap();
        assert!(keep(&path, "other").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }
}
