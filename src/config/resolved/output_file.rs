//! Files of objects: [`OutputFile`], its [`FileField`]s and [`FileReference`]s.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::step::is_called;
use crate::record::OutputPath;

/// A JSON file of objects: one for each accepted output of a step, or one about the run.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct OutputFile {
    /// The name, without a folder. No two of a configuration are equal, whatever their case.
    pub name: String,
    /// The step whose outputs become the objects; `None`: the file is one object about the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The key of the list; `None`: the file is the list itself, or an object about the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// What stands before the numbers in ids; `None`: the objects have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_prefix: Option<String>,
    /// The fields in order, each once, with all references among them; `None`: all fields of the output, and then the
    /// references.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FileField>>,
    /// The fields that refer to objects of other files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<FileReference>,
}

/// A field of the objects in a file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct FileField {
    pub name: String,
    /// An expression, a block or a list of such, as in a rule; `None`: the reference with this name, or else the field
    /// of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A field with the id of an object of another file, or a list of such ids.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct FileReference {
    /// The name of the field in the objects of this file.
    pub name: String,
    /// The step whose objects are referred to. One file alone has them and gives them ids.
    pub step: String,
    #[serde(flatten)]
    pub target: ReferenceTarget,
}

/// Which objects of a step are referred to.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceTarget {
    /// The one that the work item goes back to, or with `many` all of them, as a list.
    Lineage { many: bool },
    /// Those whose outputs have a value at this path, which leads to one value at most.
    Value {
        #[serde(with = "path_text")]
        by: OutputPath,
        /// The expression for the value, or a list of values.
        value: String,
    },
}

impl OutputFile {
    /// Whether the file gives ids to the outputs of the step `step`, or of all perspectives of that name.
    #[must_use]
    pub fn gives_ids_to(&self, step: &str) -> bool {
        self.id_prefix.is_some() && self.step.as_ref().is_some_and(|own| is_called(step, own))
    }

    /// Whether the file has an object on each line.
    #[must_use]
    pub fn is_lines(&self) -> bool {
        self.name.to_ascii_lowercase().ends_with(".jsonl")
    }
}

/// A path as its text.
mod path_text {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::record::OutputPath;

    pub fn serialize<S: Serializer>(path: &OutputPath, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(path)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OutputPath, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
