//! `generate`: work items get their outputs.
//!
//! What a work item does next is decided here, by pure functions of its history and of what was answered; what is
//! recorded of it is written here too, inside the transaction that the engine opened. The loop itself, the clock and
//! the transport are the engine's.
//!
//! A work item goes round like this: *ask* ([`Item::question`]) → an answer → [`Item::hear`] → ask the judge, try
//! again, or end. Whatever was decided before is on record as attempts, so that an interrupted work item starts where
//! it was.

mod attempt;
mod candidate;
pub mod decide;
pub mod fold;
mod item;
pub mod panel;
mod question;
pub mod series;
pub mod tape;
mod task;
mod work;

pub use attempt::{Attempt, Ended};
pub use item::{Item, Ruling, Start};
pub use question::Question;
pub use task::{Accept, Action, Asks, Judge, Party, Purpose, Task};
pub use work::Work;
