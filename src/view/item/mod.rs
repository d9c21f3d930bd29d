//! One work item's whole story: what it is made from, every attempt with its prompts and answers, every call.
//!
//! [`find`](find()) and [`find_row`] look a work item up by its id or its row; [`gather`](gather()) reads its story as
//! an [`ItemHistory`].

mod claims;
mod find;
mod gather;
mod model;
mod usage;

pub use find::{FindError, find, find_any, find_anywhere, find_row};
pub use gather::{gather, within};
pub use model::{
    AttemptRecord, CallRecord, Claimed, DocumentLine, InputRow, ItemHistory, ItemPassage, ItemRetrieval, JudgeOpinion,
    Relative, RowGroup, SentMessage,
};
pub use usage::ItemUsage;
