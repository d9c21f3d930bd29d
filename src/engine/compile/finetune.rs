//! What examples for fine-tuning are made of, as the project says it.

use std::sync::Arc;

use super::error::CompileError;
use crate::config::{Finetune, OutputFormat, nearest};
use crate::engine::gold;
use crate::price::tokens::TokenCounter;
use crate::project::Project;
use crate::stage::export::finetune::FinetuneSpec;

/// What examples are made of, for an input with these columns.
pub(in crate::engine) fn finetune(project: &Project, columns: &[String]) -> FinetuneSpec {
    let written = project.config.outputs.finetune.clone().unwrap_or_default();
    let settings = Finetune { seed: Some(written.seed.unwrap_or(project.config.run.seed)), ..written };
    let model = project.last().and_then(|setup| setup.asking.as_ref()).map(|asking| asking.llm.model.as_str());
    FinetuneSpec {
        group: settings.group.as_ref().and_then(|name| columns.iter().position(|it| it == name)),
        contracts: project
            .steps
            .iter()
            .map(|setup| (setup.config.step.name().to_owned(), Arc::clone(&setup.contract)))
            .collect(),
        counter: TokenCounter::of(model.unwrap_or_default()),
        gold: gold::keys(project, columns),
        settings,
    }
}

/// Refuses formats for fine-tuning where no model is asked, and a group that the input does not have.
pub(in crate::engine) fn check_finetune(
    project: &Project,
    columns: &[String],
    formats: &[OutputFormat],
) -> Result<(), CompileError> {
    let settings = project.config.outputs.finetune.as_ref();
    if let Some(group) = settings.and_then(|it| it.group.as_ref()).filter(|group| !columns.contains(group)) {
        let near = nearest(group, columns.iter().map(String::as_str));
        let hint = near.map(|it| format!("did you mean `{it}`?"));
        return Err(CompileError::NoObjects {
            key: "outputs.finetune.group".to_owned(),
            problem: format!("the input has no column `{group}`"),
            hint: hint.or_else(|| Some(format!("its columns are {}", columns.join(", ")))),
        });
    }
    let Some(format) = formats.iter().find(|it| it.finetune().is_some()) else { return Ok(()) };
    if project.last().is_some_and(|setup| setup.asking.is_some()) {
        return Ok(());
    }
    Err(CompileError::NoObjects {
        key: "outputs.formats".to_owned(),
        problem: format!("`{}` is made of what a model was asked, and the last step asks none", format.name()),
        hint: Some("`casebook export DB --step STEP` makes the files of a step that asks one".to_owned()),
    })
}
