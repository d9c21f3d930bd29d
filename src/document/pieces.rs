//! Cuts runs of lines by size: at places where a cut is allowed, or at any line.

use super::lines::is_blank;
use super::read::Document;

/// Lines from `first` to `last`, both counted from 1 and included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: usize,
    pub(super) last: usize,
}

/// The lines of a document with their lengths.
#[derive(Debug)]
pub(super) struct Lengths<'a> {
    document: &'a Document,
    /// The characters before each line, line ends counted as one; of the end too.
    before: Vec<u32>,
}

impl<'a> Lengths<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let mut before = Vec::with_capacity(document.line_count() + 1);
        let mut sum = 0u32;
        before.push(sum);
        for line in document.lines() {
            let chars = u32::try_from(line.text.chars().count()).unwrap_or(u32::MAX);
            sum = sum.saturating_add(chars).saturating_add(1);
            before.push(sum);
        }
        Self { document, before }
    }

    /// The characters of the lines of `run` joined with `\n`.
    pub(super) fn chars(&self, run: Run) -> usize {
        (self.before[run.last] - self.before[run.first - 1]).saturating_sub(1) as usize
    }

    pub(super) fn is_blank(&self, line: usize) -> bool {
        self.document.line(line).is_none_or(|it| is_blank(it.text))
    }

    /// `run` without blank lines at its ends; `None` if it has no others.
    pub(super) fn trimmed(&self, mut run: Run) -> Option<Run> {
        while run.first <= run.last && self.is_blank(run.first) {
            run.first += 1;
        }
        while run.first < run.last && self.is_blank(run.last) {
            run.last -= 1;
        }
        (run.first <= run.last).then_some(run)
    }

    /// Packs `blocks`, which follow each other, into as few runs of at most `max_chars` as one can from the first on. A
    /// block that is longer is a run of its own.
    pub(super) fn packed(&self, blocks: impl Iterator<Item = Run>, max_chars: usize) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for block in blocks {
            match runs.last_mut() {
                Some(run) if self.chars(Run { last: block.last, ..*run }) <= max_chars => run.last = block.last,
                _ => runs.push(block),
            }
        }
        runs
    }

    /// Runs of whole lines of at most `max_chars`, each of which repeats `overlap` lines of the one before, but no more
    /// than half of it. A longer line is a run of its own. There is no blank line at the ends of a run.
    pub(super) fn runs(&self, max_chars: usize, overlap: usize) -> Vec<Run> {
        let last_line = self.document.line_count();
        let mut runs: Vec<Run> = Vec::new();
        let mut seen = 0;
        let mut first = 1;
        while first <= last_line {
            let fits = |last: usize| self.chars(Run { first, last }) <= max_chars;
            let mut last = first.max(seen + 1).min(last_line);
            while last < last_line && fits(last + 1) {
                last += 1;
            }
            // Repeated lines are dropped where they leave no place for a new one.
            if !fits(last) && first <= seen {
                first += 1;
                continue;
            }
            let is_new = (seen + 1..=last).any(|line| !self.is_blank(line));
            runs.extend(is_new.then(|| self.trimmed(Run { first, last })).flatten());
            seen = last;
            first = last + 1 - overlap.min((last + 1 - first) / 2);
            if last == last_line {
                break;
            }
        }
        runs
    }
}
