//! Experiments as pure functions: outputs held against gold answers, variants compared, and what follows from it.
//!
//! [`MetricRule`] says what one output is worth, [`MarkBook`] keeps that of all, [`evaluate()`] makes the
//! [`Evaluation`] of them, and [`ending`] says how a command ends with it. The statistics are those of
//! [`crate::stats`]. This room has no I/O, clock or randomness of its own: bootstraps are seeded from `run.seed` and
//! the names of what they are about.

mod canary;
mod compare;
mod decide;
mod error;
mod evaluate;
mod evaluation;
mod figures;
mod gold;
mod kind;
mod labels;
mod metric;
mod picture;
mod scope;
mod sheet;
mod side_by_side;
mod stood;

pub use crate::config::{COLUMNS_AFTER, COLUMNS_BEFORE, METRIC_COLUMNS, MORE_ITEMS};
pub use canary::{
    AnswerSigns, CanaryVerdict, DriftRule, EqualAnswers, FigureChange, ValidPairs, changes, drifted, signs,
};
pub use decide::{Ending, ending};
pub use error::{ExperimentError, GoldMismatch};
pub use evaluate::{Setting, evaluate};
pub use evaluation::{
    Better, Calibration, CalibrationBin, Comparison, ConfusionMatrix, Evaluation, GateResult, MetricInfo, Score,
    VariantFigures,
};
pub use gold::SchemaTypes;
pub use kind::gold_name;
pub use metric::{Held, MetricRule, MetricTypes, ModelScore};
pub use scope::{Scope, Tally};
pub use sheet::MarkBook;
pub use side_by_side::{ComparedAnswer, ComparedItem, SideBySide};

#[cfg(test)]
pub use evaluation::DecideInfo;
#[cfg(test)]
pub use metric::Mark;

#[cfg(test)]
mod tests;
