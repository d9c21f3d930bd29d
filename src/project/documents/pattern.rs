//! Patterns of paths. The case of a document's extension does not count, as it does not where a folder is read; the
//! rest is literal.

use std::path::{Component, Path, PathBuf};

use globset::{Error, GlobBuilder, GlobMatcher};

use crate::document::DocumentFormat;

/// A pattern of names or paths.
#[derive(Debug)]
pub(super) struct Pattern {
    literal: GlobMatcher,
    /// The same with its extension in lower case.
    lower: GlobMatcher,
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Result<Self, Error> {
        let glob = |pattern: &str| Ok(GlobBuilder::new(pattern).literal_separator(true).build()?.compile_matcher());
        Ok(Self { literal: glob(pattern)?, lower: glob(&lower(pattern))? })
    }

    /// Whether a name or path is meant.
    pub(super) fn is_match(&self, path: &Path) -> bool {
        self.literal.is_match(path)
            || format_of(path).is_some_and(|_| path.to_str().is_some_and(|it| self.lower.is_match(lower(it))))
    }
}

/// The format that a file's extension stands for.
pub(super) fn format_of(path: &Path) -> Option<DocumentFormat> {
    DocumentFormat::of_extension(path.extension()?.to_str()?)
}

/// `path` with its extension in lower case.
fn lower(path: &str) -> String {
    let name = path.rfind('/').map_or(0, |at| at + 1);
    match path[name..].rfind('.') {
        Some(dot) => format!("{}{}", &path[..name + dot], path[name + dot..].to_ascii_lowercase()),
        None => path.to_owned(),
    }
}

/// What `exclude` leaves out.
#[derive(Debug)]
pub(super) struct Exclude(Vec<Excluded>);

/// One pattern of `exclude`.
#[derive(Debug)]
struct Excluded {
    written: String,
    /// It leaves out a folder with all below it.
    by_name: [Pattern; 2],
    by_path: [Pattern; 2],
    has_left_out: bool,
}

impl Exclude {
    /// The patterns as written, relative to `dir`; of one that is none, its text and why.
    pub(super) fn new(written: &[String], dir: &Path) -> Result<Self, (String, Error)> {
        let dir = absolute(dir);
        let of = |pattern: &str| Excluded::new(pattern, &dir).map_err(|error| (pattern.to_owned(), error));
        Ok(Self(written.iter().map(|it| of(it)).collect::<Result<_, _>>()?))
    }

    /// Whether a document or folder is left out, by its name or by its path.
    pub(super) fn has(&mut self, name: &str, path: &Path) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let path = absolute(path);
        let mut is_excluded = false;
        for pattern in &mut self.0 {
            let by_name = pattern.by_name.iter().any(|it| it.is_match(Path::new(name)));
            if by_name || pattern.by_path.iter().any(|it| it.is_match(&path)) {
                pattern.has_left_out = true;
                is_excluded = true;
            }
        }
        is_excluded
    }

    /// The patterns that left nothing out.
    pub(super) fn idle(&self) -> Vec<String> {
        self.0.iter().filter(|it| !it.has_left_out).map(|it| it.written.clone()).collect()
    }
}

impl Excluded {
    fn new(written: &str, dir: &Path) -> Result<Self, Error> {
        let pattern = written.trim_start_matches("./").trim_end_matches('/');
        let both = |pattern: &str| Ok([Pattern::new(pattern)?, Pattern::new(&format!("{pattern}/**"))?]);
        // One without a `/` is the name of a file or folder at any depth.
        let is_name = !written.trim_end_matches('/').contains('/');
        let pattern = &if is_name { format!("**/{pattern}") } else { pattern.to_owned() };
        let (by_name, by_path) = (both(pattern)?, both(&absolute_pattern(pattern, dir))?);
        Ok(Self { written: written.to_owned(), by_name, by_path, has_left_out: false })
    }
}

/// A pattern as one of absolute paths without `.` and `..`.
fn absolute_pattern(pattern: &str, dir: &Path) -> String {
    let dir = globset::escape(&dir.to_string_lossy());
    let whole = if pattern.starts_with('/') { pattern.to_owned() } else { format!("{dir}/{pattern}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// `path` as an absolute one without `.` and `..`, as it is written: no link is looked up.
fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    normalised(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

fn normalised(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}
