//! Experiments as pure functions: outputs held against gold answers, variants compared, and what follows from it.

mod evaluation;

pub use evaluation::{Better, Comparison, DecideInfo, Evaluation, GateResult, MetricInfo, Score, VariantFigures};
