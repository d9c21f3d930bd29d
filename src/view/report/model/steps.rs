//! What a report says of steps that feed each other, and of perspectives that look at the same.

use super::super::number::{Count, Share};

/// Why work items are left out or wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// The step.
    pub step: String,
    /// `skipped` or `blocked`.
    pub status: String,
    /// Why.
    pub reason: String,
    /// How many work items.
    pub items: Count,
}

/// How far the perspectives of a step agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readers {
    /// The step.
    pub step: String,
    /// Its perspectives, in their order.
    pub names: Vec<String>,
    /// The fields that they can be compared in.
    pub fields: Vec<Agreement>,
}

/// How far perspectives agree on one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The field.
    pub field: String,
    /// How many of the compared are the same in all.
    pub agreed: Share,
    /// What they say where they do not agree, most frequent first: the answers in the order of the perspectives.
    pub ways: Vec<(Vec<Option<String>>, Count)>,
    /// The first of those that they do not agree on.
    pub disputed: Vec<Disputed>,
}

impl Agreement {
    /// How many they do not agree on.
    #[must_use]
    pub fn split(&self) -> Count {
        Count(self.agreed.whole.0 - self.agreed.part.0)
    }

    /// How many are said of in a way that is not listed.
    #[must_use]
    pub fn other_ways(&self) -> Count {
        Count(self.split().0 - self.ways.iter().map(|(_, items)| items.0).sum::<i64>())
    }

    /// How many of these are not listed.
    #[must_use]
    pub fn unlisted(&self) -> Count {
        Count(self.split().0 - i64::try_from(self.disputed.len()).unwrap_or(i64::MAX))
    }
}

/// Something that perspectives do not agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed {
    /// Its row's number in the input, from 1.
    pub row: Option<Count>,
    /// What else it is: its group, or the element of a list.
    pub subject: Option<String>,
    /// What was read, as far as it is shown.
    pub text: String,
    /// The answers in the order of the perspectives.
    pub said: Vec<Option<String>>,
}
