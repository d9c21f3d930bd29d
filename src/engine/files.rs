//! Artifacts out of the record into a folder.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::EngineError;
use crate::project::digest;
use crate::stage::artifact::{self, Artifact, ReadError};

/// Writes the artifacts into `dir`, each under its own name; returns the paths. A file that already has the right bytes
/// is left alone, and a file is never half there: it is written under another name first.
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
        let partial = dir.join(format!(".{}.partial", artifact.name));
        if let Err(error) = write_whole(connection, artifact, &partial) {
            let _ = fs::remove_file(&partial);
            return Err(error);
        }
        fs::rename(&partial, &path).map_err(unwritable(&path))?;
    }
    Ok(paths)
}

fn write_whole(connection: &Connection, artifact: &Artifact, path: &Path) -> Result<(), EngineError> {
    let mut out = BufWriter::new(File::create(path).map_err(unwritable(path))?);
    artifact::read(connection, artifact.id, &mut out).map_err(|error| match error {
        ReadError::Io(source) => unwritable(path)(source),
        store @ ReadError::Store(_) => store.into(),
    })?;
    out.flush().map_err(unwritable(path))?;
    out.get_ref().sync_all().map_err(unwritable(path))
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> EngineError {
    let path = path.to_owned();
    move |source| EngineError::Write { path, source }
}
