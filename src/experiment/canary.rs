//! Whether a task still behaves: what a canary found, held against what was found before.
//!
//! A drop of a metric, or of the share of valid answers, is drift where its p, adjusted over all of them, is below
//! alpha and it is as large as counts. So is a share of equal answers below the least that will do, and a model that
//! the provider calls by another name. What cannot be told is no drift.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::evaluation::{Better, Evaluation, Score};
use super::figures::whole;
use crate::stats::{McNemar, holm};

/// What counts as drift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftRule {
    pub alpha: f64,
    /// The smallest drop that counts, in the metric's unit.
    pub max_drop: f64,
    /// The smallest share of equal answers that will do.
    pub min_equal: Option<f64>,
}

/// Answers to the same work items, of two times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct EqualAnswers {
    /// The work items that are decided at both times.
    pub compared: u64,
    /// Those with the same output, or without one at both times.
    pub equal: u64,
}

impl EqualAnswers {
    /// Adds a work item.
    pub fn add(&mut self, is_equal: bool) {
        self.compared += 1;
        self.equal += u64::from(is_equal);
    }

    /// The share of equal answers; `None` of none.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.compared > 0).then(|| whole(self.equal) / whole(self.compared))
    }
}

/// Valid answers to the same work items, of two times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValidPairs {
    pub pairs: u64,
    pub now: u64,
    pub before: u64,
    pub only_now: u64,
    pub only_before: u64,
}

impl ValidPairs {
    /// Adds a work item: whether its answer is valid, and whether it was.
    pub fn add(&mut self, now: bool, before: bool) {
        self.pairs += 1;
        self.now += u64::from(now);
        self.before += u64::from(before);
        self.only_now += u64::from(now && !before);
        self.only_before += u64::from(before && !now);
    }
}

/// A figure now and before.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct FigureChange {
    /// The name of the metric, or `valid`.
    pub metric: String,
    /// Over all work items of this canary.
    pub value: Option<f64>,
    /// Over the pairs, as are those that follow.
    pub before: Option<f64>,
    pub difference: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The pairs of work items.
    pub n: u64,
    /// `mid-p McNemar` or `paired bootstrap`.
    pub test: String,
    pub p: Option<f64>,
    /// By Holm, over all figures of the canary.
    pub adjusted_p: Option<f64>,
    /// `None` where no pair differs, or there is nothing to compare with.
    pub verdict: Option<Better>,
}

/// How the answers came: what the provider said of them, and in which time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerSigns {
    /// How many answers each model that was reported gave.
    pub models: BTreeMap<String, u64>,
    /// The same of each system fingerprint.
    pub fingerprints: BTreeMap<String, u64>,
    /// Of each answer, in milliseconds.
    pub durations: Vec<i64>,
    /// Answers that the model, or a filter, refused.
    pub refusals: u64,
}

impl AnswerSigns {
    /// The time below which this share of the answers came, in milliseconds.
    #[must_use]
    pub fn duration(&self, share: f64) -> Option<i64> {
        let mut sorted = self.durations.clone();
        sorted.sort_unstable();
        crate::stats::quantile(&sorted, share)
    }
}

/// What a canary found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CanaryVerdict {
    /// There is nothing to compare with: this is what later ones are compared with.
    First,
    /// No drift was found.
    Steady,
    Drift,
}

impl CanaryVerdict {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Steady => "steady",
            Self::Drift => "drift",
        }
    }
}

/// The figures of a canary, of the metrics and of `valid`. In `evaluation` the canary comes first, and then what it is
/// compared with, if there is that.
#[must_use]
pub fn changes(evaluation: &Evaluation, valid: ValidPairs, rule: DriftRule) -> Vec<FigureChange> {
    let [now, before] = [0, 1].map(|index| evaluation.variants.get(index));
    let score = |of: Option<&super::VariantFigures>, index: usize| of.and_then(|it| it.scores.get(index).cloned());
    let value = |score: Option<Score>| score.and_then(|it| it.value);
    let mut all = vec![change_of_valid(valid, now.and_then(|it| it.valid))];
    let mut signs = vec![1.0];
    for (index, metric) in evaluation.metrics.iter().enumerate() {
        let compared = evaluation.comparisons.iter().find(|it| it.metric == metric.name);
        signs.push(if metric.higher_is_better { 1.0 } else { -1.0 });
        all.push(FigureChange {
            metric: metric.name.clone(),
            value: value(score(now, index)),
            before: value(score(before, index)),
            difference: compared.and_then(|it| it.difference),
            low: compared.and_then(|it| it.low),
            high: compared.and_then(|it| it.high),
            n: compared.map_or(0, |it| it.n),
            test: compared.map(|it| it.test.clone()).unwrap_or_default(),
            p: compared.and_then(|it| it.p),
            adjusted_p: None,
            verdict: None,
        });
    }
    let p: Vec<Option<f64>> = all.iter().map(|it| it.p).collect();
    for ((change, adjusted), sign) in all.iter_mut().zip(holm(&p)).zip(signs) {
        change.adjusted_p = adjusted;
        let Some((difference, adjusted)) = change.difference.zip(adjusted) else { continue };
        let gain = sign * difference;
        // A difference that falls short of the smallest by rounding alone does not.
        let counts = adjusted < rule.alpha && gain.abs() >= rule.max_drop - 1e-12;
        change.verdict = Some(match counts {
            true if gain < 0.0 => Better::Worse,
            true if gain > 0.0 => Better::Better,
            _ => Better::Inconclusive,
        });
    }
    all
}

fn change_of_valid(valid: ValidPairs, value: Option<f64>) -> FigureChange {
    let ValidPairs { pairs, now, before, only_now, only_before } = valid;
    let share = |count: u64| (pairs > 0).then(|| whole(count) / whole(pairs));
    FigureChange {
        metric: "valid".to_owned(),
        value,
        before: share(before),
        difference: share(now).zip(share(before)).map(|(now, before)| now - before),
        low: None,
        high: None,
        n: pairs,
        test: "mid-p McNemar".to_owned(),
        p: McNemar { b: only_now, c: only_before }.mid_p(),
        adjusted_p: None,
        verdict: None,
    }
}

/// What has drifted, a sentence each; none of it where nothing has.
#[must_use]
pub fn drifted(
    changes: &[FigureChange],
    equal: EqualAnswers,
    (now, before): (&AnswerSigns, &AnswerSigns),
    rule: DriftRule,
) -> Vec<String> {
    let mut found: Vec<String> = changes
        .iter()
        .filter(|it| it.verdict == Some(Better::Worse))
        .map(|it| {
            let [value, before] = [it.before.zip(it.difference).map(|(before, d)| before + d), it.before].map(figure);
            let p = it.adjusted_p.map_or_else(String::new, |p| format!(", adjusted p {}", significance(p)));
            format!("{} is {value}, was {before} ({} pairs{p})", it.metric, it.n)
        })
        .collect();
    if let (Some(least), Some(share)) = (rule.min_equal, equal.share())
        && share < least - 1e-12
    {
        let EqualAnswers { equal, compared } = equal;
        found.push(format!("{equal} of {compared} answers are equal, a share below {least}"));
    }
    if let Some((is, was)) = other_names(&now.models, &before.models) {
        found.push(format!("the provider says that the model is {is}, and said {was}"));
    }
    found
}

/// What has changed and is no drift by itself: the fingerprint of the provider's system, against what the canary is
/// compared with and against the `last` one, which is called `name`; and a model's name, where only the last one has
/// it.
#[must_use]
pub fn signs(now: &AnswerSigns, before: &AnswerSigns, last: Option<(&str, &AnswerSigns)>) -> Vec<String> {
    let mut noted = Vec::new();
    if let Some((is, was)) = other_names(&now.fingerprints, &before.fingerprints) {
        noted.push(format!("the system fingerprint is {is}, and was {was}"));
    }
    let Some((name, last)) = last else { return noted };
    if let Some((is, was)) = other_names(&now.fingerprints, &last.fingerprints) {
        noted.push(format!("the system fingerprint is {is}, and was {was} in {name}"));
    }
    if let Some((is, was)) = other_names(&now.models, &last.models).filter(|_| before.models.is_empty()) {
        noted.push(format!("the provider says that the model is {is}, and said {was} in {name}"));
    }
    noted
}

/// The names of two times, where there is one now that was not there before.
fn other_names(now: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> Option<(String, String)> {
    let [is, was] = [now, before].map(|it| it.keys().map(String::as_str).collect::<BTreeSet<&str>>());
    let listed = |names: &BTreeSet<&str>| names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    (!was.is_empty() && !is.is_subset(&was)).then(|| (listed(&is), listed(&was)))
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |it| format!("{it:.3}"))
}

fn significance(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: DriftRule = DriftRule { alpha: 0.05, max_drop: 0.0, min_equal: None };

    fn nothing() -> Evaluation {
        Evaluation {
            items: 0,
            left_out: 0,
            items_of_variants: None,
            repeats: 1,
            with_gold: None,
            baseline: String::new(),
            metrics: Vec::new(),
            variants: Vec::new(),
            comparisons: Vec::new(),
            decide: None,
            gates: Vec::new(),
            confusions: Vec::new(),
            calibrations: Vec::new(),
            side_by_side: None,
            notes: Vec::new(),
            against: None,
        }
    }

    fn pairs(only_now: u64, only_before: u64) -> ValidPairs {
        let mut pairs = ValidPairs::default();
        (0..only_now).for_each(|_| pairs.add(true, false));
        (0..only_before).for_each(|_| pairs.add(false, true));
        (0..20).for_each(|_| pairs.add(true, true));
        pairs
    }

    fn of(models: &[&str]) -> AnswerSigns {
        AnswerSigns { models: models.iter().map(|it| ((*it).to_owned(), 1)).collect(), ..AnswerSigns::default() }
    }

    #[test]
    fn a_drop_is_drift_once_it_can_be_told_from_chance() {
        let verdict = |pairs, rule| changes(&nothing(), pairs, rule).remove(0).verdict;
        assert_eq!(verdict(pairs(0, 8), RULE), Some(Better::Worse));
        assert_eq!(verdict(pairs(8, 0), RULE), Some(Better::Better));
        assert_eq!(verdict(pairs(1, 2), RULE), Some(Better::Inconclusive));
        assert_eq!(verdict(pairs(0, 8), DriftRule { max_drop: 0.5, ..RULE }), Some(Better::Inconclusive));
        assert_eq!(verdict(pairs(0, 0), RULE), None, "nothing differs");
    }

    #[test]
    fn what_drifted_is_named() {
        let changes = changes(&nothing(), pairs(0, 8), RULE);
        let equal = EqualAnswers { compared: 10, equal: 7 };
        let rule = DriftRule { min_equal: Some(0.9), ..RULE };
        let found = drifted(&changes, equal, (&of(&["b"]), &of(&["a"])), rule);
        assert_eq!(
            found,
            [
                "valid is 0.714, was 1.000 (28 pairs, adjusted p 0.0039)",
                "7 of 10 answers are equal, a share below 0.9",
                "the provider says that the model is `b`, and said `a`",
            ]
        );
    }

    #[test]
    fn a_changed_fingerprint_is_noted_against_the_record_and_the_last_canary() {
        let of = |names: &[&str]| AnswerSigns { fingerprints: of(names).models, ..AnswerSigns::default() };
        let noted = |before: &[&str], last: &[&str]| signs(&of(&["b"]), &of(before), Some(("canary 1", &of(last))));
        assert_eq!(noted(&["a"], &["b"]), ["the system fingerprint is `b`, and was `a`"]);
        assert_eq!(noted(&[], &["a"]), ["the system fingerprint is `b`, and was `a` in canary 1"]);
        assert_eq!(noted(&["b"], &[]), Vec::<String>::new());
    }

    #[test]
    fn a_model_that_was_never_named_is_no_other_one() {
        let none = EqualAnswers::default();
        assert_eq!(drifted(&[], none, (&of(&["b"]), &of(&[])), RULE), Vec::<String>::new());
        assert_eq!(drifted(&[], none, (&of(&[]), &of(&["a"])), RULE), Vec::<String>::new());
        assert_eq!(drifted(&[], none, (&of(&["a"]), &of(&["a", "b"])), RULE), Vec::<String>::new());
    }
}
