//! Resolves the `canary` block.

use super::block::ConfigBlock;
use super::error::ConfigError;
use super::experiment;
use super::node::Node;
use super::raw;
use super::resolved::{Canary, Config};
use super::typed::typed;

/// The significance level where nothing says another.
const ALPHA: f64 = 0.05;

/// Resolves the canary of the configuration in `root`; `None` if it has none. `last` is the configuration of the task's
/// last step, with its experiment.
pub(super) fn canary(root: &Node, last: &Config) -> Result<Option<Canary>, ConfigError> {
    let Some(node) = root.get("canary").filter(|it| !it.is_null()) else { return Ok(None) };
    let written: raw::Canary = typed(node, "canary")?;
    let at = ConfigBlock { node, prefix: "canary" };
    let key = at.filled_option("key", written.key)?;
    let is_keyed = key.is_some() || experiment::is_keyed(last);
    let gold = written.gold.as_ref().map(|gold| experiment::gold(&at, gold, is_keyed)).transpose()?;
    let decided = last.experiment.as_ref().and_then(|it| it.decide.as_ref()).map_or(ALPHA, |it| it.alpha);
    let min_equal = written.min_equal.map(|it| at.real("min_equal", Some(it), it, (0.0, 1.0))).transpose()?;
    Ok(Some(Canary {
        path: at.path("path", written.path)?,
        key,
        gold,
        alpha: at.real("alpha", written.alpha, decided, (0.0, 1.0))?,
        max_drop: at.real("max_drop", written.max_drop, 0.0, (0.0, 1e12))?,
        min_equal,
    }))
}
