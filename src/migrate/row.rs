//! What happened to each key and comment ([`MigrationRow`]), and where the new configuration is ([`Placement`]).

/// What happened to a key or a comment of the older configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOutcome {
    /// It has the same name; a path may be relative to another folder.
    Kept,
    /// It has another name, or its value another form.
    Moved,
    /// Casebook has no such key; the note says why.
    Dropped,
    /// It had no value.
    Unset,
    /// It was absent, and the older default, which differs from Casebook's, is written.
    Default,
    /// It is new, and set by the migration.
    Added,
    /// Its value cannot be used; the note says why.
    Wrong,
    /// Neither framework has such a key.
    Unknown,
    Comment,
}

impl KeyOutcome {
    /// The word for it in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Moved => "moved",
            Self::Dropped => "dropped",
            Self::Unset => "unset",
            Self::Default => "default",
            Self::Added => "added",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
            Self::Comment => "comment",
        }
    }
}

/// What happened to one key or one comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationRow {
    /// The line in the older file; `None` for what is not in it.
    pub line: Option<u32>,
    /// The older key; empty for a comment, and for what is not in the older file.
    pub key: String,
    /// The value, or the comment. Empty for an unknown key, whose value may be a secret.
    pub value: String,
    /// What happened to the key or the comment.
    pub outcome: KeyOutcome,
    /// The new key, if there is one.
    pub to: Option<String>,
    /// An explanation for the user; may be empty.
    pub note: String,
}

/// Where the new configuration is, seen from the older project.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    /// The path from the new file's folder to the folder that the older paths are relative to: empty, or ending in `/`.
    pub prefix: String,
    /// The name of a run without one.
    pub name: String,
    /// The older file's name, for the comment at the top.
    pub file: String,
    /// The files at [`Older::looks_for`](super::Older::looks_for) that exist.
    pub found: Vec<&'static str>,
    /// What there is of the older schema in Python.
    pub python: PythonSchema,
    /// Whether the prompt shows nothing of the row that it is asked for.
    pub blind_prompt: bool,
    /// The same for the judge's prompt.
    pub blind_judge: bool,
    /// The name of the sheet at the position that the older configuration gives, if it is known.
    pub sheet: Option<String>,
}

/// What there is of the older schema in Python, which is not run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PythonSchema {
    /// Neither named nor found.
    #[default]
    None,
    /// The configuration names this module, it is not there, and neither is another file with the schema.
    Missing(String),
    /// The schema is in this module alone.
    Alone(String),
    /// There is a file with the JSON Schema, which is taken; what is known of the two.
    Beside(SameFields),
}

/// Whether the schema in Python and the file that is taken have the same fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameFields {
    Yes,
    No,
    Unknown,
}

impl PythonSchema {
    /// Whether a model that wrote a schema would write another one.
    pub(super) fn is_needed(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Alone(_))
    }
}

impl Placement {
    /// The first of `paths` that exists, or the first.
    pub(super) fn prompt(&self, paths: &[&'static str; 3]) -> &'static str {
        paths.iter().find(|path| self.found.contains(path)).unwrap_or(&paths[0])
    }
}
