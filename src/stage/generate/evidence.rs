//! The evidence of a step: its rules, and how lines of outputs are counted.
//!
//! A model reads and writes lines of its row, counted from 1. Accepted outputs, and what expressions read, have lines
//! of the document in which the row stands.

use std::borrow::Cow;

use serde_json::Value;

use super::fault::Fault;
use crate::config;
use crate::evidence::{
    EvidenceRule, Held, HeldClaim, Matching, OnMismatch, QuotedRow, RowLines, feedback, hold, quote_lines,
};
use crate::prompt::TemplateRow;
use crate::record::{AttemptOutcome, ClaimPlaces, PathError, shift};
use crate::schema::{Contract, Violation};

/// The columns of a document's rows that have a row's text and its first line.
const TEXT: &str = "text";
const FIRST_LINE: &str = "line_start";
/// Lines at which a row might begin: the next one, and one beyond all documents.
const MOVED: &[i64] = &[2, 1_000_000_001];

/// The claims of a step's outputs, and the columns with the lines that they are held against.
#[derive(Clone, Debug)]
pub struct Evidence {
    rules: Vec<EvidenceRule>,
    /// The positions of the columns.
    text: usize,
    first_line: usize,
}

/// Why there is no evidence to be had in a step.
#[derive(Debug, thiserror::Error)]
pub enum NoEvidence {
    #[error(transparent)]
    Path(#[from] PathError),
    /// The rows are no parts of documents.
    #[error("the rows have no lines of a document: they have no column `{0}`")]
    Column(&'static str),
}

impl Evidence {
    /// The evidence that `written` declares over rows with these columns; `None` if that is none.
    pub fn of<'c>(
        written: &[config::Evidence],
        columns: impl Iterator<Item = &'c str>,
    ) -> Result<Option<Self>, NoEvidence> {
        if written.is_empty() {
            return Ok(None);
        }
        let columns: Vec<&str> = columns.collect();
        let position =
            |name: &'static str| columns.iter().position(|column| *column == name).ok_or(NoEvidence::Column(name));
        let rules = written.iter().map(rule).collect::<Result<_, PathError>>()?;
        Ok(Some(Self { rules, text: position(TEXT)?, first_line: position(FIRST_LINE)? }))
    }

    /// Where claims stand in outputs.
    pub fn places(&self) -> impl Iterator<Item = &ClaimPlaces> {
        self.rules.iter().map(|rule| &rule.places)
    }

    /// A row as a made-up answer quotes it.
    #[must_use]
    pub fn quoted(&self, row: &TemplateRow) -> QuotedRow {
        QuotedRow { claims: self.places().cloned().collect(), text: self.text(row).to_owned() }
    }

    /// Lets the claims in a made-up output quote lines of the row.
    pub fn make_up(&self, row: &TemplateRow, output: &mut Value) {
        let QuotedRow { claims, text } = self.quoted(row);
        quote_lines(output, &claims, &text, &|claim| claim as u64);
    }

    /// The text of a row, whose lines are quoted.
    #[must_use]
    pub fn text<'r>(&self, row: &'r TemplateRow) -> &'r str {
        row.field(self.text)
    }

    /// The line of the document at which a row begins.
    #[must_use]
    pub fn first_line(&self, row: &TemplateRow) -> Option<i64> {
        row.field(self.first_line).parse().ok().filter(|line| *line >= 1)
    }

    /// Holds the claims of `output`, with lines of the row, against the text of the row; returns the fault if one does
    /// not hold. The lines of claims that are relocated are changed.
    pub(super) fn hold(&self, text: &str, output: &mut Value) -> (Held, Option<Fault>) {
        let lines = RowLines::of(text);
        let held = hold(&lines, &self.rules, output);
        let fault = (!held.is_sound()).then(|| Fault::new(AttemptOutcome::EvidenceFailed, feedback(&lines, &held, 1)));
        (held, fault)
    }

    /// Whether a claim in a recorded output with lines of the row does not hold and allows no further attempt.
    pub(super) fn is_final(&self, text: &str, output: impl FnOnce() -> Option<Value>) -> bool {
        if self.rules.iter().all(|rule| rule.on_mismatch != OnMismatch::Fail) {
            return false;
        }
        output().is_some_and(|mut output| hold(&RowLines::of(text), &self.rules, &mut output).is_final)
    }

    /// Writes the lines of relocated claims into an output with lines of the row, as [`Evidence::hold`] did before.
    pub fn hold_again(&self, text: &str, output: &mut Value) {
        hold(&RowLines::of(text), &self.rules, output);
    }

    /// The claims of an output with lines of the row, held against the row's text. Lines of those that are relocated
    /// are changed; those of an output that a person decided on are as they were written.
    pub fn claims(&self, text: &str, output: &mut Value, is_written: bool) -> Vec<HeldClaim> {
        let lines = RowLines::of(text);
        let held =
            if is_written { hold(&lines, &self.as_written(), output) } else { hold(&lines, &self.rules, output) };
        held.claims
    }

    /// The rules for what a person writes: nothing is relocated, since nobody is asked whether that was meant.
    fn as_written(&self) -> Vec<EvidenceRule> {
        let is_moved = |rule: &EvidenceRule| rule.on_mismatch == OnMismatch::Relocate;
        let kept = |rule: &EvidenceRule| if is_moved(rule) { OnMismatch::Retry } else { rule.on_mismatch };
        self.rules.iter().map(|rule| EvidenceRule { on_mismatch: kept(rule), ..rule.clone() }).collect()
    }

    /// Holds the claims of an output with lines of the document, in which the row begins at `first_line`; what is wrong
    /// is said with lines of the document. The output has lines of the row afterwards. No claim is relocated.
    pub fn hold_written(&self, text: &str, first_line: i64, output: &mut Value) -> (Held, Option<String>) {
        self.count_in_row(output, first_line);
        let lines = RowLines::of(text);
        let held = hold(&lines, &self.as_written(), output);
        let wrong = (!held.is_sound()).then(|| feedback(&lines, &held, first_line));
        (held, wrong)
    }

    /// The output with lines of the document in place of those of the row, which begins there at `first_line`.
    #[must_use]
    pub fn in_document<'o>(&self, output: Cow<'o, Value>, first_line: i64) -> Cow<'o, Value> {
        if first_line == 1 {
            return output;
        }
        let mut output = output.into_owned();
        shift(&mut output, self.places(), first_line - 1);
        Cow::Owned(output)
    }

    /// Whether an output with lines of the row is valid with lines of the document, too, and stays so where the row
    /// moves there: a schema that bounds lines is of those that a model writes, and breaks in the document.
    pub fn fits(&self, contract: &Contract, output: &Value, first_line: i64) -> Result<(), Vec<Violation>> {
        for first_line in [first_line].iter().chain(MOVED) {
            contract.validate(&self.in_document(Cow::Borrowed(output), *first_line))?;
        }
        Ok(())
    }

    fn count_in_row(&self, output: &mut Value, first_line: i64) {
        shift(output, self.places(), 1 - first_line);
    }
}

fn rule(written: &config::Evidence) -> Result<EvidenceRule, PathError> {
    Ok(EvidenceRule {
        places: written.places()?,
        matching: match written.matching {
            config::QuoteMatch::Exact => Matching::Exact,
            config::QuoteMatch::Trimmed => Matching::Trimmed,
        },
        on_mismatch: match written.on_mismatch {
            config::OnMismatch::Retry => OnMismatch::Retry,
            config::OnMismatch::Relocate => OnMismatch::Relocate,
            config::OnMismatch::Fail => OnMismatch::Fail,
        },
    })
}
