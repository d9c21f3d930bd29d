//! What `outputs.expand` asks for, held against the input and the schema.

use super::compile::error::CompileError;
use super::error::EngineError;
use crate::config::{Each, GroupingMode, JoinKey};
use crate::project::{Project, Setup, graph};
use crate::stage::export::{ElementMatch, Expansion};
use crate::store::MoreColumns;

/// Returns how a project's tables give the answers of groups to their rows; `None` if they have a line for each work
/// item.
pub(super) fn expansion(project: &Project, columns: &[String]) -> Result<Option<Expansion>, EngineError> {
    let outputs = &project.config.outputs;
    if outputs.expand.is_none() {
        return Ok(None);
    }
    let last = project.last_place();
    let is_part = matches!(project.config.step.each, Each::Element { .. } | Each::Pairs { .. });
    if is_by_row(project) || is_part || graph::root(project, last).is_none() {
        return Err(refused(
            "outputs.expand",
            "the work items of the last step are no groups of rows".to_owned(),
            "it is for `grouping.mode: group_output`; leave it out: the tables have the columns of the input already",
        ));
    }
    let Some(by) = &outputs.matching else { return Ok(Some(Expansion { matching: None })) };
    let contract = project.last().map(|setup| &setup.contract);
    let fields = contract.and_then(|it| it.element_fields(&by.list)).ok_or_else(|| {
        let problem = format!("the schema has no list `{}` of objects", by.list);
        refused("outputs.match", problem, "name a field of the answer that is a list of objects, as in `tickets[].id`")
    })?;
    if !fields.contains(&by.field) {
        let problem = format!("the elements of `{}` have no field `{}`", by.list, by.field);
        return Err(refused("outputs.match", problem, &format!("they have {}", fields.join(", "))));
    }
    let wanted = by.column.as_ref().or(project.config.input.key.as_ref()).unwrap_or(&by.field);
    let column = columns.iter().position(|name| name == wanted).ok_or_else(|| {
        let columns = columns.to_vec();
        EngineError::from(CompileError::NoColumn { key: "outputs.match_column", column: wanted.clone(), columns })
    })?;
    let matching = ElementMatch { list: by.list.clone(), field: by.field.clone(), column, fields };
    Ok(Some(Expansion { matching: Some(matching) }))
}

/// Whether each work item of the last step is derived from one row.
pub(super) fn is_by_row(project: &Project) -> bool {
    let last = project.last_place();
    let grouped = |setup: &Setup| setup.config.grouping.as_ref().map(|it| it.mode) == Some(GroupingMode::GroupOutput);
    graph::root(project, last).is_some_and(|root| !grouped(root)) && !graph::is_by_group(project, last)
}

/// The columns that the results of a step have beside those of all.
pub(super) fn more_columns(setup: &Setup) -> MoreColumns {
    let step = &setup.config.step;
    MoreColumns {
        item: matches!(step.each, Each::Element { .. } | Each::Pairs { .. } | Each::Join { by: JoinKey::Field(_), .. }),
        perspective: step.perspective.is_some(),
    }
}

fn refused(key: &'static str, problem: String, hint: &str) -> EngineError {
    CompileError::NoExpansion { key, problem, hint: hint.to_owned() }.into()
}
