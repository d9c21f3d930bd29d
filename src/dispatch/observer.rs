//! The observer of the loop. The loop knows no terminal and no read model: it calls this trait between rounds.

use rusqlite::Connection;

use super::progress::GenerationProgress;
use super::stop::Stop;

/// Receives progress for people, and decided work items for a program.
pub trait Observer {
    /// Reports how far generation is; called once a round.
    fn progress(&mut self, progress: &GenerationProgress);

    /// Reports a fact or a warning.
    fn note(&mut self, note: String);

    /// Whether [`decided`](Self::decided) is to be called.
    fn wants_decisions(&self) -> bool;

    /// Reports work items (rowids) that `invocation` decided and committed. Returns a reason to stop
    /// if the run is to end.
    fn decided(&mut self, connection: &Connection, invocation: i64, items: Vec<i64>) -> rusqlite::Result<Option<Stop>>;
}
