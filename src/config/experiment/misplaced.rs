//! Which key or value of the variants is wrong, before anything else is said of them.

use super::overlay::Overlay;
use crate::config::error::ConfigError;
use crate::config::node::Node;
use crate::config::typed::typed;
use crate::config::{models, raw};

/// What is wrong with a key or the type of a value that the variants set. It is said before the baseline or a
/// combination of `exclude` is missed, which only follows from it.
pub(super) fn misplaced(root: &Node, overlays: &[Overlay]) -> Option<ConfigError> {
    let check = |overlay: &Overlay| -> Result<(), ConfigError> {
        let mut whole = root.clone();
        for (key, node) in overlay.nodes() {
            models::name_in_blocks(&mut whole)?;
            whole.set(key, node.clone())?;
        }
        models::name_in_blocks(&mut whole)?;
        typed::<raw::Config>(&whole, "")?;
        models::expand(&mut whole)
    };
    overlays.iter().find_map(|overlay| check(overlay).err())
}
