//! What was found beside documents and is not read: [`LeftOut`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many extensions a note names.
pub(super) const MOST_NAMED: usize = 5;

/// What was found below folders and is not read.
#[derive(Clone, Debug, Default)]
pub struct LeftOut {
    /// The files that have the extension of no document, by their extensions.
    pub others: BTreeMap<String, u64>,
    /// The folders with outputs of runs.
    pub outputs: Vec<PathBuf>,
    /// How many files and folders `exclude` leaves out.
    pub excluded: u64,
    /// The patterns of `exclude` that left nothing out.
    pub idle: Vec<String>,
    pub odd: BTreeMap<OddEntry, Vec<PathBuf>>,
}

/// An entry of a folder that is neither a file nor a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OddEntry {
    BrokenLink,
    FolderLink,
    Device,
}

impl LeftOut {
    /// Takes in what another path left out.
    pub(super) fn add(&mut self, other: Self) {
        for (extension, count) in other.others {
            *self.others.entry(extension).or_default() += count;
        }
        self.outputs.extend(other.outputs);
        self.excluded += other.excluded;
        self.idle.extend(other.idle);
        for (entry, paths) in other.odd {
            self.odd.entry(entry).or_default().extend(paths);
        }
    }

    /// A note on all of it that nobody asked for.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let notes = self.note_on_others().into_iter().chain(self.note_on_outputs());
        let notes = notes.chain(self.notes_on_odd()).chain(self.notes_on_idle());
        let notes: Vec<String> = notes.collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    fn note_on_outputs(&self) -> Option<String> {
        let first = self.outputs.first()?.display();
        let more = if self.outputs.len() > 1 { format!(" and {} more", self.outputs.len() - 1) } else { String::new() };
        Some(format!("{first}{more} has files that a run wrote, and is not read"))
    }

    fn note_on_others(&self) -> Option<String> {
        let count: u64 = self.others.values().sum();
        let (noun, are) = if count == 1 { ("file", "was") } else { ("files", "were") };
        (count > 0).then(|| {
            format!("{count} {noun} beside the documents {are} not read: {} is read as no document", self.extensions())
        })
    }

    /// The extensions of `others`, as far as they are named.
    fn extensions(&self) -> String {
        let kinds: Vec<&str> = self.others.keys().take(MOST_NAMED).map(String::as_str).collect();
        format!("{}{}", kinds.join(", "), if self.others.len() > MOST_NAMED { ", …" } else { "" })
    }

    fn notes_on_odd(&self) -> impl Iterator<Item = String> {
        self.odd.iter().map(|(entry, paths)| {
            let are = if paths.len() == 1 { "was" } else { "were" };
            format!("{} {are} not read: {}", entry.counted(paths.len()), shown(paths))
        })
    }

    fn notes_on_idle(&self) -> impl Iterator<Item = String> {
        self.idle.iter().map(|pattern| format!("`exclude`: `{pattern}` left nothing out"))
    }

    /// What was found where there should be documents, for an error; empty if that is nothing.
    #[must_use]
    pub fn found_instead(&self) -> String {
        let count: u64 = self.others.values().sum();
        let mut found = Vec::new();
        if count > 0 {
            let noun = if count == 1 { "file" } else { "files" };
            found.push(format!("{count} {noun} of other kinds ({})", self.extensions()));
        }
        if self.excluded > 0 {
            found.push(format!("{} left out by `exclude`", self.excluded));
        }
        found
            .extend(self.odd.iter().map(|(entry, paths)| format!("{} ({})", entry.counted(paths.len()), shown(paths))));
        if let Some(first) = self.outputs.first() {
            found.push(format!("{} with files that a run wrote", first.display()));
        }
        if found.is_empty() { String::new() } else { format!(": {}", found.join(", ")) }
    }
}

fn shown(paths: &[PathBuf]) -> String {
    let mut shown: Vec<String> = paths.iter().map(|it| shown_path(it)).collect();
    shown.sort();
    let more = if shown.len() > MOST_NAMED { ", …" } else { "" };
    shown.truncate(MOST_NAMED);
    format!("{}{more}", shown.join(", "))
}

fn shown_path(path: &Path) -> String {
    path.display().to_string()
}

impl OddEntry {
    fn counted(self, count: usize) -> String {
        let (one, many) = match self {
            Self::BrokenLink => ("link that leads to nothing", "links that lead to nothing"),
            Self::FolderLink => ("link to a folder", "links to folders"),
            Self::Device => ("pipe or device", "pipes or devices"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}
