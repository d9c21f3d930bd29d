//! The format `files`: the folders of work items, as [`view::item_files`](crate::view::item_files) makes them, written
//! into the output folder.
//!
//! A file that has the right bytes is left alone. What an earlier export wrote for work items that are gone is removed;
//! what people put there stays.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::EngineError;
use crate::config::ITEMS_LIST;
use crate::record::RowId;
use crate::stage::ingest::RowIdFilter;
use crate::view::item_files::{self, FOLDER, ItemFolder, is_of_item};

/// Writes the list of the folders of steps (rowids), as an [`ExportRequest`](crate::stage::export::ExportRequest) wants
/// it.
pub(super) fn list(
    connection: &Connection,
    steps: &[i64],
    sink: &mut dyn FnMut(&[u8]) -> rusqlite::Result<()>,
) -> rusqlite::Result<i64> {
    let mut count = 0;
    each(connection, steps, &mut |folder| {
        count += 1;
        sink(&folder.line())
    })?;
    Ok(count)
}

fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    steps: &[i64],
    visit: &mut dyn FnMut(ItemFolder) -> Result<(), E>,
) -> Result<(), E> {
    // The perspectives of a step are of the same rows.
    let mut names = RowIdFilter::new();
    let mut seen = |name: &str| names.add(RowId::of(&[json!(name)]));
    steps.iter().try_for_each(|step| item_files::each(connection, *step, &mut seen, visit))
}

/// Writes the folders of steps (rowids) into `dir`, where the list of an earlier export still stands; returns notes on
/// what was left there.
pub(super) fn write(connection: &Connection, dir: &Path, steps: &[i64]) -> Result<Vec<String>, EngineError> {
    let mut before = EarlierList::open(&dir.join(ITEMS_LIST))?;
    let mut gone = Leftovers::default();
    each::<EngineError>(connection, steps, &mut |folder| {
        write_folder(&dir.join(FOLDER).join(&folder.name), &folder)?;
        // Without an earlier list nothing can be left over.
        if !before.is_there() {
            return Ok(());
        }
        gone.add_new(folder.name);
        if let Some(name) = before.next() {
            gone.add_old(name);
        }
        Ok(())
    })?;
    while let Some(name) = before.next() {
        gone.add_old(name);
    }
    let mut notes = Vec::new();
    for name in gone.finish() {
        let folder = dir.join(FOLDER).join(name);
        if !remove(&folder).map_err(unwritable(&folder))? {
            notes
                .push(format!("{} is of no work item any more; it has other files in it, and stays", folder.display()));
        }
    }
    Ok(notes)
}

/// Makes the folder of a work item hold its files and no others of these names.
fn write_folder(path: &Path, folder: &ItemFolder) -> Result<(), EngineError> {
    fs::create_dir_all(path).map_err(unwritable(path))?;
    for name in names_in(path).map_err(unwritable(path))? {
        if is_of_item(&name) && !folder.files.iter().any(|file| file.name == name) {
            let file = path.join(name);
            fs::remove_file(&file).map_err(unwritable(&file))?;
        }
    }
    for file in &folder.files {
        let path = path.join(&file.name);
        // The record holds the content, so that nothing is waited for: a file that a crash cut is written again.
        if !fs::read(&path).is_ok_and(|bytes| bytes == file.text.as_bytes()) {
            fs::write(&path, &file.text).map_err(unwritable(&path))?;
        }
    }
    Ok(())
}

/// Removes the files of a work item, and their folder if nothing else is in it; returns whether it is gone.
fn remove(path: &Path) -> io::Result<bool> {
    let names = match names_in(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        names => names?,
    };
    let (ours, others): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| is_of_item(name));
    ours.iter().try_for_each(|name| fs::remove_file(path.join(name)))?;
    if others.is_empty() {
        fs::remove_dir(path)?;
    }
    Ok(others.is_empty())
}

/// The names of what is in a folder, in order.
fn names_in(path: &Path) -> io::Result<Vec<String>> {
    let name = |entry: io::Result<fs::DirEntry>| entry.map(|it| it.file_name().to_string_lossy().into_owned());
    let mut names = fs::read_dir(path)?.map(name).collect::<io::Result<Vec<String>>>()?;
    names.sort();
    Ok(names)
}

/// The names of the folders in the list of an earlier export.
struct EarlierList(Option<io::Lines<BufReader<File>>>);

impl EarlierList {
    fn open(path: &Path) -> Result<Self, EngineError> {
        match File::open(path) {
            Ok(file) => Ok(Self(Some(BufReader::new(file).lines()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self(None)),
            Err(error) => Err(unwritable(path)(error)),
        }
    }

    fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// The next name. A line that is not from an export ends the list, and so does one that names no folder in its
    /// place.
    fn next(&mut self) -> Option<String> {
        let line = self.0.as_mut()?.next()?.ok()?;
        let line: Value = serde_json::from_str(&line).ok()?;
        let name = line["folder"].as_str()?.strip_prefix(FOLDER)?.strip_prefix('/')?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        (!name.starts_with('.') && !name.is_empty() && name.bytes().all(is_plain)).then(|| name.to_owned())
    }
}

/// The names in an earlier list that a later one does not have. Both come in the order of the plan, so that as many are
/// held as the two are apart, and not all.
#[derive(Default)]
struct Leftovers {
    old: HashSet<String>,
    new: HashSet<String>,
}

impl Leftovers {
    fn add_new(&mut self, name: String) {
        if !self.old.remove(&name) {
            self.new.insert(name);
        }
    }

    fn add_old(&mut self, name: String) {
        if !self.new.remove(&name) {
            self.old.insert(name);
        }
    }

    /// The names that are left, in order.
    fn finish(self) -> Vec<String> {
        let mut left: Vec<String> = self.old.into_iter().collect();
        left.sort();
        left
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> EngineError + use<> {
    let path: PathBuf = path.to_owned();
    move |source| EngineError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_list_has_more_is_left_over() {
        let left = |old: &[&str], new: &[&str]| {
            let mut gone = Leftovers::default();
            for place in 0..old.len().max(new.len()) {
                if let Some(name) = new.get(place) {
                    gone.add_new((*name).to_owned());
                }
                if let Some(name) = old.get(place) {
                    gone.add_old((*name).to_owned());
                }
            }
            gone.finish()
        };
        assert_eq!(left(&["a", "b", "c"], &["a", "b", "c"]), Vec::<String>::new());
        assert_eq!(left(&["a", "b", "c"], &["c", "z", "a"]), ["b"]);
        assert_eq!(left(&["a", "b"], &[]), ["a", "b"]);
        assert_eq!(left(&[], &["a"]), Vec::<String>::new());
    }

    #[test]
    fn an_earlier_list_names_no_folder_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("items.jsonl");
        for (folder, expected) in [
            ("items/a-1~f", Some("a-1~f")),
            ("items/../x", None),
            ("items/..", None),
            ("items/a/b", None),
            ("/etc", None),
            ("items/", None),
        ] {
            fs::write(&path, json!({"folder": folder}).to_string()).unwrap();
            assert_eq!(EarlierList::open(&path).unwrap().next().as_deref(), expected, "{folder}");
        }
        fs::write(&path, "no list").unwrap();
        assert_eq!(EarlierList::open(&path).unwrap().next(), None);
        assert_eq!(EarlierList::open(&dir.path().join("none")).unwrap().next(), None);
    }

    #[test]
    fn what_people_put_into_a_folder_stays() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a");
        fs::create_dir(&folder).unwrap();
        for name in ["input.json", "attempt-001-prompt.txt", "notes.md"] {
            fs::write(folder.join(name), "x").unwrap();
        }
        assert!(!remove(&folder).unwrap());
        assert_eq!(names_in(&folder).unwrap(), ["notes.md"]);
        fs::remove_file(folder.join("notes.md")).unwrap();
        assert!(remove(&folder).unwrap());
        assert!(remove(&folder).unwrap());
        assert!(!folder.exists());
    }
}
