//! What can be wrong with a configuration, or another YAML file that the user wrote: [`ConfigError`].

use std::fmt;
use std::sync::Arc;

/// A position in a file. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file's name in messages.
    pub file: Arc<str>,
    pub line: u32,
    /// Counted in characters.
    pub column: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Where a value is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Origin {
    File(Location),
    /// On the command line, as `--set KEY=…`. The key alone, because the value may be a secret.
    Set(Arc<str>),
    #[default]
    Unknown,
}

/// What is wrong, without the position.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The text is not YAML, or not one document of it.
    #[error("{0}")]
    Yaml(String),
    #[error("the file is empty: expected {0}")]
    Empty(&'static str),
    /// A configuration of an older Python framework.
    #[error("this is a configuration of an older Python framework: it has `{key}`")]
    Older {
        /// A key that only those have.
        key: &'static str,
        file: String,
    },
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The full path of the key.
        key: String,
        /// The full path of the known key with the most similar spelling.
        nearest: Option<String>,
        /// The known keys of the block.
        known: Vec<&'static str>,
    },
    /// A key that a later version may have.
    #[error("`{key}` is not supported by this version of Casebook")]
    Unsupported {
        /// The full path of the key.
        key: String,
    },
    /// A value of the wrong type.
    #[error("`{key}`: expected {expected}, found {found}")]
    Type {
        /// The full path of the key; empty for the whole file.
        key: String,
        expected: String,
        /// A kind of value, with the value itself only if it is a number or true/false: texts may be secrets.
        found: String,
    },
    /// The file as a whole is not a mapping.
    #[error("expected {expected} at the top of the file, found {found}")]
    Top { expected: String, found: String },
    /// A word that is not one of the allowed ones.
    #[error("`{key}`: expected one of {}, found `{found}`", list(.known))]
    Word {
        /// The full path of the key.
        key: String,
        found: String,
        /// The allowed words.
        known: Vec<&'static str>,
    },
    /// A required key is missing.
    #[error("`{key}` is missing")]
    Missing {
        /// The full path of the key.
        key: String,
        hint: Option<&'static str>,
    },
    /// A pin that cannot be used, since the file with the pins was edited.
    #[error("`{key}`: {message}")]
    EditedPins {
        /// The full path of the key.
        key: String,
        message: String,
        hint: Option<String>,
        /// The file with the pins, and what it says now.
        file: String,
        content: serde_json::Value,
    },
    /// A value of the right type that cannot be used.
    #[error("`{key}`: {reason}")]
    Value {
        /// The full path of the key.
        key: String,
        reason: String,
        hint: Option<String>,
    },
}

/// A file that the user wrote, or a `--set`, cannot be used.
///
/// `Display` is the message alone. [`ConfigError::location`] and [`ConfigError::hint`] have the rest.
#[derive(Debug)]
pub struct ConfigError {
    // Boxed because errors are rare and results travel by value.
    problem: Box<Problem>,
    origin: Origin,
    /// The name of the variant that is wrong, where the task itself is not.
    variant: Option<Arc<str>>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.problem.to_string()))?;
        if let Some(variant) = &self.variant {
            write!(f, " (in the variant `{}`)", printable(variant))?;
        }
        match &self.origin {
            Origin::Set(key) => write!(f, " (given by `--set {}`)", printable(key)),
            Origin::File(_) | Origin::Unknown => Ok(()),
        }
    }
}

impl ConfigError {
    pub(crate) fn new(problem: Problem, origin: &Origin) -> Self {
        Self { problem: Box::new(problem), origin: origin.clone(), variant: None }
    }

    pub(crate) fn value(key: impl Into<String>, reason: impl Into<String>, origin: &Origin) -> Self {
        Self::new(Problem::Value { key: key.into(), reason: reason.into(), hint: None }, origin)
    }

    pub(crate) fn missing(key: impl Into<String>, hint: Option<&'static str>, origin: &Origin) -> Self {
        Self::new(Problem::Missing { key: key.into(), hint }, origin)
    }

    /// Sets the hint of a [`Problem::Value`]; other problems have their own.
    pub(crate) fn with_hint(mut self, text: impl Into<String>) -> Self {
        if let Problem::Value { hint, .. } = &mut *self.problem {
            *hint = Some(text.into());
        }
        self
    }

    /// Says that the variant called `name` is wrong.
    pub(super) fn in_variant(mut self, name: &str) -> Self {
        self.variant = Some(Arc::from(name));
        self
    }

    /// The path of the key that the error is about.
    pub(crate) fn key(&self) -> Option<&str> {
        match &*self.problem {
            Problem::UnknownKey { key, .. }
            | Problem::Unsupported { key }
            | Problem::Type { key, .. }
            | Problem::Word { key, .. }
            | Problem::Missing { key, .. }
            | Problem::EditedPins { key, .. }
            | Problem::Value { key, .. } => Some(key),
            Problem::Yaml(_) | Problem::Empty(_) | Problem::Top { .. } | Problem::Older { .. } => None,
        }
    }

    /// Puts the key under `path`. A missing key is reported at `origin`.
    pub(crate) fn under(mut self, path: &str, origin: &Origin) -> Self {
        if matches!(&*self.problem, Problem::Missing { .. }) {
            self.origin = origin.clone();
        }
        if let Problem::UnknownKey { key, .. }
        | Problem::Unsupported { key }
        | Problem::Type { key, .. }
        | Problem::Word { key, .. }
        | Problem::Missing { key, .. }
        | Problem::EditedPins { key, .. }
        | Problem::Value { key, .. } = &mut *self.problem
        {
            *key = format!("{path}.{key}");
        }
        self
    }

    /// Whether the text could not be read at all: it is not one document of YAML, or empty.
    #[must_use]
    pub fn is_no_yaml(&self) -> bool {
        matches!(&*self.problem, Problem::Yaml(_) | Problem::Empty(_))
    }

    /// The name and the content of the file with the pins, where that was edited by hand.
    #[must_use]
    pub fn edited_pins(&self) -> Option<(&str, &serde_json::Value)> {
        match &*self.problem {
            Problem::EditedPins { file, content, .. } => Some((file, content)),
            _ => None,
        }
    }

    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The text of [`fmt::Display`].
    #[must_use]
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// The position in the file; `None` for a `--set`, and where it is not known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match &self.origin {
            Origin::File(location) => Some(location),
            Origin::Set(_) | Origin::Unknown => None,
        }
    }

    /// Whether the user's input or call is wrong (exit code 2), rather than the world (1). A configuration is always
    /// input.
    #[must_use]
    #[expect(clippy::unused_self, reason = "every error has this method")]
    pub fn is_usage(&self) -> bool {
        true
    }

    /// A hint on how to fix it, if the message does not already say so.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.raw_hint().map(|hint| printable(&hint))
    }

    fn raw_hint(&self) -> Option<String> {
        match &*self.problem {
            Problem::UnknownKey { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Problem::UnknownKey { nearest: None, known, .. } => Some(format!("known keys here: {}", known.join(", "))),
            Problem::Word { found, known, .. } => {
                nearest(found, known.iter().copied()).map(|word| format!("did you mean `{word}`?"))
            }
            Problem::Missing { hint, .. } => hint.map(str::to_owned),
            Problem::Older { file, .. } => {
                let plain = file.chars().all(|it| it.is_alphanumeric() || "-_./".contains(it));
                let word = if plain { file.clone() } else { format!("'{}'", file.replace('\'', "'\\''")) };
                Some(format!("`casebook migrate {word}` writes the one that Casebook reads"))
            }
            Problem::Value { hint, .. } | Problem::EditedPins { hint, .. } => hint.clone(),
            Problem::Yaml(_)
            | Problem::Empty(_)
            | Problem::Unsupported { .. }
            | Problem::Type { .. }
            | Problem::Top { .. } => None,
        }
    }
}

/// The candidate with the spelling most similar to `word`, if one is similar enough. Of equally similar ones, the
/// first.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let other = candidate.to_lowercase();
        // A word that is a part of the other (`workers`, `max_workers`) is more similar than its distance says.
        let part = lower.len() >= 4 && other.len() >= 4 && (other.contains(&lower) || lower.contains(&other));
        let likeness = strsim::normalized_damerau_levenshtein(&lower, &other).max(if part { 0.65 } else { 0.0 });
        if likeness >= 0.6 && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `text` on one line and without terminal control sequences, since it may quote a file.
pub(crate) fn printable(text: &str) -> String {
    const MAX_CHARS: usize = 1_000;
    let mut shown = String::with_capacity(text.len());
    for (count, character) in text.chars().enumerate() {
        if count == MAX_CHARS {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
