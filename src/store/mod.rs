//! The run file as a database: open, migrate, lock, the catalogue of statements, ids to and from columns.
//!
//! This room knows SQLite and nothing of stages: what a statement means is said where it is used. It depends on
//! `record` alone.

mod catalogue;
mod clock;
mod error;
mod format;
mod ids;
mod lock;
mod open;
mod pair;
mod recovery;
mod results;
mod statement;
mod trouble;

pub use catalogue::sql;
pub use clock::now;
pub use error::OpenError;
pub use format::{APPLICATION_ID, FORMAT_VERSION};
pub use lock::{Lock, LockError, lock_path};
pub use open::{Access, close, open, temporary};
pub use pair::open_pair;
pub use results::{FIXED, create_results_view};
pub use statement::{Named, Statement};
pub use trouble::{Trouble, is_interruption};

#[cfg(test)]
mod tests;

/// A fresh run file in memory, for the tests of the rooms above.
#[cfg(test)]
pub(crate) fn scratch() -> rusqlite::Connection {
    let mut connection = rusqlite::Connection::open_in_memory().expect("memory");
    open::prepare_writer(&connection).expect("settings");
    format::Format::current().migrate(&mut connection).expect("migrations");
    connection
}
