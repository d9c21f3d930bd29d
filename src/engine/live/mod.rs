//! A live run: a run whose rows come while it is at work, from requests or from a pipe.
//!
//! [`live()`] holds the run file and runs the loop; it blocks. Whoever has rows gives them to a [`LiveDoor`], which any
//! thread may use: it checks them, and answers with a [`LiveTicket`], on which the results come in the order of the
//! rows. A result is told only after the commit that has it.
//!
//! - `project` reads a configuration without its table, and refuses what rows that come one by one cannot do
//!   ([`LiveError`]); `column` says which columns a row has, and reads rows;
//! - `door` is the queue between those who have rows and the loop, `queue_pace` how fast it gets shorter, `ticket` and
//!   `outcome` what they get back;
//! - `admission` takes rows in the rounds of the loop and tells what was decided (`waiting` says to whom); `recording`
//!   puts them on record, and `resting` answers from there while no model can be asked;
//! - `begin` brings the run file up to the task at the start; `run` is the whole, with the loop in `rounds`, and
//!   `parts` what both are made of;
//! - [`LiveRecord`] finds batches in the run file, also those of earlier invocations.

mod admission;
mod begin;
mod column;
mod door;
mod error;
mod options;
mod outcome;
mod parts;
mod project;
mod queue_pace;
mod record;
mod recording;
mod resting;
mod rounds;
mod run;
mod ticket;
mod waiting;

pub use crate::view::live::{LiveFailure, LiveItem, LiveResult};
pub use begin::refuse_live_file;
pub use column::ColumnSpec;
pub use door::{LiveDoor, LiveState};
pub use error::LiveError;
pub use options::{LiveOptions, LiveSummary, LiveTask};
pub use outcome::{BatchId, Refused};
pub use record::{BatchState, LiveRecord};
pub use run::live;
pub use ticket::{LiveResults, LiveTicket};
