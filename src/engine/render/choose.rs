//! Which steps and which row a target names.

use rusqlite::Connection;

use super::error::RenderError;
use super::target::RowChoice;
use crate::engine::error::EngineError;
use crate::project::{Project, Setup};
use crate::stage::ingest::Dataset;
use crate::store::sql;
use crate::tabular::normalise;

/// The places of the steps that a target names; all that ask a model where it names none.
pub(super) fn wanted(project: &Project, step: Option<&str>) -> Vec<usize> {
    let is_wanted = |setup: &Setup| match step {
        Some(name) => is_named(setup, name),
        None => setup.asking.is_some(),
    };
    (0..project.steps.len()).filter(|place| is_wanted(&project.steps[*place])).collect()
}

/// Whether a name is that of a step, with its perspective or for all of its perspectives.
fn is_named(setup: &Setup, name: &str) -> bool {
    let step = &setup.config.step;
    let of_all = step.perspective.as_ref().and_then(|it| step.name().strip_suffix(&format!(".{}", it.name)));
    step.name() == name || of_all == Some(name)
}

/// The number of the row that is meant, from 1; `None` for no particular one.
pub(super) fn row_number(
    connection: &Connection,
    project: &Project,
    dataset: &Dataset,
    choice: &RowChoice,
) -> Result<Option<u64>, EngineError> {
    let key = match choice {
        RowChoice::First => return Ok(None),
        RowChoice::Number(number) => return Ok(Some(*number)),
        RowChoice::Key(key) => key,
    };
    let input = &project.config.input;
    let column = input.key.as_ref().and_then(|name| dataset.columns.iter().position(|it| it == name));
    let Some(column) = column else { return Err(RenderError::NoKeyColumn.into()) };
    let wanted = if input.normalise { normalise(key) } else { key.as_str().into() };
    let column = i64::try_from(column).unwrap_or(i64::MAX);
    let found: Option<i64> = sql::RENDER_ROW_OF_KEY.first(
        connection,
        &[(":dataset", &dataset.id), (":column", &column), (":key", &wanted.as_ref())],
        |row| row.get("row_index"),
    )?;
    let found = found.ok_or_else(|| RenderError::NoKey(key.clone()))?;
    Ok(Some(found.unsigned_abs() + 1))
}
