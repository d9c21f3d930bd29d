//! What the first requests of a step are made of, from its templates: so that a plan can say how many different ones it
//! comes to.

use crate::prompt::{ContextBuilder, MatchTemplates};
use crate::stage::generate::Task;
use crate::stage::plan::{AskedOf, PlanUnit};

/// What the first requests of a step over the input are made of. `None` if that is all of a work item, if it cannot be
/// told, or if requests are not shared.
pub(super) fn asked_of<'a>(
    task: &'a Task,
    grouping: PlanUnit,
    context: Option<&ContextBuilder>,
) -> Option<AskedOf<'a>> {
    let asks = task.asks().filter(|_| task.share)?;
    let mut names = asks.generation.prompt.reads();
    names.extend(asks.generation.matching.iter().flat_map(MatchTemplates::reads));
    let uses = |name: &str| names.iter().any(|it| it.split('.').next() == Some(name));
    let mut columns = task.columns.read_by(&names)?;
    let is_row = grouping == PlanUnit::Rows;
    if is_row && uses("context") {
        columns.extend(context?.columns_shown()?);
    }
    columns.extend(asks.by_row.iter().map(|it| it.column));
    columns.sort_unstable();
    columns.dedup();
    // A row that is shown as a whole is asked about as a whole.
    if columns.len() == task.columns.names().count() {
        return None;
    }
    // Neither a context nor documents are at hand where conditions are looked at.
    let when = task.when.as_ref();
    if when.is_some_and(|when| when.source().contains("context") || when.document_use().is_any()) {
        return None;
    }
    Some(AskedOf { columns, group: uses("group"), context: !is_row && uses("context"), when })
}
