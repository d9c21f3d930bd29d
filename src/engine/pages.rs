//! The pages of work items, as [`view::pages`](crate::view::pages) makes them, written into their folder: each as its
//! work item is decided, all of them and their index when a run ends, and again from the record.
//!
//! A file that has the right bytes is left alone. The run file keeps no pages, since the same record makes the same
//! bytes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::EngineError;
use super::out_folder::OutFolder;
use crate::project::Project;
use crate::record::VariantAt;
use crate::store::{self, Access, sql, step_rowid};
use crate::view::pages::{self, FOLDER, INDEX, PageError, PageTemplate};
use crate::view::text::thousands;

/// Where pages go, and how they are made.
#[derive(Debug)]
pub struct PageWriter {
    folder: OutFolder,
    template: PageTemplate,
    title: String,
    is_prepared: bool,
    /// Whether a page could not be written while work items were decided, which was said.
    is_hindered: bool,
}

impl PageWriter {
    /// The pages that a project asks for. A template that is wrong, or a folder of another run file, is an error.
    pub(super) fn of(project: &Project, db: &Path, overwrite: bool) -> Result<Option<Self>, EngineError> {
        let template = template_of(project)?;
        let Some(dir) = project.pages_dir() else { return Ok(None) };
        Self::new(dir, db, overwrite, template.unwrap_or_default()).map(Some)
    }

    fn new(dir: PathBuf, db: &Path, overwrite: bool, template: PageTemplate) -> Result<Self, EngineError> {
        let folder = OutFolder { dir, db: db.to_owned(), overwrite };
        folder.check(&[INDEX, FOLDER])?;
        let title = db.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { folder, template, title, is_prepared: false, is_hindered: false })
    }

    /// Writes the pages of standings (rowids) that were decided. What cannot be written now is written when the run
    /// ends, or is an error there; the first time returns a note on it.
    pub(super) fn write_decided(
        &mut self,
        connection: &Connection,
        standings: &[i64],
    ) -> rusqlite::Result<Option<String>> {
        for standing in standings {
            let item: Option<i64> =
                sql::VIEW_ITEM_OF_STANDING.first(connection, &[(":standing", standing)], |row| row.get("work_item"))?;
            let Some(item) = item else { continue };
            match self.write_page(connection, item) {
                Err(EngineError::Store(error)) => return Err(error),
                Err(error) if !self.is_hindered => {
                    self.is_hindered = true;
                    return Ok(Some(format!("a page cannot be written: {}; the run goes on", with_causes(&error))));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(None)
    }

    /// Writes the page of each planned work item and the index, and removes the pages of those that are gone; returns
    /// the path of the index and how many work items there are. A page that cannot be made does not keep the others
    /// from being written, and is the error in the end.
    pub(super) fn write_all(&mut self, connection: &Connection) -> Result<(PathBuf, u64), EngineError> {
        let mut first = None;
        let mut count = 0;
        for step in crate::view::status::steps(connection)? {
            let Some(rowid) = step_rowid(connection, &step.step, VariantAt::BASE)? else { continue };
            sql::VIEW_ITEMS_OF_STEP.each::<EngineError>(connection, &[(":step", &rowid)], |row| {
                count += 1;
                match self.write_page(connection, row.get("id")?) {
                    Err(error @ EngineError::Pages(_)) => {
                        first.get_or_insert(error);
                        Ok(())
                    }
                    other => other,
                }
            })?;
        }
        self.remove_gone(connection)?;
        let index = self.write_index(connection)?;
        match first {
            Some(error) => Err(error),
            None => Ok((index, count)),
        }
    }

    /// Writes the index of the pages that there are; returns the path of its first page.
    pub(super) fn write_index(&mut self, connection: &Connection) -> Result<PathBuf, EngineError> {
        self.prepare()?;
        let dir = self.folder.dir.clone();
        let items = dir.join(FOLDER);
        let has_page = |work_id: &str| items.join(pages::page_name(work_id)).exists();
        let count = pages::index::<EngineError>(connection, &self.title, &has_page, &mut |name, page| {
            write_if_other(&dir.join(name), &page)
        })?;
        for number in count + 1.. {
            match fs::remove_file(dir.join(pages::index_name(number))) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(source) => return Err(EngineError::Write { path: dir.join(pages::index_name(number)), source }),
            }
        }
        Ok(dir.join(INDEX))
    }

    fn write_page(&mut self, connection: &Connection, item: i64) -> Result<(), EngineError> {
        self.prepare()?;
        let (work_id, page) = self.template.page(connection, item)?;
        write_if_other(&self.folder.dir.join(FOLDER).join(pages::page_name(&work_id)), &page)
    }

    /// Removes the pages of work items that the run file knows and that are not planned any more.
    fn remove_gone(&mut self, connection: &Connection) -> Result<(), EngineError> {
        self.prepare()?;
        let items = self.folder.dir.join(FOLDER);
        let failed = |source| EngineError::Write { path: items.clone(), source };
        for entry in fs::read_dir(&items).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(work_id) = pages::work_id_of(&name) else { continue };
            let planned: Option<i64> =
                sql::VIEW_KNOWN_WORK_ID.first(connection, &[(":work_id", &work_id)], |row| row.get("planned"))?;
            if planned == Some(0) {
                fs::remove_file(entry.path()).map_err(|source| EngineError::Write { path: entry.path(), source })?;
            }
        }
        Ok(())
    }

    /// Makes the folders, and marks them as the run file's.
    fn prepare(&mut self) -> Result<(), EngineError> {
        if self.is_prepared {
            return Ok(());
        }
        let dir = &self.folder.dir;
        let failed = |source| EngineError::Write { path: dir.clone(), source };
        self.folder.check(&[INDEX, FOLDER])?;
        fs::create_dir_all(dir.join(FOLDER)).map_err(failed)?;
        self.folder.mark().map_err(failed)?;
        self.is_prepared = true;
        Ok(())
    }
}

/// Writes the pages of a run file into `dir`, as the record is now; returns the path of the index and a message. The
/// template is the one in the file `template`, or else the recorded one, or else the one that ships.
pub fn write_pages(
    db: &Path,
    dir: &Path,
    template: Option<&Path>,
    overwrite: bool,
) -> Result<(PathBuf, String), EngineError> {
    let given = template.map(read_template).transpose()?;
    let connection = store::open(db, Access::Read)?;
    // Everything is read as it is at the first statement.
    let tx = connection.unchecked_transaction()?;
    let plan = super::recorded::recorded(&tx, db)?;
    let template = match given {
        Some(template) => template,
        None => template_of(&plan.project)?.unwrap_or_default(),
    };
    let mut writer = PageWriter::new(dir.to_owned(), db, overwrite, template)?;
    let (index, count) = writer.write_all(&tx)?;
    Ok((index, message(count)))
}

/// What was written, in words.
pub(super) fn message(count: u64) -> String {
    if count == 1 { "1 page of a work item".to_owned() } else { format!("{} pages of work items", thousands(count)) }
}

/// The template that a project names.
fn template_of(project: &Project) -> Result<Option<PageTemplate>, EngineError> {
    let named = project.page_template();
    Ok(named.map(|(name, text)| PageTemplate::read(&name, &text)).transpose()?)
}

fn read_template(path: &Path) -> Result<PageTemplate, EngineError> {
    let text = fs::read_to_string(path).map_err(|source| EngineError::Template { path: path.to_owned(), source })?;
    Ok(PageTemplate::read(&path.to_string_lossy(), text.strip_prefix('\u{feff}').unwrap_or(&text))?)
}

/// Writes a page, unless the file has these bytes already. It is not waited for: the record holds all of it.
fn write_if_other(path: &Path, page: &str) -> Result<(), EngineError> {
    if fs::read(path).is_ok_and(|bytes| bytes == page.as_bytes()) {
        return Ok(());
    }
    fs::write(path, page).map_err(|source| EngineError::Write { path: path.to_owned(), source })
}

fn with_causes(error: &EngineError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl From<PageError> for EngineError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Store(error) => Self::Store(error),
            other @ PageError::Template { .. } => Self::Pages(other),
        }
    }
}
