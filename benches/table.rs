//! What was measured, as a table in Markdown.

use std::fmt::Write as _;

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

    /// The table.
    pub fn markdown(&self) -> String {
        let mut out = String::from("| measure | to reach | found | |\n| --- | --- | --- | --- |\n");
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

/// Bytes as megabytes.
pub fn megabytes(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}
