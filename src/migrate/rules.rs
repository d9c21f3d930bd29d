//! Where each key goes: one function a block, in the order of the new configuration.

mod model;
mod output;
mod task;

use super::draft::Draft;

/// Every rule. A key that none of them takes is unknown.
pub(super) fn apply(draft: &mut Draft<'_>) {
    task::run(draft);
    task::input(draft);
    task::grouping(draft);
    task::context(draft);
    model::prompts(draft);
    model::schema(draft);
    model::llm(draft);
    output::cache(draft);
    output::outputs(draft);
    output::report(draft);
}
