//! Why an export cannot be made: [`ExportError`].

use std::io;

use super::objects::ObjectFault;
use crate::record::WorkId;

/// Why an export, or one of its files, cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The run file cannot be read or written.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
    /// The bytes cannot be written where they should go.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// An object of a file cannot be made.
    #[error(transparent)]
    Object(Box<ObjectFault>),
    /// Nothing says what the items in a file of an evaluation tool are made of.
    #[error("{0}: nothing says what its items are made of")]
    Unmapped(&'static str),
    /// Examples for fine-tuning are to be made of gold answers, and there are none.
    #[error("there are no gold answers on record to make examples of")]
    NoGold,
    /// Examples for fine-tuning are to stay together by a column, and a work item is made of several rows.
    #[error(
        "`outputs.finetune.group`: work item {work_id} is made of several rows, which have no one value of a column"
    )]
    GroupOfManyRows { work_id: WorkId },
}

impl ExportError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Object(fault) => fault.hint.clone(),
            Self::Unmapped(_) => Some("set `outputs.mapping`".to_owned()),
            Self::NoGold => Some("`casebook eval CONFIG` reads those of `experiment.gold`".to_owned()),
            Self::GroupOfManyRows { .. } => {
                Some("leave `outputs.finetune.group` out: what is made of one group is in one file then".to_owned())
            }
            Self::Store(_) | Self::Io(_) => None,
        }
    }

    /// Whether the user's input or call is wrong (exit code 2), rather than the world (1). What an output holds is no
    /// fault of the call.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Unmapped(_) | Self::NoGold | Self::GroupOfManyRows { .. } => true,
            Self::Store(_) | Self::Io(_) | Self::Object(_) => false,
        }
    }
}

impl From<ObjectFault> for ExportError {
    fn from(fault: ObjectFault) -> Self {
        Self::Object(Box::new(fault))
    }
}
