//! The prompts of a step over the input's columns: what stands in single braces, what `input_data` is, and whether a
//! prompt shows anything of what it is asked about.

use std::sync::Arc;

use crate::config::{Each, Provider};
use crate::engine::error::EngineError;
use crate::project::{Project, ProjectError, Setup, graph};
use crate::prompt::{InputData, Known, Prompt, TemplateColumns, TemplateUse};

/// The names of what a work item is made from.
const SOURCES: [&str; 6] = ["row", "group", "context", "item", "steps", "parents"];

/// A step's prompts with their placeholders, and notes on these.
pub(super) struct BoundPrompts {
    generation: Prompt,
    judges: Vec<Prompt>,
    pub(super) notes: Vec<String>,
}

/// The prompts of the step at `index`; `None` where no model is asked. `known` makes the names of a template's use.
pub(super) fn bound(
    project: &Project,
    index: usize,
    columns: &TemplateColumns,
    known: &dyn Fn(TemplateUse) -> Known,
) -> Result<Option<BoundPrompts>, EngineError> {
    let setup = &project.steps[index];
    let Some(asking) = &setup.asking else { return Ok(None) };
    let input_data = input_data(project, index, columns);
    let of = known(TemplateUse::Generation);
    let (generation, mut notes) = asking.prompt.bound(&of, &input_data)?;
    let is_recorded = matches!(asking.llm.provider, Provider::Recorded(_));
    let shows = is_recorded || shows_source(setup, &generation);
    notes.extend(literal_names(&generation, &of, shows, "")?);
    if !shows && !matches!(setup.config.step.each, Each::Source | Each::Task) {
        notes.push(
            "the prompt shows nothing of what its work items are made from (`item`, `steps`, `row`): all of them send \
             one request"
                .to_owned(),
        );
    }
    let of = known(TemplateUse::Judge);
    let mut judges = Vec::with_capacity(asking.judges.len());
    for judge in &asking.judges {
        let (prompt, said) = judge.prompt.bound(&of, &input_data)?;
        notes.extend(said);
        let shows = prompt.mentions("output") || shows_source(setup, &prompt);
        notes.extend(literal_names(&prompt, &of, shows, "the judge's prompt: ")?);
        judges.push(prompt);
    }
    Ok(Some(BoundPrompts { generation, judges, notes }))
}

impl BoundPrompts {
    /// Puts the prompts into the step.
    pub(super) fn put(self, setup: &mut Setup) {
        let Some(asking) = &mut setup.asking else { return };
        asking.prompt = self.generation;
        for (judge, prompt) in asking.judges.iter_mut().zip(self.judges) {
            judge.prompt = prompt;
        }
    }
}

/// Whether the requests of a prompt differ with what they are about.
fn shows_source(setup: &Setup, prompt: &Prompt) -> bool {
    let of_verdict = setup.config.step.verdict && prompt.mentions("output");
    of_verdict || SOURCES.iter().any(|name| prompt.mentions(name)) || prompt.images().next().is_some()
}

/// Notes on known names that stand in single braces in a Jinja prompt. Where it shows nothing else, that is an error.
fn literal_names(prompt: &Prompt, known: &Known, shows: bool, whose: &str) -> Result<Option<String>, EngineError> {
    let mut found = prompt.literal_names(known).into_iter();
    let Some((first, error)) = found.next() else { return Ok(None) };
    if !shows {
        let error = ProjectError::from(error.and_so("so the prompt shows nothing of its row"));
        return Err(error.into());
    }
    let names: Vec<String> = std::iter::once(first).chain(found.map(|(name, _)| name)).collect();
    let names: Vec<String> = names.iter().map(|name| format!("`{{{name}}}`")).collect();
    let names = names.join(", ");
    let place = error.location().map(|location| format!(" ({location})")).unwrap_or_default();
    Ok(Some(format!(
        "{whose}single braces are text in Jinja, and {names} is sent as it stands{place}: for a value, write \
         double braces, or set `syntax: braces` in the prompt (`prompts.syntax: braces` for all); text that is meant \
         goes into `{{% raw %}}`"
    )))
}

/// What `input_data` is: the only column that prompts may show, where work items are rows and no template says how a
/// row looks; otherwise the context.
pub(super) fn input_data(project: &Project, index: usize, columns: &TemplateColumns) -> InputData {
    let is_row = |root: &&Setup| root.config.grouping.is_none() && root.config.context.row_template.is_none();
    let Some(root) = graph::root(project, index).filter(is_row).filter(|_| !graph::is_by_group(project, index)) else {
        return InputData::Context;
    };
    let hidden = &root.config.input.hidden;
    let mut visible = columns.names().filter(|name| !hidden.iter().any(|it| it == name));
    match (visible.next(), visible.next()) {
        (Some(only), None) => InputData::Column(only.to_owned()),
        _ => InputData::Context,
    }
}

/// The column of `input_data`, as tasks have it.
pub(super) fn input_column(input_data: &InputData) -> Option<Arc<str>> {
    match input_data {
        InputData::Context => None,
        InputData::Column(column) => Some(Arc::from(column.as_str())),
    }
}
