//! Items of which the first are named.

use serde::Serialize;

/// How many are named; the rest are counted.
const MOST: usize = 20;

/// Some items, and how many there are.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    pub count: u64,
    /// The first of them.
    pub first: Vec<String>,
}

impl Named {
    pub(super) fn add(&mut self, name: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < MOST {
            self.first.push(name());
        }
    }
}
