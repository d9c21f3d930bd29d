//! Resolves the `experiment` block: its variants, what is gold, the metrics, and how it is decided.
//!
//! `matrix` makes what the variants lay over the configuration (`overlay`), `keys` says what may vary, `names` names
//! the variants, `metrics` and `decision` have the rest.

mod columns;
mod decision;
mod keys;
mod matrix;
mod metrics;
mod misplaced;
mod names;
mod overlay;

use std::collections::BTreeMap;

use super::block::ConfigBlock;
use super::error::ConfigError;
use super::node::Node;
use super::raw;
use super::resolved::{Config, Experiment, Gold, Variant, VariantBudget};
use super::typed::typed;
use misplaced::misplaced;

pub use columns::{COLUMNS_AFTER, COLUMNS_BEFORE, METRIC_COLUMNS, MORE_ITEMS};
pub(super) use overlay::Overlay;

/// The variants of an experiment, before their configurations are known to be valid.
#[derive(Debug)]
pub(super) struct Variants {
    /// At least one.
    pub(super) overlays: Vec<Overlay>,
    /// The place in `overlays` of the one that the others are compared with.
    pub(super) baseline: usize,
}

impl Variants {
    /// The variants of the configuration in `root`; `None` if it has no experiment.
    pub(super) fn of(root: &Node) -> Result<Option<Self>, ConfigError> {
        let Some(node) = root.get("experiment").filter(|it| !it.is_null()) else { return Ok(None) };
        let _: raw::Experiment = typed(node, "experiment")?;
        let made = matrix::overlays(node, root)?;
        let baseline = matrix::baseline(node, &made);
        let baseline = baseline.map_err(|error| misplaced(root, &made.overlays).unwrap_or(error))?;
        Ok(Some(Self { overlays: made.overlays, baseline }))
    }

    /// The overlay that the others are compared with.
    pub(super) fn baseline(&self) -> Option<&Overlay> {
        self.overlays.get(self.baseline)
    }

    pub(super) fn as_resolved(&self) -> Vec<Variant> {
        let variant = |it: &Overlay| Variant { name: it.name.clone(), overlay: it.values() };
        self.overlays.iter().map(variant).collect()
    }
}

/// Resolves the experiment of the configuration in `root`, in which names of models have become blocks. `last` is the
/// configuration of the task's last step, whose outputs are measured.
pub(super) fn resolve(
    root: &Node,
    variants: &Variants,
    last: &Config,
    rehearse: bool,
) -> Result<Experiment, ConfigError> {
    let empty = Node::empty_block(root.origin.clone());
    let node = root.get("experiment").unwrap_or(&empty);
    let written: raw::Experiment = typed(node, "experiment")?;
    let at = ConfigBlock { node, prefix: "experiment" };
    let gold = written.gold.as_ref().map(|it| gold(&at, it, is_keyed(last))).transpose()?;
    let metrics = metrics::metrics(root, &written.metrics.unwrap_or_default(), gold.as_ref(), rehearse)?;
    let decide = decision::decide(&at, written.decide.as_ref(), &metrics)?;
    let gates = decision::gates(node, &written.gates.unwrap_or_default(), &metrics)?;
    let budget = written.budget_per_variant.as_ref().map(|it| budget(&at, it)).transpose()?;
    Ok(Experiment {
        variants: variants.as_resolved(),
        baseline: variants.baseline,
        repeats: at.whole("repeats", written.repeats, 1, (1, 1_000))?,
        gold,
        metrics,
        decide,
        gates,
        budget_per_variant: budget,
    })
}

fn budget(at: &ConfigBlock<'_>, written: &raw::Budget) -> Result<VariantBudget, ConfigError> {
    let key = "budget_per_variant.max_cost_usd";
    let cost = written.max_cost_usd.map(|it| at.real(key, Some(it), it, (0.0, 1e6))).transpose()?;
    Ok(VariantBudget { max_cost_usd: cost, max_requests: written.max_requests })
}

/// Whether the work items of a task with this last step have keys that a gold answer can name.
pub(super) fn is_keyed(last: &Config) -> bool {
    last.input.key.is_some() || last.grouping.is_some() || last.input.documents.is_some()
}

/// Resolves the `gold` in a block. `is_keyed` says whether work items have keys.
pub(super) fn gold(at: &ConfigBlock<'_>, written: &raw::Gold, is_keyed: bool) -> Result<Gold, ConfigError> {
    let path = written.path.clone().map(|path| at.path("gold.path", path)).transpose()?;
    let key = at.filled_option("gold.key", written.key.clone())?;
    match (&path, &key) {
        (Some(_), None) => {
            return Err(at.missing("gold.key", "name the column of the gold table that has the key of a row"));
        }
        (None, Some(_)) => {
            let error = at.bad("gold.key", "without `path`, the gold answers are columns of the input, row by row");
            return Err(error.with_hint("name the gold table under `gold.path`, or remove the key"));
        }
        _ => {}
    }
    if path.is_some() && !is_keyed {
        let error = at.bad("gold.key", "rows of the input have no key that a gold answer could name");
        return Err(error.with_hint("name their column, as in `input: {key: id}`"));
    }
    if written.fields.is_empty() {
        let error = at.bad("gold.fields", "expected at least one gold value");
        return Err(error.with_hint("name it and its column, as in `fields: {product: product}`"));
    }
    let mut fields = BTreeMap::new();
    for (name, column) in &written.fields {
        let is_blank = |text: &str| text.trim().is_empty() || text.chars().any(char::is_control);
        if is_blank(name) || is_blank(column) {
            return Err(at.bad("gold.fields", "expected names of gold values and of columns"));
        }
        fields.insert(name.clone(), column.clone());
    }
    Ok(Gold { path, key, fields })
}

#[cfg(test)]
mod tests;
