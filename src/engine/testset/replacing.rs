//! New files in the places of those of an earlier run: [`replace`]. What people changed in the meantime is kept.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::folder_error::FolderError;
use crate::engine::whole_file::{Existing, write_whole};
use crate::project::digest;

/// The file with the digests of the files as they were written last, by which changes of people are told.
const WRITTEN: &str = ".written.json";

/// A file that is to stand in the place of another.
pub(super) struct NewFile {
    /// Where it is now, in the same folder.
    pub(super) new: PathBuf,
    pub(super) to: PathBuf,
}

/// Puts `files` into their places in the folder `dir`. A file that people have changed is renamed first, to
/// `dataset.by-hand.json` or the like; returns these new names.
pub(super) fn replace(dir: &Path, files: &[NewFile]) -> Result<Vec<PathBuf>, FolderError> {
    let record = dir.join(WRITTEN);
    let text = fs::read_to_string(&record).unwrap_or_default();
    let earlier: BTreeMap<String, Vec<String>> = serde_json::from_str(&text).unwrap_or_default();
    let mut written = earlier.clone();
    let mut digests = Vec::with_capacity(files.len());
    for file in files {
        let now = digest_of(&file.new)?;
        written.entry(name_of(&file.to)).or_default().push(now.clone());
        digests.push(now);
    }
    // Both, until all are in their places: a process that is killed in between leaves no file that nobody knows.
    save(&record, &written)?;
    let mut kept = Vec::new();
    for (file, digest) in files.iter().zip(digests) {
        let name = name_of(&file.to);
        let unwritable = |source| FolderError::Write { path: file.to.clone(), source };
        if file.to.exists() {
            let there = digest_of(&file.to)?;
            if there != digest && !earlier.get(&name).is_some_and(|known| known.contains(&there)) {
                let aside = aside(&file.to);
                fs::rename(&file.to, &aside).map_err(unwritable)?;
                kept.push(aside);
            }
        }
        fs::rename(&file.new, &file.to).map_err(unwritable)?;
        written.insert(name, vec![digest]);
    }
    save(&record, &written)?;
    Ok(kept)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn digest_of(path: &Path) -> Result<String, FolderError> {
    let read = digest(path).map_err(|source| FolderError::Read { path: path.to_owned(), source })?;
    Ok(read.0.to_string())
}

fn save(record: &Path, written: &BTreeMap<String, Vec<String>>) -> Result<(), FolderError> {
    let text = serde_json::to_string_pretty(written).unwrap_or_default() + "\n";
    write_whole(record, Existing::Replace, |out| out.write_all(text.as_bytes()))
        .map_err(|source| FolderError::Write { path: record.to_owned(), source })
}

/// A name for a changed file that no file has yet.
fn aside(path: &Path) -> PathBuf {
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, extension) = (part(path.file_stem()), part(path.extension()));
    let first = std::iter::once(format!("{stem}.by-hand.{extension}"));
    let names = first.chain((2..u64::MAX).map(|number| format!("{stem}.by-hand-{number}.{extension}")));
    names.map(|name| path.with_file_name(name)).find(|path| !path.exists()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_changed_is_kept_beside_the_new_file() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let put = |text: &str| {
            fs::write(at(".new"), text).unwrap();
            let files = [NewFile { new: at(".new"), to: at("dataset.json") }];
            replace(dir.path(), &files).unwrap()
        };
        assert_eq!(put("1"), [] as [PathBuf; 0]);
        assert_eq!(put("2"), [] as [PathBuf; 0]);
        fs::write(at("dataset.json"), "mine").unwrap();
        assert_eq!(put("3"), [at("dataset.by-hand.json")]);
        fs::write(at("dataset.json"), "mine again").unwrap();
        assert_eq!(put("4"), [at("dataset.by-hand-2.json")]);
        assert_eq!(fs::read_to_string(at("dataset.by-hand.json")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(at("dataset.json")).unwrap(), "4");
        // The same by hand as by the command is no change.
        fs::write(at("dataset.json"), "5").unwrap();
        assert_eq!(put("5"), [] as [PathBuf; 0]);
    }
}
