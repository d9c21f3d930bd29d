//! How what a measure takes grows with its size.

use std::time::Duration;

use crate::process::{Ended, Took};
use crate::table::{Results, float, megabytes, time};

/// How much more than linearly time may grow from one size to the next.
const MOST_GROWTH: f64 = 1.3;

/// One measure at growing sizes.
pub struct Growth {
    title: &'static str,
    points: Vec<Point>,
}

/// A measure at one size.
struct Point {
    /// How much there was to do, in a unit of the measure's own.
    work: f64,
    /// How it ended; `None` where it was not taken.
    ended: Option<Ended>,
}

impl Point {
    fn took(&self) -> Option<&Took> {
        self.ended.as_ref()?.took()
    }
}

impl Growth {
    /// A measure that was taken at no size yet.
    pub fn new(title: &'static str) -> Self {
        Self { title, points: Vec::new() }
    }

    /// Adds how it ended with `work` to do; `None` where it was not taken.
    pub fn add(&mut self, work: f64, ended: Option<Ended>) {
        let said = ended.as_ref().map_or_else(|| "not taken".to_owned(), time);
        eprintln!("  {}: {said}", self.title);
        self.points.push(Point { work, ended });
    }

    /// Whether a larger size is worth a try: nothing took too long so far.
    pub fn may_go_on(&self) -> bool {
        self.points.iter().all(|point| point.took().is_some())
    }

    /// What it took at the last size.
    pub fn last(&self) -> Option<&Took> {
        self.points.last()?.took()
    }

    /// The most memory that it took at any size.
    pub fn peak(&self) -> Option<u64> {
        self.points.iter().filter_map(|point| point.took()?.peak).max()
    }

    /// Adds it to the table; `most` is what the last size may take.
    pub fn report(&self, what: &str, most: Option<Duration>, results: &mut Results) {
        let growth: Vec<f64> = self.points.windows(2).filter_map(|pair| ratio(&pair[0], &pair[1])).collect();
        let fast_enough = most.is_none_or(|most| self.last().is_some_and(|took| took.seconds < most.as_secs_f64()));
        let reached = self.may_go_on() && fast_enough && growth.iter().all(|ratio| *ratio <= MOST_GROWTH);
        let last = most.map_or_else(String::new, |most| format!(", the last under {} s", most.as_secs()));
        let target = format!("at most {MOST_GROWTH} × linear{last}");
        results.add(format!("{what}, {}", self.title), &target, self.found(&growth), reached);
    }

    fn found(&self, growth: &[f64]) -> String {
        let times = self.points.iter().map(|point| point.ended.as_ref().map_or_else(|| "–".to_owned(), time));
        let peaks = self.points.iter().filter_map(|point| point.took()?.peak).map(|peak| megabytes(float(peak)));
        let growth = growth.iter().map(|ratio| format!("{ratio:.2}"));
        let (times, growth, peaks) = (joined(times), joined(growth), joined(peaks));
        match (growth.is_empty(), peaks.is_empty()) {
            (true, true) => times,
            (true, false) => format!("{times}; {peaks}"),
            (false, true) => format!("{times} (× {growth})"),
            (false, false) => format!("{times} (× {growth}); {peaks}"),
        }
    }
}

/// Adds the most memory that any of `growths` took.
pub fn report_peak(what: &str, growths: &[Growth], results: &mut Results) {
    let highest = growths.iter().filter_map(|growth| Some((growth.peak()?, growth.title))).max();
    if let Some((peak, title)) = highest {
        if growths.iter().all(Growth::may_go_on) {
            results.memory(format!("{what}, highest peak memory ({title})"), Some(peak));
        } else {
            results.note(format!("{what}, highest peak memory of what ended ({title})"), megabytes(float(peak)));
        }
    }
}

/// How the time grew from one size to the next, by how the work did.
fn ratio(small: &Point, large: &Point) -> Option<f64> {
    Some((large.took()?.seconds / small.took()?.seconds) / (large.work / small.work))
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
