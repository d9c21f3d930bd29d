//! Prepares the items of a batch: makes the request about each, on one thread or several, and hands them on in order.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::error::Error;
use super::progress::Preparing;
use super::request::IntoRequest;
use super::spool::{KeyOf, Prepared, Spool};

/// The shortest time between two reports of progress.
const REPORT: Duration = Duration::from_millis(100);
/// How many items may be under way for each thread, so that one slow item does not stall the others, and memory stays
/// bounded.
const WINDOW: u64 = 16;

/// Prepares items.
pub(super) struct Preparation<'p> {
    pub(super) spool: &'p mut Spool,
    pub(super) threads: usize,
    /// Receives reports of the progress.
    pub(super) watch: &'p mut dyn FnMut(Preparing),
    pub(super) key: Option<&'p KeyOf<'p>>,
}

impl Preparation<'_> {
    /// Prepares all items.
    pub(super) fn all<T: Serialize + Send, R: IntoRequest>(
        self,
        items: impl IntoIterator<Item = T>,
        request: &(impl Fn(&T) -> R + Sync),
    ) -> Result<(), Error> {
        let items = items.into_iter();
        let (least, most) = items.size_hint();
        let mut writer = Writer {
            spool: self.spool,
            key: self.key,
            watch: self.watch,
            seen: Preparing { done: 0, total: most.filter(|most| *most == least).map(|it| it as u64) },
            reported: Instant::now(),
        };
        if self.threads > 1 {
            on_threads(self.threads, items, request, &mut writer)?;
        } else {
            items.into_iter().try_for_each(|item| writer.add(prepared(&item, request)))?;
        }
        (writer.watch)(writer.seen);
        Ok(())
    }
}

/// Writes prepared items in order, and reports how far it is.
struct Writer<'w> {
    spool: &'w mut Spool,
    key: Option<&'w KeyOf<'w>>,
    watch: &'w mut dyn FnMut(Preparing),
    seen: Preparing,
    reported: Instant,
}

impl Writer<'_> {
    fn add(&mut self, prepared: Prepared) -> Result<(), Error> {
        self.spool.add(prepared, self.key)?;
        self.seen.done += 1;
        if self.reported.elapsed() >= REPORT {
            (self.watch)(self.seen);
            self.reported = Instant::now();
        }
        Ok(())
    }
}

/// Prepares items on several threads. They are taken and written in their order, one after the other.
fn on_threads<T: Serialize + Send, R: IntoRequest>(
    threads: usize,
    items: impl Iterator<Item = T>,
    request: &(impl Fn(&T) -> R + Sync),
    writer: &mut Writer<'_>,
) -> Result<(), Error> {
    let most = WINDOW.saturating_mul(threads as u64);
    thread::scope(|scope| {
        let (jobs, taken) = mpsc::channel::<(u64, T)>();
        let (ready, done) = mpsc::channel();
        let taken = std::sync::Arc::new(Mutex::new(taken));
        for _ in 0..threads {
            let (taken, ready) = (std::sync::Arc::clone(&taken), ready.clone());
            let work = move || {
                while let Some((index, item)) = next(&taken) {
                    // A panic outside of the builder, as in `Serialize`, is the caller's.
                    let made = catch_unwind(AssertUnwindSafe(|| prepared(&item, request)));
                    if ready.send((index, made)).is_err() {
                        return;
                    }
                }
            };
            thread::Builder::new().name("prepare".to_owned()).spawn_scoped(scope, work).map_err(Error::Scratch)?;
        }
        drop(ready);
        let mut order = Order { waiting: BTreeMap::new(), written: 0 };
        for (index, item) in (0..).zip(items) {
            while index - order.written >= most {
                order.take(&done, writer)?;
            }
            // The threads live as long as this sender does.
            let _ = jobs.send((index, item));
        }
        drop(jobs);
        while order.take(&done, writer)? {}
        Ok(())
    })
}

/// Takes the next item; `None` when there are no more.
fn next<T>(taken: &Mutex<Receiver<T>>) -> Option<T> {
    taken.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Prepared items that wait for an earlier one.
struct Order {
    waiting: BTreeMap<u64, Prepared>,
    /// The number of items that were written.
    written: u64,
}

impl Order {
    /// Waits for an item and writes those whose turn it is; returns whether there may be more.
    fn take(
        &mut self,
        done: &Receiver<(u64, thread::Result<Prepared>)>,
        writer: &mut Writer<'_>,
    ) -> Result<bool, Error> {
        let Ok((index, made)) = done.recv() else { return Ok(false) };
        self.waiting.insert(index, made.unwrap_or_else(|panic| resume_unwind(panic)));
        while let Some(prepared) = self.waiting.remove(&self.written) {
            writer.add(prepared)?;
            self.written += 1;
        }
        Ok(true)
    }
}

/// Makes the request about an item. A builder that panics fails the item alone.
fn prepared<T: Serialize, R: IntoRequest>(item: &T, request: &impl Fn(&T) -> R) -> Prepared {
    let made = catch_unwind(AssertUnwindSafe(|| request(item).into_request()));
    let request = match made {
        Ok(made) => made.map_err(|error| in_words(error.as_ref())),
        Err(panic) => Err(format!("the request builder panicked: {}", words_of(panic.as_ref()))),
    };
    Prepared { item: serde_json::to_value(item), request }
}

/// An error with its sources, as far as they say something new.
fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let said = error.to_string();
        if !words.contains(&said) {
            words = format!("{words}: {said}");
        }
        source = error.source();
    }
    if words.trim().is_empty() { "the request builder failed without a word".to_owned() } else { words }
}

/// The message of a panic.
fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
