//! The parts of two run files that are compared.

/// A part of two run files that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiffPart {
    /// The configurations of the latest plans, with the texts of the files that they name.
    Config,
    /// The rows of the latest plans.
    Rows,
    /// The status and the accepted output of the work items of the latest plans.
    Outputs,
    /// The latest verdicts on these work items.
    Verdicts,
}

impl DiffPart {
    /// In the order in which they are printed.
    pub const ALL: &'static [Self] = &[Self::Config, Self::Rows, Self::Outputs, Self::Verdicts];

    /// Whether it is the same for all variants of a task.
    #[must_use]
    pub fn is_of_input(self) -> bool {
        self == Self::Rows
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Rows => "rows",
            Self::Outputs => "outputs",
            Self::Verdicts => "verdicts",
        }
    }
}
