//! The findings of `verify`: each rule that was checked, with its problems.

use std::borrow::Cow;

/// How many problems of one rule are listed.
pub(super) const NAMED: usize = 20;

/// One rule, and the problems found with it.
#[derive(Clone, Debug)]
pub struct VerifyCheck {
    /// The rule in words.
    pub what: Cow<'static, str>,
    /// How many things were checked.
    pub checked: u64,
    /// The first problems.
    pub problems: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Verification {
    pub checks: Vec<VerifyCheck>,
}

impl Verification {
    /// Whether there are no problems.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|check| check.problems.is_empty())
    }
}

impl VerifyCheck {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what: Cow::Borrowed(what), checked: 0, problems: Vec::new() }
    }

    /// Counts one thing that was checked, and keeps `problem` if it is not `fine`.
    pub(super) fn require(&mut self, fine: bool, problem: impl FnOnce() -> String) {
        self.checked += 1;
        if !fine && self.problems.len() < NAMED {
            self.problems.push(problem());
        }
    }
}
