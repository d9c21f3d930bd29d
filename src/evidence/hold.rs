//! Holding the claims of an output against the lines of its row: [`hold`].

use memchr::memmem;
use serde_json::Value;

use super::claim::{HeldClaim, LineProblem, WrittenClaim, read};
use super::lines::RowLines;
use super::{EvidenceRule, Matching, OnMismatch};
use crate::record::ClaimStatus;

/// How many bytes of lines are searched for parts of quotes in one output. A claim that would go beyond is held to be
/// found nowhere, which is as wrong as a part, and the feedback says so.
const SEARCHED: usize = 1 << 30;

/// What became of the claims of an output.
#[derive(Debug, Default)]
pub struct Held {
    /// In the order of the rules, and of the output.
    pub claims: Vec<HeldClaim>,
    /// Whether a claim that does not hold allows no further attempt.
    pub is_final: bool,
    /// Whether a claim allows blanks to differ.
    pub is_trimmed: bool,
    /// How many quotes were not looked for within their lines, since there was too much to search.
    pub unsearched: usize,
}

impl Held {
    /// Whether every claim holds.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.claims.iter().all(HeldClaim::holds)
    }
}

/// Holds the claims of `output` against `lines`. Lines are written into the output as whole numbers, and those of a
/// claim that is relocated as the ones where it stands.
pub fn hold(lines: &RowLines<'_>, rules: &[EvidenceRule], output: &mut Value) -> Held {
    hold_within(SEARCHED, lines, rules, output)
}

/// The same, where so many bytes of lines may be searched for parts.
pub(super) fn hold_within(most: usize, lines: &RowLines<'_>, rules: &[EvidenceRule], output: &mut Value) -> Held {
    let mut held = Held::default();
    let mut search = Search { left: most, unsearched: 0 };
    for rule in rules {
        held.is_trimmed |= rule.matching == Matching::Trimmed;
        let places = &rule.places;
        let mut claims = Vec::new();
        for place in places.at.places(output) {
            let Some(written) = read(place.value, places) else {
                claims.push(None);
                continue;
            };
            let claim = one(lines, rule, place.path, &written, &mut search);
            held.is_final |= !claim.holds() && rule.on_mismatch == OnMismatch::Fail;
            claims.push(Some(claim));
        }
        let mut next = claims.iter();
        places.at.each_mut(output, &mut |value| {
            if let Some(claim) = next.next().and_then(Option::as_ref) {
                write_lines(value, rule, claim);
            }
        });
        held.claims.extend(claims.into_iter().flatten());
    }
    held.unsearched = search.unsearched;
    held
}

/// Writes the lines of a claim into it.
fn write_lines(value: &mut Value, rule: &EvidenceRule, claim: &HeldClaim) {
    for (field, line) in rule.places.lines.iter().zip([claim.line_start, claim.line_end]) {
        if let Some(line) = line {
            field.each_mut(value, &mut |number| *number = Value::from(line));
        }
    }
}

/// Holds one claim against the lines.
fn one(
    lines: &RowLines<'_>,
    rule: &EvidenceRule,
    path: String,
    written: &WrittenClaim<'_>,
    search: &mut Search,
) -> HeldClaim {
    let quote = written.quote.unwrap_or_default();
    let (start, end) = (written.start, written.end);
    let named = start.zip(end).and_then(|(start, end)| if start <= end { lines.joined(start, end) } else { None });
    let problem = written.problem.clone().or(match (start.zip(end), named) {
        (Some((start, end)), None) if start > end => Some(LineProblem::Backwards),
        (Some(_), None) => Some(LineProblem::Outside),
        _ => None,
    });
    let claim = |status| HeldClaim {
        path,
        cited_start: start,
        cited_end: end,
        line_start: start,
        line_end: end,
        quote: quote.to_owned(),
        status,
        problem,
    };
    // A quote without text proves nothing, even of a blank line.
    if quote.trim().is_empty() {
        return claim(ClaimStatus::NotFound);
    }
    if let Some(named) = named {
        if named == quote {
            return claim(ClaimStatus::Exact);
        }
        if rule.matching == Matching::Trimmed && equal_trimmed(named, quote) {
            return claim(ClaimStatus::Trimmed);
        }
    }
    if rule.on_mismatch == OnMismatch::Relocate
        && written.has_fields
        && let Some((line_start, line_end)) = elsewhere(lines, rule, quote)
    {
        return HeldClaim { line_start: Some(line_start), line_end: Some(line_end), ..claim(ClaimStatus::Relocated) };
    }
    claim(if named.is_some_and(|named| search.is_part(named, quote)) {
        ClaimStatus::Part
    } else {
        ClaimStatus::NotFound
    })
}

/// The lines on which a quote stands, if that is exactly one place that the claim can name.
fn elsewhere(lines: &RowLines<'_>, rule: &EvidenceRule, quote: &str) -> Option<(i64, i64)> {
    let mut standing = lines.standing(quote, false);
    if standing.count() == 0 && rule.matching == Matching::Trimmed {
        standing = lines.standing(quote, true);
    }
    let start = standing.only()?;
    let end = start + breaks(quote);
    (rule.places.lines.len() > 1 || start == end).then_some((start, end))
}

/// How many line breaks a quote has.
pub(super) fn breaks(quote: &str) -> i64 {
    i64::try_from(memchr::memchr_iter(b'\n', quote.as_bytes()).count()).unwrap_or(i64::MAX)
}

/// Whether the lines of two texts are equal without the blanks at their ends.
pub(super) fn equal_trimmed(named: &str, quote: &str) -> bool {
    named.split('\n').map(str::trim).eq(quote.split('\n').map(str::trim))
}

/// The search for parts of lines.
struct Search {
    /// How many bytes may still be searched.
    left: usize,
    /// How many quotes were not looked for.
    unsearched: usize,
}

impl Search {
    /// Whether the lines named have the quote as a part.
    fn is_part(&mut self, named: &str, quote: &str) -> bool {
        if quote.len() >= named.len() {
            return false;
        }
        if named.len() > self.left {
            self.unsearched += 1;
            return false;
        }
        self.left -= named.len();
        memmem::find(named.as_bytes(), quote.as_bytes()).is_some()
    }
}
