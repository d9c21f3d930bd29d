//! The agreement of two raters, and of a fixed number of raters: Cohen's and Fleiss' kappa.

use std::collections::BTreeMap;

use super::whole::{length, number};

/// How much a disagreement counts, by how far two labels are apart in the order of all labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Each the same.
    None,
    /// |i − j|.
    Linear,
    /// (i − j)².
    Quadratic,
}

/// The share of pairs whose two labels are equal; `None` of no pairs.
#[must_use]
pub fn percent_agreement<T: PartialEq>(pairs: &[(T, T)]) -> Option<f64> {
    let same = pairs.iter().filter(|(a, b)| a == b).count();
    (!pairs.is_empty()).then(|| number(same as u64) / length(pairs))
}

/// Cohen's kappa of two raters; each pair has the two labels of an item. Items that one of them did not rate are left
/// out by the caller. 1 is full agreement, 0 what chance would give, −1 the least there can be.
///
/// `None` of no pairs, and where both say one and the same label throughout (0/0). Weights count the places of labels
/// in the ascending order of all that either used, not their values, as in scikit-learn.
///
/// Cohen, *A coefficient of agreement for nominal scales* (1960) and *Weighted kappa* (1968).
#[must_use]
pub fn cohen_kappa<T: Ord>(pairs: &[(T, T)], weights: Weights) -> Option<f64> {
    let mut places: BTreeMap<&T, usize> = pairs.iter().flat_map(|(a, b)| [(a, 0), (b, 0)]).collect();
    places.values_mut().zip(0..).for_each(|(place, at)| *place = at);
    // How often each label is used by the first and the second.
    let mut used = vec![(0_u64, 0_u64); places.len()];
    let distance = |a: usize, b: usize| {
        let apart = number(a.abs_diff(b) as u64);
        match weights {
            Weights::None => apart.min(1.0),
            Weights::Linear => apart,
            Weights::Quadratic => apart * apart,
        }
    };
    let mut seen = 0.0;
    for (a, b) in pairs {
        let (a, b) = (places.get(a).copied()?, places.get(b).copied()?);
        used.get_mut(a)?.0 += 1;
        used.get_mut(b)?.1 += 1;
        seen += distance(a, b);
    }
    let by_chance = chance_distance(&used, length(pairs), weights);
    (by_chance > 0.0).then(|| 1.0 - seen * length(pairs) / by_chance)
}

/// The sum of the distances of every rating of the first with every one of the second, `n` of each; `used` has how
/// often each of them used each label, in the order of labels.
fn chance_distance(used: &[(u64, u64)], n: f64, weights: Weights) -> f64 {
    let (mut same, mut across) = (0.0, 0.0);
    // The ratings so far, and the sums of their places and squared places.
    let (mut first, mut second) = ([0.0; 3], [0.0; 3]);
    for ((a, b), place) in used.iter().map(|(a, b)| (number(*a), number(*b))).zip(0..) {
        let place = number(place);
        same += a * b;
        for (sums, count) in [(&mut first, a), (&mut second, b)] {
            sums[0] += count;
            sums[1] += count * place;
            sums[2] += count * place * place;
        }
        // Two places are as far apart as there are borders between labels between them.
        across += first[0] * (n - second[0]) + (n - first[0]) * second[0];
    }
    match weights {
        Weights::None => n * n - same,
        Weights::Linear => across,
        Weights::Quadratic => n * first[2] + n * second[2] - 2.0 * first[1] * second[1],
    }
}

/// Fleiss' kappa: a row for each item with how many raters gave it each label. All items have the same number of
/// ratings, at least two, by any raters.
///
/// `None` of no items, of different numbers of ratings, and where all ratings are one label (0/0).
///
/// Fleiss, *Measuring nominal scale agreement among many raters* (1971).
#[must_use]
pub fn fleiss_kappa<R: AsRef<[u64]>>(items: &[R]) -> Option<f64> {
    let ratings: u64 = items.first()?.as_ref().iter().sum();
    let (n, raters) = (length(items), number(ratings));
    let mut of_labels: Vec<f64> = Vec::new();
    let mut seen = 0.0;
    for item in items.iter().map(AsRef::as_ref) {
        if item.iter().sum::<u64>() != ratings || ratings < 2 {
            return None;
        }
        of_labels.resize(of_labels.len().max(item.len()), 0.0);
        of_labels.iter_mut().zip(item).for_each(|(sum, count)| *sum += number(*count));
        let same: f64 = item.iter().map(|it| number(*it) * (number(*it) - 1.0)).sum();
        seen += same / (raters * (raters - 1.0));
    }
    let seen = seen / n;
    let by_chance: f64 = of_labels.iter().map(|it| (it / (n * raters)) * (it / (n * raters))).sum();
    let one_label = of_labels.iter().filter(|it| **it > 0.0).count() < 2;
    (!one_label).then(|| (seen - by_chance) / (1.0 - by_chance))
}
