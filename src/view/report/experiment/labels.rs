//! Confusion matrices: as grids with heat, and as a list of what is confused most often.

use crate::view::evaluation::{ConfusionMatrix, Evaluation};

/// A confusion matrix as a grid.
#[derive(Debug, PartialEq)]
pub(in super::super) struct LabelGrid {
    pub(in super::super) variant: String,
    pub(in super::super) metric: String,
    pub(in super::super) is_baseline: bool,
    /// The number of each column.
    pub(in super::super) numbers: Vec<usize>,
    /// The gold label with its number, and its cells.
    pub(in super::super) rows: Vec<(usize, String, Vec<LabelCell>)>,
    /// The answers that are no gold label of any row, with their numbers.
    pub(in super::super) answers_only: Vec<(usize, String)>,
}

/// A cell of a grid.
#[derive(Debug, PartialEq)]
pub(in super::super) struct LabelCell {
    /// Empty for nothing.
    pub(in super::super) shown: String,
    /// The CSS class of its heat: the share of the row's work items, in tenths; greener on the diagonal.
    pub(in super::super) class: String,
}

/// Of each metric of labels and variant.
pub(in super::super) fn grids(evaluation: &Evaluation) -> Vec<LabelGrid> {
    let grid = |it: &ConfusionMatrix| LabelGrid {
        variant: it.variant.clone(),
        metric: it.metric.clone(),
        is_baseline: it.variant == evaluation.baseline,
        numbers: (1..=it.labels.len()).collect(),
        rows: rows(it),
        answers_only: (1..)
            .zip(it.labels.iter().zip(&it.counts))
            .filter(|(_, (_, counts))| sum(counts) <= 0.0)
            .map(|(number, (label, _))| (number, label.clone()))
            .collect(),
    };
    evaluation.confusions.iter().map(grid).collect()
}

fn sum(counts: &[f64]) -> f64 {
    counts.iter().sum()
}

fn rows(matrix: &ConfusionMatrix) -> Vec<(usize, String, Vec<LabelCell>)> {
    let all = matrix.labels.iter().zip(&matrix.counts).enumerate();
    let with_items = all.filter(|(_, (_, counts))| sum(counts) > 0.0);
    with_items
        .map(|(gold, (label, counts))| {
            let whole = sum(counts);
            let cell = |(answer, count): (usize, &f64)| {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
                let heat = (count / whole * 9.0).ceil().clamp(0.0, 9.0) as u8;
                let kind = if gold == answer { "r" } else { "w" };
                let class = if *count > 0.0 { format!("{kind}{heat}") } else { String::new() };
                LabelCell { shown: shown(*count), class }
            };
            (gold + 1, label.clone(), counts.iter().enumerate().map(cell).collect())
        })
        .collect()
}

/// A count of work items, which repeats may have made a fraction.
fn shown(count: f64) -> String {
    match count {
        0.0 => String::new(),
        it if (it - it.round()).abs() < 0.005 => format!("{it:.0}"),
        it => format!("{it:.1}"),
    }
}

/// A gold label that was answered with another.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Confused {
    pub(in super::super) variant: String,
    pub(in super::super) metric: String,
    pub(in super::super) gold: String,
    pub(in super::super) answer: String,
    pub(in super::super) items: String,
}

/// What each variant confuses most often, at most `most` pairs each.
pub(in super::super) fn confused(evaluation: &Evaluation, most: usize) -> Vec<Confused> {
    let mut all = Vec::new();
    for matrix in &evaluation.confusions {
        let mut pairs: Vec<(f64, &String, &String)> = Vec::new();
        for (gold, counts) in matrix.labels.iter().zip(&matrix.counts) {
            let wrong = matrix.labels.iter().zip(counts).filter(|(answer, count)| *answer != gold && **count > 0.0);
            pairs.extend(wrong.map(|(answer, count)| (*count, gold, answer)));
        }
        // The sort is stable: equal counts stay in the order of the labels.
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        all.extend(pairs.into_iter().take(most).map(|(count, gold, answer)| Confused {
            variant: matrix.variant.clone(),
            metric: matrix.metric.clone(),
            gold: gold.clone(),
            answer: answer.clone(),
            items: shown(count),
        }));
    }
    all
}
