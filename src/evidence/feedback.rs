//! What is wrong with claims that do not hold, in words for a model and for people: [`feedback`].

use memchr::memmem;

use super::claim::{HeldClaim, LineProblem};
use super::hold::{Held, breaks, equal_trimmed};
use super::lines::RowLines;
use super::nearest::nearest;
use super::visible::{Marks, Tabs, visible};
use crate::record::ClaimStatus;

/// How many wrong claims are described; the others are counted.
const DESCRIBED: usize = 8;
/// How many lines of one place are shown.
const LINES: usize = 6;
const MOST_LINES: i64 = 6;
/// How many places are named at which a quote stands.
const PLACES: usize = 5;
/// How many characters are shown of what is missing before and after a part.
const AROUND: usize = 60;

/// Says what is wrong with the claims that do not hold: an item for each, then what to do. Lines that belong to the
/// item before them begin with two blanks. `first_line` is the number of the row's first line: 1 where lines are
/// counted in the row.
#[must_use]
pub fn feedback(lines: &RowLines<'_>, held: &Held, first_line: i64) -> String {
    let mut words = Words { lines, held, before: first_line - 1, marks: Marks::default(), text: String::new() };
    let wrong: Vec<&HeldClaim> = held.claims.iter().filter(|claim| !claim.holds()).collect();
    for claim in wrong.iter().take(DESCRIBED) {
        words.describe(claim);
    }
    if wrong.len() > DESCRIBED {
        let more = wrong.len() - DESCRIBED;
        words.line(&format!("{more} more {} not hold", if more == 1 { "claim does" } else { "claims do" }));
    }
    if held.unsearched > 0 {
        words.line(&format!(
            "quotes that were not looked for within the lines that they name: {}, since the claims name too many lines",
            held.unsearched
        ));
    }
    words.advise(&wrong);
    words.text
}

/// All tabs if two texts do not have as many of them in each line.
fn differing(text: &str, quote: &str) -> Tabs {
    let counts = |text: &str| -> Vec<usize> {
        text.split('\n').map(|line| memchr::memchr_iter(b'\t', line.as_bytes()).count()).collect()
    };
    if counts(text) == counts(quote) { Tabs::AtEnds } else { Tabs::All }
}

struct Words<'f, 'a> {
    lines: &'f RowLines<'a>,
    held: &'f Held,
    /// What is added to a line of the row.
    before: i64,
    marks: Marks,
    text: String,
}

impl Words<'_, '_> {
    fn line(&mut self, line: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
    }

    fn describe(&mut self, claim: &HeldClaim) {
        let path = &claim.path;
        let quote = claim.quote.as_str();
        if quote.trim().is_empty() {
            let what = if quote.is_empty() { "the quote is missing or empty" } else { "the quote is blank" };
            return self.line(&format!("{path}: {what}; quote the lines that prove it, or leave the claim out"));
        }
        let named = claim.cited_start.zip(claim.cited_end).filter(|_| claim.problem.is_none());
        let named_text = named.and_then(|(start, end)| self.lines.joined(start, end));
        let (Some((start, end)), Some(text)) = (named, named_text) else {
            self.marks.tabs = Tabs::AtEnds;
            let problem = self.problem(claim);
            self.line(&format!("{path}: {problem}"));
            return self.locate(quote, None);
        };
        let lines = self.span(start, end);
        self.marks.tabs = if claim.status == ClaimStatus::Part { Tabs::AtEnds } else { differing(text, quote) };
        if claim.status == ClaimStatus::Part {
            let missing = self.missing(text, quote);
            self.line(&format!("{path}: the quote is only part of {lines}, without {missing}; quote whole lines:"));
            self.show(start, end);
        } else if equal_trimmed(text, quote) {
            self.line(&format!("{path}: the quote differs from {lines} in the blanks at the ends of a line:"));
            self.show(start, end);
            self.show_quote(quote);
        } else {
            let verb = if start == end { "is" } else { "are" };
            self.line(&format!("{path}: the quote is not what stands on {lines}, which {verb}:"));
            self.show(start, end);
            self.locate(quote, Some((start, end)));
        }
    }

    /// What is wrong with how the claim names its lines.
    fn problem(&self, claim: &HeldClaim) -> String {
        let number = |line: Option<i64>| line.map_or(0, |line| line.saturating_add(self.before));
        let (start, end) = (number(claim.cited_start), number(claim.cited_end));
        match &claim.problem {
            Some(LineProblem::Missing { field }) => format!("it names no line in `{field}`"),
            Some(LineProblem::NoNumber { field, value }) => format!("`{field}` is {value}, which is no line"),
            Some(LineProblem::Backwards) => format!("its last line, {end}, comes before its first, {start}"),
            Some(LineProblem::Outside) | None => {
                let (first, last) = (1 + self.before, self.lines.last() + self.before);
                let named =
                    if start == end { format!("line {start} is") } else { format!("lines {start} to {end} are") };
                let all = if first == last { format!("line {first}") } else { format!("lines {first} to {last}") };
                format!("{named} not in the text, which has {all}")
            }
        }
    }

    /// Says where the quote does stand, other than on the lines `named`.
    fn locate(&mut self, quote: &str, named: Option<(i64, i64)>) {
        let length = breaks(quote);
        for is_trimmed in [false, true] {
            let standing = self.lines.standing(quote, is_trimmed);
            let count = standing.count();
            if count == 0 {
                continue;
            }
            let first = standing.first(PLACES);
            let but = match (is_trimmed, self.held.is_trimmed) {
                (true, false) => ", but for the blanks at the ends of its lines,",
                _ => "",
            };
            let places: Vec<String> = first.iter().map(|start| self.span(*start, *start + length)).collect();
            let more =
                if count > first.len() { format!(" and {} more places", count - first.len()) } else { String::new() };
            let (places, verb) = (places.join(", "), if count == 1 { "stands" } else { "stands several times:" });
            self.line(&format!("  the quote{but} {verb} on {places}{more}: name the lines that are meant"));
            if let (true, Some(start)) = (is_trimmed && !self.held.is_trimmed, first.first()) {
                self.show(*start, *start + length);
            }
            return;
        }
        let part = memmem::find(self.lines.text().as_bytes(), quote.as_bytes());
        if let Some(offset) = part {
            let start = self.lines.number_at(offset);
            let lines = self.span(start, start + length);
            self.line(&format!("  the quote is only part of {lines}; quote whole lines:"));
            return self.show(start, start + length);
        }
        let near = nearest(self.lines, quote);
        let text = near.and_then(|line| self.lines.joined(line, line));
        if text.is_some_and(|text| differing(text, quote) == Tabs::All) {
            self.marks.tabs = Tabs::All;
        }
        self.show_quote(quote);
        match near {
            Some(line) if named.is_some_and(|(start, end)| (start..=end).contains(&line)) => {}
            Some(line) => {
                self.line(&format!(
                    "  the quote stands nowhere in the text; {} is nearest to it:",
                    self.span(line, line)
                ));
                self.show(line, line);
            }
            None => {
                self.line("  the quote stands nowhere in the text: quote lines that are there, or leave the claim out");
            }
        }
    }

    /// What stands before and after a part in the lines named.
    fn missing(&mut self, text: &str, part: &str) -> String {
        let Some(at) = memmem::find(text.as_bytes(), part.as_bytes()) else { return String::new() };
        let (before, after) = (&text[..at], &text[at + part.len()..]);
        let mut sides = Vec::new();
        if !before.is_empty() {
            let from = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
            let (cut, shown) = (if from > 0 { "…" } else { "" }, self.one_line(&before[from..]));
            sides.push(format!("`{cut}{shown}` before"));
        }
        if !after.is_empty() {
            let to = after.char_indices().nth(AROUND).map_or(after.len(), |(at, _)| at);
            let (cut, shown) = (if to < after.len() { "…" } else { "" }, self.one_line(&after[..to]));
            sides.push(format!("`{shown}{cut}` after"));
        }
        sides.join(" and ") + " it"
    }

    /// A text of several lines on one.
    fn one_line(&mut self, text: &str) -> String {
        let lines: Vec<String> = text.split('\n').map(|line| visible(line, &mut self.marks)).collect();
        lines.join("⏎")
    }

    /// Shows lines as they stand, with their numbers.
    fn show(&mut self, start: i64, end: i64) {
        let Some(text) = self.lines.joined(start, end) else { return };
        for (number, line) in (start + self.before..).zip(text.split('\n')).take(LINES) {
            let shown = visible(line, &mut self.marks);
            self.line(format!("    {number}: {shown}").trim_end());
        }
        if breaks(text) >= MOST_LINES {
            self.line("    …");
        }
    }

    fn show_quote(&mut self, quote: &str) {
        self.line("  the quote is:");
        for line in quote.split('\n').take(LINES) {
            let shown = visible(line, &mut self.marks);
            self.line(&format!("    {shown}"));
        }
        if breaks(quote) >= MOST_LINES {
            self.line("    …");
        }
    }

    fn span(&self, start: i64, end: i64) -> String {
        let (start, end) = (start.saturating_add(self.before), end.saturating_add(self.before));
        if start == end { format!("line {start}") } else { format!("lines {start} to {end}") }
    }

    /// Says how to quote.
    fn advise(&mut self, wrong: &[&HeldClaim]) {
        if let Some(legend) = self.marks.legend() {
            self.line(&legend);
        }
        if wrong.iter().any(|claim| !claim.quote.trim().is_empty()) {
            self.line(
                "a quote is whole lines, copied exactly and without their numbers, with a line break between two",
            );
            self.line(if self.before == 0 {
                "lines are counted from 1, as the numbers before them show"
            } else {
                "lines are those of the document"
            });
        }
    }
}
