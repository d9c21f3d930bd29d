//! The options of an evaluation.

use std::path::PathBuf;

use crate::engine::options::RunOptions;

/// What to evaluate.
#[derive(Clone, Debug, Default)]
pub struct EvalOptions {
    /// Those that it shares with a run.
    pub run: RunOptions,
    /// The names of the variants to work on; empty: all of them.
    pub variants: Vec<String>,
    /// Whether a variant has to be better than the baseline.
    pub requires_better: bool,
    /// Another run file whose outputs are the baseline.
    pub against: Option<PathBuf>,
}
