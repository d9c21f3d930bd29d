//! What an experiment found, for people: tables and sentences of an [`Evaluation`], and its figures as rows of data.
//! Terminal, Markdown and the page of the report show the same words.
//!
//! Pure: it takes an evaluation and returns texts. What is unknown or undefined is said, and never shown as 0.

mod data;
mod figures;
mod matrix;
mod sentences;
mod tables;

pub use crate::experiment::{
    Calibration, CalibrationBin, ComparedAnswer, ComparedItem, ConfusionMatrix, Evaluation, MetricInfo, SideBySide,
    VariantFigures,
};
pub use data::{columns, rows};
pub use matrix::{FigureMatrix, MatrixCell, matrices};
pub use sentences::{about, conclusion};
pub use tables::{FigureTable, tables};

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
