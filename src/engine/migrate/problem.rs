//! What is left to do by hand after a migration.

/// A problem that has to be solved by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationProblem {
    pub message: String,
    pub location: Option<String>,
    pub hint: Option<String>,
}
