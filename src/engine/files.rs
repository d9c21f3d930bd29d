//! Writing files into the folder of a run file: artifacts from the record, or exports from a reader's snapshot.

use std::fs;
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::EngineError;
use super::out_folder::OutFolder;
use super::whole_file::{Existing, write_whole};
use crate::project::digest;
use crate::stage::artifact::{self, Artifact, ArtifactError};
use crate::stage::export::{self, ExportRequest};

/// Writes the artifacts into the folder, each under its own name; returns the paths. A file that already has the right
/// bytes is left alone; the others are replaced as a whole.
pub fn write(connection: &Connection, folder: &OutFolder, artifacts: &[Artifact]) -> Result<Vec<PathBuf>, EngineError> {
    let names: Vec<&str> = artifacts.iter().map(|it| it.name.as_str()).collect();
    prepare(folder, &names)?;
    let mut paths = Vec::new();
    for artifact in artifacts {
        let path = folder.dir.join(&artifact.name);
        paths.push(path.clone());
        let size = fs::metadata(&path).map(|it| it.len()).ok();
        if size == u64::try_from(artifact.bytes).ok() && digest(&path).is_ok_and(|(sha1, _)| sha1 == artifact.sha1) {
            continue;
        }
        write_whole(&path, Existing::Replace, |out| artifact::read(connection, artifact.id, out)).map_err(|error| {
            match error {
                ArtifactError::Io(source) => unwritable(&path)(source),
                store @ ArtifactError::Store(_) => store.into(),
            }
        })?;
    }
    Ok(paths)
}

/// Writes the exports as the connection sees the run file now, and records nothing; returns the paths.
pub fn write_exports(
    connection: &Connection,
    folder: &OutFolder,
    request: &ExportRequest<'_>,
) -> Result<Vec<PathBuf>, EngineError> {
    let names: Vec<&str> = request.formats.iter().map(|it| export::file_name(*it)).collect();
    prepare(folder, &names)?;
    let mut paths = Vec::new();
    for (name, format) in names.into_iter().zip(&request.formats) {
        let path = folder.dir.join(name);
        write_whole(&path, Existing::Replace, |out| export::stream(connection, request, *format, out)).map_err(
            |error| match error {
                ArtifactError::Io(source) => unwritable(&path)(source),
                store @ ArtifactError::Store(_) => store.into(),
            },
        )?;
        paths.push(path);
    }
    Ok(paths)
}

/// Writes texts as files; returns the paths.
pub fn write_texts(folder: &OutFolder, texts: &[(&str, &str)]) -> Result<Vec<PathBuf>, EngineError> {
    let names: Vec<&str> = texts.iter().map(|(name, _)| *name).collect();
    prepare(folder, &names)?;
    let mut paths = Vec::new();
    for (name, text) in texts {
        let path = folder.dir.join(name);
        write_whole(&path, Existing::Replace, |out| out.write_all(text.as_bytes())).map_err(unwritable(&path))?;
        paths.push(path);
    }
    Ok(paths)
}

/// Makes the folder, and marks it as the run file's.
fn prepare(folder: &OutFolder, names: &[&str]) -> Result<(), EngineError> {
    if names.is_empty() {
        return Ok(());
    }
    folder.check(names)?;
    fs::create_dir_all(&folder.dir).map_err(unwritable(&folder.dir))?;
    folder.mark().map_err(unwritable(&folder.dir))
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> EngineError {
    let path = path.to_owned();
    move |source| EngineError::Write { path, source }
}
