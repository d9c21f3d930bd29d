//! The run file as a database: open, migrate, lock, the catalogue of statements, ids to and from columns.
//!
//! This room knows SQLite and nothing of stages: what a statement means is said where it is used. It depends on
//! `record` alone.

mod catalogue;
mod ids;
mod lock;
mod open;
mod pair;
mod results;
mod trouble;

pub use catalogue::{Named, Statement, sql};
pub use lock::{Lock, LockError, lock_path};
pub use open::{APPLICATION_ID, Access, FORMAT_VERSION, OpenError, close, open, temporary};
pub use pair::{OLDEST_COMPARABLE, open_pair};
pub use results::{FIXED, create_results_view};
pub use trouble::Trouble;

#[cfg(test)]
mod tests;

/// A fresh run file in memory, for the tests of the rooms above.
#[cfg(test)]
pub(crate) fn scratch() -> rusqlite::Connection {
    let mut connection = rusqlite::Connection::open_in_memory().expect("memory");
    open::prepare_writer(&connection).expect("settings");
    open::migrate(&mut connection).expect("migrations");
    connection
}
