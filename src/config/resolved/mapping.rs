//! How outputs become items for evaluation tools: [`Mapping`].

use serde::{Deserialize, Serialize};

use super::output_file::FileField;

/// How outputs become items for evaluation tools, as expressions. At most one of `input` and `messages` is there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Mapping {
    /// A file of the configuration that has objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<String>,
    /// The name of the data set, not blank and without blanks around; `None`: that of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The names, each once; one without an expression is that of a field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Vec<FileField>>,
}
