//! Experiments as pure functions: outputs held against gold answers, variants compared, and what follows from it.

mod evaluation;

pub use evaluation::{
    Better, Calibration, CalibrationBin, Comparison, ConfusionMatrix, DecideInfo, Evaluation, GateResult, MetricInfo,
    Score, VariantFigures,
};
