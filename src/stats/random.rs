//! Random numbers that are the same for a seed on every machine.

use std::sync::LazyLock;

use super::normal::half_binomial;
use super::whole::{length, number};

/// xoshiro256++ of Blackman and Vigna, *Scrambled linear pseudorandom number generators* (2021), its state filled from
/// the seed by `SplitMix64`, as they advise.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: [u64; 4],
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        let mut at = seed;
        Self { state: std::array::from_fn(|_| split_mix(&mut at)) }
    }

    /// 64 random bits.
    #[inline]
    pub(super) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// How many of `n` fair coins show heads.
    fn heads(&mut self, n: u64) -> u64 {
        let (mut heads, mut left) = (0, n);
        for coins in [&*MANY_COINS, &*SOME_COINS] {
            while left >= coins.count {
                heads += coins.heads(self);
                left -= coins.count;
            }
        }
        while left >= 64 {
            heads += u64::from(self.bits().count_ones());
            left -= 64;
        }
        match left {
            0 => heads,
            left => heads + u64::from((self.bits() >> (64 - left)).count_ones()),
        }
    }

    /// A number X ~ Bin(n, part / whole). `part` is at most `whole`, which is below 2⁶³.
    ///
    /// Each of the n trials is a random real between 0 and 1, of which only as many binary digits are drawn as it takes
    /// to tell it from the probability. The trials that are still equal to it after a digit are counted, not kept, so
    /// that about 2 n coins are thrown on the whole, thousands at a time.
    pub(super) fn binomial(&mut self, n: u64, part: u64, whole: u64) -> u64 {
        if part >= whole {
            return n;
        }
        let (mut successes, mut equal, mut rest) = (0, n, part);
        while equal > 0 && rest > 0 {
            let ones = self.heads(equal);
            // The next digit of part / whole is 1 where twice the rest reaches the whole.
            rest *= 2;
            if rest >= whole {
                rest -= whole;
                successes += equal - ones;
                equal = ones;
            } else {
                equal -= ones;
            }
        }
        successes
    }
}

fn split_mix(at: &mut u64) -> u64 {
    *at = at.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*at ^ (*at >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

static MANY_COINS: LazyLock<Coins> = LazyLock::new(|| Coins::new(12));
static SOME_COINS: LazyLock<Coins> = LazyLock::new(|| Coins::new(8));

/// Throws 2ᵏ − 1 fair coins at once: the number of heads by Walker's alias method, as Vose builds it, *A linear
/// algorithm for generating random numbers with a given distribution* (1991).
struct Coins {
    count: u64,
    index_bits: u32,
    columns: Vec<Column>,
}

/// An outcome, kept where the random number is below `limit`, and the outcome that it is else.
#[derive(Clone, Copy)]
struct Column {
    limit: u64,
    other: u64,
}

impl Coins {
    fn new(index_bits: u32) -> Self {
        let count = (1 << index_bits) - 1;
        let resolution = libm::exp2(f64::from(u64::BITS - index_bits));
        let mut shares: Vec<f64> = (0..=count).map(|k| half_binomial(number(k), number(count))).collect();
        let columns = length(&shares);
        for share in &mut shares {
            *share *= columns;
        }
        let places = || (0_u64..).zip(&shares).map(|(place, share)| (place, *share));
        let mut small: Vec<(u64, f64)> = places().filter(|it| it.1 < 1.0).collect();
        let mut large: Vec<(u64, f64)> = places().filter(|it| it.1 >= 1.0).collect();
        let mut found = vec![Column { limit: u64::MAX, other: 0 }; shares.len()];
        while let (Some((place, share)), Some((giver, left))) = (small.pop(), large.pop()) {
            let column = usize::try_from(place).ok().and_then(|it| found.get_mut(it));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within 0 and 2⁵⁶")]
            if let Some(column) = column {
                *column = Column { limit: (share * resolution) as u64, other: giver };
            }
            let left = left - (1.0 - share);
            if left < 1.0 { small.push((giver, left)) } else { large.push((giver, left)) }
        }
        Self { count, index_bits, columns: found }
    }

    #[inline]
    fn heads(&self, random: &mut Random) -> u64 {
        let bits = random.bits();
        let place = bits & self.count;
        let column = usize::try_from(place).ok().and_then(|it| self.columns.get(it));
        column.map_or(place, |it| if bits >> self.index_bits < it.limit { place } else { it.other })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generators_give_their_published_numbers() {
        let mut at = 1_234_567;
        let mixed: Vec<u64> = (0..3).map(|_| split_mix(&mut at)).collect();
        assert_eq!(mixed, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
        let mut random = Random { state: [1, 2, 3, 4] };
        let bits: Vec<u64> = (0..4).map(|_| random.bits()).collect();
        assert_eq!(bits, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn binomial_numbers_have_their_mean_and_variance() {
        let mut random = Random::new(7);
        let trials =
            [(10, 1, 3), (1000, 1, 1000), (255, 1, 2), (300, 255, 256), (64, 1, 2), (5000, 3, 7), (9000, 1, 2)];
        for (n, part, whole) in trials {
            let drawn: Vec<f64> = (0..4000).map(|_| number(random.binomial(n, part, whole))).collect();
            let share = number(part) / number(whole);
            let (mean, variance) = (number(n) * share, number(n) * share * (1.0 - share));
            let seen = drawn.iter().sum::<f64>() / 4000.0;
            let spread = drawn.iter().map(|it| (it - seen) * (it - seen)).sum::<f64>() / 4000.0;
            assert!((seen - mean).abs() < 4.0 * (variance / 4000.0).sqrt(), "{n} {part}/{whole}: {seen} for {mean}");
            assert!((spread / variance - 1.0).abs() < 0.15, "{n} {part}/{whole}: {spread} for {variance}");
        }
        assert_eq!(random.binomial(9, 3, 3), 9);
        assert_eq!(random.binomial(9, 0, 3), 0);
        assert_eq!(random.binomial(0, 1, 3), 0);
    }

    #[test]
    fn a_throw_of_coins_has_the_binomial_distribution() {
        for coins in [&*MANY_COINS, &*SOME_COINS] {
            // What each outcome has of all columns, its own and those that it is the other of.
            let mut shares = vec![0.0; coins.columns.len()];
            let resolution = libm::exp2(f64::from(u64::BITS - coins.index_bits));
            for (place, column) in coins.columns.iter().enumerate() {
                let kept = (number(column.limit) / resolution).min(1.0);
                shares[place] += kept;
                shares[usize::try_from(column.other).unwrap()] += 1.0 - kept;
            }
            for (k, share) in (0..).zip(shares) {
                let expected = half_binomial(number(k), number(coins.count));
                assert!((share / length(&coins.columns) - expected).abs() < 1e-13, "{k}: {share} for {expected}");
            }
        }
    }
}
