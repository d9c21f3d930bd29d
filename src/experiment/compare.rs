//! A variant against the baseline under a metric, paired by work item.

use super::evaluation::Comparison;
use super::figures::{Kinds, MetricAt, is_decided, number, whole};
use super::labels::{LabelCase, LabelFigure};
use super::sheet::{LabelSheet, MISSING, MarkBook, NumberSheet, Sheet};
use crate::config::MetricKind;
use crate::stats::{Bootstrap, McNemar, pairs_for_means, pairs_for_shares, resample_counts, standard_deviation};

/// The words of a comparison's tests.
const MCNEMAR: &str = "mid-p McNemar";
const BOOTSTRAP: &str = "paired bootstrap";

/// The chance with which the work items that are said to be missing would settle a comparison.
const POWER: f64 = 0.8;

/// A comparison, and what more is known of it.
pub(super) struct Compared {
    pub(super) comparison: Comparison,
    /// Whether the variant or the baseline leaves out answers that are missing.
    pub(super) left_out: LeftOut,
    /// The pairs that differ.
    differing: u64,
    spread: Spread,
}

/// Who has answers that are missing and not in its value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LeftOut {
    pub(super) variant: u64,
    pub(super) baseline: u64,
}

/// What the number of work items that a difference needs is worked out from.
#[derive(Clone, Copy)]
enum Spread {
    Unknown,
    /// The shares of pairs in which one alone is right.
    Shares(f64, f64),
    /// The standard deviation of the differences.
    Deviation(f64),
}

impl Compared {
    /// How many more work items would show the difference seen, tested at `alpha`.
    pub(super) fn more_items(&self, alpha: f64) -> Option<u64> {
        let needed = match self.spread {
            Spread::Unknown => None,
            Spread::Shares(variant, baseline) => pairs_for_shares(variant, baseline, alpha, POWER),
            Spread::Deviation(deviation) => pairs_for_means(self.comparison.difference?, deviation, alpha, POWER),
        };
        let needed = needed?.max(self.least_items(alpha)?);
        Some(needed.saturating_sub(self.comparison.n).max(1))
    }

    /// The fewest work items of which so many differ, at the present share, that the test can give a p below `alpha`
    /// at all: the least of mid-p McNemar with m of them is 2⁻ᵐ, that of a bootstrap 2¹⁻ᵐ.
    fn least_items(&self, alpha: f64) -> Option<u64> {
        let least = |m: u32| {
            let halves = if self.comparison.test == MCNEMAR { m } else { m.saturating_sub(1) };
            0.5_f64.powi(i32::try_from(halves).unwrap_or(i32::MAX))
        };
        let differing = u64::from((1..=1100).find(|m| least(*m) < alpha)?);
        (self.differing > 0).then(|| (differing * self.comparison.n).div_ceil(self.differing))
    }
}

/// Compares the variant with the baseline, each an index of the book and a name.
pub(super) fn compare(book: &MarkBook, at: MetricAt<'_>, variant: (usize, &str), baseline: (usize, &str)) -> Compared {
    let blank = Comparison {
        variant: variant.1.to_owned(),
        baseline: baseline.1.to_owned(),
        metric: at.metric.name.clone(),
        difference: None,
        low: None,
        high: None,
        test: if at.is_binary { MCNEMAR } else { BOOTSTRAP }.to_owned(),
        n: 0,
        only_variant: None,
        only_baseline: None,
        p: None,
        adjusted_p: None,
        verdict: None,
        more_items: None,
        reason: None,
        undefined: None,
    };
    let blank = Compared { comparison: blank, left_out: LeftOut::default(), differing: 0, spread: Spread::Unknown };
    let mut compared = match (book.sheet(variant.0, at.index), book.sheet(baseline.0, at.index)) {
        (Some(Sheet::Numbers(a)), Some(Sheet::Numbers(b))) => of_numbers((a, b), at, blank),
        (Some(Sheet::Labels(a)), Some(Sheet::Labels(b))) => of_labels((a, b), book.labels(at.index), at, blank),
        _ => blank,
    };
    if compared.comparison.n == 0 {
        compared.comparison.undefined = Some("no work item has a value under both".to_owned());
    }
    compared
}

fn of_numbers((a, b): (&NumberSheet, &NumberSheet), at: MetricAt<'_>, mut compared: Compared) -> Compared {
    let mut pairs = Vec::new();
    for place in 0..a.len().min(b.len()) {
        let (Some(of_a), Some(of_b)) = (a.item(place), b.item(place)) else { continue };
        match (of_a.value, of_b.value) {
            (Some(of_a), Some(of_b)) => pairs.push((of_a, of_b)),
            (of_a, of_b) => {
                compared.left_out.variant += u64::from(of_a.is_none());
                compared.left_out.baseline += u64::from(of_b.is_none());
            }
        }
    }
    compared.comparison.n = pairs.len() as u64;
    if at.is_rmse() { of_roots(&pairs, at, compared) } else { of_means(&pairs, at, compared) }
}

fn of_means(pairs: &[(f64, f64)], at: MetricAt<'_>, compared: Compared) -> Compared {
    let Compared { mut comparison, left_out, .. } = compared;
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
    let differing = differences.iter().filter(|it| it.abs() > 0.0).count() as u64;
    let settings = at.settings(&[&comparison.variant, &comparison.baseline]);
    let bootstrap = Bootstrap::of(&differences, &settings);
    comparison.difference = bootstrap.map(|it| it.mean);
    comparison.low = bootstrap.map(|it| it.interval.low);
    comparison.high = bootstrap.map(|it| it.interval.high);
    let spread = if at.is_binary {
        let count = |of: &dyn Fn(f64) -> bool| differences.iter().filter(|it| of(**it)).count();
        let (only_variant, only_baseline) = (count(&|it| it > 0.5), count(&|it| it < -0.5));
        let (b, c) = (only_variant as u64, only_baseline as u64);
        (comparison.only_variant, comparison.only_baseline) = (Some(b), Some(c));
        comparison.p = McNemar { b, c }.mid_p();
        let n = number(pairs.len()).max(1.0);
        Spread::Shares(number(only_variant) / n, number(only_baseline) / n)
    } else {
        comparison.p = bootstrap.map(|it| it.p);
        standard_deviation(&differences).map_or(Spread::Unknown, Spread::Deviation)
    };
    Compared { comparison, left_out, differing, spread }
}

/// The difference of two root mean squares: of squares, since these are what pairs have.
fn of_roots(pairs: &[(f64, f64)], at: MetricAt<'_>, compared: Compared) -> Compared {
    let Compared { mut comparison, left_out, .. } = compared;
    let mut kinds = Kinds::default();
    for (a, b) in pairs {
        kinds.add((a.to_bits(), b.to_bits()));
    }
    let root = |sum: f64| (sum.max(0.0) / number(pairs.len()).max(1.0)).sqrt();
    let settings = at.settings(&[&comparison.variant, &comparison.baseline]);
    let differing = pairs.iter().filter(|(a, b)| (a - b).abs() > 0.0).count() as u64;
    let found = resample_counts(&kinds.counts, differing, &settings, |counts| {
        let (mut of_a, mut of_b) = (0.0, 0.0);
        for ((a, b), count) in kinds.all.iter().zip(counts) {
            of_a += f64::from_bits(*a) * whole(*count);
            of_b += f64::from_bits(*b) * whole(*count);
        }
        Some(root(of_a) - root(of_b))
    });
    let spread = fill(&mut comparison, found);
    Compared { comparison, left_out, differing, spread }
}

fn of_labels((a, b): (&LabelSheet, &LabelSheet), names: &[String], at: MetricAt<'_>, compared: Compared) -> Compared {
    let Compared { mut comparison, mut left_out, .. } = compared;
    let leaves_out = matches!(at.metric.kind, MetricKind::Precision { .. });
    let mut kinds = Kinds::default();
    let mut differing = 0;
    for place in 0..a.len().min(b.len()) {
        let (Some((gold, of_a)), Some((_, of_b))) = (a.item(place), b.item(place)) else { continue };
        if !is_decided(of_a) || !is_decided(of_b) {
            continue;
        }
        comparison.n += 1;
        left_out.variant += u64::from(leaves_out && of_a.contains(&MISSING));
        left_out.baseline += u64::from(leaves_out && of_b.contains(&MISSING));
        let (of_a, of_b) = (LabelCase::of(gold, of_a), LabelCase::of(gold, of_b));
        differing += u64::from(of_a != of_b);
        kinds.add((of_a, of_b));
    }
    let mut figures = [LabelFigure::new(&at.metric.kind, names), LabelFigure::new(&at.metric.kind, names)];
    let settings = at.settings(&[&comparison.variant, &comparison.baseline]);
    let found = resample_counts(&kinds.counts, differing, &settings, |counts| {
        let [of_a, of_b] = &mut figures;
        let drawn = || kinds.all.iter().zip(counts).filter(|(_, count)| **count > 0);
        let of_a = of_a.value(drawn().map(|((a, _), count)| (a, whole(*count))))?;
        let of_b = of_b.value(drawn().map(|((_, b), count)| (b, whole(*count))))?;
        Some(of_a - of_b)
    });
    if found.is_none() {
        comparison.undefined = figures.first().map(LabelFigure::undefined);
    }
    let spread = fill(&mut comparison, found);
    Compared { comparison, left_out, differing, spread }
}

/// Takes the figures of a bootstrap. The spread of one item is that of the whole, which falls with the root of n.
fn fill(comparison: &mut Comparison, found: Option<crate::stats::CountsBootstrap>) -> Spread {
    let Some(found) = found else { return Spread::Unknown };
    comparison.difference = Some(found.value);
    comparison.low = Some(found.interval.low);
    comparison.high = Some(found.interval.high);
    comparison.p = Some(found.p);
    let error = (found.interval.high - found.interval.low) / (2.0 * 1.96);
    Spread::Deviation(error * whole(comparison.n).sqrt())
}
