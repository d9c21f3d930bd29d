//! The parts of two run files that are compared.

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The configurations of the newest plans, with the texts of the files that they name.
    Config,
    /// The rows of the newest plans.
    Rows,
    /// Where the work items of the newest plans stand, and their accepted outputs.
    Outputs,
    /// What their judges said last.
    Verdicts,
}

impl Part {
    /// Every part, in the order in which they are told.
    pub const ALL: &'static [Self] = &[Self::Config, Self::Rows, Self::Outputs, Self::Verdicts];

    /// Its name on the command line.
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
