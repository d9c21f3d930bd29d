//! Labels held against the right ones: the confusion matrix, precision, recall and F1.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use super::whole::{length, number};

/// How often each right label got each answer.
///
/// An answer that is missing is `None`: it counts against the recall of its right label and against nobody's precision.
/// An item with several labels is added once for each label that is in both lists (`Some`, `Some`), only right
/// (`Some`, `None`), or only answered (`None`, `Some`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion<T> {
    counts: BTreeMap<(Option<T>, Option<T>), u64>,
}

impl<T> Default for Confusion<T> {
    fn default() -> Self {
        Self { counts: BTreeMap::new() }
    }
}

impl<T: Ord + Clone> Confusion<T> {
    /// Counts `times` items with this right label and this answer.
    pub fn add(&mut self, right: Option<T>, answer: Option<T>, times: u64) {
        *self.counts.entry((right, answer)).or_default() += times;
    }

    /// The cells that are not 0: the right label, the answer, and how often, in the order of labels, `None` first.
    pub fn cells(&self) -> impl Iterator<Item = (Option<&T>, Option<&T>, u64)> {
        self.counts.iter().map(|((right, answer), times)| (right.as_ref(), answer.as_ref(), *times))
    }

    /// All labels, right ones and answers, in ascending order.
    #[must_use]
    pub fn labels(&self) -> Vec<&T> {
        let labels: BTreeSet<&T> = self.counts.keys().flat_map(|(right, answer)| [right, answer]).flatten().collect();
        labels.into_iter().collect()
    }

    /// The counts of each label, by label.
    #[must_use]
    pub fn by_label(&self) -> BTreeMap<&T, LabelCounts> {
        let mut found: BTreeMap<&T, LabelCounts> = BTreeMap::new();
        for (right, answer, times) in self.cells() {
            if let (Some(right), Some(answer)) = (right, answer)
                && right == answer
            {
                found.entry(right).or_default().hits += times;
                continue;
            }
            if let Some(right) = right {
                found.entry(right).or_default().missed += times;
            }
            if let Some(answer) = answer {
                found.entry(answer).or_default().wrong += times;
            }
        }
        found
    }
}

/// How often a label was answered and was right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelCounts {
    /// Answered and right: true positives.
    pub hits: u64,
    /// Answered, but another is right: false positives.
    pub wrong: u64,
    /// Right, but another or none was answered: false negatives.
    pub missed: u64,
}

impl LabelCounts {
    /// The share of answers with the label that are right. `None` where the label was never answered; scikit-learn says
    /// 0 with a warning.
    #[must_use]
    pub fn precision(self) -> Option<f64> {
        share(self.hits, self.wrong)
    }

    /// The share of items with the label that got it. `None` where the label is never right; scikit-learn says 0 with a
    /// warning.
    #[must_use]
    pub fn recall(self) -> Option<f64> {
        share(self.hits, self.missed)
    }

    /// 2 hits / (2 hits + wrong + missed): the harmonic mean of precision and recall. `None` where the label is neither
    /// right nor answered.
    #[must_use]
    pub fn f1(self) -> Option<f64> {
        share(2 * self.hits, self.wrong + self.missed)
    }
}

fn share(part: u64, rest: u64) -> Option<f64> {
    (part + rest > 0).then(|| number(part) / number(part + rest))
}

/// The mean F1 of all labels that are right or answered somewhere, each weighing the same. `None` without any.
pub fn f1_macro<I: IntoIterator<Item: Borrow<LabelCounts>>>(labels: I) -> Option<f64> {
    macro_mean(labels, LabelCounts::f1)
}

/// The mean precision of all labels that are right or answered somewhere. A label that is never answered has no
/// precision; in the mean it counts as 0, as in scikit-learn: else leaving out a hard label would be rewarded.
pub fn precision_macro<I: IntoIterator<Item: Borrow<LabelCounts>>>(labels: I) -> Option<f64> {
    macro_mean(labels, LabelCounts::precision)
}

/// The mean recall of all labels that are right or answered somewhere. A label that is never right counts as 0, as in
/// scikit-learn.
pub fn recall_macro<I: IntoIterator<Item: Borrow<LabelCounts>>>(labels: I) -> Option<f64> {
    macro_mean(labels, LabelCounts::recall)
}

/// The F1 of all labels' counts together. Where each item has one label and one answer, this is the share of right
/// answers. `None` without any.
pub fn f1_micro<I: IntoIterator<Item: Borrow<LabelCounts>>>(labels: I) -> Option<f64> {
    let add = |sum: LabelCounts, it: I::Item| {
        let it = it.borrow();
        LabelCounts { hits: sum.hits + it.hits, wrong: sum.wrong + it.wrong, missed: sum.missed + it.missed }
    };
    labels.into_iter().fold(LabelCounts::default(), add).f1()
}

fn macro_mean<I>(labels: I, figure: fn(LabelCounts) -> Option<f64>) -> Option<f64>
where
    I: IntoIterator<Item: Borrow<LabelCounts>>,
{
    let there = labels.into_iter().map(|it| *it.borrow()).filter(|it| it.f1().is_some());
    let figures: Vec<f64> = there.map(|it| figure(it).unwrap_or(0.0)).collect();
    (!figures.is_empty()).then(|| figures.iter().sum::<f64>() / length(&figures))
}
