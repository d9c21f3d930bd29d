//! [`Lock`]: one writer at a time.
//!
//! It is an advisory lock on a separate file, `<run file>.lock`, because closing a second handle on the database would
//! drop SQLite's own locks. The operating system releases it when the process ends in any way, so a killed run leaves
//! no file locked. The lock file contains the writer's pid, for the message, and is removed when the writer is done.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The exclusive right to write to a run file, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

/// Why a run file could not be locked for writing.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds the lock.
    #[error("{} is being written by another casebook (pid {pid})", db.display())]
    Held {
        db: PathBuf,
        /// The writer's process id as the lock file says it, or `unknown`.
        pid: String,
    },
    /// The lock file cannot be created or written.
    #[error("cannot lock {}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl LockError {
    /// Says what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Held { .. } => "wait for it to end, or stop it; nothing was written",
            Self::Io { .. } => {
                "a writer keeps a lock file beside the run file: the folder must be writable and have room for it"
            }
        })
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Held { .. } | Self::Io { .. } => false,
        }
    }
}

/// Returns the lock file of the run file `db`. All names of one run file lead to the same lock file.
#[must_use]
pub fn lock_path(db: &Path) -> PathBuf {
    let real = fs::canonicalize(db).or_else(|_| {
        // The file does not exist yet, but its folder may have several names.
        let folder = db.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok::<_, io::Error>(fs::canonicalize(folder)?.join(db.file_name().unwrap_or_default()))
    });
    let mut name = real.unwrap_or_else(|_| db.to_owned()).into_os_string();
    name.push(".lock");
    PathBuf::from(name)
}

/// Returns whether `path` still leads to the open `file`.
#[cfg(unix)]
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let held = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((held.dev(), held.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns whether `path` still leads to the open `file`. On this system an open file keeps its name.
#[cfg(not(unix))]
fn is_named(_file: &File, _path: &Path) -> io::Result<bool> {
    Ok(true)
}

impl Lock {
    /// Locks the run file `db` for the process `pid`.
    pub fn acquire(db: &Path, pid: u32) -> Result<Self, LockError> {
        let path = lock_path(db);
        let fail = |source| LockError::Io { path: path.clone(), source };
        loop {
            let mut file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(fail)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut pid = String::new();
                    // The other process may not have written its pid yet.
                    let _ = file.read_to_string(&mut pid);
                    let pid = pid.trim();
                    let pid = if pid.is_empty() { "unknown" } else { pid }.to_owned();
                    return Err(LockError::Held { db: db.to_owned(), pid });
                }
                Err(TryLockError::Error(source)) => return Err(fail(source)),
            }
            file.set_len(0).map_err(fail)?;
            file.rewind().map_err(fail)?;
            writeln!(file, "{pid}").map_err(fail)?;
            // The former writer may have removed the file after it was opened here. Then the name leads to another file
            // or to none, and this lock protects nothing.
            if is_named(&file, &path).map_err(fail)? {
                return Ok(Self { file, path });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed before it is unlocked, so that nobody locks a file that is about to lose its name. A leftover is
        // harmless: the next writer takes it over.
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_the_first_ones_pid() {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("run.db");
        let first = Lock::acquire(&db, 4711).unwrap();
        let error = Lock::acquire(&db, 4712).unwrap_err();
        assert!(error.to_string().contains("pid 4711"), "{error}");
        drop(first);
        assert!(!dir.path().join("run.db.lock").exists());
        Lock::acquire(&db, 4712).unwrap();
    }

    #[test]
    fn a_leftover_of_a_killed_writer_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("run.db.lock"), "1\n").unwrap();
        Lock::acquire(&dir.path().join("run.db"), 2).unwrap();
    }
}
