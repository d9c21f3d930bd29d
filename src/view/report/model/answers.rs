//! What was answered: the values of output fields, how attempts ended, the judge's verdicts.

use std::fmt::{self, Display};

use super::super::number::{Count, Share, decimal_within};

/// A label with its share of a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelShare {
    pub label: String,
    pub share: Share,
}

/// How often each value of an output field was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDistribution {
    pub name: String,
    /// The facts of its numbers, if it has numbers.
    pub numbers: Option<NumberFacts>,
    /// The values in the order of the schema, then the rest as one; of many different numbers, ten equal ranges.
    pub overall: Vec<LabelShare>,
    /// The values that `by_group` tells apart, most frequent first; the last may stand for all the others.
    pub shown_values: Vec<String>,
    /// The distribution in each group, in the order of the groups; empty without grouping.
    pub by_group: Vec<GroupDistribution>,
}

/// The bounds and the mean of some numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NumberFacts {
    pub count: Count,
    pub lowest: f64,
    pub mean: f64,
    pub highest: f64,
}

impl NumberFacts {
    /// The lowest number, the mean and the highest number.
    #[must_use]
    pub fn shown(&self) -> [String; 3] {
        let spread = self.highest - self.lowest;
        let spread = if spread > 0.0 { spread } else { f64::INFINITY };
        [self.lowest, self.mean, self.highest].map(|it| decimal_within(it, spread))
    }

    /// Adds `count` numbers of the value `number`.
    pub(in super::super) fn add(&mut self, number: f64, count: i64) {
        let is_first = self.count.0 == 0;
        self.lowest = if is_first { number } else { self.lowest.min(number) };
        self.highest = if is_first { number } else { self.highest.max(number) };
        self.count.0 += count;
        #[expect(clippy::cast_precision_loss, reason = "a mean for people")]
        let share = count as f64 / self.count.0.max(1) as f64;
        self.mean += (number - self.mean) * share;
    }
}

impl Display for NumberFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [lowest, mean, highest] = self.shown();
        write!(f, "lowest {lowest}, mean {mean}, highest {highest}")
    }
}

/// The scores that a judge gave for a criterion of its rubric.
#[derive(Clone, Debug, PartialEq)]
pub struct CriterionScores {
    /// Empty if there is one judge.
    pub judge: String,
    pub criterion: String,
    pub scores: NumberFacts,
    /// The scores in ten bins, as in [`JudgeSummary`].
    pub bins: [Count; 10],
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

/// The judge's verdicts on the current attempts. One that was used for several attempts, since their answers are equal,
/// counts once; with several judges, a verdict is what follows from theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeSummary {
    /// PASS, of all verdicts.
    pub passed: Share,
    /// Verdicts that an answer was accepted with: PASS, and the score high enough.
    pub accepted: Share,
    /// The attempts that the verdicts were used for.
    pub attempts: Count,
    /// `judge.min_score`.
    pub min_score: Option<i64>,
    /// Verdicts by score, in ten bins: 0–9, 10–19, … 90–100.
    pub scores: [Count; 10],
    /// The lowest, the mean and the highest score.
    pub score: NumberFacts,
    /// The scores by criterion, of judges with a rubric.
    pub criteria: Vec<CriterionScores>,
    /// The most frequent reasons.
    pub reasons: Vec<JudgeReason>,
}

/// A reason that the judge gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgeReason {
    pub text: String,
    pub times: Count,
    /// How often it was given for an answer that was not accepted.
    pub not_accepted: Count,
}
