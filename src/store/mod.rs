//! The run file as a database.
//!
//! - [`open()`], [`open_pair`], [`temporary`], [`workspace`] and [`close`]: connections, their settings,
//!   and the way back to one file;
//! - [`copy()`]: a run file as it stands, in another file;
//! - `format` and `recovery`: migration of older files, and files that a killed writer left behind;
//! - [`Lock`]: one writer at a time;
//! - [`sql`]: the catalogue of every statement under `sql/`, and [`Statement`], which runs one;
//! - [`create_results_view`]: the one view whose columns depend on the task;
//! - [`Trouble`], [`OpenError`] and [`LockError`]: what can go wrong, with hints;
//! - [`now`]: the time as the run file records it; `ids`: ids and status words as column values.
//!
//! The room knows SQLite but no stages: what a statement means is documented where it is used. It depends on `record`
//! alone, and builds no SQL text from values or names, except in `results`.

mod catalogue;
mod clock;
mod copy;
mod error;
mod format;
mod ids;
mod lock;
mod narrow;
mod narrow_variant;
mod open;
mod pair;
mod recovery;
mod results;
mod statement;
mod steps;
mod trouble;

pub use catalogue::sql;
pub use clock::{now, today};
pub use copy::copy;
pub use error::OpenError;
pub use format::{APPLICATION_ID, FORMAT_VERSION};
pub use lock::{Lock, LockError, lock_path};
pub use narrow::{keep_ratings, narrow_to_step, narrow_to_steps, widen_again};
pub use narrow_variant::{VariantError, narrow_to_variant, variant_named};
pub use open::{Access, close, open, temporary, workspace};
pub use pair::open_pair;
pub use results::{FIXED, MoreColumns, ResultsColumns, ResultsField, create_results_view, widen_results_view};
pub use statement::{NamedParameters, Statement};
pub use steps::{RecordedVariant, last_steps, step_rowid, variants};
pub use trouble::{Trouble, is_interruption};

#[cfg(test)]
mod tests;

/// A new run file in memory, for tests.
#[cfg(test)]
pub(crate) fn scratch() -> rusqlite::Connection {
    let mut connection = rusqlite::Connection::open_in_memory().expect("memory");
    open::prepare_writer(&connection).expect("settings");
    format::RunFileFormat::current().migrate(&mut connection).expect("migrations");
    connection
}
