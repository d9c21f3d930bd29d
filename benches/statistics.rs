//! The bootstrap of paired differences, beside a plain loop that draws each item.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use casebook::inside::stats::{Bootstrap, BootstrapSettings, Sampling};

use crate::bench::Bench;
use crate::table::{Results, float, grouped};

const PAIRS: u64 = 100_000;
const RESAMPLES: u32 = 10_000;
/// The plain loop draws as many times fewer; its time is multiplied.
const FEWER: u32 = 20;

/// A difference, made of a number from 0 to 1.
type Draw = fn(f64) -> f64;

/// Bootstraps differences of answers that are right or wrong, of scores in hundredths, and of numbers that all differ.
pub fn statistics(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let pairs = bench.rows(PAIRS);
    let mut numbers = Numbers(1);
    let right_or_wrong = |it: f64| if it < 0.05 { -1.0 } else { f64::from(u8::from(it < 0.12)) };
    let kinds: [(&str, Draw); 3] = [
        ("right or wrong", right_or_wrong),
        ("scores in hundredths", |it| (it * 200.0).floor() / 100.0 - 0.99),
        ("all distinct", |it| it - 0.49),
    ];
    for (name, kind) in kinds {
        let differences: Vec<f64> = (0..pairs).map(|_| kind(numbers.next())).collect();
        let began = Instant::now();
        let settings = BootstrapSettings { resamples: RESAMPLES, ..BootstrapSettings::default() };
        let found = Bootstrap::of(&differences, &settings).ok_or("the bootstrap is defined")?;
        let seconds = began.elapsed().as_secs_f64();
        if found.sampling != Sampling::Resampled(RESAMPLES) {
            return Err("nothing was drawn".into());
        }
        let began = Instant::now();
        let (low, high) = plain(&differences, &mut numbers);
        let baseline = began.elapsed().as_secs_f64() * f64::from(FEWER);
        let of = found.standard_error;
        if (found.interval.low - low).abs() > of || (found.interval.high - high).abs() > of {
            return Err(format!("{name}: {:?} is not {low} to {high}", found.interval).into());
        }
        results.add(
            format!("10,000 resamples of {} pairs, {name}", grouped(float(pairs))),
            "under 3 s",
            format!("{seconds:.2} s (a plain loop: {baseline:.1} s)"),
            seconds < 3.0,
        );
    }
    Ok(())
}

/// The interval by a loop that draws each item of each resample.
fn plain(differences: &[f64], numbers: &mut Numbers) -> (f64, f64) {
    let mut means: Vec<f64> = Vec::new();
    for _ in 0..RESAMPLES / FEWER {
        let drawn = (0..differences.len()).map(|_| differences[numbers.below(differences.len())]);
        means.push(black_box(drawn.sum::<f64>()) / float(differences.len() as u64));
    }
    means.sort_by(f64::total_cmp);
    (means[means.len() / 40], means[means.len() - 1 - means.len() / 40])
}

/// A linear congruential generator (Knuth's).
struct Numbers(u64);

impl Numbers {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 32
    }

    /// From 0 to below 1.
    fn next(&mut self) -> f64 {
        float(self.bits()) / 4_294_967_296.0
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from((self.bits() * most as u64) >> 32).unwrap_or_default()
    }
}
