//! What was answered: the values of output fields, how attempts ended, the judge's verdicts.

use super::super::number::{Count, Share};

/// One value with its share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The value.
    pub label: String,
    /// How often.
    pub share: Share,
}

/// How often each value of an output field was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDistribution {
    /// The field.
    pub name: String,
    /// The values, as the schema lists them; then what else there was.
    pub overall: Vec<Slice>,
    /// The values that `by_group` tells apart, most frequent first; the last may stand for all others.
    pub shown_values: Vec<String>,
    /// The same by group, in the order of the groups; empty without grouping.
    pub by_group: Vec<GroupDistribution>,
}

/// One group's part of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDistribution {
    /// The group.
    pub group: String,
    /// Its share of each of the shown values.
    pub slices: Vec<Slice>,
}

/// The tries at work items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How they ended, by kind.
    pub outcomes: Vec<Slice>,
    /// How many accepted work items took 1, 2, 3 … attempts.
    pub per_accepted: Vec<Slice>,
}

/// What the judge said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judging {
    /// Attempts with the verdict PASS, of those judged.
    pub passed: Share,
    /// Attempts that were accepted, of those judged: the verdict was PASS and the score high enough.
    pub accepted: Share,
    /// The least score that is let through.
    pub min_score: Option<i64>,
    /// Attempts by score: 0–9, 10–19, … 90–100.
    pub scores: [Count; 10],
    /// The reasons given most often.
    pub reasons: Vec<Reason>,
}

/// A reason that the judge gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its text.
    pub text: String,
    /// How often.
    pub times: Count,
    /// How often for an attempt that did not get through.
    pub not_accepted: Count,
}
