//! The first step of reading a configuration: from text to a tree, before `--set` and any check of its keys.

use std::sync::Arc;

use super::error::ConfigError;
use super::node::Node;
use super::older;
use super::pin_blocks::{PinsSource, run_name};

/// A configuration that was read as YAML and not yet checked.
#[derive(Clone, Debug)]
pub struct Raw {
    pub(super) node: Node,
    /// Where pins are read, if it names any.
    pub(super) pins: PinsSource,
}

impl Raw {
    /// The configuration with the file of its pins.
    #[must_use]
    pub fn with_pins(self, pins: PinsSource) -> Self {
        Self { pins, ..self }
    }

    /// The name of the run, as it is written there.
    #[must_use]
    pub fn run_name(&self) -> Option<&str> {
        run_name(&self.node)
    }
}

/// Reads the text of a configuration. `file` is its name in messages. A configuration of an older framework is refused.
pub fn parse(text: &str, file: &str) -> Result<Raw, ConfigError> {
    let file = Arc::from(file);
    let node = Node::parse(text, &file, "a Casebook configuration")?;
    older::refuse(&node, &file)?;
    Ok(Raw { node, pins: PinsSource::default() })
}
