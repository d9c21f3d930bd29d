//! `generate`: work items get their outputs.
//!
//! [`ItemInProgress`] is a work item in progress. It asks a question ([`ItemInProgress::question`]), takes the answer
//! ([`ItemInProgress::take_answer`]) or the failure ([`ItemInProgress::take_failure`]), and returns what follows
//! ([`Transition`]): another question, another attempt, or the end. Attempts that were decided earlier are read from
//! the run file, so that an interrupted work item continues where it was.
//!
//! - [`decide`], `finished`, [`panel`] and `candidate` are pure functions of the history and the answer;
//! - [`Task`], [`ClaimedItem`], [`Question`], [`TapeAnswer`] and [`Attempt`] are the values that they work on, and
//!   [`Reading`] is how a model's answers are read;
//! - [`Evidence`] holds the claims of an output against the lines of its row;
//! - [`fold`] writes messages so that shared texts are stored once;
//! - [`tape`] and [`series`] record and read all of this, inside the transaction that the caller opened;
//! - [`oddities`] and [`sections`] say what is odd about answers, in a run and on record.
//!
//! The loop, the clock and the transport belong to `dispatch`; nothing here does I/O beyond those statements.

mod attempt;
mod candidate;
mod claimed;
pub mod decide;
mod evidence;
mod fault;
mod finished;
pub mod fold;
mod item;
pub mod oddities;
pub mod panel;
mod question;
mod reading;
pub mod sections;
pub mod series;
pub mod tape;
mod task;

pub use crate::evidence::HeldClaim;
pub use attempt::{Attempt, ItemEnd};
pub use claimed::ClaimedItem;
pub use evidence::{Evidence, NoEvidence};
pub use finished::settings;
pub(in crate::stage) use finished::unkeepable;
pub use item::{ItemInProgress, ItemStart, Transition};
pub use question::Question;
pub use reading::{Reading, TapeAnswer};
pub use task::{Action, Asks, CandidateRule, Party, Purpose, RowCalls, Task, TaskJudge};
