//! Columns of the input that are gold answers: they are read apart from the rows, so that no template, context, group
//! or key can show them.

use super::error::{ConfigError, Origin};
use super::node::Node;
use super::raw;
use super::resolved::{Columns, Config};
use super::typed::typed;

/// The columns of the input that the experiment of the configuration in `root` says are gold, by name.
pub(super) fn gold_columns(root: &Node) -> Result<Vec<String>, ConfigError> {
    let Some(node) = root.find("experiment.gold").filter(|it| !it.is_null()) else { return Ok(Vec::new()) };
    let gold: raw::Gold = typed(node, "experiment.gold")?;
    if gold.path.is_some() {
        return Ok(Vec::new());
    }
    let mut columns: Vec<String> = gold.fields.into_values().collect();
    columns.sort_unstable();
    columns.dedup();
    Ok(columns)
}

/// Takes the columns `gold` out of the rows of `config`, in which nothing else may name them. `origin` is where they
/// are named.
pub(super) fn keep_apart(config: &mut Config, gold: &[String], origin: &Origin) -> Result<(), ConfigError> {
    for column in gold {
        if let Some((key, why)) = named(config, column) {
            let reason = format!("`{column}` is gold, which no prompt may see, but {why} (`{key}`)");
            let error = ConfigError::value("experiment.gold.fields", reason, origin);
            return Err(
                error.with_hint(format!("take it out of `{key}`, or put the gold answers into a file of their own"))
            );
        }
    }
    config.input.hidden.retain(|column| !gold.contains(column));
    if let Columns::Exclude(columns) = &mut config.context.columns {
        columns.retain(|column| !gold.contains(column));
        if columns.is_empty() {
            config.context.columns = Columns::All;
        }
    }
    config.input.gold = gold.to_vec();
    Ok(())
}

/// The setting that uses `column`, if there is one, and why that cannot be.
fn named(config: &Config, column: &String) -> Option<(&'static str, &'static str)> {
    let by_row = config.llm.as_ref().and_then(|llm| llm.by_row.as_ref());
    let uses = [
        ("input.key", "it identifies rows", config.input.key.as_ref() == Some(column)),
        ("grouping.column", "rows are grouped by it", config.grouping.as_ref().is_some_and(|it| it.column == *column)),
        (
            "context.columns.include",
            "a context shows it",
            matches!(&config.context.columns, Columns::Include(columns) if columns.contains(column)),
        ),
        ("llm.by_row.column", "requests are made of it", by_row.is_some_and(|it| it.column == *column)),
    ];
    uses.into_iter().find(|(_, _, is_used)| *is_used).map(|(key, why, _)| (key, why))
}
