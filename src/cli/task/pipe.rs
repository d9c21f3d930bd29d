//! Carries rows from a reader to a live run, and what came of them to a writer, in order: [`Pipe`].
//!
//! One thread reads and gives rows to the run, another waits for the results and writes. Between them is a bounded
//! channel of tickets, so that no more rows are read than the run may have open.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Map, Value};

use super::lines::{LineError, RowLines};
use crate::cli::error::{CliError, Kind};
use crate::engine::{LiveDoor, LiveTicket, Refused};
use crate::web::RowAnswer;

/// How often it is tried again where the run has no room for a row.
const NEXT_TRY: Duration = Duration::from_millis(20);

/// What is written of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputForm {
    /// What came of it, with its ids.
    Whole,
    /// Its output, or null.
    Bare,
}

/// What the reader hands to the writer.
enum Handed {
    Row(LiveTicket),
    /// There is nothing after it.
    End,
}

/// The two threads at work.
pub struct Pipe {
    tickets: SyncSender<Handed>,
    writer: JoinHandle<io::Result<()>>,
    /// What was wrong with a line.
    fault: Arc<Mutex<Option<CliError>>>,
}

impl Pipe {
    /// Begins to carry rows. `bounds` are the form of what is written, the most bytes of a line, and the most rows that
    /// the run may have open.
    pub fn begin(
        input: impl BufRead + Send + 'static,
        output: impl Write + Send + 'static,
        door: LiveDoor,
        (form, most_bytes, most_rows): (OutputForm, u64, usize),
    ) -> io::Result<Self> {
        // A row more may be in the hands of the reader, and one in those of the writer.
        let (tickets, waiting) = sync_channel(most_rows.saturating_sub(2));
        let fault: Arc<Mutex<Option<CliError>>> = Arc::default();
        let closing = door.clone();
        let writer = thread::Builder::new().name("outputs".to_owned()).spawn(move || {
            let written = write(output, &waiting, form);
            // Whatever is read or decided after this has nobody to go to.
            if written.is_err() {
                closing.abandon();
            } else {
                closing.close();
            }
            written
        })?;
        let (sender, kept) = (tickets.clone(), Arc::clone(&fault));
        thread::Builder::new().name("rows".to_owned()).spawn(move || {
            if let Err(error) = read(RowLines::new(input, most_bytes), &door, &sender) {
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
            door.close();
        })?;
        Ok(Self { tickets, writer, fault })
    }

    /// Waits until all is written that the run has decided. The reader may still wait for input, and is left.
    pub fn end(self) -> Result<(), CliError> {
        // An error means that the writer has ended.
        let _ = self.tickets.send(Handed::End);
        let written = self.writer.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes panicked")));
        written?;
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

/// Gives rows to the run until there are no more, or one is wrong, or nobody takes them.
fn read(mut lines: RowLines<impl BufRead>, door: &LiveDoor, tickets: &SyncSender<Handed>) -> Result<(), CliError> {
    while let Some(next) = lines.next_row()? {
        let ticket = match submit(door, next.row) {
            Ok(ticket) => ticket,
            // How the run ended is said by the run.
            Err(Refused::Draining | Refused::Halted { .. }) => return Ok(()),
            Err(refused) => {
                let message = match &refused {
                    Refused::Row { message, .. } => message.clone(),
                    other => other.to_string(),
                };
                let message = format!("line {}: {message}", next.line);
                return Err(CliError::new(Kind::Usage, message).hint(refused.hint()));
            }
        };
        if tickets.send(Handed::Row(ticket)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Gives a row to the run, and waits for room if there is none.
fn submit(door: &LiveDoor, row: Map<String, Value>) -> Result<LiveTicket, Refused> {
    let rows = [row];
    loop {
        match door.submit(&rows, true) {
            Err(Refused::Full { .. }) => thread::sleep(NEXT_TRY),
            submitted => return submitted,
        }
    }
}

/// Writes what came of rows, in their order, up to the first that is not decided.
fn write(mut output: impl Write, tickets: &Receiver<Handed>, form: OutputForm) -> io::Result<()> {
    let mut number = 0;
    while let Ok(Handed::Row(ticket)) = tickets.recv() {
        let Ok((_, mut results)) = ticket.accepted_blocking() else { break };
        let Ok(Some(result)) = results.next_blocking() else { break };
        let mut answer = RowAnswer::from(result);
        answer.row = number;
        number += 1;
        let mut line = match form {
            OutputForm::Whole => serde_json::to_vec(&answer),
            OutputForm::Bare => serde_json::to_vec(&answer.output),
        }?;
        line.push(b'\n');
        output.write_all(&line)?;
        output.flush()?;
    }
    Ok(())
}

impl From<LineError> for CliError {
    fn from(error: LineError) -> Self {
        let kind = if error.is_usage() { Kind::Usage } else { Kind::Failed };
        let shown = Self::of(kind, &error);
        match error.hint() {
            Some(hint) => shown.hint(hint),
            None => shown,
        }
    }
}
