//! Which documents a configuration names: its files, folders and patterns become a list of [`DocumentFile`]s, in the
//! order of their names. Folders are read, and files digested; no document is parsed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

use pattern::{Exclude, Pattern, format_of};

use super::error::ProjectError;
use super::files::digest;
use super::left_out::{LeftOut, OddEntry};
use super::list_error::ListError;
use crate::config::{Documents, is_pattern};
use crate::document::DocumentFormat;
use crate::record::Digest;

mod pattern;

/// The name of the file that marks a folder which Casebook writes its files to. Such a folder below an input is not
/// read.
pub const OUTPUT_MARK: &str = ".casebook";

/// A document that is to be read.
#[derive(Clone, Debug)]
pub struct DocumentFile {
    /// Its name: the path below the folder or below the part of a pattern without wildcards; of a file its file name.
    pub name: String,
    pub path: PathBuf,
    pub format: DocumentFormat,
    /// The digest of its bytes.
    pub sha1: Digest,
    pub bytes: u64,
}

/// The documents that a configuration names.
#[derive(Clone, Debug)]
pub struct DocumentList {
    /// Sorted by name.
    pub files: Vec<DocumentFile>,
    /// What was found beside them and is not read.
    pub left_out: LeftOut,
}

/// Lists and digests the documents that `wanted` names, relative to `dir`. `key` is the key of the configuration that
/// has their paths.
pub fn list(wanted: &Documents, dir: &Path, key: &str) -> Result<DocumentList, ProjectError> {
    let refused = |error: ListError| ProjectError::Documents { key: key.to_owned(), error };
    let mut found = Found::new(wanted, dir, key)?;
    for path in &wanted.paths {
        found.add_some(path)?;
    }
    let Found { mut files, mut left_out, exclude, .. } = found;
    left_out.idle = exclude.idle();
    if files.is_empty() {
        return Err(refused(ListError::None { shown: wanted.shown(), left_out: left_out.into() }));
    }
    files.sort_by(|(one, ..), (two, ..)| one.cmp(two));
    let mut names: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut listed: Vec<DocumentFile> = Vec::with_capacity(files.len());
    for (name, path, format) in files {
        if let Some(before) = listed.last().filter(|before| before.name == name) {
            if before.path == path {
                continue;
            }
            let (first, second) = (before.path.clone(), path);
            return Err(refused(ListError::SameName { name, first, second }));
        }
        if let Some(first) = names.insert(path.clone(), name.clone()) {
            return Err(refused(ListError::SameFile { path, first, second: name }));
        }
        let (sha1, bytes) = digest(&path).map_err(|source| ProjectError::unreadable(key, &path, source))?;
        listed.push(DocumentFile { name, path, format, sha1, bytes });
    }
    Ok(DocumentList { files: listed, left_out })
}

/// The paths of the documents that `wanted` names, which are not read.
pub(super) fn paths(wanted: &Documents, dir: &Path, key: &str) -> Result<Vec<PathBuf>, ProjectError> {
    let mut found = Found::new(wanted, dir, key)?;
    for path in &wanted.paths {
        found.add_some(path)?;
    }
    Ok(found.files.into_iter().map(|(_, path, _)| path).collect())
}

/// The documents while paths are looked at.
struct Found<'a> {
    wanted: &'a Documents,
    dir: &'a Path,
    key: &'a str,
    exclude: Exclude,
    files: Vec<(String, PathBuf, DocumentFormat)>,
    left_out: LeftOut,
}

impl<'a> Found<'a> {
    fn new(wanted: &'a Documents, dir: &'a Path, key: &'a str) -> Result<Self, ProjectError> {
        let exclude = Exclude::new(&wanted.exclude, dir);
        let exclude = exclude.map_err(|(pattern, error)| invalid(key, &pattern, &error))?;
        Ok(Self { wanted, dir, key, exclude, files: Vec::new(), left_out: LeftOut::default() })
    }

    /// Adds what one path of the configuration names, which is some document; only a file that is named itself may be
    /// left out.
    fn add_some(&mut self, written: &str) -> Result<(), ProjectError> {
        let (count, before) = (self.files.len(), mem::take(&mut self.left_out));
        self.add(written)?;
        if self.files.len() == count && !self.dir.join(written).is_file() {
            let left_out = mem::take(&mut self.left_out).into();
            return Err(self.refused(ListError::None { shown: written.to_owned(), left_out }));
        }
        self.left_out.add(before);
        Ok(())
    }

    /// Adds what one path of the configuration names.
    fn add(&mut self, written: &str) -> Result<(), ProjectError> {
        let path = self.dir.join(written);
        let unreadable = |source| ProjectError::unreadable(self.key, &path, source);
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => self.walk(&path, usize::MAX, None),
            Ok(meta) if !meta.is_file() => {
                Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder")))
            }
            Ok(_) => self.add_file(&path),
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_pattern(written) => {
                let (base, pattern) = base_of(written);
                let names = Pattern::new(&pattern).map_err(|error| invalid(self.key, written, &error))?;
                let depth = if pattern.contains("**") { usize::MAX } else { pattern.split('/').count() };
                let hidden = pattern.split('/').any(|part| part.starts_with('.'));
                let base = self.dir.join(base);
                if !base.is_dir() {
                    return Ok(());
                }
                self.walk(&base, depth, Some(&Wanted { names, hidden }))
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Adds a file that is named itself.
    fn add_file(&mut self, path: &Path) -> Result<(), ProjectError> {
        let name = path.file_name().and_then(|it| it.to_str());
        let name = name.ok_or_else(|| self.refused(ListError::Name(path.to_owned())))?.to_owned();
        let format = self.wanted.format().or_else(|| format_of(path));
        let format = format.ok_or_else(|| self.refused(ListError::UnknownFormat(path.to_owned())))?;
        if !self.is_excluded(&name, path) {
            self.files.push((name, path.to_owned(), format));
        }
        Ok(())
    }

    fn refused(&self, error: ListError) -> ProjectError {
        ProjectError::Documents { key: self.key.to_owned(), error }
    }

    /// Adds the documents below a folder, at most `depth` levels down. Without a pattern these are the files with the
    /// extension of a document.
    fn walk(&mut self, base: &Path, depth: usize, pattern: Option<&Wanted>) -> Result<(), ProjectError> {
        let mut folders = vec![(base.to_owned(), String::new(), 1)];
        while let Some((folder, prefix, level)) = folders.pop() {
            let unreadable = |source| ProjectError::unreadable(self.key, &folder, source);
            for entry in fs::read_dir(&folder).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let path = entry.path();
                let file_name = entry.file_name();
                if file_name.as_encoded_bytes().starts_with(b".") && !pattern.is_some_and(|it| it.hidden) {
                    continue;
                }
                let kind = entry.file_type().map_err(unreadable)?;
                let name = file_name.to_str().map(|it| format!("{prefix}{it}"));
                if kind.is_dir() {
                    let Some(name) = name else { return Err(self.refused(ListError::Name(path))) };
                    if level >= depth || self.is_excluded(&name, &path) {
                        continue;
                    }
                    if path.join(OUTPUT_MARK).is_file() {
                        self.left_out.outputs.push(path);
                    } else {
                        folders.push((path, format!("{name}/"), level + 1));
                    }
                } else if let Some(odd) = odd_entry(&path) {
                    let goes_on = odd == OddEntry::FolderLink && level < depth;
                    self.leave_out(odd, name, path, pattern.filter(|_| !goes_on));
                } else {
                    self.add_below(name, path, pattern)?;
                }
            }
        }
        Ok(())
    }

    /// Counts what is neither a file nor a folder, where `pattern` or `exclude` do not leave it out themselves.
    fn leave_out(&mut self, odd: OddEntry, name: Option<String>, path: PathBuf, pattern: Option<&Wanted>) {
        let name = name.unwrap_or_else(|| path.to_string_lossy().into_owned());
        if pattern.is_none_or(|it| it.names.is_match(Path::new(&name))) && !self.is_excluded(&name, &path) {
            self.left_out.odd.entry(odd).or_default().push(path);
        }
    }

    /// Adds a file that was found below a folder.
    fn add_below(&mut self, name: Option<String>, path: PathBuf, pattern: Option<&Wanted>) -> Result<(), ProjectError> {
        let of_extension = format_of(&path);
        let Some(name) = name else {
            // What is not read may have any name.
            return if of_extension.is_some() { Err(self.refused(ListError::Name(path))) } else { Ok(()) };
        };
        if pattern.is_some_and(|it| !it.names.is_match(Path::new(&name))) || self.is_excluded(&name, &path) {
            return Ok(());
        }
        let named = self.wanted.format();
        let format = match (pattern, named) {
            (_, None) => of_extension,
            (Some(_), Some(named)) => Some(named),
            (None, Some(named)) => of_extension.filter(|it| *it == named),
        };
        match format {
            Some(format) => self.files.push((name, path, format)),
            None => {
                let extension =
                    path.extension().map_or("no extension".into(), |it| format!(".{}", it.to_string_lossy()));
                *self.left_out.others.entry(extension).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Whether a document or folder is left out, by its name or by its path.
    fn is_excluded(&mut self, name: &str, path: &Path) -> bool {
        let is_excluded = self.exclude.has(name, path);
        self.left_out.excluded += u64::from(is_excluded);
        is_excluded
    }
}

/// What the part of a pattern with wildcards matches.
struct Wanted {
    names: Pattern,
    /// Whether files and folders that begin with a dot may match.
    hidden: bool,
}

/// What an entry of a folder is, if it is neither a file, a link to one, nor a folder.
fn odd_entry(path: &Path) -> Option<OddEntry> {
    match fs::metadata(path) {
        Err(_) => Some(OddEntry::BrokenLink),
        Ok(meta) if meta.is_dir() => Some(OddEntry::FolderLink),
        Ok(meta) => (!meta.is_file()).then_some(OddEntry::Device),
    }
}

/// The folder before the wildcards of a pattern, and the rest.
fn base_of(pattern: &str) -> (String, String) {
    let parts: Vec<&str> = pattern.split('/').collect();
    let first = parts.iter().position(|part| is_pattern(part)).unwrap_or(parts.len().saturating_sub(1));
    let base = parts[..first].join("/");
    let base = if base.is_empty() && pattern.starts_with('/') { "/".to_owned() } else { base };
    (base, parts[first..].join("/"))
}

fn invalid(key: &str, pattern: &str, error: &globset::Error) -> ProjectError {
    let message = format!("`{pattern}` is no pattern: {}", error.kind());
    ProjectError::unreadable(key, Path::new(pattern), io::Error::new(io::ErrorKind::InvalidInput, message))
}

#[cfg(test)]
mod tests;
