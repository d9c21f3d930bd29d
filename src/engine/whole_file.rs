//! Writing a file as a whole: afterwards it has its new content, or on an error its old one.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

/// What to do with a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced, once all bytes are on disk.
    Replace,
    /// It stays: the write fails with [`io::ErrorKind::AlreadyExists`].
    Keep,
}

/// Writes the file at `path` with what `fill` writes. Its folder has to exist.
pub fn write_whole<E: From<io::Error>>(
    path: &Path,
    existing: Existing,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let fill_and_sync = |file: File| {
        let mut out = BufWriter::new(file);
        fill(&mut out)?;
        out.flush()?;
        Ok(out.get_ref().sync_all()?)
    };
    match existing {
        Existing::Keep => {
            let new = OpenOptions::new().write(true).create_new(true).open(path)?;
            fill_and_sync(new).inspect_err(|_| drop(fs::remove_file(path)))
        }
        Existing::Replace => {
            let mut name = OsString::from(".");
            name.push(path.file_name().unwrap_or_default());
            name.push(".partial");
            let partial = path.with_file_name(name);
            let write = || {
                fill_and_sync(File::create(&partial)?)?;
                Ok(fs::rename(&partial, path)?)
            };
            write().inspect_err(|_| drop(fs::remove_file(&partial)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, existing: Existing, text: &str) -> io::Result<()> {
        write_whole(path, existing, |out| out.write_all(text.as_bytes()))
    }

    #[test]
    fn a_file_that_is_to_stay_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write(&path, Existing::Keep, "one").unwrap();
        assert_eq!(write(&path, Existing::Keep, "two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write(&path, Existing::Replace, "three").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
    }

    #[test]
    fn nothing_is_left_of_what_cannot_be_written() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("kept");
        write(&kept, Existing::Keep, "before").unwrap();
        for (path, existing) in [(&kept, Existing::Replace), (&dir.path().join("new"), Existing::Keep)] {
            let failed = write_whole(path, existing, |out| {
                out.write_all(b"half")?;
                Err(io::Error::other("no more"))
            });
            assert!(failed.is_err());
        }
        assert_eq!(fs::read_to_string(&kept).unwrap(), "before");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
