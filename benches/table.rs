//! What was measured, as a table in Markdown.

use std::fmt::Write as _;

use crate::process::Ended;

/// The most memory that a process may take.
const MOST_MEMORY: u64 = 80_000_000;

/// The head of the table.
pub const HEAD: &str = "| measure | to reach | found | |\n| --- | --- | --- | --- |";

/// One line of the table.
pub struct Line {
    measure: String,
    target: String,
    found: String,
    reached: Option<bool>,
}

/// What was measured so far.
#[derive(Default)]
pub struct Results(Vec<Line>);

impl Results {
    /// Adds what was found beside what is to be reached, and whether it is.
    pub fn add(&mut self, measure: impl Into<String>, target: &str, found: impl Into<String>, reached: bool) {
        self.push(measure.into(), target, found.into(), Some(reached));
    }

    /// Adds how long something took that is to take less than `most` seconds.
    pub fn timed(&mut self, measure: impl Into<String>, ended: &Ended, most: f64) {
        let reached = matches!(ended, Ended::Done(took) if took.seconds < most);
        self.add(measure, &format!("under {most} s"), time(ended), reached);
    }

    /// Adds the most memory that something took, where it is known.
    pub fn memory(&mut self, measure: impl Into<String>, peak: Option<u64>) {
        if let Some(peak) = peak {
            self.add(measure, "under 80 MB", megabytes(float(peak)), peak < MOST_MEMORY);
        }
    }

    /// Adds what has no target.
    pub fn note(&mut self, measure: impl Into<String>, found: impl Into<String>) {
        self.push(measure.into(), "", found.into(), None);
    }

    fn push(&mut self, measure: String, target: &str, found: String, reached: Option<bool>) {
        eprintln!("{measure}: {found}");
        self.0.push(Line { measure, target: target.to_owned(), found, reached });
    }

    /// Whether everything with a target reached it.
    pub fn all_reached(&self) -> bool {
        self.0.iter().all(|line| line.reached != Some(false))
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The lines of the table, below its head.
    pub fn lines(&self) -> String {
        let mut out = String::new();
        for Line { measure, target, found, reached } in &self.0 {
            let mark = match reached {
                Some(true) => "reached",
                Some(false) => "**not reached**",
                None => "",
            };
            // A string takes everything.
            let _ = writeln!(out, "| {measure} | {target} | {found} | {mark} |");
        }
        out
    }
}

/// A whole number with separators.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How long something took.
pub fn time(ended: &Ended) -> String {
    match ended {
        Ended::Done(took) if took.seconds < 10.0 => format!("{:.2} s", took.seconds),
        Ended::Done(took) => format!("{:.1} s", took.seconds),
        Ended::Killed(after) => format!("over {} s", after.as_secs()),
    }
}

/// A count to be divided.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^53")]
pub fn float(number: u64) -> f64 {
    number as f64
}

/// Bytes as megabytes.
pub fn megabytes(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}
