//! Random numbers that are the same for a seed on every machine.

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
    pub(super) fn heads(&mut self, n: u64) -> u64 {
        let whole: u64 = (0..n / 64).map(|_| u64::from(self.bits().count_ones())).sum();
        match n % 64 {
            0 => whole,
            rest => whole + u64::from((self.bits() >> (64 - rest)).count_ones()),
        }
    }

    /// A number X ~ Bin(n, part / whole), exactly. `part` is at most `whole`, which is below 2⁶³.
    ///
    /// Each of the n trials is a random real between 0 and 1, of which only as many binary digits are drawn as it takes to
    /// tell it from the probability. Those that are still equal to it after a digit are counted, not kept: on the whole
    /// about 2 n bits.
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
        for (n, part, whole) in [(10, 1, 3), (1000, 1, 1000), (300, 255, 256), (64, 1, 2), (5000, 3, 7)] {
            let drawn: Vec<f64> =
                (0..4000).map(|_| super::super::whole::number(random.binomial(n, part, whole))).collect();
            let share = super::super::whole::number(part) / super::super::whole::number(whole);
            let (mean, variance) =
                (super::super::whole::number(n) * share, super::super::whole::number(n) * share * (1.0 - share));
            let seen = drawn.iter().sum::<f64>() / 4000.0;
            let spread = drawn.iter().map(|it| (it - seen) * (it - seen)).sum::<f64>() / 4000.0;
            assert!((seen - mean).abs() < 4.0 * (variance / 4000.0).sqrt(), "{n} {part}/{whole}: {seen} for {mean}");
            assert!((spread / variance - 1.0).abs() < 0.15, "{n} {part}/{whole}: {spread} for {variance}");
        }
        assert_eq!(random.binomial(9, 3, 3), 9);
        assert_eq!(random.binomial(9, 0, 3), 0);
        assert_eq!(random.binomial(0, 1, 3), 0);
    }
}
