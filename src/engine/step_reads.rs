//! What a step reads of its rows beside the paths in its templates.

use crate::config::{ByRow, Each};
use crate::project::Setup;

/// Where rows say what their requests have of their own: in a step over the input.
pub(super) fn by_row(setup: &Setup) -> Option<&ByRow> {
    let over_input = setup.config.step.each == Each::Source;
    setup.asking.as_ref().filter(|_| over_input)?.llm.by_row.as_ref()
}

/// Whether a prompt of the step uses `input_data`.
pub(super) fn reads_input_data(setup: &Setup) -> bool {
    let prompts = setup.asking.iter().flat_map(|it| it.judges.iter().map(|it| &it.prompt).chain([&it.prompt]));
    prompts.into_iter().any(|prompt| prompt.mentions("input_data"))
}
