//! Steps that feed each other: what is held back, and where the perspectives of a step disagree.

use super::super::number::{Count, Share};

/// Work items that are skipped or blocked for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBackRow {
    pub step: String,
    /// `skipped` or `blocked`.
    pub status: String,
    pub reason: String,
    pub items: Count,
}

/// How far the perspectives of a step, its readers, agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readers {
    pub step: String,
    /// The names of the perspectives, in their order.
    pub names: Vec<String>,
    /// The fields that can be compared.
    pub fields: Vec<Agreement>,
}

/// How far the perspectives agree on one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    pub field: String,
    /// The work items on which all agree, of those compared.
    pub agreed: Share,
    /// The combinations of answers where they disagree, most frequent first, each in the order of the perspectives.
    pub combinations: Vec<(Vec<Option<String>>, Count)>,
    /// The first work items on which they disagree.
    pub disputed: Vec<Disputed>,
}

impl Agreement {
    /// How many work items they disagree on.
    #[must_use]
    pub fn disagreeing(&self) -> Count {
        Count(self.agreed.whole.0 - self.agreed.part.0)
    }

    /// How many of these have a combination that is not listed.
    #[must_use]
    pub fn other_combinations(&self) -> Count {
        Count(self.disagreeing().0 - self.combinations.iter().map(|(_, items)| items.0).sum::<i64>())
    }

    /// How many disputed work items are not listed.
    #[must_use]
    pub fn unlisted(&self) -> Count {
        Count(self.disagreeing().0 - i64::try_from(self.disputed.len()).unwrap_or(i64::MAX))
    }
}

/// A work item on which the perspectives disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed {
    /// The number of its row in the input, from 1.
    pub row: Option<Count>,
    /// Its group, or the element that it is of a list.
    pub subject: Option<String>,
    /// The input, cut to the length that a report shows.
    pub text: String,
    /// In the order of the perspectives.
    pub answers: Vec<Option<String>>,
}
