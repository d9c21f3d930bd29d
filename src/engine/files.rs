//! Writing files into the folder of a run file: artifacts from the record, or exports from a reader's snapshot.

use std::fs;
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::EngineError;
use super::item_folders;
use super::out_folder::{OutFolder, names_of};
use super::whole_file::{Existing, write_whole};
use crate::config::OutputFormat;
use crate::project::digest;
use crate::record::Stage;
use crate::stage::artifact::{self, Artifact, ArtifactError, Measure};
use crate::stage::export::{self, ExportError, ExportFile, ExportRequest};
use crate::store::sql;

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

/// The files of an export.
#[derive(Clone, Debug, Default)]
pub struct ExportedFiles {
    pub paths: Vec<PathBuf>,
    /// What is said about files that were there before.
    pub notes: Vec<String>,
}

/// Writes the artifacts of an export into the folder, and the folders of work items where they are asked for.
pub fn write_recorded_exports(
    connection: &Connection,
    folder: &OutFolder,
    request: &ExportRequest<'_>,
    artifacts: &[Artifact],
) -> Result<ExportedFiles, EngineError> {
    let mut notes = write_folders(connection, folder, request)?;
    let paths = write(connection, folder, artifacts)?;
    notes.extend(left_out(connection, request)?);
    if request.mapping().is_some() || request.has_finetune() {
        sql::EXPORT_SAID.each::<rusqlite::Error>(connection, &[(":step", &request.step)], |row| {
            notes.push(format!("{}: {}", row.get::<_, String>("subject")?, row.get::<_, String>("detail")?));
            Ok(())
        })?;
    }
    notes.extend(stale(connection, folder, request)?);
    Ok(ExportedFiles { paths, notes })
}

/// Writes the exports as the connection sees the run file now, and records nothing.
pub fn write_exports(
    connection: &Connection,
    folder: &OutFolder,
    request: &ExportRequest<'_>,
) -> Result<ExportedFiles, EngineError> {
    // A file that cannot be made is an error before another one is written.
    export::check_objects(connection, request)?;
    let mut notes = write_folders(connection, folder, request)?;
    prepare(folder, &names(request))?;
    let (mut paths, mut said) = (Vec::new(), Vec::new());
    for file in request.files() {
        let path = folder.dir.join(file.name());
        let written = write_whole(&path, Existing::Replace, |out| {
            let found = export::stream(connection, request, file, out)?;
            said.extend(found.into_iter().map(|finding| format!("{}: {}", file.name(), finding.text)));
            Ok(())
        });
        written.map_err(|error| match error {
            ExportError::Io(source) => unwritable(&path)(source),
            other => other.into(),
        })?;
        paths.push(path);
    }
    notes.extend(left_out(connection, request)?);
    notes.extend(said);
    notes.extend(stale(connection, folder, request)?);
    Ok(ExportedFiles { paths, notes })
}

/// The names of the files and folders of an export.
fn names<'a>(request: &'a ExportRequest<'_>) -> Vec<&'a str> {
    let objects = request.objects.files.iter().map(|file| file.name.as_str());
    names_of(&request.formats, objects, &[Stage::Export])
}

/// Notes on work items that are not in the files of objects.
fn left_out(connection: &Connection, request: &ExportRequest<'_>) -> Result<Vec<String>, EngineError> {
    let left_out = export::objects::left_out(connection, &request.objects)?;
    let items = export::items_left_out(connection, request)?;
    Ok(left_out.into_iter().map(|(_, what)| what).chain(items).collect())
}

/// Writes the folders of work items, if the export has them. Their list is written after them, so that it is never
/// ahead of them.
fn write_folders(
    connection: &Connection,
    folder: &OutFolder,
    request: &ExportRequest<'_>,
) -> Result<Vec<String>, EngineError> {
    if !request.formats.contains(&OutputFormat::Files) {
        return Ok(Vec::new());
    }
    prepare(folder, &names(request))?;
    item_folders::write(connection, &folder.dir, &request.steps(connection)?)
}

/// Notes on files that are not asked for any more, and that say something else than the record.
fn stale(connection: &Connection, folder: &OutFolder, request: &ExportRequest<'_>) -> Result<Vec<String>, EngineError> {
    let mut notes = Vec::new();
    if !folder.is_marked() {
        return Ok(notes);
    }
    // References between files of objects are looked up among all of them.
    let whole = ExportRequest { objects: request.unwritten.clone(), ..request.clone() };
    let others = OutputFormat::ALL.into_iter().filter(|it| !request.formats.contains(it));
    let of_formats = others.flat_map(|format| {
        let again = format!("casebook export --formats {}", format.name());
        format.files().into_iter().map(move |file| (ExportFile::Format(file), again.clone()))
    });
    let objects = whole.objects.files.iter().map(|file| (ExportFile::Objects(file), "casebook export".to_owned()));
    for (file, again) in of_formats.chain(objects) {
        let path = folder.dir.join(file.name());
        let Ok((sha1, _)) = digest(&path) else { continue };
        let mut now = Measure::default();
        match export::stream(connection, &whole, file, &mut now) {
            Ok(_) if now.finish().0 == sha1 => {}
            Err(ExportError::Store(error)) => return Err(error.into()),
            _ => notes.push(format!(
                "{} is of an earlier export, and no longer what the record says: remove it, or write it again with \
                 `{again}`",
                path.display()
            )),
        }
    }
    Ok(notes)
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
