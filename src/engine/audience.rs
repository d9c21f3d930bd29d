//! Who is told what while a run goes on: people of its progress, and a program of each work item that is decided.

use std::error::Error;

use rusqlite::Connection;

use super::Progress;
use super::error::EngineError;
use super::generate::Stop;
use crate::view::decided::{self, Decided};

/// What a program may answer when it is told of a work item.
pub type Told = Result<(), Box<dyn Error + Send + Sync>>;

/// Who is told.
pub struct Audience<'a> {
    watch: &'a mut dyn FnMut(&Progress),
    results: Option<&'a mut (dyn FnMut(Decided) -> Told + 'a)>,
    /// Why nobody is told of work items any more.
    refused: Option<Box<dyn Error + Send + Sync>>,
}

impl<'a> Audience<'a> {
    /// People alone, who are told of progress.
    pub fn new(watch: &'a mut dyn FnMut(&Progress)) -> Self {
        Self { watch, results: None, refused: None }
    }

    /// The same, and a program that is told of each work item that is decided, once that is on record. Its error stops
    /// the run.
    #[must_use]
    pub fn with_results(mut self, results: &'a mut (dyn FnMut(Decided) -> Told + 'a)) -> Self {
        self.results = Some(results);
        self
    }

    /// Tells of progress.
    pub(super) fn see(&mut self, progress: &Progress) {
        (self.watch)(progress);
    }

    /// Whether anybody wants to know of work items.
    pub(super) fn wants_results(&self) -> bool {
        self.results.is_some()
    }

    /// Tells of work items (rowids) that were decided and committed. `invocation` is the one that is under way.
    /// Returns why the run is to stop, where it is.
    pub(super) fn tell(
        &mut self,
        connection: &Connection,
        invocation: i64,
        items: impl IntoIterator<Item = i64>,
    ) -> Result<Option<Stop>, EngineError> {
        let Some(results) = &mut self.results else { return Ok(None) };
        if self.refused.is_some() {
            return Ok(None);
        }
        for item in items {
            if let Err(error) = results(decided::one(connection, item, invocation)?) {
                let stop = Stop::Handler(error.to_string());
                self.refused = Some(error);
                return Ok(Some(stop));
            }
        }
        Ok(None)
    }

    /// Tells of all work items of the plan that the record decides already, in the order in which it took them in.
    pub(super) fn tell_record(
        &mut self,
        connection: &Connection,
        invocation: i64,
    ) -> Result<Option<Stop>, EngineError> {
        let mut after = 0;
        while self.wants_results() {
            let items = decided::after(connection, after)?;
            let Some(last) = items.last() else { break };
            after = *last;
            if let Some(stop) = self.tell(connection, invocation, items)? {
                return Ok(Some(stop));
            }
        }
        Ok(None)
    }

    /// The error with which the program stopped the run.
    #[must_use]
    pub fn into_refusal(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.refused
    }
}
