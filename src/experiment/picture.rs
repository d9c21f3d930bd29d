//! What reports draw: confusion matrices, the calibration of scores, and the Pareto front.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evaluation::{Calibration, CalibrationBin, ConfusionMatrix, VariantFigures};
use super::figures::{number, whole};
use super::sheet::{ABSENT, LabelSheet, MISSING, MarkBook, NumberSheet, Sheet, index};

/// The most labels that have a row of their own.
const LABELS: usize = 50;
const BINS: usize = 10;

/// The confusion matrix of a variant under a metric of labels; `None` without any.
pub(super) fn confusion(
    book: &MarkBook,
    (metric, metric_name): (usize, &str),
    (variant, name): (usize, &str),
) -> Option<ConfusionMatrix> {
    let Some(Sheet::Labels(sheet)) = book.sheet(variant, metric) else { return None };
    let names = book.labels(metric);
    let cells = cells(sheet);
    let chosen = most_frequent(&cells, names);
    let has_other = cells
        .keys()
        .any(|(gold, answer)| [gold, answer].into_iter().any(|label| *label != MISSING && !chosen.contains(label)));
    let has_missing = cells.keys().any(|(_, answer)| *answer == MISSING);
    let mut labels: Vec<String> = chosen.iter().map(|label| shown(names.get(index(*label)))).collect();
    let other = labels.len();
    labels.extend(has_other.then(|| ConfusionMatrix::OTHER.to_owned()));
    let missing = labels.len();
    labels.extend(has_missing.then(|| ConfusionMatrix::MISSING.to_owned()));
    let place = |label: u32| match label {
        MISSING => missing,
        label => chosen.iter().position(|it| *it == label).unwrap_or(other),
    };
    let mut counts = vec![vec![0.0; labels.len()]; labels.len()];
    for ((gold, answer), count) in &cells {
        if let Some(at) = counts.get_mut(place(*gold)).and_then(|row| row.get_mut(place(*answer))) {
            *at += count;
        }
    }
    let is_empty = cells.is_empty();
    let matrix = ConfusionMatrix { variant: name.to_owned(), metric: metric_name.to_owned(), labels, counts };
    (!is_empty).then_some(matrix)
}

/// How often each gold label and answer stand together.
fn cells(sheet: &LabelSheet) -> BTreeMap<(u32, u32), f64> {
    let mut cells = BTreeMap::new();
    for (gold, answers) in (0..sheet.len()).filter_map(|place| sheet.item(place)) {
        let seen = answers.iter().filter(|answer| **answer != ABSENT);
        let share = 1.0 / number(seen.clone().count().max(1));
        for answer in seen {
            *cells.entry((gold, *answer)).or_insert(0.0) += share;
        }
    }
    cells
}

/// The labels that are gold or answered most often, in the order of their texts.
fn most_frequent(cells: &BTreeMap<(u32, u32), f64>, names: &[String]) -> Vec<u32> {
    let mut totals = BTreeMap::<u32, f64>::new();
    for ((gold, answer), count) in cells {
        *totals.entry(*gold).or_default() += count;
        *totals.entry(*answer).or_default() += count;
    }
    totals.remove(&MISSING);
    let mut all: Vec<(u32, f64)> = totals.into_iter().collect();
    let name = |label: u32| names.get(index(label));
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| name(a.0).cmp(&name(b.0))));
    let mut chosen: Vec<u32> = all.into_iter().take(LABELS).map(|(label, _)| label).collect();
    chosen.sort_by_key(|label| name(*label));
    chosen
}

/// A text as it is, anything else as JSON, and so is a text that is the name of a row of its own.
fn shown(name: Option<&String>) -> String {
    let name = name.map(String::as_str).unwrap_or_default();
    match serde_json::from_str(name) {
        Ok(Value::String(text)) if ![ConfusionMatrix::OTHER, ConfusionMatrix::MISSING].contains(&text.as_str()) => text,
        _ => name.to_owned(),
    }
}

/// How well the scores of a metric say what is right by another.
pub(super) fn calibration(
    book: &MarkBook,
    (metric, metric_name): (usize, &str),
    (truth, truth_name): (usize, &str),
    (variant, name): (usize, &str),
) -> Option<Calibration> {
    let (Some(Sheet::Numbers(scores)), Some(Sheet::Numbers(truths))) =
        (book.sheet(variant, metric), book.sheet(variant, truth))
    else {
        return None;
    };
    let pairs = pairs(scores, truths);
    let mut bins = [(0_u64, 0.0, 0.0); BINS];
    let mut squares = 0.0;
    for (score, right) in &pairs {
        squares += (score - right) * (score - right);
        let place = (1..BINS).rev().find(|place| *score >= number(*place) / number(BINS)).unwrap_or(0);
        if let Some((n, scores, rights)) = bins.get_mut(place) {
            *n += 1;
            *scores += score;
            *rights += right;
        }
    }
    let mean = |sum: f64| (!pairs.is_empty()).then(|| sum / number(pairs.len()));
    let off: f64 = bins.iter().map(|(_, scores, rights)| (scores - rights).abs()).sum();
    let bin = |(place, (n, scores, rights)): (usize, &(u64, f64, f64))| CalibrationBin {
        low: number(place) / number(BINS),
        high: number(place + 1) / number(BINS),
        n: *n,
        mean_score: (*n > 0).then(|| scores / whole(*n)),
        right: (*n > 0).then(|| rights / whole(*n)),
    };
    Some(Calibration {
        variant: name.to_owned(),
        metric: metric_name.to_owned(),
        truth: truth_name.to_owned(),
        n: pairs.len() as u64,
        brier: mean(squares),
        ece: mean(off),
        bins: bins.iter().enumerate().map(bin).collect(),
    })
}

fn pairs(scores: &NumberSheet, truths: &NumberSheet) -> Vec<(f64, f64)> {
    let pair = |place| {
        let (score, truth) = (scores.item(place)?, truths.item(place)?);
        // Of an output that is not there, nothing was scored.
        if score.is_missing { None } else { Some((score.value?, truth.value?)) }
    };
    (0..scores.len().min(truths.len())).filter_map(pair).collect()
}

/// Says of each variant whether it is on the Pareto front of cost per item and the metric at the place `by`.
pub(super) fn mark_front(variants: &mut [VariantFigures], by: Option<usize>, higher_is_better: bool) {
    let points: Vec<Option<(f64, f64)>> = variants
        .iter()
        .map(|variant| {
            let value = variant.scores.get(by?)?.value?;
            Some((variant.cost_per_item?, if higher_is_better { value } else { -value }))
        })
        .collect();
    for (variant, point) in variants.iter_mut().zip(&points) {
        let beaten = |(cost, value): &(f64, f64)| {
            points
                .iter()
                .flatten()
                .any(|(other_cost, other)| other_cost <= cost && other >= value && (other_cost < cost || other > value))
        };
        variant.is_on_front = point.as_ref().map(|point| !beaten(point));
    }
}
