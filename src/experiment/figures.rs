//! The value of a metric for a variant, with its interval.

use std::collections::HashMap;

use super::evaluation::Score;
use super::labels::{LabelCase, LabelFigure};
use super::sheet::{ABSENT, LabelSheet, MISSING, MarkBook, NumberSheet, Sheet};
use crate::config::{Metric, MetricKind};
use crate::record::Digest;
use crate::stats::{Bootstrap, BootstrapSettings, Interval, resample_counts, wilson};

/// The confidence level of all intervals.
const LEVEL: f64 = 0.95;

/// A metric at its place in the book, and what randomness of it is seeded from.
#[derive(Clone, Copy)]
pub(super) struct MetricAt<'a> {
    pub(super) metric: &'a Metric,
    pub(super) index: usize,
    pub(super) is_binary: bool,
    /// `run.seed`.
    pub(super) seed: u64,
}

impl MetricAt<'_> {
    /// The settings of a bootstrap about `what`: the same names have the same draws in every run.
    pub(super) fn settings(&self, what: &[&str]) -> BootstrapSettings {
        let key = serde_json::json!(["bootstrap", 1, self.seed, self.metric.name, what]);
        let digest = Digest::of_value(&key).to_string();
        let seed = digest.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(self.seed);
        BootstrapSettings { level: LEVEL, seed, ..BootstrapSettings::default() }
    }

    pub(super) fn is_rmse(&self) -> bool {
        matches!(self.metric.kind, MetricKind::Rmse)
    }
}

/// The score of the variant at an index of the book.
pub(super) fn score(book: &MarkBook, at: MetricAt<'_>, (variant, name): (usize, &str)) -> Score {
    match book.sheet(variant, at.index) {
        Some(Sheet::Numbers(sheet)) => of_numbers(sheet, at, name),
        Some(Sheet::Labels(sheet)) => of_labels(sheet, book.labels(at.index), at, name),
        None => nothing(0),
    }
}

fn nothing(missing: u64) -> Score {
    let undefined = if missing > 0 { "no work item has an answer" } else { "no decided work item has a gold answer" };
    Score { value: None, low: None, high: None, n: 0, missing, undefined: Some(undefined.to_owned()) }
}

fn of_numbers(sheet: &NumberSheet, at: MetricAt<'_>, name: &str) -> Score {
    let items = (0..sheet.len()).filter_map(|place| sheet.item(place));
    let (mut values, mut missing) = (Vec::new(), 0);
    for item in items {
        values.extend(item.value);
        missing += u64::from(item.is_missing);
    }
    let n = values.len() as u64;
    let total: f64 = values.iter().sum();
    if n == 0 {
        return nothing(missing);
    }
    let mean = total / number(values.len());
    let interval = if at.is_binary {
        wilson(values.iter().filter(|value| **value > 0.5).count() as u64, n, LEVEL)
    } else {
        Bootstrap::of(&values, &at.settings(&[name])).map(|it| it.interval)
    };
    // The root keeps the order, so that quantiles of a root are roots of quantiles.
    let root = |value: f64| if at.is_rmse() { value.max(0.0).sqrt() } else { value };
    Score {
        value: Some(root(mean)),
        low: interval.map(|it| root(it.low)),
        high: interval.map(|it| root(it.high)),
        n,
        missing,
        undefined: None,
    }
}

fn of_labels(sheet: &LabelSheet, names: &[String], at: MetricAt<'_>, name: &str) -> Score {
    let (mut kinds, mut n, mut missing) = (Kinds::default(), 0, 0);
    for (gold, answers) in (0..sheet.len()).filter_map(|place| sheet.item(place)) {
        n += 1;
        missing += u64::from(answers.contains(&MISSING));
        kinds.add(LabelCase::of(gold, answers));
    }
    if n == 0 {
        return nothing(missing);
    }
    let mut figure = LabelFigure::new(&at.metric.kind, names);
    let found = resample_counts(&kinds.counts, n, &at.settings(&[name]), |counts| {
        figure.value(
            kinds.all.iter().zip(counts).filter(|(_, count)| **count > 0).map(|(case, count)| (case, whole(*count))),
        )
    });
    let interval = found.map(|it| it.interval);
    let Interval { low, high } = interval.unwrap_or(Interval { low: 0.0, high: 0.0 });
    Score {
        value: found.map(|it| it.value),
        low: interval.map(|_| low),
        high: interval.map(|_| high),
        n,
        missing,
        undefined: found.is_none().then(|| figure.undefined()),
    }
}

/// What figures depend on, each once, with how often it is there.
pub(super) struct Kinds<T> {
    pub(super) all: Vec<T>,
    pub(super) counts: Vec<u64>,
    places: HashMap<T, usize>,
}

impl<T> Default for Kinds<T> {
    fn default() -> Self {
        Self { all: Vec::new(), counts: Vec::new(), places: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Kinds<T> {
    pub(super) fn add(&mut self, kind: T) {
        if let Some(count) = self.places.get(&kind).and_then(|place| self.counts.get_mut(*place)) {
            *count += 1;
            return;
        }
        self.places.insert(kind.clone(), self.all.len());
        self.all.push(kind);
        self.counts.push(1);
    }
}

/// Whether some repeat has an answer, or misses it.
pub(super) fn is_decided(answers: &[u32]) -> bool {
    answers.iter().any(|answer| *answer != ABSENT)
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer work items than a double counts")]
pub(super) fn whole(count: u64) -> f64 {
    count as f64
}

pub(super) fn number(count: usize) -> f64 {
    whole(count as u64)
}
