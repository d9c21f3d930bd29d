//! What comes out: [`Outputs`] and [`Report`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output_file::OutputFile;

/// A format of the files that a run writes at its end: a text, as it is or compressed, or a folder for each work item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum OutputFormat {
    /// One JSON object per line.
    #[serde(rename = "jsonl")]
    Jsonl,
    /// The same, compressed with gzip.
    #[serde(rename = "jsonl.gz")]
    JsonlGz,
    /// The same, compressed with Zstandard.
    #[serde(rename = "jsonl.zst")]
    JsonlZst,
    /// Pipe-separated values.
    #[serde(rename = "psv")]
    Psv,
    /// The same, compressed with gzip.
    #[serde(rename = "psv.gz")]
    PsvGz,
    /// The same, compressed with Zstandard.
    #[serde(rename = "psv.zst")]
    PsvZst,
    /// Comma-separated values.
    #[serde(rename = "csv")]
    Csv,
    /// The same, compressed with gzip.
    #[serde(rename = "csv.gz")]
    CsvGz,
    /// The same, compressed with Zstandard.
    #[serde(rename = "csv.zst")]
    CsvZst,
    /// A folder for each work item, and `items.jsonl` that lists them.
    #[serde(rename = "files")]
    Files,
}

/// What a file of a format has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputLayout {
    Jsonl,
    Psv,
    Csv,
    /// The list of the work items' folders.
    Items,
}

/// How a file of a format is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    Zstandard,
}

impl OutputFormat {
    /// All formats.
    pub const ALL: [Self; 10] = [
        Self::Jsonl,
        Self::JsonlGz,
        Self::JsonlZst,
        Self::Psv,
        Self::PsvGz,
        Self::PsvZst,
        Self::Csv,
        Self::CsvGz,
        Self::CsvZst,
        Self::Files,
    ];

    /// Returns the name of the file in this format.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Jsonl => "output.jsonl",
            Self::JsonlGz => "output.jsonl.gz",
            Self::JsonlZst => "output.jsonl.zst",
            Self::Psv => "output.psv",
            Self::PsvGz => "output.psv.gz",
            Self::PsvZst => "output.psv.zst",
            Self::Csv => "output.csv",
            Self::CsvGz => "output.csv.gz",
            Self::CsvZst => "output.csv.zst",
            Self::Files => "items.jsonl",
        }
    }

    /// Returns the format's name, as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        if self == Self::Files { "files" } else { &self.file_name()["output.".len()..] }
    }

    /// Returns what is in the file, once it is unpacked.
    #[must_use]
    pub fn layout(self) -> OutputLayout {
        match self {
            Self::Jsonl | Self::JsonlGz | Self::JsonlZst => OutputLayout::Jsonl,
            Self::Psv | Self::PsvGz | Self::PsvZst => OutputLayout::Psv,
            Self::Csv | Self::CsvGz | Self::CsvZst => OutputLayout::Csv,
            Self::Files => OutputLayout::Items,
        }
    }

    /// Returns how the file is compressed, if it is.
    #[must_use]
    pub fn packing(self) -> Option<Packing> {
        match self {
            Self::JsonlGz | Self::PsvGz | Self::CsvGz => Some(Packing::Gzip),
            Self::JsonlZst | Self::PsvZst | Self::CsvZst => Some(Packing::Zstandard),
            Self::Jsonl | Self::Psv | Self::Csv | Self::Files => None,
        }
    }
}

impl std::str::FromStr for OutputFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            "expected jsonl, psv or csv, each with .gz or .zst at its end to compress it; or files".to_owned()
        })
    }
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
    /// The formats; there is one file of each. `.gz` and `.zst` at the end of a text's format compress it; `files` is a
    /// folder for each work item.
    #[schemars(extend("default" = ["jsonl", "psv", "csv"]))]
    pub formats: Option<Vec<OutputFormat>>,
    /// Files of objects with ids and references, made from the accepted outputs of any steps.
    pub files: Option<Vec<OutputFile>>,
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
    /// The folder for a static page of each work item and an index of them, relative to this configuration. Pages are
    /// written as work items are decided, whether the report is enabled or not.
    pub pages: Option<String>,
    /// The template of the pages of work items, in place of the one that ships, relative to this configuration.
    pub page_template: Option<String>,
}
