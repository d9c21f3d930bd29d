//! What comes out: [`Outputs`] and [`Report`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A format of the files that a run writes at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    /// One JSON object per line.
    Jsonl,
    /// Pipe-separated values.
    Psv,
    /// Comma-separated values.
    Csv,
}

/// What tables have a line for, where that is not a work item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expand {
    /// Each row of a group.
    Rows,
}

/// The files that a run writes at its end.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// The formats; there is one file of each.
    #[schemars(extend("default" = ["jsonl", "psv", "csv"]))]
    pub formats: Option<Vec<OutputFormat>>,
    /// The folder that the files are written to, relative to this configuration; by default a folder in `out` with the
    /// run file's name.
    pub dir: Option<String>,
    /// Whether the tables (psv and csv) leave out the long columns: `message`, `reasons`, `answer` and `context`. JSONL
    /// files always have them.
    #[schemars(extend("default" = true))]
    pub thin: Option<bool>,
    /// Whether an apostrophe is put before csv values that a spreadsheet would run as a formula.
    #[schemars(extend("default" = false))]
    pub spreadsheet_safe: Option<bool>,
    /// `rows`: where work items are groups, the tables have a line for each row of a group, with the columns of the
    /// input and the group's answer.
    pub expand: Option<Expand>,
    /// With `expand: rows`: the list in the answer, and the field of its elements that names their row, as in
    /// `tickets[].id`. A row then has the fields of its element alone, beside those that stand outside of the list.
    #[schemars(extend("pattern" = "^[^\\[\\].]+\\[\\]\\.[^\\[\\].]+$"))]
    pub r#match: Option<String>,
    /// The column of the input with the values that `match` looks for; by default `input.key`, or else the column with
    /// the name of the field.
    pub match_column: Option<String>,
}

/// The report on a run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Whether the report is written.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// How many answers the report shows of each group; without groups, twice as many in all.
    #[schemars(range(min = 0, max = 1_000), extend("default" = 5))]
    pub samples_per_group: Option<u64>,
}
