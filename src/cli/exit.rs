//! How a command ends, and the exit code for it.

use std::process::ExitCode;

/// The exit code of a command that Ctrl-C ended, as shells have it.
pub(super) const INTERRUPTED: u8 = 130;

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Done,
    /// A service was asked to end, and did so once everything that it had accepted was decided.
    Drained,
    /// It was done, but some work items failed or are blocked (with `--strict`: or were rejected).
    Incomplete,
    /// The record was checked, and there are problems.
    Problems,
    /// Two records were compared, and they differ.
    Different,
    /// A gate of an experiment fails, or all variants are worse where a better one was required.
    Refused,
    /// No variant is known to be better where that was required.
    Inconclusive,
    /// A part of the work stopped by itself, and the rest is done; the same command continues.
    Stopped,
    /// A task in production behaves otherwise than it did.
    Drift,
    /// The budget allows no more requests; with a larger one, the same command continues.
    Budget,
    /// The user stopped it; the same command continues.
    Interrupted,
}

impl Exit {
    /// The exit code of the process.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done | Self::Drained => 0,
            Self::Problems | Self::Different | Self::Stopped => 1,
            Self::Incomplete => 3,
            Self::Budget => 4,
            Self::Refused => 5,
            Self::Inconclusive => 6,
            Self::Drift => 7,
            Self::Interrupted => INTERRUPTED,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
