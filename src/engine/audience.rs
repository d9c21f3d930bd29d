//! Who follows a run: people, who see its progress, and a program, which is told of each work item that is decided.

use std::error::Error;

use rusqlite::Connection;

use super::options::RunEvent;
use crate::dispatch::{GenerationProgress, Observer, Stop};
use crate::view::decided::{self, Decided};

/// What a program returns for a work item; its error stops the run.
pub type HandlerResult = Result<(), Box<dyn Error + Send + Sync>>;

/// Who follows a run.
pub struct Audience<'a> {
    watch: &'a mut dyn FnMut(&RunEvent),
    results: Option<&'a mut (dyn FnMut(Decided) -> HandlerResult + 'a)>,
    /// Why nobody is told of work items any more.
    refused: Option<Box<dyn Error + Send + Sync>>,
}

impl<'a> Audience<'a> {
    /// People alone, who are told of progress.
    pub fn new(watch: &'a mut dyn FnMut(&RunEvent)) -> Self {
        Self { watch, results: None, refused: None }
    }

    /// The same, and a program that is told of each work item that is decided, once that is on record. Its error stops
    /// the run.
    #[must_use]
    pub fn with_results(mut self, results: &'a mut (dyn FnMut(Decided) -> HandlerResult + 'a)) -> Self {
        self.results = Some(results);
        self
    }

    pub(super) fn see(&mut self, progress: &RunEvent) {
        (self.watch)(progress);
    }

    /// Tells of all work items of the plan that the record decides already, in the order in which it took them in.
    pub(super) fn tell_record(&mut self, connection: &Connection, invocation: i64) -> rusqlite::Result<Option<Stop>> {
        let mut after = 0;
        while self.wants_decisions() {
            let items = decided::after(connection, after)?;
            let Some(last) = items.last() else { break };
            after = *last;
            if let Some(stop) = self.decided(connection, invocation, items)? {
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

impl Observer for Audience<'_> {
    fn progress(&mut self, progress: &GenerationProgress) {
        self.see(&RunEvent::Generating(*progress));
    }

    fn note(&mut self, note: String) {
        self.see(&RunEvent::Note(note));
    }

    fn wants_decisions(&self) -> bool {
        self.results.is_some()
    }

    fn decided(&mut self, connection: &Connection, invocation: i64, items: Vec<i64>) -> rusqlite::Result<Option<Stop>> {
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
}
