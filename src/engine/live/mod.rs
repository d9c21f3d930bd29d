//! A live run: a run whose rows come while it is at work, from requests or from a pipe.
//!
//! [`live()`] holds the run file and runs the loop; it blocks. Whoever has rows gives them to a [`LiveDoor`], which any
//! thread may use: it checks them, and answers with a [`LiveTicket`], on which the results come in the order of the rows.
//! A result is told only after the commit that has it.
//!
//! `column` says which columns a row has and checks rows; `door` is the queue between those who have rows and the loop,
//! `ticket` and `outcome` what they get back.

mod column;
mod door;
mod outcome;
mod run;
mod ticket;

pub use column::ColumnSpec;
pub use door::{LiveDoor, LiveState};
pub use outcome::{BatchId, LiveFailure, LiveItem, LiveResult, Refused};
pub use run::{LiveOptions, LiveSummary, LiveTask, live};
pub use ticket::{LiveResults, LiveTicket};
