//! What is wrong with a test set ([`Fault`]), and what is worth knowing of it ([`Note`]).

use std::collections::BTreeMap;

use serde::Serialize;

/// How many faults of one kind are kept; the rest are counted.
pub const MOST_OF_A_KIND: usize = 200;

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A file of the set, or the input, is not there or cannot be read.
    File,
    /// The file is not JSON, or begins with a byte order mark.
    Json,
    /// A key is missing.
    MissingKey,
    /// A key is not one of the contract.
    UnknownKey,
    /// A key stands twice in an object.
    DuplicateKey,
    /// A value has another type than the contract says.
    Type,
    /// A text is empty.
    Empty,
    /// A value is none of those allowed.
    Value,
    /// An id has another form or stands in another order than the contract says.
    Id,
    /// An id stands twice.
    DuplicateId,
    /// What a reference names is not there, or does not fit.
    Reference,
    /// There are too few of something.
    Count,
    /// Two use cases, parameters or criteria say the same.
    Duplicate,
    /// The messages do not fit the format.
    Format,
    /// A source or format that a case demands is not there.
    Coverage,
    /// A quote does not stand on its lines.
    Quote,
    /// The message of a ticket does not stand in the documents.
    Ticket,
}

impl FaultKind {
    /// The kind in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Json => "json",
            Self::MissingKey => "missing_key",
            Self::UnknownKey => "unknown_key",
            Self::DuplicateKey => "duplicate_key",
            Self::Type => "type",
            Self::Empty => "empty",
            Self::Value => "value",
            Self::Id => "id",
            Self::DuplicateId => "duplicate_id",
            Self::Reference => "reference",
            Self::Count => "count",
            Self::Duplicate => "duplicate",
            Self::Format => "format",
            Self::Coverage => "coverage",
            Self::Quote => "quote",
            Self::Ticket => "ticket",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub kind: FaultKind,
    /// The file's name.
    pub file: String,
    /// The id of the item, or its place in the list (`examples[3]`, counted from 0); `None` if the file is at fault.
    pub item: Option<String>,
    /// The line in the file, counted from 1; `None` where there is no file.
    pub line: Option<usize>,
    /// The field within the item: `input.messages[0].role`. Empty for the item itself.
    pub path: String,
    /// What is wrong.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

/// What is worth knowing and no fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note(pub String);

/// The faults that were found, each kind up to [`MOST_OF_A_KIND`].
#[derive(Debug, Default)]
pub(super) struct Faults {
    kept: Vec<Fault>,
    counts: BTreeMap<FaultKind, u64>,
}

impl Faults {
    /// Counts a fault, and keeps it if there are few of its kind.
    pub(super) fn add(&mut self, kind: FaultKind, fault: impl FnOnce() -> Fault) {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= MOST_OF_A_KIND as u64 {
            self.kept.push(fault());
        }
    }

    /// The faults that were kept, in the order in which they were found, and how many there are of each kind.
    pub(super) fn into_parts(self) -> (Vec<Fault>, BTreeMap<FaultKind, u64>) {
        (self.kept, self.counts)
    }
}
