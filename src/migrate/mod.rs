//! From the configuration of an older Python framework with the same stages to one of Casebook's.
//!
//! Nothing is lost in silence: for every key, and for every comment, a [`Row`] says where it went or why it has no
//! place. Where that framework had another default than Casebook, its own is written.
//!
//! Pure: the text of one file in, the text of another and the rows out. May depend on `config` and `prompt`, for
//! reading YAML and templates.

mod comments;
mod draft;
mod rules;
mod templates;
mod yaml;

use std::fmt::Write as _;
use std::sync::Arc;

use crate::config::{ConfigError, Node, evidence_of_older};
use draft::Draft;

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has the same name.
    Kept,
    /// It has another name, or its value another form.
    Moved,
    /// It has no place; the note says why.
    Dropped,
    /// It was there without a value.
    Unset,
    /// It was not there, and the older default differs.
    Default,
    /// It is set by this command.
    Added,
    /// Its value cannot be used; the note says why.
    Wrong,
    /// Nobody knows it.
    Unknown,
    /// A comment.
    Comment,
}

impl Outcome {
    /// Its word.
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

/// What became of one key, or of one comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line of the older file; `None` for what does not stand there.
    pub line: Option<u32>,
    /// The older key; empty for what does not stand there.
    pub key: String,
    /// Its value, or the comment; of unknown keys none, because it may be a secret.
    pub value: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The new key, where there is one.
    pub to: Option<String>,
    /// What there is to say about it.
    pub note: String,
}

/// The new configuration, and what became of the older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The text of the new configuration.
    pub yaml: String,
    /// What became of every key and comment, in the order of the older file.
    pub rows: Vec<Row>,
}

/// How the new configuration lies to the older project.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    /// What leads from the new file's folder to the one that the older paths are relative to: empty, or ending in `/`.
    pub prefix: String,
    /// The name of a run that has none.
    pub name: String,
    /// How the older file is called.
    pub file: String,
}

/// A configuration of an older framework.
#[derive(Clone, Debug)]
pub struct Older {
    node: Node,
    text: String,
}

/// Why a file cannot be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// It is not YAML.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// It is something else.
    #[error(
        "{0} is not a configuration of an older Python framework: it has none of its keys, such as \
             `prompts.generation.path` or `llm_schema`"
    )]
    NotOlder(String),
}

impl Older {
    /// Reads the text of a configuration. `file` is how messages call it.
    pub fn parse(text: &str, file: &str) -> Result<Self, MigrateError> {
        // Editors leave these where a space is meant, and that framework took them for one.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = text.replace(['\u{a0}', '\u{2007}', '\u{202f}', '\u{feff}'], " ");
        let node = Node::parse(&text, &Arc::from(file), "a configuration")?;
        if evidence_of_older(&node).is_none() {
            return Err(MigrateError::NotOlder(file.to_owned()));
        }
        Ok(Self { node, text })
    }

    /// The files that it reads, by the new key that names them, as paths relative to the older project.
    #[must_use]
    pub fn reads(&self) -> Vec<(&'static str, String)> {
        let (draft, _) = self.draft(&Placement::default());
        let judges = draft.text_of("judge.enabled").is_some_and(|it| it == "true");
        ["input.path", "prompts.generation", "prompts.judge", "schema.path"]
            .into_iter()
            .filter(|key| judges || *key != "prompts.judge")
            .filter_map(|key| Some((key, draft.text_of(key)?)))
            .collect()
    }

    /// Whether a schema that is not there is written by a model.
    #[must_use]
    pub fn writes_its_schema(&self) -> bool {
        self.draft(&Placement::default()).0.text_of("schema.auto_generate").is_some_and(|it| it == "true")
    }

    /// The new configuration.
    #[must_use]
    pub fn migrate(&self, placement: &Placement) -> Migration {
        let (draft, comments) = self.draft(placement);
        let (settings, mut rows) = draft.finish();
        let mut yaml = format!(
            "# Written by `casebook migrate` from {}.\n# Each line says where it comes from. Paths are relative to this \
             file.\n",
            yaml::one_line(&placement.file)
        );
        yaml.push_str(&yaml::write(&settings));
        rows.extend(comments);
        // What does not stand in the older file comes last.
        rows.sort_by_key(|row| row.line.unwrap_or(u32::MAX));
        yaml.push_str(&left(&rows));
        Migration { yaml, rows }
    }

    fn draft(&self, placement: &Placement) -> (Draft<'_>, Vec<Row>) {
        let mut draft = Draft::new(&self.node, placement);
        rules::apply(&mut draft);
        let comments = comments::of(&self.text).into_iter().map(|(line, comment)| Row {
            line: Some(line),
            key: String::new(),
            value: comment,
            outcome: Outcome::Comment,
            to: None,
            note: String::new(),
        });
        (draft, comments.collect())
    }
}

/// What stands nowhere in the new configuration, as comments at its end.
fn left(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut list = |title: &str, chosen: &dyn Fn(&Row) -> Option<String>| {
        let lines: Vec<String> = rows
            .iter()
            .filter_map(|row| Some((row.line?, chosen(row)?)))
            .map(|(line, said)| format!("#   line {line}: {}\n", yaml::one_line(&said)))
            .collect();
        if !lines.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n# {title}\n{}", lines.concat());
        }
    };
    list("What has no place here:", &|row| match row.outcome {
        Outcome::Dropped | Outcome::Wrong => Some(format!("{}: {}", row.key, row.note)),
        _ => None,
    });
    list("What nobody knows:", &|row| (row.outcome == Outcome::Unknown).then(|| row.key.clone()));
    list("Its comments:", &|row| (row.outcome == Outcome::Comment).then(|| row.value.clone()));
    text
}

#[cfg(test)]
mod tests;
