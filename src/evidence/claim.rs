//! A claim as an output has it, read from its place ([`read`]), and as it was held against its lines ([`HeldClaim`]).

use serde_json::Value;

use crate::record::{ClaimPlaces, ClaimStatus, OutputPath, line_number};

/// A claim that was held against the lines of its row. Lines are counted from 1 there; `None`: it names no line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldClaim {
    /// Where it stands in the output: `use_cases[0].evidence[1]`.
    pub path: String,
    pub cited_start: Option<i64>,
    pub cited_end: Option<i64>,
    /// Where it stands in the end: elsewhere than cited only if it was relocated.
    pub line_start: Option<i64>,
    pub line_end: Option<i64>,
    pub quote: String,
    pub status: ClaimStatus,
    /// What is wrong with how it names its lines.
    pub problem: Option<LineProblem>,
}

impl HeldClaim {
    /// Whether the quote is what stands on its lines.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self.status, ClaimStatus::Exact | ClaimStatus::Trimmed | ClaimStatus::Relocated)
    }
}

/// What is wrong with how a claim names its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineProblem {
    /// The field is missing or null.
    Missing { field: String },
    /// The field's value is no line number.
    NoNumber { field: String, value: String },
    /// The last line comes before the first.
    Backwards,
    /// The row has no such lines.
    Outside,
}

/// A claim as it is written.
#[derive(Debug)]
pub(super) struct WrittenClaim<'a> {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) quote: Option<&'a str>,
    pub(super) problem: Option<LineProblem>,
    /// Whether it has all fields for its lines, so that other lines can be written into it.
    pub(super) has_fields: bool,
}

/// Reads the claim in `value`; `None` if nothing is claimed there: all of its fields are missing or null.
pub(super) fn read<'a>(value: &'a Value, places: &ClaimPlaces) -> Option<WrittenClaim<'a>> {
    let field = |path: &OutputPath| path.values(value).into_iter().find(|it| !it.is_null());
    let lines: Vec<(&OutputPath, Option<&Value>)> = places.lines.iter().map(|path| (path, field(path))).collect();
    let quote = field(&places.quote).and_then(Value::as_str);
    let has_fields = places.lines.iter().all(|path| !path.values(value).is_empty());
    if quote.is_none() && lines.iter().all(|(_, value)| value.is_none()) {
        return None;
    }
    let mut problem = None;
    let mut numbers = lines.into_iter().map(|(path, value)| match value {
        None => {
            problem.get_or_insert(LineProblem::Missing { field: path.to_string() });
            None
        }
        Some(value) => {
            let number = line_number(value);
            if number.is_none() {
                problem.get_or_insert(LineProblem::NoNumber { field: path.to_string(), value: shown(value) });
            }
            number
        }
    });
    let start = numbers.next().flatten();
    let end = if places.lines.len() > 1 { numbers.next().flatten() } else { start };
    Some(WrittenClaim { start, end, quote, problem, has_fields })
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 40 { text } else { text.chars().take(40).chain(['…']).collect() }
}
