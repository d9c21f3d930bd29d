//! All figures of an experiment, from what its outputs are worth: [`evaluate`].

use super::compare::{Compared, compare};
use super::decide::{decide, gate_result};
use super::evaluation::{Comparison, DecideInfo, Evaluation, MetricInfo, VariantFigures};
use super::figures::{MetricAt, score};
use super::picture::{calibration, confusion, mark_front};
use super::sheet::MarkBook;
use crate::config::{Experiment, Metric, MetricKind};

/// What is evaluated, beside the marks.
pub struct Setting<'a> {
    pub experiment: &'a Experiment,
    /// `run.seed`.
    pub seed: u64,
    /// The run file that holds the baseline, where that is another.
    pub against: Option<String>,
    /// Work items that are in no figure.
    pub left_out: u64,
}

/// Works out the figures of all variants, which are those of the book in its order and have all but their scores. They
/// are compared with the one that is the baseline, if it is among them.
#[must_use]
pub fn evaluate(
    book: &MarkBook,
    setting: Setting<'_>,
    mut variants: Vec<VariantFigures>,
    notes: Vec<String>,
) -> Evaluation {
    let Setting { experiment, seed, against, left_out } = setting;
    let at = |index: usize, metric| MetricAt { metric, index, is_binary: is_binary(book, index, metric), seed };
    let metrics: Vec<MetricAt<'_>> = experiment.metrics.iter().enumerate().map(|(index, it)| at(index, it)).collect();
    for (index, variant) in variants.iter_mut().enumerate() {
        variant.scores = metrics.iter().map(|metric| score(book, *metric, (index, &variant.name))).collect();
    }
    let by = experiment.decide.as_ref().and_then(|it| metrics.iter().find(|at| at.metric.name == it.by));
    mark_front(&mut variants, by.map(|it| it.index), by.is_none_or(|it| !it.metric.kind.is_error()));
    let mut compared = comparisons(book, &metrics, &variants);
    let unmeasured = unmeasured(experiment, against.is_some(), &variants);
    let family = match (&experiment.decide, by) {
        (Some(rule), Some(by)) => decide(&mut compared, unmeasured.len(), by.metric, rule),
        _ => 0,
    };
    let gates = variants
        .iter()
        .flat_map(|variant| experiment.gates.iter().map(|gate| gate_result(gate, variant, &experiment.metrics)));
    Evaluation {
        items: book.items(),
        items_of_variants: book.items_of_variants(),
        left_out,
        repeats: experiment.repeats,
        with_gold: experiment.gold.as_ref().map(|_| book.with_gold()),
        baseline: variants.iter().find(|it| it.is_baseline).map(|it| it.name.clone()).unwrap_or_default(),
        metrics: metrics.iter().map(info).collect(),
        gates: gates.collect(),
        confusions: each(&variants, &metrics, |variant, at| confusion(book, (at.index, &at.metric.name), variant)),
        calibrations: calibrations(book, &metrics, by, &variants),
        comparisons: compared.into_iter().map(|it| it.comparison).collect::<Vec<Comparison>>(),
        decide: experiment.decide.as_ref().map(|it| DecideInfo {
            by: it.by.clone(),
            alpha: it.alpha,
            min_difference: it.min_difference,
            family,
            unmeasured,
        }),
        variants,
        side_by_side: None,
        notes,
        against,
    }
}

/// The variants to be compared with the baseline of which nothing is decided yet.
fn unmeasured(experiment: &Experiment, is_against: bool, measured: &[VariantFigures]) -> Vec<String> {
    let is_compared = |place: usize| is_against || place != experiment.baseline;
    let is_begun = |name: &str| measured.iter().any(|it| it.name == name && it.is_begun());
    let all = experiment.variants.iter().enumerate().filter(|(place, _)| is_compared(*place));
    all.map(|(_, it)| it.name.clone()).filter(|name| !is_begun(name)).collect()
}

/// Whether each work item is worth 0 or 1 under a metric.
fn is_binary(book: &MarkBook, index: usize, metric: &Metric) -> bool {
    book.repeats() == 1 && metric.kind.may_be_binary() && book.is_binary(index)
}

fn info(at: &MetricAt<'_>) -> MetricInfo {
    MetricInfo {
        name: at.metric.name.clone(),
        kind: at.metric.kind.word().to_owned(),
        higher_is_better: !at.metric.kind.is_error(),
        is_binary: at.is_binary,
    }
}

fn comparisons(book: &MarkBook, metrics: &[MetricAt<'_>], variants: &[VariantFigures]) -> Vec<Compared> {
    let Some(baseline) = variants.iter().position(|it| it.is_baseline) else { return Vec::new() };
    let named = |index: usize| (index, variants.get(index).map(|it| it.name.as_str()).unwrap_or_default());
    let others = (0..variants.len()).filter(|index| *index != baseline);
    others.flat_map(|index| metrics.iter().map(move |at| compare(book, *at, named(index), named(baseline)))).collect()
}

fn calibrations(
    book: &MarkBook,
    metrics: &[MetricAt<'_>],
    by: Option<&MetricAt<'_>>,
    variants: &[VariantFigures],
) -> Vec<super::evaluation::Calibration> {
    let is_truth = |at: &&MetricAt<'_>| at.metric.kind.may_be_binary() && book.is_right_or_wrong(at.index);
    let Some(truth) = by.filter(is_truth).or_else(|| metrics.iter().find(is_truth)) else { return Vec::new() };
    each(variants, metrics, |variant, at| {
        let asks = matches!(at.metric.kind, MetricKind::Judge { .. });
        asks.then(|| calibration(book, (at.index, &at.metric.name), (truth.index, &truth.metric.name), variant))
            .flatten()
    })
}

/// What there is for each variant (its index and name) and metric.
fn each<T>(
    variants: &[VariantFigures],
    metrics: &[MetricAt<'_>],
    of: impl Fn((usize, &str), &MetricAt<'_>) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::new();
    for (index, variant) in variants.iter().enumerate() {
        found.extend(metrics.iter().filter_map(|at| of((index, &variant.name), at)));
    }
    found
}
