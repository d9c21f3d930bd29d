//! p values of a family of tests, adjusted.

use super::whole::length;

/// Holm's adjusted p values, in the order given. They bound the chance of one false discovery in the whole family,
/// whatever the tests have to do with each other.
///
/// A missing p value (`None`, or what is not within 0 and 1) stays missing, and is no member of the family: it is
/// dropped before the others are counted. (statsmodels counts it.) An adjusted p is compared with alpha as `p < alpha`.
///
/// Holm, *A simple sequentially rejective multiple test procedure* (1979).
#[must_use]
pub fn holm(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let order = ascending(p);
    let family = length(&order);
    let mut adjusted = vec![None; p.len()];
    let (mut highest, mut left) = (0.0_f64, family);
    for (place, p) in order {
        highest = highest.max((p * left).min(1.0));
        left -= 1.0;
        set(&mut adjusted, place, highest);
    }
    adjusted
}

/// Benjamini and Hochberg's adjusted p values, in the order given: they bound the expected share of false discoveries.
/// Missing p values are dropped as in [`holm`].
///
/// Benjamini and Hochberg, *Controlling the false discovery rate* (1995).
#[must_use]
pub fn benjamini_hochberg(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let order = ascending(p);
    let family = length(&order);
    let mut adjusted = vec![None; p.len()];
    let (mut lowest, mut rank) = (1.0_f64, family);
    for (place, p) in order.into_iter().rev() {
        lowest = lowest.min(p * family / rank);
        rank -= 1.0;
        set(&mut adjusted, place, lowest);
    }
    adjusted
}

/// The p values that are there, the smallest first, each with its place.
fn ascending(p: &[Option<f64>]) -> Vec<(usize, f64)> {
    let there = p.iter().enumerate().filter_map(|(place, p)| Some((place, (*p)?)));
    let mut order: Vec<(usize, f64)> = there.filter(|(_, p)| (0.0..=1.0).contains(p)).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    order
}

fn set(adjusted: &mut [Option<f64>], place: usize, p: f64) {
    if let Some(at) = adjusted.get_mut(place) {
        *at = Some(p);
    }
}
