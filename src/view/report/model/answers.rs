//! What was answered: the values of output fields, how attempts ended, the judge's verdicts.

use super::super::number::{Count, Share};

/// A label with its share of a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelShare {
    pub label: String,
    pub share: Share,
}

/// How often each value of an output field was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDistribution {
    pub name: String,
    /// The values in the order of the schema, then the rest as one.
    pub overall: Vec<LabelShare>,
    /// The values that `by_group` tells apart, most frequent first; the last may stand for all the others.
    pub shown_values: Vec<String>,
    /// The distribution in each group, in the order of the groups; empty without grouping.
    pub by_group: Vec<GroupDistribution>,
}

/// One group's part of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDistribution {
    pub group: String,
    /// One for each of the shown values.
    pub slices: Vec<LabelShare>,
}

/// The attempts at the current tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How they ended.
    pub outcomes: Vec<LabelShare>,
    /// How many accepted work items took 1, 2, 3 … attempts.
    pub per_accepted: Vec<LabelShare>,
}

/// The judge's verdicts on the current attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgeSummary {
    /// Attempts with the verdict PASS, of those judged.
    pub passed: Share,
    /// Attempts that were accepted, of those judged: the verdict was PASS and the score high enough.
    pub accepted: Share,
    /// `judge.min_score`.
    pub min_score: Option<i64>,
    /// Attempts by score, in ten bins: 0–9, 10–19, … 90–100.
    pub scores: [Count; 10],
    /// The most frequent reasons.
    pub reasons: Vec<JudgeReason>,
}

/// A reason that the judge gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgeReason {
    pub text: String,
    pub times: Count,
    /// How often it was given for an attempt that was not accepted.
    pub not_accepted: Count,
}
