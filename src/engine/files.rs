//! Writing artifacts from the record into a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::EngineError;
use super::whole_file::{Existing, write_whole};
use crate::project::digest;
use crate::stage::artifact::{self, Artifact, ArtifactError};

/// Writes the artifacts into `dir`, each under its own name; returns the paths. A file that already has the right bytes
/// is left alone; the others are replaced as a whole.
pub fn write(connection: &Connection, dir: &Path, artifacts: &[Artifact]) -> Result<Vec<PathBuf>, EngineError> {
    fs::create_dir_all(dir).map_err(unwritable(dir))?;
    let mut paths = Vec::new();
    for artifact in artifacts {
        let path = dir.join(&artifact.name);
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

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> EngineError {
    let path = path.to_owned();
    move |source| EngineError::Write { path, source }
}
