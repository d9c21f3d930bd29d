//! Exports and reports again, from the record: as stages of an invocation, so that the run file keeps the files. Where
//! it may not be written, or a run is going, the files are made of it as it is, and it keeps nothing.

use std::io;
use std::path::{Path, PathBuf};

use super::compile::check_formats;
use super::destination::{Destination, Written};
use super::document_pages::refresh_document_pages;
use super::error::EngineError;
use super::export_choice::ExportChoice;
use super::files::{self, ExportedFiles};
use super::of_variant::note_on_variants;
use super::out_folder::OutFolder;
use super::pages::PageWriter;
use super::recorded::{RecordedPlan, recorded};
use super::session::Session;
use super::stages::{configuration_file, export_request, export_stage, rendered_report, report_stage};
use crate::stage::export::ExportRequest;
use crate::stage::report::FILES;
use crate::store::{self, Access, LockError, OpenError, Trouble};

/// Repeats the exports from the record.
pub fn export(db: &Path, to: &Destination, choice: ExportChoice<'_>) -> Result<Written, EngineError> {
    let kept = Session::hold(db, Access::Write, "export", None, |session| {
        let plan = recorded(&session.connection, &session.path)?;
        let request = request_of(&plan, db, choice)?;
        let artifacts = export_stage(session, &request)?;
        let written = files::write_recorded_exports(&session.connection, &to.folder(&plan, db), &request, &artifacts)?;
        with_note(&session.connection, written)
    });
    or_snapshot(db, kept, |connection, plan| {
        let request = request_of(plan, db, choice)?;
        with_note(connection, files::write_exports(connection, &to.folder(plan, db), &request)?)
    })
}

/// Repeats the report from the record.
pub fn report(db: &Path, to: &Destination) -> Result<Written, EngineError> {
    let kept = Session::hold(db, Access::Write, "report", None, |session| {
        let plan = recorded(&session.connection, &session.path)?;
        let request = export_request(&plan.project, &plan.dataset, (plan.step, db))?;
        let artifacts = report_stage(session, &plan.project, &request)?;
        let mut paths = files::write(&session.connection, &to.folder(&plan, db), &artifacts)?;
        paths.extend(to.pages(&plan, db, &session.connection)?);
        paths.extend(to.document_pages(&plan, db, &session.connection)?);
        with_note(&session.connection, ExportedFiles { paths, notes: Vec::new() })
    });
    or_snapshot(db, kept, |connection, plan| {
        let rendered = rendered_report(connection, &plan.project, configuration_file(connection, &plan.project)?)?;
        let [(markdown, _), (html, _)] = FILES;
        let texts = [(markdown, rendered.markdown.as_str()), (html, rendered.html.as_str())];
        let mut paths = files::write_texts(&to.folder(plan, db), &texts)?;
        paths.extend(to.pages(plan, db, connection)?);
        paths.extend(to.document_pages(plan, db, connection)?);
        with_note(connection, ExportedFiles { paths, notes: Vec::new() })
    })
}

/// The files, with a note where they are of a task that was never planned.
fn with_note(connection: &rusqlite::Connection, mut written: ExportedFiles) -> Result<ExportedFiles, EngineError> {
    written.notes.extend(note_on_variants(connection)?);
    Ok(written)
}

/// The export of a recorded plan, as it is asked for.
pub(super) fn request_of<'a>(
    plan: &'a RecordedPlan,
    db: &Path,
    choice: ExportChoice<'_>,
) -> Result<ExportRequest<'a>, EngineError> {
    let request = choice.of(&plan.project, export_request(&plan.project, &plan.dataset, (plan.step, db))?)?;
    let table = (plan.dataset.columns.as_slice(), plan.dataset.kinds.as_slice());
    check_formats(&plan.project, table, (&request.formats, request.evals.as_deref()), true)?;
    Ok(request)
}

impl Destination {
    fn folder(&self, plan: &RecordedPlan, db: &Path) -> OutFolder {
        let dir = self.dir.clone().unwrap_or_else(|| plan.project.out_dir(db));
        OutFolder { dir, db: db.to_owned(), overwrite: self.overwrite }
    }

    /// Writes the pages that a configuration has, unless the files go somewhere else; returns the path of their index.
    fn pages(
        &self,
        plan: &RecordedPlan,
        db: &Path,
        connection: &rusqlite::Connection,
    ) -> Result<Option<PathBuf>, EngineError> {
        if self.dir.is_some() {
            return Ok(None);
        }
        let Some(mut pages) = PageWriter::of(&plan.project, db, self.overwrite)? else { return Ok(None) };
        pages.write_all(connection).map(|(index, _)| Some(index))
    }

    /// Writes the pages of documents that are there again; returns the path of their index.
    fn document_pages(
        &self,
        plan: &RecordedPlan,
        db: &Path,
        connection: &rusqlite::Connection,
    ) -> Result<Option<PathBuf>, EngineError> {
        let written = refresh_document_pages(connection, &plan.project, &self.folder(plan, db))?;
        Ok(written.map(|(index, _)| index))
    }
}

/// The files that were written and `kept`; or, where the run file could not be written to, those that `write` makes of
/// it as it is now.
fn or_snapshot(
    db: &Path,
    kept: Result<ExportedFiles, EngineError>,
    write: impl FnOnce(&rusqlite::Connection, &RecordedPlan) -> Result<ExportedFiles, EngineError>,
) -> Result<Written, EngineError> {
    let why = match kept {
        Ok(written) => return Ok(Written { files: written.paths, notes: written.notes, not_kept: None }),
        Err(error) => unwritable(&error).ok_or(error)?,
    };
    let connection = store::open(db, Access::Read)?;
    // Everything is read as it is at the first statement.
    let tx = connection.unchecked_transaction()?;
    let plan = recorded(&tx, db)?;
    let written = write(&tx, &plan)?;
    Ok(Written { files: written.paths, notes: written.notes, not_kept: Some(why) })
}

/// Why a run file cannot be written to, if that is what the error says.
fn unwritable(error: &EngineError) -> Option<String> {
    let is_in_the_way = |source: &io::Error| source.kind() != io::ErrorKind::StorageFull;
    match error {
        EngineError::Lock(held @ LockError::Held { .. }) => Some(held.to_string()),
        EngineError::Lock(LockError::Io { path, source }) if is_in_the_way(source) => {
            Some(format!("{} cannot be written: {source}", path.display()))
        }
        EngineError::RunFile { path, trouble, message }
        | EngineError::Open(OpenError::Trouble { path, trouble, message })
            if matches!(trouble, Trouble::ReadOnly | Trouble::Unopenable | Trouble::Locked) =>
        {
            Some(format!("{} cannot be written: {message}", path.display()))
        }
        _ => None,
    }
}
