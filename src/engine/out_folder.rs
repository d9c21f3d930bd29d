//! The folder that a run file's files are written to. It belongs to one run file: a file in it, [`MARK`], names that
//! one, relative to the folder, so that both can be moved together. Another run file does not write there unless it is
//! told to.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use super::error::EngineError;
use super::whole_file::{Existing, write_whole};
use crate::config::OutputFormat;
use crate::project::digest;
use crate::project::documents::OUTPUT_MARK;
use crate::record::{Digest, Stage};
use crate::stage::{evaluate, report};
use crate::store::{self, Access, sql};
use crate::view::{item_files, pages};

/// The name of the file that says whose folder it is.
pub const MARK: &str = OUTPUT_MARK;

/// A folder for the files of a run file.
#[derive(Clone, Debug)]
pub struct OutFolder {
    pub dir: PathBuf,
    /// The run file.
    pub db: PathBuf,
    /// Whether files of another run file are replaced.
    pub overwrite: bool,
}

impl OutFolder {
    /// Refuses the folder of another run file, as long as any of its files is there, and one in which a file that the
    /// run file did not write would be replaced.
    pub fn check(&self, names: &[&str]) -> Result<(), EngineError> {
        let is_there = |name: &&str| self.dir.join(name).exists();
        let there: Vec<&str> = names.iter().copied().filter(is_there).collect();
        if self.overwrite {
            return Ok(());
        }
        let foreign = |file: &str, owner: Option<String>| EngineError::ForeignFile {
            path: self.dir.join(file),
            owner,
            db: self.db.clone(),
        };
        match self.owner() {
            Some(owner) if owner == relative(&self.dir, &self.db) => Ok(()),
            Some(owner) => match there.first().copied().or_else(|| every_name().find(is_there)) {
                Some(file) => Err(foreign(file, Some(owner))),
                None => Ok(()),
            },
            // A folder from before there were marks, or someone else's files.
            None => match there.into_iter().find(|name| !self.has_written(name)) {
                Some(file) => Err(foreign(file, None)),
                None => Ok(()),
            },
        }
    }

    /// Refuses a folder in which files with these names cannot be made. Nothing is left there.
    pub fn check_writable(&self, names: &[&str]) -> Result<(), EngineError> {
        let unwritable = |source| EngineError::Unwritable { dir: self.dir.clone(), source };
        if let Some(name) = names.iter().find(|name| self.dir.join(name).is_dir()) {
            return Err(unwritable(io::Error::new(io::ErrorKind::IsADirectory, format!("{name} is a folder there"))));
        }
        let whole = std::path::absolute(&self.dir).map_err(unwritable)?;
        let nearest = whole.ancestors().find(|it| it.exists()).unwrap_or(&whole);
        tempfile::tempfile_in(nearest).map(drop).map_err(unwritable)
    }

    /// Marks the folder as the run file's.
    pub fn mark(&self) -> io::Result<()> {
        let owner = relative(&self.dir, &self.db);
        if self.is_marked() {
            return Ok(());
        }
        let text = format!("{:#}\n", json!({"run_file": owner}));
        write_whole(&self.dir.join(MARK), Existing::Replace, |out| io::Write::write_all(out, text.as_bytes()))
    }

    /// Whether the folder's mark names the run file.
    pub fn is_marked(&self) -> bool {
        self.owner().is_some_and(|owner| owner == relative(&self.dir, &self.db))
    }

    /// The run file that the folder belongs to, as its mark names it.
    fn owner(&self) -> Option<String> {
        let text = fs::read_to_string(self.dir.join(MARK)).ok()?;
        let mark: Value = serde_json::from_str(&text).ok()?;
        mark["run_file"].as_str().map(str::to_owned)
    }

    /// Whether the run file has a file with this name and these bytes on record.
    fn has_written(&self, name: &str) -> bool {
        let recorded = |sha1: Digest| {
            let connection = store::open(&self.db, Access::Read).ok()?;
            sql::EXPORT_HAS_WRITTEN.row(&connection, &[(":name", &name), (":sha1", &sha1)], |row| row.get("n")).ok()
        };
        digest(&self.dir.join(name)).ok().and_then(|(sha1, _)| recorded(sha1)) == Some(true)
    }
}

/// The names of all files and folders that Casebook writes into a folder.
fn every_name() -> impl Iterator<Item = &'static str> {
    let exports =
        OutputFormat::ALL.into_iter().flat_map(OutputFormat::files).map(|it| it.name).chain([item_files::FOLDER]);
    exports.chain(report::FILES.iter().map(|(name, _)| *name)).chain([evaluate::FILE])
}

/// Whether Casebook may write a file or folder of this name into a folder; some systems do not tell cases apart.
pub(super) fn is_taken(name: &str) -> bool {
    every_name().chain([pages::INDEX, pages::FOLDER]).any(|it| it.eq_ignore_ascii_case(name))
}

/// The names of the files and folders that these stages write. `objects` are those of files of objects.
pub fn names_of<'a>(
    formats: &[OutputFormat],
    objects: impl Iterator<Item = &'a str>,
    stages: &[Stage],
) -> Vec<&'a str> {
    let folders = formats.contains(&OutputFormat::Files).then_some(item_files::FOLDER);
    let files = formats.iter().flat_map(|it| it.files()).map(|it| it.name);
    let exports = files.chain(folders).chain(objects);
    let exports = exports.filter(|_| stages.contains(&Stage::Export));
    let reports = report::FILES.iter().map(|(name, _)| *name).filter(|_| stages.contains(&Stage::Report));
    let figures = stages.contains(&Stage::Evaluate).then_some(evaluate::FILE);
    exports.chain(reports).chain(figures).collect()
}

/// The path of `file` from the folder `dir`, which need not exist yet; with `/` between names on every system.
pub(super) fn relative(dir: &Path, file: &Path) -> String {
    let (dir, file) = (resolved(dir), resolved(file));
    let (mut from, mut to) = (dir.components().peekable(), file.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let ups = from.map(|_| "..".to_owned());
    let downs = to.map(|it| match it {
        Component::RootDir => String::new(),
        other => other.as_os_str().to_string_lossy().into_owned(),
    });
    ups.chain(downs).collect::<Vec<_>>().join("/")
}

/// The real path of what need not exist: of its nearest folder that does, and the rest as it is written.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for folder in path.ancestors() {
        if let Ok(real) = fs::canonicalize(folder) {
            let rest = path.strip_prefix(folder).unwrap_or(Path::new(""));
            return rest.components().fold(real, |at, part| match part {
                Component::ParentDir => at.parent().map(Path::to_owned).unwrap_or_default(),
                Component::Normal(name) => at.join(name),
                _ => at,
            });
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_from_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::create_dir_all(at("a/out")).unwrap();
        for (folder, file, expected) in [
            ("a/out/x", "a/x.db", "../../x.db"),
            ("a/out", "a/../a/x.db", "../x.db"),
            ("a/out", "b/c/x.db", "../../b/c/x.db"),
            ("a/new/../out", "a/out/x.db", "x.db"),
            (".", "a/x.db", "a/x.db"),
        ] {
            assert_eq!(relative(&at(folder), &at(file)), expected, "{folder} {file}");
        }
    }

    #[test]
    fn a_folder_belongs_to_one_run_file() {
        let dir = tempfile::tempdir().unwrap();
        let folder =
            |db: &str, overwrite| OutFolder { dir: dir.path().join("out"), db: dir.path().join(db), overwrite };
        let (first, second) = (folder("first.db", false), folder("second.db", false));
        fs::create_dir(&first.dir).unwrap();
        first.check(&["output.csv"]).unwrap();
        first.mark().unwrap();
        // Nothing of it is there.
        second.check(&["output.csv"]).unwrap();
        fs::write(first.dir.join("output.csv"), "a").unwrap();
        first.check(&["output.csv", "report.md"]).unwrap();
        // What another one wrote is there, even if this would not replace it.
        assert!(second.check(&["report.md"]).is_err());
        let error = second.check(&["report.md", "output.csv"]).unwrap_err();
        assert!(matches!(&error, EngineError::ForeignFile { owner: Some(owner), .. } if owner == "../first.db"));
        folder("second.db", true).check(&["output.csv"]).unwrap();
        second.mark().unwrap();
        second.check(&["output.csv"]).unwrap();
        assert!(first.check(&["output.csv"]).is_err());
        // Without a mark, nobody knows whose it is.
        fs::remove_file(second.dir.join(MARK)).unwrap();
        let error = second.check(&["output.csv"]).unwrap_err();
        assert!(matches!(error, EngineError::ForeignFile { owner: None, .. }));
    }
}
