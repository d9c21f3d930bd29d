//! Where each key of the older configuration goes: a function for each block, in the order of the new configuration.

mod model;
mod output;
mod task;

use super::draft::Draft;

pub(super) use model::{GENERATION_PROMPTS, JUDGE_PROMPTS, PYTHON_SCHEMA};

/// Applies every rule. A key that no rule handles is unknown.
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
