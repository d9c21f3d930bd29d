//! The five files of a test set by name.

use std::fmt;

use serde::{Serialize, Serializer};

/// A file of a test set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetFile {
    UseCases,
    Policies,
    TestCases,
    Dataset,
    Manifest,
}

impl SetFile {
    /// Every file, in the order in which they are read: each refers only to those before it.
    pub const ALL: [Self; 5] = [Self::UseCases, Self::Policies, Self::TestCases, Self::Dataset, Self::Manifest];

    /// The name of the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UseCases => "use_cases.json",
            Self::Policies => "policies.json",
            Self::TestCases => "test_cases.json",
            Self::Dataset => "dataset.json",
            Self::Manifest => "run_manifest.json",
        }
    }

    /// The key of its list, and what the ids in it begin with; `None` for the manifest.
    #[must_use]
    pub(super) fn list(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::UseCases => Some(("use_cases", "uc_")),
            Self::Policies => Some(("policies", "pol_")),
            Self::TestCases => Some(("test_cases", "tc_")),
            Self::Dataset => Some(("examples", "ex_")),
            Self::Manifest => None,
        }
    }
}

impl fmt::Display for SetFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for SetFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
