//! Opening a run file: settings, identity, migration, and the way back to a single file at rest.
//!
//! A writer works in WAL mode, so that readers may look while a run is going, and leaves the file in rollback mode:
//! then it is one file, it opens from a read-only folder, and a reader leaves nothing beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::results::{FIXED, create_results_view};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What `PRAGMA application_id` says in a run file: `CASR`.
pub const APPLICATION_ID: i32 = 0x4341_5352;
/// The newest format this build writes: `PRAGMA user_version`, one per migration.
pub const FORMAT_VERSION: i32 = 2;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only reads; never creates, migrates or changes anything.
    Read,
    /// Reads and writes a file that exists.
    Write,
    /// Reads and writes; makes the file where there is none.
    Create,
}

/// Why a run file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No file there.
    #[error("there is no run file {}", .0.display())]
    Missing(PathBuf),
    /// A file, but no SQLite database.
    #[error("{} is not a run file: it is no SQLite database", .0.display())]
    NotADatabase(PathBuf),
    /// A database of something else.
    #[error("{} is a SQLite database, but not a run file", .0.display())]
    NotARunFile(PathBuf),
    /// A database that is damaged.
    #[error("{} is damaged: {message}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        message: String,
    },
    /// Written by a newer build.
    #[error("{} has format {found}, but this build knows formats up to {FORMAT_VERSION}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
    },
    /// Written by an older build, and only to be read.
    #[error("{} has the older format {found}; it is migrated when it is next written to", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
    },
    /// The copy that is made before a migration failed.
    #[error("cannot copy {} before migrating it", path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A migration failed; the file is as it was.
    #[error("cannot migrate {}: {message}", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        message: String,
    },
    /// Anything else that SQLite says.
    #[error("cannot open {}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Missing(_) => "`casebook run CONFIG` makes a run file; by default it lies beside CONFIG",
            Self::NotADatabase(_) | Self::NotARunFile(_) => {
                "give the path of a file that `casebook run` made; this one was not touched"
            }
            Self::Newer { .. } => "use the newest Casebook; this one leaves the file as it is",
            Self::Older { .. } => "run `casebook run CONFIG` once: it copies the file, then migrates it",
            Self::Damaged { .. } => "keep the file as it is, and try `sqlite3 FILE .recover` on a copy of it",
            Self::Copy { .. } | Self::Migrate { .. } | Self::Sqlite { .. } => return None,
        })
    }
}

/// Opens the run file at `path`.
///
/// Scopes: settings apply to the connection; the identity is read before anything is written; all migrations run in
/// one transaction, after a copy of an older file was put beside it as `<name>.v<format>`.
pub fn open(path: &Path, access: Access) -> Result<Connection, OpenError> {
    let exists = path.exists();
    if access != Access::Create && !exists {
        return Err(OpenError::Missing(path.to_owned()));
    }
    let flags = match access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let fail = |source| explain(path, source);
    let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fail)?;
    let found = identify(&connection, path)?;
    if access == Access::Read {
        prepare_reader(&connection).map_err(fail)?;
        return match found {
            Some(FORMAT_VERSION) => Ok(connection),
            Some(found) => Err(OpenError::Older { path: path.to_owned(), found }),
            None => Err(OpenError::NotARunFile(path.to_owned())),
        };
    }
    prepare_writer(&connection).map_err(fail)?;
    match found {
        Some(FORMAT_VERSION) => {}
        Some(older) => {
            // What a crash left in the side file belongs to the copy too.
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(fail)?;
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".v{older}"));
            fs::copy(path, PathBuf::from(name)).map_err(|source| OpenError::Copy { path: path.to_owned(), source })?;
            migrate(&mut connection).map_err(|message| OpenError::Migrate { path: path.to_owned(), message })?;
        }
        None => migrate(&mut connection).map_err(|message| OpenError::Migrate { path: path.to_owned(), message })?,
    }
    Ok(connection)
}

/// An empty run file that nobody sees and that is gone with its connection, even if the process is killed: SQLite keeps
/// it in memory as far as the cache goes, and in a nameless temporary file beyond that.
pub fn temporary() -> Result<Connection, OpenError> {
    let path = Path::new("(temporary)");
    let fail = |source| explain(path, source);
    let mut connection = Connection::open("").map_err(fail)?;
    prepare_writer(&connection).map_err(fail)?;
    migrate(&mut connection).map_err(|message| OpenError::Migrate { path: path.to_owned(), message })?;
    Ok(connection)
}

/// The format of the run file, `None` for an empty database. The migrations' own table comes in a commit before the
/// first migration: a process that was killed in between leaves that table alone, empty.
fn identify(connection: &Connection, path: &Path) -> Result<Option<i32>, OpenError> {
    let fail = |source| explain(path, source);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0)).map_err(fail);
    let application = pragma("application_id")?;
    let format = pragma("user_version")?;
    if application == APPLICATION_ID {
        if format > FORMAT_VERSION {
            return Err(OpenError::Newer { path: path.to_owned(), found: format });
        }
        return Ok(Some(format));
    }
    let count = |query| connection.query_row(query, [], |row| row.get::<_, i64>(0)).map_err(fail);
    let objects = count("SELECT count(*) FROM sqlite_schema")?;
    let others = count("SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'refinery_schema_history'")?;
    let begun = objects > 0 && others == 0 && count("SELECT count(*) FROM refinery_schema_history")? == 0;
    if objects == 0 || begun { Ok(None) } else { Err(OpenError::NotARunFile(path.to_owned())) }
}

fn explain(path: &Path, source: rusqlite::Error) -> OpenError {
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase(path.to_owned()),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path: path.to_owned(), message: source.to_string() },
        _ => OpenError::Sqlite { path: path.to_owned(), source },
    }
}

fn prepare_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = FILE;")
}

/// The settings of a writer. A commit is on the disk when it returns (`synchronous = FULL`); the cache and the rarer
/// checkpoints are what keeps inserts of random digests fast.
pub(super) fn prepare_writer(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = FILE;
         PRAGMA cache_size = -32768;
         PRAGMA wal_autocheckpoint = 8192;",
    )
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), String> {
    embedded::migrations::runner().set_grouped(true).run(connection).map_err(|error| error.to_string())?;
    let fixed: Vec<String> = FIXED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let view = |connection: &mut Connection| {
        let tx = connection.transaction()?;
        if !tx.table_exists(None, "results").unwrap_or(false) {
            create_results_view(&tx, &[], &fixed, &[])?;
        }
        tx.commit()
    };
    view(connection).map_err(|error: rusqlite::Error| error.to_string())
}

/// Brings the record back to one file: everything in it, and nothing beside it. Where a reader still looks, SQLite
/// keeps its side files until that reader is gone; nothing is lost by it.
pub fn close(connection: Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA optimize;")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    match connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())) {
        Ok(()) => {}
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
        Err(error) => return Err(error),
    }
    connection.close().map_err(|(_, error)| error)
}
