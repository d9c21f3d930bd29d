//! Documents, claims and counts.

use std::fmt::{self, Display};

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
}

impl Claim {
    /// Whether it proves anything: its quote was found, and the work item was accepted.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.item_status == "accepted" && self.is_found()
    }

    /// Whether its quote equals its lines.
    #[must_use]
    pub fn is_found(&self) -> bool {
        matches!(self.status.as_str(), "exact" | "trimmed" | "relocated")
    }

    /// The lines that were cited, where they are others.
    #[must_use]
    pub fn cited_elsewhere(&self) -> Option<ClaimedLines> {
        (self.cited != self.lines).then_some(self.cited)
    }

    /// What it is called, in one word: `rejected` and `failed` where its work item is, or else its own status.
    #[must_use]
    pub fn word(&self) -> &str {
        if self.is_found() && self.item_status != "accepted" { &self.item_status } else { &self.status }
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
