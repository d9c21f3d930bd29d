//! Why a decision cannot be taken.

use crate::record::WorkStatus;
use crate::schema::Violation;

/// The longest name of a person, in characters.
pub(super) const LONGEST_NAME: usize = 100;

/// Why a decision cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("a decision needs the name of who makes it")]
    NoName,
    /// The name is too long or has control characters.
    #[error(
        "`{}` cannot be the name of who decides: expected one line of at most {LONGEST_NAME} characters",
        .0.escape_debug()
    )]
    BadName(String),
    #[error("a decision needs a reason")]
    NoReason,
    #[error("work item {0} is not in the latest plan")]
    NotPlanned(String),
    /// The work item is open, skipped or blocked.
    #[error("work item {work_id} is {status}: there is nothing to decide on yet")]
    NotDecided { work_id: String, status: WorkStatus },
    #[error("work item {0} has no answer that is valid against the schema: there is no output to accept or reject")]
    NoOutput(String),
    /// The output that a person wrote is invalid.
    #[error("the output for work item {work_id} is not valid against the schema: {}", list(.violations))]
    Invalid { work_id: String, violations: Vec<Violation> },
    /// A quote is not what stands on the lines that it names.
    #[error("the evidence in the output for work item {work_id} does not hold:\n{wrong}")]
    Evidence { work_id: String, wrong: String },
    /// It is a work item of a metric's step.
    #[error("work item {0} is a metric's: it measures an output, and is no output of the task")]
    Metric(String),
    #[error("the recorded schema of work item {0} cannot be read")]
    NoSchema(String),
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl ReviewError {
    /// Says what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoName | Self::BadName(_) => "say who decides with `--by NAME`",
            Self::NoReason => "say why with `--reason TEXT`",
            Self::NotPlanned(_) | Self::NotDecided { .. } => {
                "`casebook run CONFIG` decides what is open first; under a variant, `casebook eval CONFIG`"
            }
            Self::NoOutput(_) => "write one: `--output FILE`, or `edit` where you are asked",
            Self::Invalid { .. } => "`casebook schema DB` prints the schema",
            Self::Evidence { .. } => "write an output whose quotes stand on the lines of the document that they name",
            Self::Metric(_) => "decide on the work item that it is about; `casebook show` names it",
            Self::NoSchema(_) => "`casebook verify DB` says what is wrong with the run file",
            Self::Store(_) => return None,
        })
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Store(_) | Self::NoSchema(_))
    }
}

fn list(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
