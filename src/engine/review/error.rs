//! The errors of a file of decisions and of a sample, with their hints.

use std::path::PathBuf;

use crate::schema::WrittenJsonError;
use crate::stage::review::ReviewError;
use crate::view::item::FindError;

/// A line of a file of decisions is wrong, and so no decision of the file was recorded.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: no decision was taken", path.display())]
pub struct DecisionsError {
    pub path: PathBuf,
    pub line: u64,
    pub source: LineProblem,
}

/// Why a line is wrong.
#[derive(Debug, thiserror::Error)]
pub enum LineProblem {
    /// The file is in another encoding.
    #[error("the file is not UTF-8")]
    Encoding,
    #[error(transparent)]
    NoDecision(#[from] LineError),
    /// Two lines decide on one work item.
    #[error("work item {work_id} is decided on in line {first} too")]
    DecidedTwice { work_id: String, first: u64 },
    #[error(transparent)]
    Find(#[from] FindError),
    #[error(transparent)]
    Review(#[from] ReviewError),
}

impl DecisionsError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match &self.source {
            LineProblem::Encoding => Some("save it as UTF-8; spreadsheets call it \"CSV UTF-8\""),
            LineProblem::NoDecision(error) => Some(error.hint()),
            LineProblem::DecidedTwice { .. } => Some("leave one of them out"),
            LineProblem::Find(error) => error.hint(),
            LineProblem::Review(error) => error.hint(),
        }
    }

    /// Whether the user's file is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match &self.source {
            LineProblem::Review(error) => error.is_usage(),
            LineProblem::Find(error) => error.is_usage(),
            LineProblem::Encoding | LineProblem::NoDecision(_) | LineProblem::DecidedTwice { .. } => true,
        }
    }
}

/// Why a line is no decision.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A column that every line needs.
    #[error("the column `{0}` is missing")]
    Missing(&'static str),
    /// A line without a work item.
    #[error("`work_id` is empty")]
    NoItem,
    /// A word that is none of the three.
    #[error("`decision` is `{}`, expected accept, reject or edit", .0.escape_debug())]
    Word(String),
    /// An edit without its output.
    #[error("`decision` is `edit`, but `output` is empty")]
    NoOutput,
    /// An output with another decision.
    #[error("`output` is there, but `decision` is `{0}`: use `edit`")]
    Output(String),
    /// An output without a decision.
    #[error("`output` is there, but `decision` is empty: use `edit`")]
    Undecided,
    /// An output that is not JSON.
    #[error("`output` is not JSON: {0}")]
    NotJson(#[from] WrittenJsonError),
}

impl LineError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoItem => "`casebook failures DB --format csv` lists the ids of what was rejected",
            Self::NotJson(_) => {
                "each key stands once in its object; in a CSV the object stands in one cell, with its quotes doubled"
            }
            _ => "its columns are work_id, decision (accept, reject or edit), reason, output and by",
        }
    }
}

/// Why no sample is written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("a sample is written as csv, and the name of {} says something else", .0.display())]
    Extension(PathBuf),
    /// A file, in which somebody may have filled in decisions.
    #[error("the file {} exists", .0.display())]
    Exists(PathBuf),
    #[error("there is no accepted output that nobody has decided on")]
    Nothing,
    /// What stands for a path is none.
    #[error("`{0}` is no path of a field")]
    Path(String),
    #[error("no output has the field `{0}`")]
    NoField(String),
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
}

impl SampleError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Extension(_) => Some("name it review.csv, for example"),
            Self::Exists(_) => {
                Some("name another file, or replace this one, with the decisions in it, with `--overwrite`")
            }
            Self::Nothing => Some("`casebook status DB` says where the work items stand"),
            Self::Path(_) => Some("a path is a field, or fields with dots between them, such as `metadata.source`"),
            Self::NoField(_) => Some("`casebook schema DB` prints the schema of the outputs"),
            Self::Write { .. } => None,
        }
    }

    /// Whether the call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Write { .. })
    }
}
