//! Opening a run file: settings, identity, migration, and the way back to a single file at rest.
//!
//! A writer works in WAL mode, so that readers may look while a run is going, and leaves the file in rollback mode:
//! then it is one file, it opens from a read-only folder, and a reader leaves nothing beside it.

use std::error::Error;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::Trouble;
use super::results::{FIXED, create_results_view};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What `PRAGMA application_id` says in a run file: `CASR`.
pub const APPLICATION_ID: i32 = 0x4341_5352;
/// The newest format this build writes: `PRAGMA user_version`, one per migration.
pub const FORMAT_VERSION: i32 = 4;

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
    /// A folder, a device, or whatever else is no file.
    #[error("{} is not a run file: it is no file", .0.display())]
    NotAFile(PathBuf),
    /// A file in which nothing has been written yet.
    #[error("{} holds no run yet", .0.display())]
    Empty(PathBuf),
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
    /// Of a format that says too little to be compared.
    #[error("{} has format {found}, which is too old to be compared", path.display())]
    TooOld {
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
    /// The world outside is in the way.
    #[error("{}: {trouble} ({message})", path.display())]
    Trouble {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        trouble: Trouble,
        /// What SQLite said.
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
            Self::Empty(_) => "`casebook run CONFIG` fills it",
            Self::NotAFile(_) | Self::NotADatabase(_) | Self::NotARunFile(_) => {
                "give the path of a file that `casebook run` made; this one was not touched"
            }
            Self::Newer { .. } => "use the newest Casebook; this one leaves the file as it is",
            Self::TooOld { .. } => "formats 1 and newer can be compared; `casebook run CONFIG` makes such a file",
            Self::Older { .. } => "run `casebook run CONFIG` once: it copies the file, then migrates it",
            Self::Damaged { .. } => Trouble::Damaged.hint(),
            Self::Trouble { trouble, .. } => trouble.hint(),
            Self::Copy { .. } => {
                "the copy lies beside the file and is as large: make room for it; the file is as it was"
            }
            Self::Migrate { .. } => "the file is as it was; a copy of it lies beside it",
            Self::Sqlite { .. } => return None,
        })
    }
}

/// Opens the run file at `path`.
///
/// Scopes: settings apply to the connection; the identity is read before anything is written; all migrations run in
/// one transaction, after a copy of an older file was put beside it as `<name>.v<format>`.
pub fn open(path: &Path, access: Access) -> Result<Connection, OpenError> {
    look(path, access)?;
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
            None => Err(OpenError::Empty(path.to_owned())),
        };
    }
    if access == Access::Write && found.is_none() {
        return Err(OpenError::Empty(path.to_owned()));
    }
    if let Some(older) = found.filter(|found| *found != FORMAT_VERSION) {
        // What a crash left in the side file belongs to the copy too; what a writer's settings change does not.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(fail)?;
        keep_copy(path, older).map_err(|source| OpenError::Copy { path: path.to_owned(), source })?;
    }
    prepare_writer(&connection).map_err(fail)?;
    if found != Some(FORMAT_VERSION) {
        migrate(&mut connection).map_err(|failed| match Trouble::behind(&*failed) {
            Some((trouble, message)) => OpenError::Trouble { path: path.to_owned(), trouble, message },
            None => OpenError::Migrate { path: path.to_owned(), message: failed.to_string() },
        })?;
    }
    Ok(connection)
}

/// Looks at the file from outside, before SQLite does.
pub(super) fn look(path: &Path, access: Access) -> Result<(), OpenError> {
    let size = match fs::metadata(path) {
        Ok(found) if found.is_file() => found.len(),
        Ok(_) => return Err(OpenError::NotAFile(path.to_owned())),
        Err(_) if access == Access::Create => return Ok(()),
        Err(_) => return Err(OpenError::Missing(path.to_owned())),
    };
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    if read.is_err() || size == 0 {
        // SQLite says it better.
        return Ok(());
    }
    if !head.starts_with(&MAGIC[..head.len().min(MAGIC.len())]) {
        return Err(OpenError::NotADatabase(path.to_owned()));
    }
    // SQLite takes a first page that was cut for nothing, and a last one for one that ends in zeros. While there is a
    // side file, the page may be in there, whole.
    let cut = size < SMALLEST_PAGE || !size.is_multiple_of(page_size(&head));
    if cut && fs::metadata(beside(path, "-wal")).map_or(0, |it| it.len()) == 0 {
        let message = format!("it ends in the middle of a page, at {size} bytes");
        return Err(OpenError::Damaged { path: path.to_owned(), message });
    }
    Ok(())
}

/// What a SQLite database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// As much of a database as says how large its pages are.
const HEAD: u64 = 18;
/// The least that a page has.
const SMALLEST_PAGE: u64 = 512;

/// The size of a database's pages. The largest one has 65,536 bytes, which two bytes write as 1.
fn page_size(head: &[u8]) -> u64 {
    match head {
        [.., 0, 1] => 65_536,
        [.., high, low] => u64::from(u16::from_be_bytes([*high, *low])).max(1),
        _ => 1,
    }
}

/// The file of this ending beside the run file.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Copies an older file to `<name>.v<format>`, durably; a copy that was not finished does not stay.
fn keep_copy(path: &Path, format: i32) -> io::Result<()> {
    let copy = beside(path, &format!(".v{format}"));
    let result = fs::copy(path, &copy).and_then(|_| fs::File::open(&copy)?.sync_all());
    if result.is_err() {
        let _ = fs::remove_file(&copy);
    }
    result
}

/// An empty run file that nobody sees and that is gone with its connection, even if the process is killed: SQLite keeps
/// it in memory as far as the cache goes, and in a nameless temporary file beyond that.
pub fn temporary() -> Result<Connection, OpenError> {
    let path = Path::new("(temporary)");
    let fail = |source| explain(path, source);
    let mut connection = Connection::open("").map_err(fail)?;
    prepare_writer(&connection).map_err(fail)?;
    migrate(&mut connection)
        .map_err(|failed| OpenError::Migrate { path: path.to_owned(), message: failed.to_string() })?;
    Ok(connection)
}

/// The format of the run file, `None` for an empty database. The migrations' own table comes in a commit before the
/// first migration: a process that was killed in between leaves that table alone, empty.
pub(super) fn identify(connection: &Connection, path: &Path) -> Result<Option<i32>, OpenError> {
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

pub(super) fn explain(path: &Path, source: rusqlite::Error) -> OpenError {
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase(path.to_owned()),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path: path.to_owned(), message: source.to_string() },
        _ => match Trouble::of(&source) {
            Some(trouble) => OpenError::Trouble { path: path.to_owned(), trouble, message: source.to_string() },
            None => OpenError::Sqlite { path: path.to_owned(), source },
        },
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
    // A statement keeps its plan, whatever values are bound to it: else a range is planned anew at each use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = FILE;
         PRAGMA cache_size = -16384;
         PRAGMA wal_autocheckpoint = 8192;",
    )
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), Box<dyn Error>> {
    embedded::migrations::runner().set_grouped(true).run(connection)?;
    let fixed: Vec<String> = FIXED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let tx = connection.transaction()?;
    if !tx.table_exists(None, "results").unwrap_or(false) {
        create_results_view(&tx, &[], &fixed, &[])?;
    }
    Ok(tx.commit()?)
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
