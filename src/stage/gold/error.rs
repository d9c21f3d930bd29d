//! Why gold answers do not fit the input.

use std::borrow::Cow;

use crate::config::nearest;
use crate::stage::ingest::IngestError;

/// What to do about a table of gold answers that has none.
const NO_ROWS: &str = "write a row for each gold answer, or take `experiment.gold` out";

/// Why gold answers do not fit the input. Nothing was asked.
#[derive(Debug, thiserror::Error)]
pub enum GoldError {
    /// Keys of gold that no row or group has: the first of them with their lines, and how many there are of `keys`.
    #[error("{}", unmatched(name, what, column, found, *total, *keys))]
    Unmatched { name: String, what: &'static str, column: String, found: Vec<(i64, String)>, total: u64, keys: u64 },
    #[error("`{key}` is `{column}`, but {name} has no such column")]
    NoColumn { key: String, column: String, name: String, hint: String },
    #[error(
        "`experiment.gold.path`: the gold answers are in a file of their own, and `input.key` does not say which column identifies a row"
    )]
    NoKey,
    #[error("`experiment.gold.path` is the input itself")]
    IsInput,
    #[error("`experiment.gold`: the input is documents, whose rows have no columns but their own")]
    OfDocuments,
    #[error("`experiment.gold`: gold answers are columns of the input here, and the work items are groups of its rows")]
    OfGroups,
    #[error("`experiment.gold`: a work item of the last step comes from no single row or group of the input")]
    NoSource,
    #[error("`experiment.gold.fields` takes every column of the input: nothing is left to ask about")]
    NothingLeft,
    /// The file cannot be read as a table, or a row of it has no key or that of another.
    #[error("{}", of_file(error))]
    File { error: Box<IngestError> },
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl GoldError {
    /// The error that the value `column` of `key` is none of `columns`, which are those of the file `name`.
    #[must_use]
    pub fn of_columns(key: &str, column: &str, name: &str, columns: &[String]) -> Self {
        let hint = nearest(column, columns.iter().map(String::as_str)).map_or_else(
            || format!("its columns are {}", columns.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        Self::NoColumn { key: key.to_owned(), column: column.to_owned(), name: name.to_owned(), hint }
    }

    /// The key of the configuration whose value does not fit.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::NoColumn { key, .. } => Some(key),
            Self::NoKey | Self::IsInput | Self::Unmatched { .. } | Self::File { .. } => Some("experiment.gold.path"),
            Self::OfDocuments | Self::OfGroups | Self::NoSource => Some("experiment.gold"),
            Self::NothingLeft => Some("experiment.gold.fields"),
            Self::Store(_) => None,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Unmatched { what, .. } => {
                format!("each key of gold is that of a {what} of the whole input, whatever `--limit` says: correct the keys, or take these lines out")
                    .into()
            }
            Self::NoColumn { hint, .. } => hint.clone().into(),
            Self::NoKey => "name it, as in `input: {key: id}`: gold answers are found by its values".into(),
            Self::IsInput => "leave `path` and `key` out: `experiment.gold.fields` then names columns of the input".into(),
            Self::OfDocuments => "name a file with the gold answers: `experiment: {gold: {path: gold.jsonl, key: document, …}}`".into(),
            Self::OfGroups => "name a file with one gold answer for each group: `gold: {path: gold.jsonl, key: GROUP, …}`".into(),
            Self::NoSource => "a join by a field gathers many rows: measure an earlier step, or join by row or group".into(),
            Self::NothingLeft => "leave out what prompts are to see".into(),
            Self::File { error } => match &**error {
                IngestError::EmptyKey { .. } | IngestError::RepeatedKey { .. } => {
                    "each row of gold has the key of another row or group: correct the file, or take lines out".into()
                }
                IngestError::NoRows(_) => NO_ROWS.into(),
                IngestError::Table(error) if error.is_without_rows() => NO_ROWS.into(),
                _ => "a file of gold answers is a table in UTF-8, in the format that its name says (csv, psv, jsonl, json, xlsx …)".into(),
            },
            Self::Store(_) => return None,
        })
    }

    /// Whether the user's files or call are wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Store(_) => false,
            Self::File { error } => error.is_usage(),
            _ => true,
        }
    }
}

/// An error of reading a table, without the settings of the input, which gold does not have.
fn of_file(error: &IngestError) -> String {
    let text = error.to_string();
    let settings = [": set `input.", ", or say what separates cells (`input.", ": `input."];
    match settings.iter().filter_map(|it| text.find(it)).min() {
        Some(end) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

fn unmatched(name: &str, what: &str, column: &str, found: &[(i64, String)], total: u64, keys: u64) -> String {
    let shown: Vec<String> = found
        .iter()
        .map(|(line, key)| {
            let short: String = key.chars().filter(|it| !it.is_control()).take(MOST_SHOWN).collect();
            format!("`{short}` (line {line})")
        })
        .collect();
    let more = if total > found.len() as u64 { " …" } else { "" };
    let of = if total == keys { "none of its keys is".to_owned() } else { format!("{total} of {keys} keys are not") };
    format!("{name}: {of} the `{column}` of a {what} of the input: {}{more}", shown.join(", "))
}

/// The most characters of a key in a message.
const MOST_SHOWN: usize = 60;
