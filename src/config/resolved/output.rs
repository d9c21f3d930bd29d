//! What comes out: [`Outputs`] and [`Report`].

use serde::{Deserialize, Serialize};

use super::finetune::Finetune;
use super::mapping::Mapping;
use super::output_file::OutputFile;
use crate::config::raw::{Expand, OutputFormat};

/// The files that a run writes at its end.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Outputs {
    /// Each format once, in the order in which they are written.
    pub formats: Vec<OutputFormat>,
    /// The files of objects, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<OutputFile>,
    /// What the items of evaluation tools are made of; `None`: what the configuration does not say is that of a test
    /// set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Mapping>,
    /// What files for fine-tuning are made of; `None`: the defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finetune: Option<Finetune>,
    /// The folder as written, relative to the configuration; `None`: `out/<run file's name>`.
    pub dir: Option<String>,
    /// Whether tables leave out the long columns (`message`, `reasons`, `answer`, `context`).
    pub thin: bool,
    /// Whether an apostrophe is put before csv values that a spreadsheet would run as a formula.
    pub spreadsheet_safe: bool,
    /// What tables have a line for, where that is not a work item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expand: Option<Expand>,
    /// How elements of a group's answer are matched with its rows.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub matching: Option<RowMatch>,
}

impl Outputs {
    /// Leaves out the files that are made of what several steps give: those of objects, and those for evaluation tools.
    pub fn keep_tables(&mut self) {
        self.files.clear();
        self.mapping = None;
        self.formats.retain(|format| !format.is_for_eval_tool());
    }
}

/// How elements of a list in an answer are matched with rows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RowMatch {
    /// The field of the answer with the list.
    pub list: String,
    /// The field of an element that names its row.
    pub field: String,
    /// The column with the same value, where the configuration names one.
    pub column: Option<String>,
}

/// The report on a run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    pub enabled: bool,
    /// How many answers the report shows of each group.
    pub samples_per_group: usize,
    /// The folder of the pages as written, relative to the configuration; `None`: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<String>,
    /// The template of the pages as written; `None`: the one that ships.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_template: Option<String>,
}
