//! The audience of a run: people, who see its progress, and a program, which receives each decided work item. Nothing
//! here prints.

use std::collections::HashSet;
use std::error::Error;

use rusqlite::Connection;

use super::options::{RunEvent, RunSummary};
use super::pages::PageWriter;
use crate::dispatch::{GenerationProgress, Observer, Stop};
use crate::view::decided::{self, DecidedItem};

/// What a program returns for a work item; its error stops the run.
pub type HandlerResult = Result<(), Box<dyn Error + Send + Sync>>;

/// The observers of a run.
pub struct Audience<'a> {
    watch: &'a mut dyn FnMut(&RunEvent),
    results: Option<&'a mut (dyn FnMut(DecidedItem) -> HandlerResult + 'a)>,
    /// Writes the page of each decided work item.
    pub(super) pages: Option<PageWriter>,
    /// The notes so far: each is given once.
    notes: HashSet<String>,
    /// The error of the program, after which it receives no more work items.
    refused: Option<Box<dyn Error + Send + Sync>>,
    /// What the run did before it failed.
    failed: Option<Box<RunSummary>>,
}

impl<'a> Audience<'a> {
    /// An audience of people alone, who see progress.
    pub fn new(watch: &'a mut dyn FnMut(&RunEvent)) -> Self {
        Self { watch, results: None, pages: None, notes: HashSet::new(), refused: None, failed: None }
    }

    /// Adds a program that receives each decided work item once the decision is committed. Its error stops the run.
    #[must_use]
    pub fn with_results(mut self, results: &'a mut (dyn FnMut(DecidedItem) -> HandlerResult + 'a)) -> Self {
        self.results = Some(results);
        self
    }

    pub(super) fn see(&mut self, progress: &RunEvent) {
        if let RunEvent::Note(note) = progress
            && !self.notes.insert(note.clone())
        {
            return;
        }
        (self.watch)(progress);
    }

    /// Reports all work items of the plan that are decided on record already, in the order of their standings.
    pub(super) fn report_recorded(
        &mut self,
        connection: &Connection,
        invocation: i64,
    ) -> rusqlite::Result<Option<Stop>> {
        let mut after = 0;
        while self.results.is_some() {
            let items = decided::after(connection, after)?;
            let Some(last) = items.last() else { break };
            after = *last;
            if let Some(stop) = self.hand_over(connection, invocation, items)? {
                return Ok(Some(stop));
            }
        }
        Ok(None)
    }

    /// Hands decided work items to the program.
    fn hand_over(
        &mut self,
        connection: &Connection,
        invocation: i64,
        items: Vec<i64>,
    ) -> rusqlite::Result<Option<Stop>> {
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

    /// Keeps what a run did that now ends with an error.
    pub(super) fn keep_failed(&mut self, summary: RunSummary) {
        self.failed = Some(Box::new(summary));
    }

    /// What the run did before it ended with an error, as far as its run file says it.
    pub fn take_failed(&mut self) -> Option<Box<RunSummary>> {
        self.failed.take()
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
        self.results.is_some() || self.pages.is_some()
    }

    fn decided(&mut self, connection: &Connection, invocation: i64, items: Vec<i64>) -> rusqlite::Result<Option<Stop>> {
        let hindered = match &mut self.pages {
            Some(pages) => pages.write_decided(connection, &items)?,
            None => None,
        };
        if let Some(note) = hindered {
            self.see(&RunEvent::Note(note));
        }
        self.hand_over(connection, invocation, items)
    }
}
