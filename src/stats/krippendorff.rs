//! Krippendorff's alpha: the agreement of any number of raters, of whom each may have left out items.

use std::collections::BTreeMap;

use super::whole::{length, number};

/// What a difference of two ratings means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Names: ratings are equal or not.
    Nominal,
    /// Ranks: how many ratings lie between two.
    Ordinal,
    /// Numbers: their difference.
    Interval,
    /// Numbers from a true 0: their difference relative to their sum.
    Ratio,
}

/// Krippendorff's alpha. Each item has its ratings, in any order and however many; who gave them does not matter. Items
/// with fewer than two are left out. 1 is full agreement, 0 what chance would give, below 0 less than that.
///
/// `None` where no item has two ratings, where all ratings are the same value (0/0), where a rating is NaN or infinite,
/// and at the level of ratios where one is negative. The time grows with the ratings, at the level of ratios with the
/// square of the number of distinct ones too.
///
/// Krippendorff, *Content Analysis* (4th edition, 2018), chapter 12. At the ordinal level the count of ratings between
/// two is the difference of their mid-ranks, so that it is an interval level over ranks.
#[must_use]
pub fn krippendorff_alpha<I: AsRef<[f64]>>(items: &[I], level: Level) -> Option<f64> {
    let rated: Vec<&[f64]> = items.iter().map(AsRef::as_ref).filter(|it| it.len() > 1).collect();
    let mut all: Vec<f64> = rated.iter().flat_map(|it| it.iter()).map(|it| it + 0.0).collect();
    if all.iter().any(|it| !it.is_finite() || (level == Level::Ratio && *it < 0.0)) {
        return None;
    }
    all.sort_by(f64::total_cmp);
    let values = Values::of(&all, level);
    let mut seen = 0.0;
    for ratings in rated {
        let places: Option<Vec<usize>> = ratings.iter().map(|it| values.place(*it)).collect();
        let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
        places?.into_iter().for_each(|it| *counts.entry(it).or_default() += 1);
        let counts: Vec<(usize, u64)> = counts.into_iter().collect();
        seen += values.disagreement(&counts) / (length(ratings) - 1.0);
    }
    let every: Vec<(usize, u64)> = values.counts.iter().copied().enumerate().collect();
    let by_chance = values.disagreement(&every);
    (values.distinct.len() > 1 && by_chance > 0.0).then(|| 1.0 - (length(&all) - 1.0) * seen / by_chance)
}

/// Krippendorff's alpha of labels, at the nominal level.
#[must_use]
pub fn krippendorff_of_labels<T: Ord, I: AsRef<[T]>>(items: &[I]) -> Option<f64> {
    let mut places: BTreeMap<&T, f64> = items.iter().flat_map(AsRef::as_ref).map(|it| (it, 0.0)).collect();
    let mut place = 0.0;
    for it in places.values_mut() {
        *it = place;
        place += 1.0;
    }
    let numbers = |item: &I| item.as_ref().iter().filter_map(|it| places.get(it).copied()).collect();
    let items: Vec<Vec<f64>> = items.iter().map(numbers).collect();
    krippendorff_alpha(&items, Level::Nominal)
}

/// The distinct ratings, how often each is there, and where each stands on the scale.
struct Values {
    distinct: Vec<f64>,
    counts: Vec<u64>,
    scale: Vec<f64>,
    level: Level,
}

impl Values {
    fn of(sorted: &[f64], level: Level) -> Self {
        let mut values = Self { distinct: Vec::new(), counts: Vec::new(), scale: Vec::new(), level };
        let (least, most) = (sorted.first().copied().unwrap_or_default(), sorted.last().copied().unwrap_or_default());
        let mut before = 0.0;
        for run in sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
            let value = run.first().copied().unwrap_or_default();
            values.distinct.push(value);
            values.counts.push(run.len() as u64);
            values.scale.push(match level {
                Level::Ordinal => before + length(run) / 2.0,
                // Relative to the range, so that squares neither overflow nor cancel.
                Level::Interval => (value / 2.0 - least / 2.0) / (most / 2.0 - least / 2.0),
                Level::Nominal | Level::Ratio => value,
            });
            before += length(run);
        }
        values
    }

    fn place(&self, value: f64) -> Option<usize> {
        self.distinct.binary_search_by(|it| it.total_cmp(&(value + 0.0))).ok()
    }

    /// The sum of the squared distances of all ordered pairs of ratings, given as places and how often each is there.
    fn disagreement(&self, counts: &[(usize, u64)]) -> f64 {
        let all: u64 = counts.iter().map(|it| it.1).sum();
        let value = |place: usize| self.scale.get(place).copied().unwrap_or_default();
        match self.level {
            Level::Nominal => {
                let same: f64 = counts.iter().map(|it| number(it.1) * number(it.1)).sum();
                number(all) * number(all) - same
            }
            Level::Ordinal | Level::Interval => {
                let mean = counts.iter().map(|it| number(it.1) * value(it.0)).sum::<f64>() / number(all);
                let squares = counts.iter().map(|it| number(it.1) * (value(it.0) - mean) * (value(it.0) - mean));
                2.0 * number(all) * squares.sum::<f64>()
            }
            Level::Ratio => {
                let pairs = counts.iter().enumerate().flat_map(|(at, a)| {
                    counts
                        .iter()
                        .take(at)
                        .map(move |b| 2.0 * number(a.1) * number(b.1) * relative(value(a.0), value(b.0)))
                });
                pairs.sum()
            }
        }
    }
}

/// The squared difference of two ratings relative to their sum; they are not negative, and not both 0.
fn relative(a: f64, b: f64) -> f64 {
    let share = (a / 2.0 - b / 2.0) / (a / 2.0 + b / 2.0);
    share * share
}
