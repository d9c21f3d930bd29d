//! What comes out: [`Outputs`] and [`Report`].

use serde::{Deserialize, Serialize};

use crate::config::raw::OutputFormat;

/// The files that a run writes at its end.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Outputs {
    /// Each format once, in the order in which they are written.
    pub formats: Vec<OutputFormat>,
    /// The folder as written, relative to the configuration; `None`: `out/<run file's name>`.
    pub dir: Option<String>,
    /// Whether tables leave out the long columns (`message`, `reasons`, `answer`, `context`).
    pub thin: bool,
    /// Whether an apostrophe is put before csv values that a spreadsheet would run as a formula.
    pub spreadsheet_safe: bool,
}

/// The report on a run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    pub enabled: bool,
    /// How many answers the report shows of each group.
    pub samples_per_group: usize,
}
