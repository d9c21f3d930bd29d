//! The project in the folder of a test set: written where it is not there, renewed where nobody changed it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::folder::TestsetFolder;
use super::settings::Settings;
use crate::engine::whole_file::{Existing, write_whole};
use crate::project::digest;

/// The configuration of a project.
const CONFIG: &str = "casebook.yaml";
/// The file with the digest of each file of the project as it was written, by which changes of people are told.
const WRITTEN: &str = ".written.json";

/// A file of the project cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct ProjectFileError {
    path: PathBuf,
    source: io::Error,
}

/// A project that is ready.
pub(super) struct WrittenProject {
    pub(super) config: PathBuf,
    /// Whether people have changed the configuration, so that it does not have the settings.
    pub(super) has_own_config: bool,
    pub(super) notes: Vec<String>,
}

/// Writes the files of `shipped`, the configuration among them with `settings`. A file that people have changed stays.
pub(super) fn write(
    folder: &TestsetFolder,
    shipped: &[(&str, &[u8])],
    settings: &Settings,
) -> Result<WrittenProject, ProjectFileError> {
    let (dir, own) = (folder.project(), folder.own_project());
    let record = dir.join(WRITTEN);
    let text = fs::read_to_string(own.join(WRITTEN)).unwrap_or_default();
    let mut digests: BTreeMap<String, String> = serde_json::from_str(&text).unwrap_or_default();
    let (mut kept, mut has_own_config) = (Vec::new(), false);
    for (name, bytes) in shipped {
        let path = dir.join(name);
        let configured = (*name == CONFIG).then(|| settings.written_into(&String::from_utf8_lossy(bytes)));
        let bytes = configured.as_deref().map_or(*bytes, str::as_bytes);
        let there = own.join(name);
        if is_changed(&there, digests.get(*name), bytes) {
            has_own_config |= *name == CONFIG;
            kept.push(*name);
            // A dry run has a project of its own, in which people's files count too.
            if there != path {
                let theirs = fs::read(&there).map_err(|source| ProjectFileError { path: there, source })?;
                replace(&path, &theirs)?;
            }
            continue;
        }
        replace(&path, bytes)?;
        let written = digest(&path).map_err(|source| ProjectFileError { path, source })?.0;
        digests.insert((*name).to_owned(), written.to_string());
    }
    let text = serde_json::to_string_pretty(&digests).unwrap_or_default() + "\n";
    replace(&record, text.as_bytes())?;
    let notes = if kept.is_empty() {
        Vec::new()
    } else {
        vec![format!("{} in {} was changed by hand and is used as it is", kept.join(", "), own.display())]
    };
    Ok(WrittenProject { config: dir.join(CONFIG), has_own_config, notes })
}

/// Whether the file is there and is neither what was written last nor what is to be written: a run that was killed in
/// between has no digest of it.
fn is_changed(path: &Path, written: Option<&String>, bytes: &[u8]) -> bool {
    path.symlink_metadata().is_ok()
        && digest(path).map_or(true, |(now, _)| Some(&now.to_string()) != written)
        && fs::read(path).map_or(true, |now| now != bytes)
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), ProjectFileError> {
    let fail = |source| ProjectFileError { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    write_whole(path, Existing::Replace, |out| out.write_all(bytes)).map_err(fail)
}
