//! A metric over two settings that vary: a row for each value of one, a column for each of the other.

use super::figures;
use crate::experiment::Evaluation;

/// The values of a metric, by two settings.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureMatrix {
    pub metric: String,
    pub row_key: String,
    pub column_key: String,
    pub columns: Vec<String>,
    /// The label of each row, and its cells: `None` where there is no such variant.
    pub rows: Vec<(String, Vec<Option<MatrixCell>>)>,
}

/// The value of one variant.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixCell {
    pub shown: String,
    /// From 0 (the worst of the matrix) to 9 (the best); `None` where the value is undefined.
    pub heat: Option<u8>,
    pub is_baseline: bool,
}

/// The matrix of each metric, where exactly two settings vary and no two variants share a place.
#[must_use]
pub fn matrices(evaluation: &Evaluation) -> Vec<FigureMatrix> {
    let Some([row_key, column_key]) = varying(evaluation) else { return Vec::new() };
    let (rows, columns) = (values(evaluation, &row_key), values(evaluation, &column_key));
    let place = |row: &String, column: &String| {
        let mut found = evaluation
            .variants
            .iter()
            .filter(|it| it.settings.get(&row_key) == Some(row) && it.settings.get(&column_key) == Some(column));
        (found.next(), found.next().is_some())
    };
    if rows.iter().any(|row| columns.iter().any(|column| place(row, column).1)) {
        return Vec::new();
    }
    let one = |index: usize| {
        let metric = evaluation.metrics.get(index)?;
        let scores = evaluation.variants.iter().filter_map(move |it| it.scores.get(index));
        let places = figures::of_values(scores.clone());
        let known: Vec<f64> = scores.filter_map(|it| it.value).collect();
        let (least, most) =
            known.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), it| (a.min(*it), b.max(*it)));
        let cell = |row: &String, column: &String| {
            let variant = place(row, column).0?;
            let value = variant.scores.get(index)?.value;
            let heat = value.map(|it| heat(it, least, most, metric.higher_is_better));
            let shown = value.map_or_else(|| "undefined".to_owned(), |it| figures::number(it, places));
            Some(MatrixCell { shown, heat, is_baseline: variant.is_baseline })
        };
        let rows = rows.iter().map(|row| (row.clone(), columns.iter().map(|column| cell(row, column)).collect()));
        Some(FigureMatrix {
            metric: metric.name.clone(),
            row_key: row_key.clone(),
            column_key: column_key.clone(),
            columns: columns.clone(),
            rows: rows.collect(),
        })
    };
    (0..evaluation.metrics.len()).filter_map(one).collect()
}

/// The two settings that vary, if there are exactly two.
fn varying(evaluation: &Evaluation) -> Option<[String; 2]> {
    let mut keys: Vec<&String> = evaluation.variants.iter().flat_map(|it| it.settings.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut keys = keys.into_iter().filter(|key| values(evaluation, key).len() > 1);
    let two = [keys.next()?.clone(), keys.next()?.clone()];
    keys.next().is_none().then_some(two)
}

/// The values of a setting, in the order of the variants.
fn values(evaluation: &Evaluation, key: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in evaluation.variants.iter().filter_map(|it| it.settings.get(key)) {
        if !found.contains(value) {
            found.push(value.clone());
        }
    }
    found
}

/// The place of a value between the worst and the best, in tenths.
fn heat(value: f64, least: f64, most: f64, higher_is_better: bool) -> u8 {
    let width = most - least;
    if width <= 0.0 {
        return 5;
    }
    let share = (value - least) / width;
    let share = if higher_is_better { share } else { 1.0 - share };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
    let place = (share * 9.0).round().clamp(0.0, 9.0) as u8;
    place
}
