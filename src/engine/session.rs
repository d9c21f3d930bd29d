//! An invocation at work: the locked run file, its transactions, and a manifest for every stage. Whoever writes to the
//! run file does it through a session or the connection that it lends to the loop.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde_json::Value;

use super::error::EngineError;
use crate::record::{InvocationStatus, ManifestStatus, Stage};
use crate::stage::record::{self, EarlierWork, Manifest, UnfinishedWork};
use crate::stage::{Anomaly, ManifestContent, StageContext, standing};
pub use crate::store::now;
use crate::store::{self, Access, Lock};
use crate::transport::{DeferredExit, Interrupts, outlive_size_limits};

/// An invocation at work on a run file.
pub struct Session {
    /// The only writer's connection.
    pub connection: Connection,
    pub invocation: i64,
    /// The random id of the invocation.
    pub uid: String,
    /// What processes that died have left open.
    pub unfinished: UnfinishedWork,
    pub path: PathBuf,
    /// Why the budget ended the work early, where it did: the invocation is then `interrupted`.
    pub out_of_budget: Option<String>,
    /// Why a part of the work failed, where the rest of it went on.
    pub failed_in_part: Option<String>,
    interrupts: Interrupts,
    // Declared last, so that the connection is closed before another writer may come, and before a signal may end the
    // process at once.
    _lock: Lock,
    _deferred: DeferredExit,
}

/// A manifest that is to be written.
pub struct ManifestDraft {
    pub stage: Stage,
    /// The step's rowid, for stages that belong to a step.
    pub step: Option<i64>,
    /// How the stage ended.
    pub status: ManifestStatus,
    /// The manifest of the earlier work that is used again.
    pub reused_from: Option<i64>,
    /// The inputs, outputs and counts.
    pub summary: ManifestContent,
    /// What the stage found odd.
    pub anomalies: Vec<Anomaly>,
}

/// The number of SQLite's virtual machine steps between two checks for an interrupt.
const STEPS: i32 = 1_000;

/// A random id for an invocation: 32 hex digits.
fn uid() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

impl ManifestDraft {
    /// Writes the manifest of a stage that began at `started`.
    fn write(self, tx: &Transaction<'_>, invocation: i64, started: &str) -> rusqlite::Result<()> {
        let Self { stage, step, status, reused_from, summary, anomalies } = self;
        let (id, ended) = (record::next_manifest(tx)?, now());
        let context = StageContext { invocation, manifest: id, now: started };
        for Anomaly { kind, subject, detail } in &anomalies {
            context.anomaly(tx, kind, Some(subject), detail)?;
        }
        let manifest = Manifest {
            id,
            invocation,
            stage,
            step,
            status,
            reused_from,
            summary,
            message: None,
            started_at: started,
            ended_at: &ended,
        };
        record::manifest(tx, &manifest)
    }
}

impl Session {
    /// Does `work` as an invocation of `command` on the run file at `path`, and ends the invocation according to the
    /// result, also on an error.
    pub fn hold<T>(
        path: &Path,
        access: Access,
        command: &str,
        snapshot: Option<&Value>,
        work: impl FnOnce(&mut Self) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let mut session = Self::begin(path, access, command, snapshot)?;
        let result = work(&mut session);
        session.conclude(result)
    }

    /// Locks and opens the run file at `path` and begins an invocation of `command`, which the user may interrupt (see
    /// [`heed`](Self::heed)) where the process listens to signals.
    pub fn begin(path: &Path, access: Access, command: &str, snapshot: Option<&Value>) -> Result<Self, EngineError> {
        if access != Access::Create && !path.exists() {
            return Err(store::OpenError::Missing(path.to_owned()).into());
        }
        outlive_size_limits();
        Self::open(path, access, command, snapshot).map_err(|error| error.of_file(path))
    }

    fn open(path: &Path, access: Access, command: &str, snapshot: Option<&Value>) -> Result<Self, EngineError> {
        let interrupts = Interrupts::current();
        let deferred = interrupts.defer_exit();
        let pid = std::process::id();
        let lock = Lock::acquire(path, pid)?;
        let mut connection = store::open(path, access)?;
        standing::prepare(&connection)?;
        let now = now();
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let unfinished = record::end_unfinished(&tx, &now)?;
        let config = match snapshot {
            Some(snapshot) => Some(record::configuration(&tx, snapshot, &now)?),
            None => None,
        };
        let uid = uid().map_err(EngineError::Randomness)?;
        let invocation = record::begin(&tx, &uid, command, env!("CARGO_PKG_VERSION"), pid, config, &now)?;
        tx.commit()?;
        let (path, none) = (path.to_owned(), Interrupts::default());
        let mut session = Self {
            connection,
            invocation,
            uid,
            unfinished,
            path,
            out_of_budget: None,
            failed_in_part: None,
            interrupts: none,
            _lock: lock,
            _deferred: deferred,
        };
        session.heed(&interrupts)?;
        Ok(session)
    }

    /// From now on an interrupt stops any statement: it fails, and its transaction is rolled back.
    pub fn heed(&mut self, interrupts: &Interrupts) -> rusqlite::Result<()> {
        let asked = interrupts.clone();
        self.connection.progress_handler(STEPS, Some(move || asked.stop_requested()))?;
        self.interrupts = interrupts.clone();
        Ok(())
    }

    /// From now on interrupts do not stop statements.
    pub fn stop_heeding(&mut self) -> rusqlite::Result<()> {
        self.connection.progress_handler(0, None::<fn() -> bool>)
    }

    /// Whether the user asked to stop.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.interrupts.stop_requested()
    }

    /// Begins a transaction. There is no other writer, so it never waits for a lock.
    pub fn transaction(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate)
    }

    /// Runs a stage in one transaction and writes its manifest. On an error nothing but a failed manifest is written.
    pub fn stage<T>(
        &mut self,
        stage: Stage,
        step: Option<i64>,
        work: impl FnOnce(&Transaction<'_>, &StageContext<'_>) -> Result<(T, ManifestContent), EngineError>,
    ) -> Result<(T, ManifestContent), EngineError> {
        let started = now();
        let invocation = self.invocation;
        let interrupts = self.interrupts.clone();
        let tx = self.transaction()?;
        let id = record::next_manifest(&tx)?;
        let ctx = StageContext { invocation, manifest: id, now: &started };
        tracing::info!(%stage, "begins");
        let result = work(&tx, &ctx);
        let (status, summary, message) = match &result {
            Ok((_, summary)) => (ManifestStatus::Done, summary.clone(), None),
            Err(error) => {
                let empty = ManifestContent { inputs: Value::Null, outputs: Value::Null, counts: Value::Null };
                let status =
                    if interrupts.stop_requested() { ManifestStatus::Interrupted } else { ManifestStatus::Failed };
                (status, empty, Some(error.to_string()))
            }
        };
        let ended = now();
        let manifest = Manifest {
            id,
            invocation,
            stage,
            step,
            status,
            reused_from: None,
            summary,
            message,
            started_at: &started,
            ended_at: &ended,
        };
        if result.is_err() {
            // After some errors (no room, a write that was stopped) SQLite has rolled back by itself.
            let _ = tx.finish();
            self.stop_heeding()?;
            // The first error is returned; a failure to write the manifest follows from it.
            let _ = self.write_manifest(&manifest);
        } else {
            record::manifest(&tx, &manifest)?;
            tx.commit()?;
        }
        result
    }

    fn write_manifest(&mut self, manifest: &Manifest<'_>) -> rusqlite::Result<()> {
        let tx = self.transaction()?;
        record::manifest(&tx, manifest)?;
        tx.commit()
    }

    /// Writes the manifest of a stage whose work the record has; `also` writes more in the same transaction.
    pub fn reused(
        &mut self,
        stage: Stage,
        step: Option<i64>,
        earlier: &EarlierWork,
        also: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), EngineError> {
        let started = now();
        let invocation = self.invocation;
        let tx = self.transaction()?;
        also(&tx)?;
        let (status, reused_from) = (ManifestStatus::Reused, Some(earlier.manifest));
        let note =
            ManifestDraft { stage, step, status, reused_from, summary: earlier.summary.clone(), anomalies: Vec::new() };
        note.write(&tx, invocation, &started)?;
        tx.commit()?;
        Ok(())
    }

    /// Writes the manifests of a stage that began at `started` and kept its own transactions, each with what was odd.
    pub fn write_notes(&mut self, notes: Vec<ManifestDraft>, started: &str) -> Result<(), EngineError> {
        let invocation = self.invocation;
        let tx = self.transaction()?;
        for note in notes {
            note.write(&tx, invocation, started)?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Does a stage's work in pieces, each in its own transaction. The last piece returns the manifests, which are
    /// written in its transaction.
    pub fn in_pieces(
        &mut self,
        mut piece: impl FnMut(&Transaction<'_>) -> Result<Option<Vec<ManifestDraft>>, EngineError>,
    ) -> Result<(), EngineError> {
        let started = now();
        let invocation = self.invocation;
        loop {
            let tx = self.transaction()?;
            let notes = piece(&tx)?;
            let is_over = notes.is_some();
            for note in notes.into_iter().flatten() {
                note.write(&tx, invocation, &started)?;
            }
            tx.commit()?;
            if is_over {
                return Ok(());
            }
        }
    }

    /// The work of a stage that the record already holds for these inputs.
    pub fn unchanged(
        &mut self,
        stage: Stage,
        step: Option<i64>,
        inputs: &Value,
    ) -> Result<Option<EarlierWork>, EngineError> {
        let tx = self.transaction()?;
        let found = record::unchanged(&tx, stage, step, inputs)?;
        tx.commit()?;
        Ok(found)
    }

    /// Ends the invocation and brings the record back to one file. Calls without a response are lost from here on.
    fn end(mut self, status: InvocationStatus, message: Option<&str>) -> Result<(), EngineError> {
        self.stop_heeding()?;
        let invocation = self.invocation;
        let tx = self.transaction()?;
        record::end(&tx, invocation, status, message, &now())?;
        tx.commit()?;
        store::close(self.connection)?;
        Ok(())
    }

    /// Ends the invocation according to `result`. One that the user or the budget stopped is `interrupted`, and not
    /// failed.
    pub fn conclude<T>(self, result: Result<T, EngineError>) -> Result<T, EngineError> {
        let path = self.path.clone();
        let interrupted = self.is_interrupted();
        match result {
            Ok(value) => {
                let cut_short = interrupted || self.out_of_budget.is_some();
                let status = match &self.failed_in_part {
                    _ if cut_short => InvocationStatus::Interrupted,
                    Some(_) => InvocationStatus::Failed,
                    None => InvocationStatus::Done,
                };
                let message = self.out_of_budget.clone().or(self.failed_in_part.clone()).filter(|_| !interrupted);
                self.end(status, message.as_deref()).map_err(|error| error.of_file(&path))?;
                Ok(value)
            }
            Err(error) if interrupted && error.is_interruption() => {
                self.end(InvocationStatus::Interrupted, None).map_err(|error| error.of_file(&path))?;
                Err(EngineError::Interrupted)
            }
            Err(error) => {
                let error = error.of_file(&path);
                // The first error is returned; a failure to end the invocation follows from it.
                let _ = self.end(InvocationStatus::Failed, Some(&error.to_string()));
                Err(error)
            }
        }
    }
}
