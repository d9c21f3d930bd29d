//! The bootstrap: how far a figure would vary if other items of the same kind had been drawn.

use super::describe::quantile;
use super::exact;
use super::random::Random;
use super::resample::Resampler;
use super::whole::{length, number};
use super::wilson::Interval;

/// Numbers are taken to this many units of the greatest of them: about twelve decimal digits.
const UNITS: f64 = 1e12;

/// What rounding leaves of a difference of equal figures, as a share of the greatest difference.
const ROUNDING: f64 = 1e-10;

/// How a bootstrap is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapSettings {
    /// How often items are drawn, where the exact distribution takes too long.
    pub resamples: u32,
    /// The confidence level of the interval, between 0 and 1.
    pub level: f64,
    pub seed: u64,
}

impl Default for BootstrapSettings {
    fn default() -> Self {
        Self { resamples: 10_000, level: 0.95, seed: 0 }
    }
}

/// What a bootstrap distribution is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// All possible draws.
    Exact,
    /// So many draws.
    Resampled(u32),
}

/// The bootstrap of a mean: of paired differences, or of the scores of one system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// The mean of the numbers.
    pub mean: f64,
    /// The percentile interval: the quantiles of the distribution of means, each the smallest mean whose cumulative
    /// probability reaches it.
    pub interval: Interval,
    /// The two-sided p for a mean of 0, above 0 and at most 1.
    pub p: f64,
    /// The standard deviation of the distribution of means.
    pub standard_error: f64,
    pub n: u64,
    pub sampling: Sampling,
}

impl Bootstrap {
    /// Draws n of the n numbers with replacement, again and again, and takes the mean of each draw. The two scores of
    /// an item stay together, since what is drawn is their difference. `None` of no numbers, of a number that is NaN or
    /// infinite, of no resamples, or of a level that is not between 0 and 1.
    ///
    /// Where there are few numbers or few different ones, the distribution is worked out and no number is drawn. Else
    /// equal numbers are drawn together: how many of each is a multinomial number. Numbers are taken to twelve digits
    /// of the greatest, so that 0.3 − 0.2 and 0.4 − 0.3 are equal and sums are exact; and a sum that is no further from
    /// 0 than that rounding can bring it is 0, such as that of 1/3, 1/3 and −2/3.
    ///
    /// p is min(1, 2 min(P(mean ≤ 0), P(mean ≥ 0))), each of draws counted as (1 + how many) / (1 + resamples), so that
    /// an interval that leaves out 0 goes with a small p; and at least 2¹⁻ᵐ for m numbers that are not 0, which is what
    /// their signs alone would give at best. So it is never 0.
    ///
    /// Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), chapters 13 and 15; the added 1 is Davison and
    /// Hinkley's, *Bootstrap Methods and their Application* (1997), section 4.2.
    #[must_use]
    pub fn of(values: &[f64], settings: &BootstrapSettings) -> Option<Self> {
        check(settings)?;
        let units = Units::of(values)?;
        let distinct = units.distinct();
        let (distribution, sampling) = match exact::sums(&distinct) {
            Some(sums) => (Distribution::Exact(sums), Sampling::Exact),
            None => (units.draw(settings)?, Sampling::Resampled(settings.resamples)),
        };
        let distribution = distribution.level(units.rounding());
        let to_mean = |sum: i64| units.shown(whole(sum) / (length(values) * units.in_one));
        let (low, high) = (tail(settings), 1.0 - tail(settings));
        let differing = units.sorted.iter().filter(|it| **it != 0).count() as u64;
        Some(Self {
            mean: units.mean(values),
            interval: Interval {
                low: to_mean(distribution.quantile(low)?),
                high: to_mean(distribution.quantile(high)?),
            },
            p: distribution.p().max(least_p(differing)),
            standard_error: units.standard_error(),
            n: values.len() as u64,
            sampling,
        })
    }
}

fn check(settings: &BootstrapSettings) -> Option<()> {
    (settings.level > 0.0 && settings.level < 1.0 && settings.resamples > 0).then_some(())
}

fn tail(settings: &BootstrapSettings) -> f64 {
    (1.0 - settings.level) / 2.0
}

/// The smallest two-sided p that the signs of so many differences can give.
fn least_p(differing: u64) -> f64 {
    libm::exp2(1.0 - number(differing)).clamp(f64::MIN_POSITIVE, 1.0)
}

/// 2 min of both tails, which are shares of draws.
fn two_sided(at_most: u64, at_least: u64, draws: u64) -> f64 {
    (2.0 * (number(at_most.min(at_least)) + 1.0) / (number(draws) + 1.0)).min(1.0)
}

/// Numbers as whole multiples of a unit.
struct Units {
    sorted: Vec<i64>,
    /// How many units are in 1.
    in_one: f64,
    /// Whether the numbers had no more digits than are kept.
    is_exact: bool,
}

impl Units {
    fn of(values: &[f64]) -> Option<Self> {
        let greatest = values.iter().try_fold(0.0_f64, |most, it| it.is_finite().then(|| most.max(it.abs())))?;
        // The sum of all stays within 64 bits.
        let most = UNITS.min(9e18 / length(values));
        let mut in_one = 1.0;
        while greatest > 0.0 && greatest * in_one * 10.0 <= most && in_one < 1e300 {
            in_one *= 10.0;
        }
        while greatest * in_one > most {
            in_one /= 10.0;
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is at most 10¹²")]
        let mut sorted: Vec<i64> = values.iter().map(|it| libm::round(it * in_one) as i64).collect();
        sorted.sort_unstable();
        let is_exact = values.iter().all(|it| (it * in_one - libm::round(it * in_one)).abs() < 1e-3);
        (!sorted.is_empty()).then_some(Self { sorted, in_one, is_exact })
    }

    /// The mean of `values`, which are the numbers.
    fn mean(&self, values: &[f64]) -> f64 {
        let total: i64 = self.sorted.iter().sum();
        if self.is_exact {
            return whole(total) / (length(values) * self.in_one);
        }
        if total.abs() <= self.rounding() {
            return 0.0;
        }
        // In one order, whatever theirs is.
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values.iter().sum::<f64>() / length(&values)
    }

    /// A mean of a draw without the digits that are rounding alone.
    fn shown(&self, mean: f64) -> f64 {
        let digits = self.in_one / 10.0;
        if self.is_exact { mean } else { libm::round(mean * digits) / digits }
    }

    /// Each different number with how often it is there, in ascending order.
    fn distinct(&self) -> Vec<(i64, u64)> {
        self.sorted.chunk_by(|a, b| a == b).filter_map(|run| Some((*run.first()?, run.len() as u64))).collect()
    }

    fn standard_error(&self) -> f64 {
        let n = length(&self.sorted);
        let mean = whole(self.sorted.iter().sum()) / n;
        let squares: f64 = self.sorted.iter().map(|it| (whole(*it) - mean) * (whole(*it) - mean)).sum();
        libm::sqrt(squares) / (n * self.in_one)
    }

    /// How far the sum of a draw may be off: half a unit for each number, where numbers had more digits than are kept.
    fn rounding(&self) -> i64 {
        i64::try_from(self.sorted.len().div_ceil(2)).unwrap_or(i64::MAX)
    }

    fn draw(&self, settings: &BootstrapSettings) -> Option<Distribution> {
        let resampler = Resampler::new(self.sorted.clone())?;
        let mut random = Random::new(settings.seed);
        let draw = |_| {
            let mut sum = 0_i64;
            resampler.draw(&mut random, &mut |item, times| sum += item * times.cast_signed());
            sum
        };
        let mut sums: Vec<i64> = (0..settings.resamples).map(draw).collect();
        sums.sort_unstable();
        Some(Distribution::Drawn(sums))
    }
}

/// The sums of all draws, in ascending order.
enum Distribution {
    /// Each with its probability.
    Exact(Vec<(i64, f64)>),
    Drawn(Vec<i64>),
}

impl Distribution {
    /// Takes sums that are at most `rounding` away from 0 as 0.
    fn level(mut self, rounding: i64) -> Self {
        let to_zero = |sum: &mut i64| {
            if sum.abs() <= rounding {
                *sum = 0;
            }
        };
        match &mut self {
            Self::Exact(sums) => sums.iter_mut().for_each(|(sum, _)| to_zero(sum)),
            Self::Drawn(sums) => sums.iter_mut().for_each(to_zero),
        }
        self
    }

    fn quantile(&self, share: f64) -> Option<i64> {
        match self {
            Self::Drawn(sums) => quantile(sums, share),
            Self::Exact(sums) => {
                let mut below = 0.0;
                let reaches = |(_, probability): &&(i64, f64)| {
                    below += probability;
                    below >= share - 1e-12
                };
                sums.iter().find(reaches).or(sums.last()).map(|it| it.0)
            }
        }
    }

    fn p(&self) -> f64 {
        match self {
            Self::Drawn(sums) => {
                let at_most = sums.partition_point(|it| *it <= 0) as u64;
                let at_least = (sums.len() - sums.partition_point(|it| *it < 0)) as u64;
                two_sided(at_most, at_least, sums.len() as u64)
            }
            Self::Exact(sums) => {
                let share = |keep: fn(i64) -> bool| -> f64 { sums.iter().filter(|it| keep(it.0)).map(|it| it.1).sum() };
                (2.0 * share(|it| it <= 0).min(share(|it| it >= 0))).min(1.0)
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "16 digits are enough")]
fn whole(sum: i64) -> f64 {
    sum as f64
}

/// The bootstrap of a figure that is no mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountsBootstrap {
    /// The figure of the items as they are.
    pub value: f64,
    /// The percentile interval, over the resamples in which the figure is defined.
    pub interval: Interval,
    /// The two-sided p for a figure of 0, as in [`Bootstrap`].
    pub p: f64,
    pub n: u64,
    /// In how many resamples the figure is not defined.
    pub undefined: u32,
}

/// The bootstrap of any figure (F1, precision, a difference of two of them) of items that are counted by kind: `counts`
/// has how many items of each kind there are, a kind being all that the figure depends on (for two systems: the gold
/// label and both answers). `statistic` gets the counts of the kinds in a draw of as many items.
///
/// `differing` is the number of items on which the systems that are compared differ: p is at least 2¹⁻ᵐ for m of them.
/// `None` where the figure of the items themselves is undefined, and otherwise as in [`Bootstrap::of`].
pub fn resample_counts(
    counts: &[u64],
    differing: u64,
    settings: &BootstrapSettings,
    mut statistic: impl FnMut(&[u64]) -> Option<f64>,
) -> Option<CountsBootstrap> {
    check(settings)?;
    let mut defined = |counts: &[u64]| statistic(counts).filter(|it| it.is_finite());
    let value = defined(counts)?;
    let mut kinds = Vec::new();
    for (kind, count) in counts.iter().enumerate() {
        kinds.resize(kinds.len() + usize::try_from(*count).ok()?, kind);
    }
    let resampler = Resampler::new(kinds)?;
    let mut random = Random::new(settings.seed);
    let mut drawn = vec![0_u64; counts.len()];
    let mut figures = Vec::new();
    for _ in 0..settings.resamples {
        drawn.fill(0);
        resampler.draw(&mut random, &mut |kind, times| {
            if let Some(count) = drawn.get_mut(kind) {
                *count += times;
            }
        });
        figures.extend(defined(&drawn));
    }
    let greatest = figures.iter().fold(value.abs(), |most, it| most.max(it.abs()));
    for figure in figures.iter_mut().filter(|it| it.abs() <= greatest * ROUNDING) {
        *figure = 0.0;
    }
    figures.sort_by(f64::total_cmp);
    let at_most = figures.partition_point(|it| *it <= 0.0) as u64;
    let at_least = (figures.len() - figures.partition_point(|it| *it < 0.0)) as u64;
    let low = quantile(&figures, tail(settings))?;
    let high = quantile(&figures, 1.0 - tail(settings))?;
    let missing = u64::from(settings.resamples) - figures.len() as u64;
    Some(CountsBootstrap {
        value,
        interval: Interval { low, high },
        p: two_sided(at_most, at_least, figures.len() as u64).max(least_p(differing)),
        n: counts.iter().sum(),
        undefined: u32::try_from(missing).unwrap_or(u32::MAX),
    })
}

/// The interval of draws alone, also where the exact form would do.
#[cfg(test)]
pub(super) fn draw_for_test(values: &[f64], settings: &BootstrapSettings) -> Option<Interval> {
    let units = Units::of(values)?;
    let drawn = units.draw(settings)?;
    let end = |share| drawn.quantile(share).map(|sum| whole(sum) / (length(values) * units.in_one));
    Some(Interval { low: end(tail(settings))?, high: end(1.0 - tail(settings))? })
}
