//! Sends a run file's items to Langfuse, as a data set: the objects of the format `langfuse`, one request each.
//!
//! The run file is only read, and nothing is recorded: what was pushed is the server's to know. The items are copied to
//! a scratch file first, so that the run file is not held open while they travel.

mod address;
mod error;

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::again::request_of;
use super::error::EngineError;
use super::export_choice::ExportChoice;
use super::recorded::recorded;
use crate::config::OutputFormat;
use crate::dispatch::{Delivery, DeliveryEvent, DeliveryTerms, EndedPost, Post};
use crate::eval_tools::{EvalFindings, langfuse_item};
use crate::provider::{RetryPolicy, langfuse};
use crate::stage::export::evals::{EvalMapping, each_item, missing_items};
use crate::store::{self, Access};
use crate::transport::{Interrupts, Secret};

use address::address;
pub use error::PushError;

/// The variables that hold the keys of a project of Langfuse.
const PUBLIC_KEY: &str = "LANGFUSE_PUBLIC_KEY";
const SECRET_KEY: &str = "LANGFUSE_SECRET_KEY";
/// The time limit of one request.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What is sent, and where to.
#[derive(Clone, Copy, Debug)]
pub struct PushOptions<'a> {
    pub db: &'a Path,
    /// The name of the data set; `None`: that of the mapping, or of the run.
    pub dataset: Option<&'a str>,
    /// The server's address; `None`: that of the environment, or Langfuse's own.
    pub base_url: Option<&'a str>,
    /// The most requests in flight.
    pub workers: usize,
    /// Whether nothing is sent.
    pub dry_run: bool,
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum PushEvent<'a> {
    Note(&'a str),
    /// An object that a dry run does not send, as JSON.
    Item(&'a str),
    /// The server did not take an item.
    Refused {
        id: &'a str,
        message: &'a str,
    },
    /// So many items were taken or refused.
    Done(u64),
}

/// What became of the items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushSummary {
    pub dataset: String,
    pub base_url: String,
    pub items: u64,
    pub taken: u64,
    pub refused: u64,
    /// Whether the user stopped it.
    pub is_stopped: bool,
}

/// Sends the items of a run file. An item that the server refuses is reported, and the others go on. An error of
/// `observer` ends the work.
pub fn push<E: From<EngineError>>(
    options: PushOptions<'_>,
    observer: &mut dyn FnMut(PushEvent<'_>) -> Result<(), E>,
) -> Result<PushSummary, E> {
    let address = address(options.base_url, |name| std::env::var(name).ok()).map_err(EngineError::Push)?;
    if let Some(note) = &address.note {
        observer(PushEvent::Note(note))?;
    }
    // Before the items are read, which may take a while.
    let secret = secret(&options)?;
    let Scratch { dataset, items, notes, file } = scratch(&options).map_err(|error| error.of_file(options.db))?;
    for note in &notes {
        observer(PushEvent::Note(note))?;
    }
    let mut summary = PushSummary { dataset, base_url: address.base_url, items, ..PushSummary::default() };
    let mut lines = BufReader::new(file).lines().map(|line| line.map_err(unusable));
    match secret {
        None => lines.try_for_each(|line| observer(PushEvent::Item(&line?)))?,
        Some(secret) => send(secret, options.workers, lines, &mut summary, observer)?,
    }
    Ok(summary)
}

/// The keys from the environment; `None` for a dry run, which needs none.
fn secret(options: &PushOptions<'_>) -> Result<Option<Secret>, EngineError> {
    if options.dry_run {
        return Ok(None);
    }
    Ok(Some(Secret::basic_from_env(PUBLIC_KEY, SECRET_KEY).map_err(PushError::Key)?))
}

/// The items, copied to a file.
struct Scratch {
    dataset: String,
    items: u64,
    /// What there is to say about them.
    notes: Vec<String>,
    /// Each as a line of JSON, from the beginning.
    file: File,
}

/// Copies the items to a scratch file.
fn scratch(options: &PushOptions<'_>) -> Result<Scratch, EngineError> {
    if options.dataset.is_some_and(|name| name.trim().is_empty()) {
        return Err(PushError::BlankName.into());
    }
    let connection = store::open(options.db, Access::Read)?;
    // Everything is read as it is at the first statement.
    let tx = connection.unchecked_transaction()?;
    let plan = recorded(&tx, options.db)?;
    let choice = ExportChoice { formats: &[OutputFormat::Langfuse], ..ExportChoice::default() };
    let request = request_of(&plan, options.db, choice)?;
    let nothing = || EngineError::from(PushError::NoItems(options.db.to_owned()));
    let mapping = request.evals.as_ref().ok_or_else(nothing)?;
    let dataset = options.dataset.unwrap_or(&mapping.settings.dataset).trim().to_owned();
    let mut out = BufWriter::new(tempfile::tempfile().map_err(PushError::Scratch)?);
    let (mut items, mut findings) = (0, EvalFindings::default());
    each_item::<EngineError>(&tx, mapping, &mut |item| {
        items += 1;
        findings.see(&item);
        let mut item = langfuse_item(&item, &dataset, &mut findings);
        item["datasetName"] = json!(dataset);
        writeln!(out, "{item}").map_err(unusable)
    })?;
    if items == 0 {
        return Err(nothing());
    }
    let mut notes: Vec<String> = findings.list().into_iter().map(|it| it.text).collect();
    notes.extend(missing_items(&tx, mapping, "the data set")?.map(|what| format!("{what}; {}", stays(mapping))));
    let mut file = out.into_inner().map_err(|error| PushError::Scratch(error.into_error()))?;
    file.rewind().map_err(PushError::Scratch)?;
    Ok(Scratch { dataset, items, notes, file })
}

/// What an earlier push may have left in the data set, where work items are left out now.
fn stays(mapping: &EvalMapping) -> &'static str {
    if mapping.file.has_numbers() {
        "ids are numbers in order, so that ids of an earlier push may have other contents now, and its last ones stay \
         in Langfuse"
    } else {
        "what an earlier push sent of them stays in Langfuse"
    }
}

fn unusable(error: io::Error) -> EngineError {
    PushError::Scratch(error).into()
}

/// Creates the data set, then sends each item, until the user stops it.
fn send<E: From<EngineError>>(
    secret: Secret,
    workers: usize,
    lines: impl Iterator<Item = Result<String, EngineError>>,
    summary: &mut PushSummary,
    observer: &mut dyn FnMut(PushEvent<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let terms =
        DeliveryTerms { workers, secret, timeout: TIMEOUT, retry: RetryPolicy::default(), read: langfuse::read };
    let mut delivery = Delivery::start(terms, Interrupts::current()).map_err(EngineError::from)?;
    let request = langfuse::dataset(&summary.base_url, &summary.dataset);
    delivery.post(Post { name: summary.dataset.clone(), request }).map_err(EngineError::from)?;
    // Nothing else is under way until the data set is there.
    while let Some(event) = next(&mut delivery)? {
        let DeliveryEvent::Ended(EndedPost { result, .. }) = event else {
            if note_other(&event, summary, observer)? {
                continue;
            }
            return Ok(());
        };
        if let Err(failure) = result {
            let dataset = summary.dataset.clone();
            return Err(EngineError::from(PushError::NoDataset { dataset, error: failure.error }).into());
        }
    }
    for line in lines {
        while !delivery.has_room() {
            let Some(event) = next(&mut delivery)? else { break };
            if !note(event, summary, observer)? {
                return Ok(());
            }
        }
        delivery.post(post(&line?, &summary.base_url)?).map_err(EngineError::from)?;
    }
    while let Some(event) = next(&mut delivery)? {
        if !note(event, summary, observer)? {
            return Ok(());
        }
    }
    Ok(())
}

fn next(delivery: &mut Delivery) -> Result<Option<DeliveryEvent>, EngineError> {
    Ok(delivery.next_event()?)
}

/// The post of an item, which is a line of the scratch file.
fn post(line: &str, base_url: &str) -> Result<Post, EngineError> {
    let item: Value = serde_json::from_str(line).map_err(|error| unusable(error.into()))?;
    let name = item["id"].as_str().unwrap_or_default().to_owned();
    Ok(Post { name, request: langfuse::item(base_url, &item) })
}

/// Notes what happened to an item; returns whether to go on.
fn note<E: From<EngineError>>(
    event: DeliveryEvent,
    summary: &mut PushSummary,
    observer: &mut dyn FnMut(PushEvent<'_>) -> Result<(), E>,
) -> Result<bool, E> {
    let DeliveryEvent::Ended(EndedPost { name, result }) = event else {
        return note_other(&event, summary, observer);
    };
    match result {
        Ok(()) => summary.taken += 1,
        Err(failure) if failure.is_of_all => {
            let (taken, items) = (summary.taken, summary.items);
            return Err(EngineError::from(PushError::Stopped { error: failure.error, taken, items }).into());
        }
        Err(failure) => {
            summary.refused += 1;
            observer(PushEvent::Refused { id: &name, message: &failure.error.message })?;
        }
    }
    observer(PushEvent::Done(summary.taken + summary.refused))?;
    Ok(true)
}

/// Notes what is about no item alone; returns whether to go on.
fn note_other<E: From<EngineError>>(
    event: &DeliveryEvent,
    summary: &mut PushSummary,
    observer: &mut dyn FnMut(PushEvent<'_>) -> Result<(), E>,
) -> Result<bool, E> {
    match event {
        DeliveryEvent::TimedOut(error) => {
            observer(PushEvent::Note(&format!("{}; what has no answer is sent again", error.message)))?;
        }
        DeliveryEvent::Interrupted => summary.is_stopped = true,
        DeliveryEvent::Ended(_) => {}
    }
    Ok(!summary.is_stopped)
}
