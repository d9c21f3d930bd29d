//! Which documents a configuration names: its files, folders and patterns become a list of [`DocumentFile`]s, in the
//! order of their names. Folders are read, and files digested; no document is parsed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::error::ProjectError;
use super::files::digest;
use super::list_error::{ListError, MOST_NAMED};
use crate::config::{Documents, is_pattern};
use crate::document::DocumentFormat;
use crate::record::Digest;

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
    /// The files that have the extension of no document, by their extensions.
    pub others: BTreeMap<String, u64>,
    /// The folders with outputs of runs, which were left out.
    pub outputs: Vec<PathBuf>,
}

impl DocumentList {
    /// A note on what was found below a folder and left out: files that have the extension of no document, and folders
    /// with outputs of runs.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let notes: Vec<String> = self.note_on_others().into_iter().chain(self.note_on_outputs()).collect();
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
        let kinds: Vec<&str> = self.others.keys().take(MOST_NAMED).map(String::as_str).collect();
        let more = if self.others.len() > MOST_NAMED { ", …" } else { "" };
        (count > 0).then(|| {
            format!(
                "{count} {noun} beside the documents {are} not read: {}{more} is read as no document",
                kinds.join(", ")
            )
        })
    }
}

/// Lists and digests the documents that `wanted` names, relative to `dir`. `key` is the key of the configuration that
/// has their paths.
pub fn list(wanted: &Documents, dir: &Path, key: &str) -> Result<DocumentList, ProjectError> {
    let refused = |error: ListError| ProjectError::Documents { key: key.to_owned(), error };
    let mut found = Found::new(wanted, dir, key)?;
    for path in &wanted.paths {
        found.add(path)?;
    }
    let Found { mut files, others, outputs, excluded, .. } = found;
    if files.is_empty() {
        return Err(refused(ListError::None { shown: wanted.shown(), others, excluded }));
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
    Ok(DocumentList { files: listed, others, outputs })
}

/// The documents while paths are looked at.
struct Found<'a> {
    wanted: &'a Documents,
    dir: &'a Path,
    key: &'a str,
    exclude: GlobSet,
    files: Vec<(String, PathBuf, DocumentFormat)>,
    others: BTreeMap<String, u64>,
    outputs: Vec<PathBuf>,
    excluded: u64,
}

impl<'a> Found<'a> {
    fn new(wanted: &'a Documents, dir: &'a Path, key: &'a str) -> Result<Self, ProjectError> {
        let mut exclude = GlobSetBuilder::new();
        for pattern in &wanted.exclude {
            let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
            // A folder is left out with all below it.
            for pattern in [pattern.to_owned(), format!("{pattern}/**")] {
                let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
                exclude.add(glob.map_err(|error| invalid(key, &pattern, &error))?);
            }
        }
        let exclude = exclude.build().map_err(|error| invalid(key, "exclude", &error))?;
        let (files, others, outputs) = (Vec::new(), BTreeMap::new(), Vec::new());
        Ok(Self { wanted, dir, key, exclude, files, others, outputs, excluded: 0 })
    }

    /// Adds what one path of the configuration names.
    fn add(&mut self, written: &str) -> Result<(), ProjectError> {
        let path = self.dir.join(written);
        let unreadable = |source| ProjectError::unreadable(self.key, &path, source);
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => self.walk(&path, usize::MAX, None),
            Ok(_) => self.add_file(&path),
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_pattern(written) => {
                let (base, pattern) = base_of(written);
                let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
                let glob = glob.map_err(|error| invalid(self.key, written, &error))?.compile_matcher();
                let depth = if pattern.contains("**") { usize::MAX } else { pattern.split('/').count() };
                let hidden = pattern.split('/').any(|part| part.starts_with('.'));
                let base = self.dir.join(base);
                if !base.is_dir() {
                    return Ok(());
                }
                self.walk(&base, depth, Some(&Pattern { glob, hidden }))
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
    fn walk(&mut self, base: &Path, depth: usize, pattern: Option<&Pattern>) -> Result<(), ProjectError> {
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
                        self.outputs.push(path);
                    } else {
                        folders.push((path, format!("{name}/"), level + 1));
                    }
                } else if kind.is_file() || fs::metadata(&path).is_ok_and(|meta| meta.is_file()) {
                    self.add_below(name, path, pattern)?;
                }
            }
        }
        Ok(())
    }

    /// Adds a file that was found below a folder.
    fn add_below(
        &mut self,
        name: Option<String>,
        path: PathBuf,
        pattern: Option<&Pattern>,
    ) -> Result<(), ProjectError> {
        let of_extension = format_of(&path);
        let Some(name) = name else {
            // What is not read may have any name.
            return if of_extension.is_some() { Err(self.refused(ListError::Name(path))) } else { Ok(()) };
        };
        if pattern.is_some_and(|it| !it.glob.is_match(&name)) {
            return Ok(());
        }
        let named = self.wanted.format();
        let format = match (pattern, named) {
            (_, None) => of_extension,
            (Some(_), Some(named)) => Some(named),
            (None, Some(named)) => of_extension.filter(|it| *it == named),
        };
        match format {
            Some(_) if self.is_excluded(&name, &path) => {}
            Some(format) => self.files.push((name, path, format)),
            None => {
                let extension =
                    path.extension().map_or("no extension".into(), |it| format!(".{}", it.to_string_lossy()));
                *self.others.entry(extension).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Whether a document is left out, by its name or by its path from the configuration.
    fn is_excluded(&mut self, name: &str, path: &Path) -> bool {
        let below = path.strip_prefix(self.dir).unwrap_or(path);
        let below: PathBuf = below.components().filter(|it| *it != Component::CurDir).collect();
        let is_excluded = self.exclude.is_match(name) || self.exclude.is_match(&below);
        self.excluded += u64::from(is_excluded);
        is_excluded
    }
}

/// What the part of a pattern with wildcards matches.
struct Pattern {
    glob: globset::GlobMatcher,
    /// Whether files and folders that begin with a dot may match.
    hidden: bool,
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

/// The format that a file's extension stands for.
fn format_of(path: &Path) -> Option<DocumentFormat> {
    DocumentFormat::of_extension(path.extension()?.to_str()?)
}

#[cfg(test)]
mod tests;
