//! The format of run files: how it is read from a file ([`RunFileFormat::identify`]), and how an older file is
//! migrated.
//!
//! A file of an older release is first copied beside itself ([`keep_copy`]) and then migrated in one transaction. A
//! process that is killed meanwhile leaves the old file or the new one, and never half a copy under the final name.
//! Files from before the first release are refused.

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;

use refinery::{Migration, Runner};
use rusqlite::Connection;

use super::Trouble;
use super::error::{OpenError, explain};
use super::recovery::beside;
use super::results::{FIXED, MoreColumns, ResultsColumns, create_results_view};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// `PRAGMA application_id` of a run file: `CASR`.
pub const APPLICATION_ID: i32 = 0x4341_5352;
/// `PRAGMA user_version` of the files that this build writes. The last migration sets it.
pub const FORMAT_VERSION: i32 = 4;
/// The oldest format of any release.
const OLDEST_RELEASED: i32 = 4;

/// A format of run files, with the migrations that lead to it. Tests make formats of their own.
#[derive(Clone, Debug)]
pub(super) struct RunFileFormat {
    /// `PRAGMA user_version` of its files.
    pub(super) version: i32,
    /// The oldest format that is migrated to it.
    pub(super) oldest: i32,
    /// All migrations, from an empty database on.
    pub(super) migrations: Vec<Migration>,
}

impl RunFileFormat {
    /// Returns the format that this build writes.
    pub(super) fn current() -> Self {
        let migrations = embedded::migrations::runner().get_migrations().clone();
        Self { version: FORMAT_VERSION, oldest: OLDEST_RELEASED, migrations }
    }

    /// Returns the format of a run file; `None` for an empty database. A process that was killed before the first
    /// migration may have committed the empty table of migrations: that counts as empty too.
    pub(super) fn identify(&self, connection: &Connection, path: &Path) -> Result<Option<i32>, OpenError> {
        let fail = |source| explain(path, source);
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0)).map_err(fail);
        let application = pragma("application_id")?;
        let found = pragma("user_version")?;
        if application == APPLICATION_ID {
            return match found {
                _ if found > self.version => {
                    Err(OpenError::Newer { path: path.to_owned(), found, known: self.version })
                }
                _ if found < self.oldest => Err(OpenError::Unreleased { path: path.to_owned(), found }),
                _ => Ok(Some(found)),
            };
        }
        let count = |query| connection.query_row(query, [], |row| row.get::<_, i64>(0)).map_err(fail);
        let objects = count("SELECT count(*) FROM sqlite_schema")?;
        let others = count("SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'refinery_schema_history'")?;
        let begun = objects > 0 && others == 0 && count("SELECT count(*) FROM refinery_schema_history")? == 0;
        if objects == 0 || begun { Ok(None) } else { Err(OpenError::NotARunFile(path.to_owned())) }
    }

    /// Checks that a file of the format `found` can be read without a migration.
    pub(super) fn readable(&self, found: Option<i32>, path: &Path) -> Result<(), OpenError> {
        match found {
            None => Err(OpenError::Empty(path.to_owned())),
            Some(found) if found == self.version => Ok(()),
            Some(found) => Err(OpenError::Older { path: path.to_owned(), found }),
        }
    }

    /// Runs all migrations that the database does not have yet, in one transaction.
    pub(super) fn migrate(&self, connection: &mut Connection) -> Result<(), Box<dyn Error>> {
        Runner::new(&self.migrations).set_grouped(true).run(connection)?;
        let fixed: Vec<String> = FIXED.iter().map(|(name, _)| (*name).to_owned()).collect();
        let tx = connection.transaction()?;
        if !tx.table_exists(None, "results").unwrap_or(false) {
            create_results_view(
                &tx,
                0,
                ResultsColumns { input: &[], fixed: &fixed, more: MoreColumns::default(), fields: &[] },
            )?;
        }
        Ok(tx.commit()?)
    }

    /// Runs [`migrate`](Self::migrate) on the file at `path`. If it fails, the file is unchanged.
    pub(super) fn migrate_file(&self, connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
        let Err(failed) = self.migrate(connection) else { return Ok(()) };
        // Back to one file, as before. The first error is the one to report.
        let _ = connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()));
        Err(match Trouble::behind(&*failed) {
            Some((trouble, message)) => OpenError::Trouble { path: path.to_owned(), trouble, message },
            None => OpenError::Migrate { path: path.to_owned(), message: failed.to_string() },
        })
    }
}

/// Copies a file of an older format to `<name>.v<format>` beside it. The copy gets that name once it is complete and on
/// the disk.
pub(super) fn keep_copy(connection: &Connection, path: &Path, format: i32) -> Result<(), OpenError> {
    // What a killed writer left in the WAL belongs into the copy too.
    let in_use: bool = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(|source| explain(path, source))?;
    if in_use {
        let message = "its write-ahead log is in use".to_owned();
        return Err(OpenError::Trouble { path: path.to_owned(), trouble: Trouble::Locked, message });
    }
    let partial = beside(path, &format!(".v{format}.partial"));
    let copied = fs::copy(path, &partial)
        .and_then(|_| fs::File::open(&partial)?.sync_all())
        .and_then(|()| fs::rename(&partial, beside(path, &format!(".v{format}"))))
        .and_then(|()| sync_folder(path));
    copied.map_err(|source| {
        // If this fails too, the next copy overwrites the leftover.
        let _ = fs::remove_file(&partial);
        OpenError::Copy { path: path.to_owned(), source }
    })
}

/// Flushes the names in the folder of `path` to the disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = fs::canonicalize(path)?;
    folder.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

/// Other systems than Unix cannot open a folder.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
