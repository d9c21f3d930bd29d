//! What `verify` finds: rules, and the problems with each.

use std::borrow::Cow;

/// How many problems of one kind are named.
const NAMED: usize = 20;

/// One rule, and how it fared.
#[derive(Clone, Debug)]
pub struct VerifyCheck {
    /// What was checked.
    pub what: Cow<'static, str>,
    /// How many things were looked at.
    pub checked: u64,
    /// What was wrong, bounded.
    pub problems: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Verification {
    pub checks: Vec<VerifyCheck>,
}

impl Verification {
    /// Whether nothing was wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|check| check.problems.is_empty())
    }
}

impl VerifyCheck {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what: Cow::Borrowed(what), checked: 0, problems: Vec::new() }
    }

    pub(super) fn look(&mut self, fine: bool, problem: impl FnOnce() -> String) {
        self.checked += 1;
        if !fine && self.problems.len() < NAMED {
            self.problems.push(problem());
        }
    }
}
