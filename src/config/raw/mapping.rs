//! How outputs become items for evaluation tools: [`Mapping`].

use schemars::JsonSchema;
use serde::Deserialize;

use super::output_file::FileFields;

/// How outputs become items for evaluation tools. Each part is a Jinja expression, which sees what a rule of the step
/// sees, `output`, `id`, and with a file `object`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The file of `files` whose objects become items; by default the last one with the list `examples`, or else the
    /// accepted outputs of the last step.
    pub file: Option<String>,
    /// What the model under test is asked: a text.
    pub input: Option<String>,
    /// The same as a list of messages with `role` and `content`; by default `object.input.messages`.
    pub messages: Option<String>,
    /// The answer that is expected; by default `object.expected_output`, where objects have it.
    pub expected: Option<String>,
    /// What an answer has to do, as a list of texts; by default `object.evaluation_criteria`, where objects have it.
    pub criteria: Option<String>,
    /// The name of the data set, which ids in Langfuse begin with; by default the name of the run.
    pub dataset: Option<String>,
    /// Everything else: a list of names of fields, or a block of names and expressions; by default what a test set has.
    pub metadata: Option<FileFields>,
}
