//! The folder of a test set: [`TestsetFolder`].

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::folder_error::FolderError;
use super::replacing::{NewFile, replace};
use super::review_table::ReviewTable;
use crate::engine::out_folder::{MARK, OutFolder};
use crate::engine::whole_file::{Existing, write_whole};
use crate::testset::SetFile;

/// What people look a test set through with.
const QUALITY: &str = "quality.md";
/// The run file in the folder.
const DB: &str = "testset.db";
/// The folder of the project in it.
const PROJECT: &str = "project";
/// How many files that are in the way a message names.
const NAMED: usize = 3;

/// The folder of a test set.
#[derive(Clone, Debug)]
pub(super) struct TestsetFolder {
    dir: PathBuf,
    /// The folder that has the project in its place, where nothing is to be written.
    scratch: Option<PathBuf>,
}

impl TestsetFolder {
    pub(super) fn new(dir: &Path, scratch: Option<&Path>) -> Self {
        Self { dir: dir.to_owned(), scratch: scratch.map(Path::to_owned) }
    }

    pub(super) fn db(&self) -> PathBuf {
        self.dir.join(DB)
    }

    pub(super) fn project(&self) -> PathBuf {
        self.scratch.clone().unwrap_or_else(|| self.own_project())
    }

    /// The project that people see, also where nothing is to be written.
    pub(super) fn own_project(&self) -> PathBuf {
        self.dir.join(PROJECT)
    }

    fn owned(&self) -> OutFolder {
        OutFolder { dir: self.dir.clone(), db: self.db(), overwrite: false }
    }

    /// Refuses a file, and a folder with files of others. One that has the mark of a test set is its own.
    pub(super) fn check(&self) -> Result<(), FolderError> {
        if self.dir.is_file() {
            return Err(FolderError::File(self.dir.clone()));
        }
        if !self.dir.exists() || self.owned().is_marked() {
            return Ok(());
        }
        let unreadable = |source| FolderError::Read { path: self.dir.clone(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
            // What the system puts into folders, and what a run that was killed early left.
            if !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort();
        if names.is_empty() {
            return Ok(());
        }
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let mut names = names.join(", ");
        if more > 0 {
            names = format!("{names} and {more} more");
        }
        Err(FolderError::Foreign { dir: self.dir.clone(), names })
    }

    /// Whether no earlier run has marked the folder.
    pub(super) fn is_new(&self) -> bool {
        !self.owned().is_marked()
    }

    /// The folders that are to be made: this one and those above that do not exist. `None` where an earlier run has
    /// marked it, or nothing is to be written.
    pub(super) fn absent(&self) -> Option<Vec<PathBuf>> {
        if self.scratch.is_some() || !self.is_new() {
            return None;
        }
        let above = self.dir.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists());
        Some(above.map(Path::to_owned).collect())
    }

    /// Removes the project, the run file and the mark, which a run that failed has made, and then these folders as far
    /// as they are empty. What cannot be removed stays.
    pub(super) fn remove(&self, folders: &[PathBuf]) {
        let _ = fs::remove_dir_all(self.dir.join(PROJECT));
        for name in [DB.to_owned(), format!("{DB}-wal"), format!("{DB}-shm"), MARK.to_owned()] {
            let _ = fs::remove_file(self.dir.join(name));
        }
        for folder in folders {
            let _ = fs::remove_dir(folder);
        }
    }

    /// Makes the folder, and marks it as that of its run file.
    pub(super) fn mark(&self) -> Result<(), FolderError> {
        let unwritable = |source| FolderError::Write { path: self.dir.join(MARK), source };
        fs::create_dir_all(&self.dir).map_err(unwritable)?;
        self.owned().mark().map_err(unwritable)
    }

    /// The files of a test set among those that a run has written; none where one is missing.
    pub(super) fn written(files: &[PathBuf]) -> Option<[PathBuf; 5]> {
        let named = |name: &str| files.iter().find(|path| path.file_name().is_some_and(|it| it == name)).cloned();
        SetFile::ALL.iter().map(|file| named(file.name())).collect::<Option<Vec<_>>>()?.try_into().ok()
    }

    /// Copies these files into the folder. None of them is seen there before all have been copied. Returns whether any
    /// of them differs from what was there, and where files are kept that people had changed.
    pub(super) fn take(&self, files: &[PathBuf]) -> Result<(bool, Vec<PathBuf>), FolderError> {
        let (mut copied, mut is_new) = (Vec::new(), false);
        for path in files {
            let name = path.file_name().unwrap_or_default();
            let to = self.dir.join(name);
            let new = self.dir.join(format!(".{}.new", name.to_string_lossy()));
            let bytes = fs::read(path).map_err(|source| FolderError::Read { path: path.clone(), source })?;
            is_new |= fs::read(&to).ok().as_ref() != Some(&bytes);
            write_whole(&new, Existing::Replace, |out| out.write_all(&bytes))
                .map_err(|source| FolderError::Write { path: to.clone(), source })?;
            copied.push(NewFile { new, to });
        }
        Ok((is_new, replace(&self.dir, &copied)?))
    }

    pub(super) fn quality(&self) -> PathBuf {
        self.dir.join(QUALITY)
    }

    /// Where a quality report is written before it takes its place.
    pub(super) fn new_quality(&self) -> PathBuf {
        self.dir.join(format!(".new-{QUALITY}"))
    }

    /// Puts the new quality report into its place; returns where the one before is kept, if people had changed it.
    pub(super) fn take_quality(&self) -> Result<Vec<PathBuf>, FolderError> {
        replace(&self.dir, &[NewFile { new: self.new_quality(), to: self.quality() }])
    }

    pub(super) fn review_table(&self, is_new: bool) -> ReviewTable {
        ReviewTable::of(&self.dir, is_new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_files_of_others_is_refused_and_its_own_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let folder = TestsetFolder::new(&out, None);
        folder.check().unwrap();
        fs::create_dir(&out).unwrap();
        fs::write(out.join(".DS_Store"), "").unwrap();
        folder.check().unwrap();
        for name in ["e.txt", "a.txt", "d.txt", "dataset.json"] {
            fs::write(out.join(name), "mine").unwrap();
        }
        let error = folder.check().unwrap_err();
        assert!(error.is_usage());
        assert!(error.to_string().ends_with("wrote: a.txt, d.txt, dataset.json and 1 more"), "{error}");
        folder.mark().unwrap();
        folder.check().unwrap();
        let error = TestsetFolder::new(&out.join("a.txt"), None).check().unwrap_err();
        assert!(error.to_string().contains("is a file"), "{error}");
    }
}
