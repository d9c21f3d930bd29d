//! Figures of labels over all work items: F1, precision and recall.
//!
//! The labels are those that are gold for a work item at least. An answer that is none of them is wrong for the label
//! that was right, and so is a missing one; neither makes a label of its own.

use crate::config::MetricKind;

use super::sheet::{ABSENT, MISSING, index};

/// Work items with the same gold label and answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LabelCase {
    pub(super) gold: u32,
    /// Of each repeat, in ascending order: which came when does not matter.
    pub(super) answers: Vec<u32>,
}

impl LabelCase {
    pub(super) fn of(gold: u32, answers: &[u32]) -> Self {
        let mut answers = answers.to_vec();
        answers.sort_unstable();
        Self { gold, answers }
    }
}

/// How often a label was right, answered and both. Repeats count as their share of a work item.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Count {
    gold: f64,
    answered: f64,
    hits: f64,
}

/// Which figure is worked out, with room for its counts.
pub(super) struct LabelFigure<'a> {
    kind: &'a MetricKind,
    /// The label that it is about; `None`: all.
    label: Option<u32>,
    counts: Vec<Count>,
}

impl<'a> LabelFigure<'a> {
    /// The figure of `kind` over labels with these names.
    pub(super) fn new(kind: &'a MetricKind, names: &[String]) -> Self {
        let label = match kind {
            MetricKind::Precision { label: Some(label) } | MetricKind::Recall { label: Some(label) } => {
                let quoted = serde_json::Value::from(label.as_str()).to_string();
                let written = |name: &String| name == label || *name == quoted;
                let found = names.iter().position(written).and_then(|at| u32::try_from(at).ok());
                // A label that nobody has leads to nothing.
                Some(found.unwrap_or(MISSING))
            }
            _ => None,
        };
        Self { kind, label, counts: vec![Count::default(); names.len()] }
    }

    /// The figure of these cases, each with how many work items it stands for; `None` where it is undefined.
    pub(super) fn value<'b>(&mut self, cases: impl Iterator<Item = (&'b LabelCase, f64)>) -> Option<f64> {
        self.counts.fill(Count::default());
        let (mut all, mut hits) = (0.0, 0.0);
        for (case, weight) in cases {
            let seen = case.answers.iter().filter(|answer| **answer != ABSENT).count();
            let share = weight / f64::from(u32::try_from(seen).unwrap_or(u32::MAX).max(1));
            for answer in case.answers.iter().filter(|answer| **answer != ABSENT) {
                let is_hit = *answer == case.gold;
                all += share;
                if let Some(count) = self.counts.get_mut(index(case.gold)) {
                    count.gold += share;
                    count.hits += if is_hit { share } else { 0.0 };
                }
                if let Some(count) = self.counts.get_mut(index(*answer)) {
                    count.answered += share;
                }
                hits += if is_hit { share } else { 0.0 };
            }
        }
        match (self.kind, self.label) {
            // Each answer, a missing one too, is one of all labels: the micro mean is the share of hits.
            (MetricKind::F1Micro, _) => divide(hits, all),
            (MetricKind::Precision { .. }, Some(label)) => self.of(label).and_then(|it| divide(it.hits, it.answered)),
            (MetricKind::Recall { .. }, Some(label)) => self.of(label).and_then(|it| divide(it.hits, it.gold)),
            (MetricKind::Precision { .. }, None) => self.mean(|it| divide(it.hits, it.answered).unwrap_or_default()),
            (MetricKind::Recall { .. }, None) => self.mean(|it| it.hits / it.gold),
            _ => self.mean(|it| 2.0 * it.hits / (it.gold + it.answered)),
        }
    }

    fn of(&self, label: u32) -> Option<Count> {
        self.counts.get(index(label)).copied()
    }

    /// The mean over the labels that are gold.
    fn mean(&self, of: impl Fn(&Count) -> f64) -> Option<f64> {
        let gold = self.counts.iter().filter(|it| it.gold > 0.0);
        let (sum, count) = gold.fold((0.0, 0.0), |(sum, count), it| (sum + of(it), count + 1.0));
        divide(sum, count)
    }

    /// Why the figure may be undefined.
    pub(super) fn undefined(&self) -> String {
        match (self.kind, self.label) {
            (MetricKind::Precision { .. }, Some(_)) => "the label was never answered".to_owned(),
            (MetricKind::Recall { .. }, Some(_)) => "no gold answer has the label".to_owned(),
            _ => "no work item has a gold answer".to_owned(),
        }
    }
}

fn divide(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| a / b)
}
