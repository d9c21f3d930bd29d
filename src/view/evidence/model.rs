//! Documents, claims and counts.

use std::fmt::{self, Display};

use crate::record::AttemptOutcome;

/// A document of the run's data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentHead {
    pub name: String,
    /// The rowid of its text.
    pub text: i64,
    /// `markdown`, `text`, `html`, `docx` or `pdf`.
    pub format: String,
    pub line_count: i64,
    /// Of a PDF.
    pub page_count: Option<i64>,
}

/// What an output says about lines of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub work_id: String,
    /// The rowid of where its work item stands.
    pub standing: i64,
    pub step: String,
    /// The status of its work item.
    pub item_status: String,
    /// Where it stands in the output, such as `rules[0].evidence[1]`.
    pub path: String,
    /// `exact`, `trimmed`, `relocated`, `part` or `not_found`.
    pub status: String,
    pub quote: String,
    /// The lines of the document; what names no line has none.
    pub lines: ClaimedLines,
    /// The lines that were cited.
    pub cited: ClaimedLines,
    /// The lines of the row that it is about.
    pub row: RowLines,
}

impl Claim {
    /// Whether its quote was found.
    #[must_use]
    pub fn holds(&self) -> bool {
        is_found(&self.status)
    }

    /// Whether its work item was accepted.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.item_status == "accepted"
    }

    /// Whether it makes its lines cited ones: it holds, and its work item was accepted.
    #[must_use]
    pub fn proves(&self) -> bool {
        self.holds() && self.is_accepted()
    }

    /// Its lines, if its row and a document of so many lines have them.
    #[must_use]
    pub fn within(&self, line_count: i64) -> Option<(i64, i64)> {
        let is_there = self.holds() || self.lines.fault(self.row).is_none();
        self.lines.within(line_count).filter(|_| is_there)
    }

    /// The lines that were cited, where they are others.
    #[must_use]
    pub fn cited_elsewhere(&self) -> Option<ClaimedLines> {
        (self.cited != self.lines).then_some(self.cited)
    }

    /// What it is called: its status, and that of its work item where that was not accepted.
    #[must_use]
    pub fn word(&self) -> String {
        if self.is_accepted() { self.status.clone() } else { format!("{}, {}", self.status, self.item_status) }
    }
}

/// Whether a claim of this status has a quote that was found.
#[must_use]
pub fn is_found(status: &str) -> bool {
    matches!(status, "exact" | "trimmed" | "relocated")
}

/// The first and the last line of a row, in lines of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLines {
    pub first: i64,
    /// Of a claim that holds it is not looked up.
    pub last: Option<i64>,
}

/// How many claims are worth what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClaimTally {
    /// Claims of accepted outputs that hold.
    pub holding: i64,
    /// Claims of accepted outputs that do not: people accept such outputs.
    pub doubted: i64,
    /// Claims of work items that were not accepted.
    pub refused: i64,
    /// Of these, the ones that hold.
    pub refused_holding: i64,
}

impl ClaimTally {
    #[must_use]
    pub fn of(claims: &[Claim]) -> Self {
        let mut tally = Self::default();
        for it in claims {
            match (it.is_accepted(), it.holds()) {
                (true, true) => tally.holding += 1,
                (true, false) => tally.doubted += 1,
                (false, holds) => {
                    tally.refused += 1;
                    tally.refused_holding += i64::from(holds);
                }
            }
        }
        tally
    }

    /// Adds the claims of another document.
    pub fn add(&mut self, other: &Self) {
        self.holding += other.holding;
        self.doubted += other.doubted;
        self.refused += other.refused;
        self.refused_holding += other.refused_holding;
    }
}

/// The first and the last line of a claim, in lines of the document. What an answer names may be any number, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimedLines {
    pub start: Option<i64>,
    pub end: Option<i64>,
}

impl ClaimedLines {
    /// The lines, if a document of so many lines has them.
    #[must_use]
    pub fn within(self, line_count: i64) -> Option<(i64, i64)> {
        let (start, end) = self.start.zip(self.end)?;
        (1 <= start && start <= end && end <= line_count).then_some((start, end))
    }

    /// Why a row does not have the lines, in words; numbers are those of the row, as the answer has them.
    #[must_use]
    pub fn fault(self, row: RowLines) -> Option<String> {
        let of_row = |line: i64| line.saturating_sub(row.first).saturating_add(1);
        let (start, end) = match (self.start.map(of_row), self.end.map(of_row)) {
            (None, None) => return Some("the answer names no lines".to_owned()),
            (None, Some(end)) => return Some(format!("the answer names no first line, and {end} as the last")),
            (Some(start), None) => return Some(format!("the answer names no last line, and {start} as the first")),
            (Some(start), Some(end)) => (start, end),
        };
        if start > end {
            return Some(format!(
                "the answer names {start} as the first line and {end} as the last: the order is wrong"
            ));
        }
        let count = row.last.map(of_row)?;
        let lines = if count == 1 { "1 line" } else { &format!("{count} lines") };
        (start < 1 || end > count)
            .then(|| format!("the answer names {} of a row of {lines}", lines_in_words(start, end)))
    }
}

impl Display for ClaimedLines {
    /// In words, such as `line 7` or `lines 7–9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.start, self.end) {
            (Some(start), Some(end)) => f.write_str(&lines_in_words(start, end)),
            (None, None) => f.write_str("no lines"),
            (start, end) => {
                let shown = |line: Option<i64>| line.map_or_else(|| "?".to_owned(), |line| line.to_string());
                write!(f, "lines {}–{}", shown(start), shown(end))
            }
        }
    }
}

/// Which line of the document a message counts from that has lines of a row: those on claims.
#[must_use]
pub fn line_one_of_row(outcome: &str, document: Option<&str>, line: Option<i64>) -> Option<String> {
    let (document, line) = (document?, line?);
    (outcome == AttemptOutcome::EvidenceFailed.as_str())
        .then(|| format!("line 1 of the row is line {line} of {document}"))
}

/// Lines in words, such as `line 7` or `lines 7–9`.
#[must_use]
pub fn lines_in_words(first: i64, last: i64) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}–{last}") }
}

/// How many lines are cited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub lines: i64,
    /// The lines that are not blank.
    pub written: i64,
    /// Of these, the lines that a claim that holds cites.
    pub cited: i64,
}

impl Coverage {
    /// The lines that are not blank and that no claim cites.
    #[must_use]
    pub fn uncited(&self) -> i64 {
        self.written - self.cited
    }

    /// Counts one line.
    pub fn count(&mut self, is_blank: bool, is_cited: bool) {
        self.lines += 1;
        if !is_blank {
            self.written += 1;
            self.cited += i64::from(is_cited);
        }
    }

    /// Adds the lines of another document.
    pub fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.written += other.written;
        self.cited += other.cited;
    }
}

/// How many claims have which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClaimCounts {
    pub exact: i64,
    pub trimmed: i64,
    pub relocated: i64,
    pub part: i64,
    pub not_found: i64,
}

impl ClaimCounts {
    /// Adds claims with this status.
    pub fn add(&mut self, status: &str, count: i64) {
        match status {
            "exact" => self.exact += count,
            "trimmed" => self.trimmed += count,
            "relocated" => self.relocated += count,
            "part" => self.part += count,
            _ => self.not_found += count,
        }
    }

    /// Each status with its number, the best first.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, i64); 5] {
        [
            ("exact", self.exact),
            ("trimmed", self.trimmed),
            ("relocated", self.relocated),
            ("part", self.part),
            ("not_found", self.not_found),
        ]
    }

    #[must_use]
    pub fn total(&self) -> i64 {
        self.parts().iter().map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_a_row_does_not_have_are_told_in_lines_of_the_row() {
        let row = RowLines { first: 7, last: Some(11) };
        let fault = |start: Option<i64>, end: Option<i64>| {
            ClaimedLines { start: start.map(|it| it + 6), end: end.map(|it| it + 6) }.fault(row).unwrap_or_default()
        };
        assert_eq!(fault(Some(1), Some(5)), "");
        assert_eq!(fault(Some(9), Some(9)), "the answer names line 9 of a row of 5 lines");
        assert_eq!(fault(Some(0), Some(2)), "the answer names lines 0\u{2013}2 of a row of 5 lines");
        assert_eq!(
            fault(Some(4), Some(2)),
            "the answer names 4 as the first line and 2 as the last: the order is wrong"
        );
        assert_eq!(fault(None, None), "the answer names no lines");
        assert_eq!(fault(Some(4), None), "the answer names no last line, and 4 as the first");
        assert_eq!(fault(None, Some(4)), "the answer names no first line, and 4 as the last");
        let all = ClaimedLines { start: Some(i64::MAX), end: Some(i64::MAX) };
        assert!(all.fault(row).is_some());
        assert_eq!(all.fault(RowLines { first: 7, last: None }), None);
    }
}
