//! The pages of documents, as [`view::document_pages`](crate::view::document_pages) makes them, written into a folder
//! of their own beside the report, and again where a report is written and there are some. The run file keeps no pages,
//! since the same record makes the same bytes.
//!
//! The folder is the run file's own: one that holds other files is refused, since documents themselves may lie in a
//! folder of that name.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::destination::Destination;
use super::error::EngineError;
use super::out_folder::{MARK, OutFolder};
use super::recorded::recorded;
use crate::project::Project;
use crate::stage::report::FILES;
use crate::store::{self, Access};
use crate::view::document_pages::{
    DocumentIndex, DocumentPage, DocumentPageError, FOLDER, IndexEntry, index_name, is_page, page_name,
};
use crate::view::evidence::{Claim, DocumentHead, dataset_with_documents, each_document};
use crate::view::text::thousands;

/// Writes a page for each document of a run file, as the record is now, with the claims of all steps or of one; returns
/// the path of the index and a message.
pub fn write_document_pages(db: &Path, step: Option<&str>, to: &Destination) -> Result<(PathBuf, String), EngineError> {
    let connection = store::open(db, Access::Read)?;
    // Everything is read as it is at the first statement.
    let tx = connection.unchecked_transaction()?;
    let plan = recorded(&tx, db)?;
    let Some(dataset) = dataset_with_documents(&tx)? else { return Err(EngineError::NoDocuments(db.to_owned())) };
    let out = to.dir.clone().unwrap_or_else(|| plan.project.out_dir(db));
    let title = db.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (dir, title) = match step {
        None => (out.join(FOLDER), title),
        Some(step) => {
            (out.join(super::of_step::folder_name(step).as_ref()).join(FOLDER), format!("{title}, step {step}"))
        }
    };
    let folder = OutFolder { dir, db: db.to_owned(), overwrite: to.overwrite };
    let mut writer = DocumentWriter::new(folder, title)?;
    match step {
        None => writer.write_all(&tx, dataset)?,
        Some(step) => super::of_step::narrowed(&tx, &plan.project, step, |tx| writer.write_all(tx, dataset))?,
    }
    Ok((writer.folder.dir.join(index_name(1)), message(writer.index.entries.len())))
}

/// Writes the pages in the folder of the run's files again, where the run file has written some there; returns the path
/// of the index and a message. Pages of single steps are written again too.
pub(super) fn refresh_document_pages(
    connection: &Connection,
    project: &Project,
    out: &OutFolder,
) -> Result<Option<(PathBuf, String)>, EngineError> {
    let folder = |dir: PathBuf| OutFolder { dir, ..out.clone() };
    let is_old = |it: &OutFolder| it.is_marked() && it.dir.join(index_name(1)).exists();
    let Some(dataset) = dataset_with_documents(connection)? else { return Ok(None) };
    let title = out.db.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    for step in project.steps.iter().map(|setup| setup.config.step.name()) {
        let of_step = folder(out.dir.join(super::of_step::folder_name(step).as_ref()).join(FOLDER));
        if is_old(&of_step) {
            let mut writer = DocumentWriter::new(of_step, format!("{title}, step {step}"))?;
            super::of_step::narrowed(connection, project, step, |narrow| writer.write_all(narrow, dataset))?;
        }
    }
    let all = folder(out.dir.join(FOLDER));
    if !is_old(&all) {
        return Ok(None);
    }
    let mut writer = DocumentWriter::new(all, title)?;
    writer.write_all(connection, dataset)?;
    Ok(Some((writer.folder.dir.join(index_name(1)), message(writer.index.entries.len()))))
}

/// The report beside the folder of the pages, from there, if there is one.
fn report_beside(folder: &Path) -> Option<String> {
    let [_, (html, _)] = FILES;
    folder.parent().is_some_and(|it| it.join(html).exists()).then(|| format!("../{html}"))
}

fn message(count: usize) -> String {
    if count == 1 {
        "1 page of a document".to_owned()
    } else {
        format!("{} pages of documents", thousands(count as u64))
    }
}

/// The name of a page that is being written.
const PARTIAL: &str = ".page.partial";

/// A document with the claims on it, whose page waits for the name of the next one.
type Waiting = (DocumentHead, Vec<Claim>);

/// Writes pages into a folder.
struct DocumentWriter {
    folder: OutFolder,
    index: DocumentIndex,
    written: HashSet<String>,
}

impl DocumentWriter {
    /// Refuses a folder that holds files and is not the run file's.
    fn new(folder: OutFolder, title: String) -> Result<Self, EngineError> {
        folder.check(&[&index_name(1)])?;
        if !folder.overwrite && !folder.dir.join(MARK).exists() {
            let first = fs::read_dir(&folder.dir).ok().and_then(|mut it| it.next()).and_then(Result::ok);
            if let Some(file) = first {
                return Err(EngineError::ForeignFile { path: file.path(), owner: None, db: folder.db });
            }
        }
        let report = report_beside(&folder.dir);
        let index = DocumentIndex { title, report, entries: Vec::new() };
        Ok(Self { folder, index, written: HashSet::new() })
    }

    fn write_all(&mut self, connection: &Connection, dataset: i64) -> Result<(), EngineError> {
        let dir = self.folder.dir.clone();
        let failed = |source| EngineError::Write { path: dir.clone(), source };
        fs::create_dir_all(&dir).map_err(failed)?;
        self.folder.mark().map_err(failed)?;
        let (mut before, mut waiting): (Option<String>, Option<Waiting>) = (None, None);
        each_document::<EngineError>(connection, dataset, &mut |head, claims| {
            if let Some(document) = waiting.take() {
                self.write_page(connection, &document, (before.as_deref(), Some(&head.name)))?;
                before = Some(document.0.name);
            }
            waiting = Some((head.clone(), claims.to_vec()));
            Ok(())
        })?;
        if let Some(document) = waiting {
            self.write_page(connection, &document, (before.as_deref(), None))?;
        }
        for number in 1..=self.index.pages() {
            let name = index_name(number);
            self.write(&name, |index, out| index.write(number, out))?;
            self.written.insert(name);
        }
        self.remove_gone().map_err(failed)
    }

    fn write_page(
        &mut self,
        connection: &Connection,
        (head, claims): &Waiting,
        neighbours: (Option<&str>, Option<&str>),
    ) -> Result<(), EngineError> {
        let name = page_name(&head.name);
        let path = self.folder.dir.join(&name);
        let page = DocumentPage::of(connection, head, claims).map_err(|error| of_page(&path, error))?;
        self.write(&name, |index, out| page.write(neighbours, index.page_of_next(), out))?;
        self.index.entries.push(IndexEntry::new(&head.name, page.coverage(), claims));
        self.written.insert(name);
        Ok(())
    }

    fn write(
        &self,
        name: &str,
        fill: impl FnOnce(&DocumentIndex, &mut dyn Write) -> Result<(), DocumentPageError>,
    ) -> Result<(), EngineError> {
        let path = self.folder.dir.join(name);
        let partial = self.folder.dir.join(PARTIAL);
        // It is not waited for: the record holds all of it.
        let write = || {
            let mut out = BufWriter::new(File::create(&partial)?);
            fill(&self.index, &mut out)?;
            out.flush()?;
            Ok(fs::rename(&partial, &path)?)
        };
        write().inspect_err(|_| drop(fs::remove_file(&partial))).map_err(|error| of_page(&path, error))
    }

    /// Removes the pages of documents that are gone.
    fn remove_gone(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder.dir)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_page(&name) && !self.written.contains(&name) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

fn of_page(path: &Path, error: DocumentPageError) -> EngineError {
    match error {
        DocumentPageError::Store(error) => EngineError::Store(error),
        DocumentPageError::Write(source) => EngineError::Write { path: path.to_owned(), source },
    }
}
